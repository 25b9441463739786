// A data folder without its broker.
#include "broker/main/stopped_folder.h"

#include <system_error>

#include "broker/broker.h"
#include "broker/cli/error.h"
#include "broker/version.h"
#include "spool/inspection.h"
#include "spool/posix_disk.h"
#include "web/read_only.h"

namespace broker {

namespace {

/// A folder without a database would only say that a file cannot be opened; and nothing may be made in it.
const std::filesystem::path& require_outbox(const std::filesystem::path& data_dir) {
    const std::string advice = "; give the folder that the broker's configuration names as [node] data_dir";
    std::error_code failed;
    if (!std::filesystem::exists(data_dir, failed) && !failed)
        throw cli::Error(cli::Errc::usage, "there is no folder " + data_dir.string() + advice);
    if (!failed && !std::filesystem::is_directory(data_dir, failed) && !failed)
        throw cli::Error(cli::Errc::usage, data_dir.string() + " is not a folder" + advice);
    if (!failed && !std::filesystem::exists(database_of(data_dir), failed) && !failed)
        throw cli::Error(cli::Errc::usage,
                         "the folder " + data_dir.string() + " holds no outbox: there is no outbox.db in it" + advice);
    if (failed)
        throw cli::Error(cli::Errc::usage, "cannot look into " + data_dir.string() + " (" + failed.message() +
                                               "); run the command as root or as the broker's user");
    return data_dir;
}

class StoppedApi : public cli::Api {
public:
    StoppedApi(const std::filesystem::path& data_dir, const Clock& clock)
        : hold_(disk_, require_outbox(data_dir)),
          web_({.database = database_of(data_dir),
                .node = {.name = "", .version = std::string(version), .timezone = "UTC", .started_at = {}},
                .now = [&clock] { return clock.now(); },
                .limits = {}}) {}

    cli::Reply call(const cli::Call& call) override {
        std::string streamed;
        auto reply = ask(call, [&](std::string_view piece) { streamed += piece; });
        reply.body += streamed;
        return reply;
    }

    cli::Reply stream(const cli::Call& call, const Sink& sink) override {
        auto reply = ask(call, sink);
        if (reply.status / 100 == 2 && !reply.body.empty()) {
            sink(reply.body);
            reply.body.clear();
        }
        return reply;
    }

private:
    cli::Reply ask(const cli::Call& call, const Sink& sink) {
        auto answer = web_.answer(call.method, call.target, call.body, [&](std::string_view piece) {
            sink(piece);
            return true;
        });
        return {static_cast<int>(answer.status), std::move(answer.body), std::move(answer.content_type)};
    }

    spool::PosixDisk disk_;
    spool::FolderHold hold_;
    web::ReadOnly web_;
};

}  // namespace

std::unique_ptr<cli::Api> open_stopped(const std::filesystem::path& data_dir, const Clock& clock) {
    return std::make_unique<StoppedApi>(data_dir, clock);
}

cli::SpoolReport verify_spool(const std::filesystem::path& data_dir, const std::function<void(cli::Step)>& step) {
    constexpr std::size_t page_rows = 500;
    spool::PosixDisk disk;
    const spool::Inspection inspection(disk, require_outbox(data_dir));
    const outbox::Views views(database_of(data_dir));
    const auto kept = views.status().kept;
    const auto total = static_cast<std::uint64_t>(kept.unrouted + kept.unfinished + kept.retained);
    cli::SpoolReport report;
    outbox::InstanceId after{};
    // What was found earlier stays a finding until the instance comes again.
    for (;;) {
        const auto page = views.damaged_blobs(after, page_rows);
        for (const outbox::KeptBlob& blob : page) {
            after = blob.instance;
            ++report.blobs;
            report.findings.push_back({spool::Digest::from_bytes(blob.digest).hex(), "damaged, found earlier"});
        }
        if (page.size() < page_rows) break;
    }
    after = {};
    for (;;) {
        const auto page = views.kept_blobs(after, std::nullopt, page_rows);
        for (const outbox::KeptBlob& blob : page) {
            after = blob.instance;
            const auto digest = spool::Digest::from_bytes(blob.digest);
            const auto size = static_cast<std::uint64_t>(blob.bytes);
            const auto finding = inspection.look(digest, size);
            ++report.blobs;
            report.bytes += size;
            // A blob may be purged between the list and the look: then the books know.
            if (finding == spool::Inspection::Finding::damaged)
                report.findings.push_back({digest.hex(), "damaged"});
            else if (finding == spool::Inspection::Finding::missing && views.is_kept(blob.digest))
                report.findings.push_back({digest.hex(), "missing"});
            step({report.bytes, total});
        }
        if (page.size() < page_rows) return report;
    }
}

}  // namespace broker
