/// Books: a real spool and outbox with their committer in a folder of their own, for tests.
#pragma once

#include <atomic>
#include <string>

#include "broker/committer/committer.h"
#include "outbox/views.h"
#include "spool/posix_disk.h"
#include "tests/support/temp_folder.h"

namespace books_test {

using namespace std::chrono_literals;

inline const outbox::Instant start{std::chrono::milliseconds{1'760'000'000'000}};

struct Books {
    std::filesystem::path database() const { return folder.path() / "outbox.db"; }

    support::TempFolder folder;
    spool::PosixDisk disk;
    spool::Spool spool{disk, folder.path()};
    outbox::Outbox outbox{folder.path() / "outbox.db", "test"};
    std::atomic<int> woken = 0;
    std::atomic<int> full = 0;
    std::atomic<int> fatal = 0;
    broker::Committer committer{spool,
                                outbox,
                                {},
                                {[this](std::span<const outbox::DestinationId>) { ++woken; }, [this] { ++full; },
                                 [this](const std::string&) { ++fatal; }}};
    outbox::DestinationId pacs;

    Books() {
        outbox::Outbox::Transaction transaction(outbox);
        outbox.begin_generation("test", start);
        const outbox::DestinationSpec spec{"pacs", "dicom"};
        outbox.configure({&spec, 1}, start);
        pacs = *outbox.destination("pacs");
        transaction.commit();
        committer.start();
    }

    spool::Linked link(std::string_view text) {
        auto intake = spool.begin(1 << 20);
        intake.append(std::as_bytes(std::span(text)));
        return spool.link(intake.finish());
    }

    outbox::Receipt receipt(const spool::Linked& linked, std::string uid, bool with_job = true) {
        outbox::Receipt made;
        made.association = {1, "CT1", "BRIDGE", "127.0.0.1", "", "", start};
        made.instance.sop_instance_uid = std::move(uid);
        made.instance.sop_class_uid = "1.2.840.10008.5.1.4.1.1.2";
        made.instance.transfer_syntax_uid = "1.2.840.10008.1.2.1";
        made.instance.study_instance_uid = "1.2.3";
        made.instance.series_instance_uid = "1.2.3.1";
        made.instance.digest = linked.digest().bytes();
        made.instance.bytes = static_cast<std::int64_t>(linked.size());
        made.received_at = start;
        if (with_job) made.jobs.push_back({.destination = pacs, .due_at = start});
        return made;
    }

    outbox::Accepted take(std::string_view text, const std::string& uid) {
        auto linked = link(text);
        auto made = receipt(linked, uid);
        return committer.take_custody(std::move(linked), std::move(made));
    }

    void deliver_all() {
        for (;;) {
            const auto claimed = committer.run(broker::Turn::settlement,
                                               [&](outbox::Outbox& o) { return o.claim(pacs, 64, start + 1h); });
            if (claimed.empty()) return;
            committer.run(broker::Turn::settlement, [&](outbox::Outbox& o) {
                for (const auto& job : claimed)
                    o.deliver(
                        {.job = job.job, .attempt = job.attempt, .at = start + 2h, .status = 0, .text = "", .bytes = 1},
                        outbox::Evidence::response, false);
            });
        }
    }
};

}  // namespace books_test
