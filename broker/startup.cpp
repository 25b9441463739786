// The steps of a start, in order.
#include "broker/startup.h"

#include <string>
#include <vector>

#include "broker/version.h"
#include "outbox/views.h"

namespace broker {

namespace {

std::string_view word(config::DestinationKind kind) {
    switch (kind) {
        case config::DestinationKind::dicom:
            return "dicom";
        case config::DestinationKind::dicomweb:
            return "dicomweb";
        case config::DestinationKind::satusehat:
            return "satusehat";
        case config::DestinationKind::folder:
            return "folder";
    }
    return "";
}

template <class Work>
auto in_transaction(outbox::Outbox& outbox, Work work) {
    outbox::Outbox::Transaction transaction(outbox);
    auto result = work();
    transaction.commit();
    return result;
}

void check_blobs(spool::Spool& spool, outbox::Outbox& outbox, const std::filesystem::path& database,
                 std::size_t page_rows, const Clock& clock, StartReport& report) {
    const outbox::Views views(database);
    outbox::InstanceId after{};
    for (;;) {
        const auto page = views.unfinished_blobs(after, page_rows);
        std::vector<outbox::Digest> damaged;
        for (const outbox::KeptBlob& blob : page) {
            after = blob.instance;
            ++report.blobs_checked;
            const auto digest = spool::Digest::from_bytes(blob.digest);
            const auto size = spool.size_of(digest);
            if (size && static_cast<std::int64_t>(*size) == blob.bytes) continue;
            if (size) spool.quarantine(digest);
            damaged.push_back(blob.digest);
        }
        if (!damaged.empty()) {
            // One commit for all: a folder that was not mounted makes them many.
            in_transaction(outbox, [&] {
                for (const outbox::Digest& each : damaged) outbox.damage(each, clock.now());
                return damaged.size();
            });
            report.blobs_damaged += static_cast<std::int64_t>(damaged.size());
        }
        if (page.size() < page_rows) return;
    }
}

}  // namespace

std::vector<outbox::DestinationSpec> specs_of(const config::Config& config) {
    std::vector<outbox::DestinationSpec> specs;
    for (const config::Destination& each : config.destinations)
        specs.push_back({each.name, std::string(word(each.kind)), each.confirm != config::Confirm::none,
                         each.kind == config::DestinationKind::satusehat, each.webhook.has_value(),
                         each.organization_id});
    return specs;
}

StartReport put_books_right(spool::Spool& spool, outbox::Outbox& outbox, const std::filesystem::path& database,
                            const config::Config& config, const Clock& clock) {
    StartReport report;
    const auto specs = specs_of(config);
    report.generation = in_transaction(outbox, [&] {
        const auto generation = outbox.begin_generation(version, clock.now());
        outbox.configure(specs, clock.now());
        return generation;
    });
    // A folder delivery is a rename: half of one leaves nothing, and a whole one is recognised when it is repeated.
    const std::vector<std::string> repeatable{std::string(word(config::DestinationKind::folder))};
    const std::size_t slice = config.janitor.batch;
    for (;;) {
        const auto some = in_transaction(outbox, [&] { return outbox.recover(repeatable, slice, clock.now()); });
        if (some.uncertain + some.queued == 0) break;
        report.recovered.uncertain += some.uncertain;
        report.recovered.queued += some.queued;
    }
    while (const auto some = in_transaction(outbox, [&] { return outbox.settle_removed(slice, clock.now()); }))
        report.destination_changes += some;
    check_blobs(spool, outbox, database, slice, clock, report);
    return report;
}

}  // namespace broker
