// The demo's scanner, PACS and bridge, and what it prints.
#include "broker/main/demo.h"

#include <fmt/chrono.h>
#include <spdlog/spdlog.h>

#include <cstdlib>
#include <iostream>
#include <random>
#include <stdexcept>
#include <stop_token>
#include <thread>

#include "broker/dicom/dcmtk_start.h"
#include "broker/dicom/part10.h"
#include "broker/main/demo_pacs.h"
#include "broker/main/demo_platform.h"
#include "broker/main/log.h"
#include "broker/main/phantom.h"
#include "broker/main/serve.h"
#include "broker/main/signals.h"
#include "outbox/views.h"

namespace broker {

namespace {

using namespace std::chrono_literals;

constexpr auto between_slices = 250ms;  // slow enough to watch
constexpr auto delivered_within = 60s;

/// A folder under $TMPDIR, gone with everything in it.
class TemporaryFolder {
public:
    TemporaryFolder() {
        auto pattern = (std::filesystem::temp_directory_path() / "dicom-bridge-demo-XXXXXX").string();
        if (mkdtemp(pattern.data()) == nullptr)
            throw std::runtime_error("cannot make a temporary folder " + pattern + "; is there room?");
        path_ = pattern;
    }
    ~TemporaryFolder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;
    const std::filesystem::path& path() const { return path_; }

private:
    std::filesystem::path path_;
};

std::string new_uid() {
    std::random_device random;
    const std::uint64_t number = std::uint64_t{random()} << 32 | random();
    return fmt::format("2.25.{}", number);  // PS3.5 B.2
}

void add_national(config::Config& config, const DemoPlatform& platform) {
    config::Destination& national = config.destinations.emplace_back();
    national.name = "national";
    national.kind = config::DestinationKind::satusehat;
    national.base_url = platform.url();
    national.organization_id = DemoPlatform::organization;
    national.client_id.file = platform.client_id_file();
    national.client_secret.file = platform.client_secret_file();
    // A quarter of an hour in earnest: nobody waits so long for a demo.
    national.after_study_quiet = 3s;
    national.index_lag = 1s;
}

config::Config configuration(const std::filesystem::path& folder, std::uint16_t pacs_port,
                             const DemoPlatform* platform) {
    config::Config config;
    config.node.name = "demo";
    config.node.data_dir = folder / "bridge";
    config.dicom.port = {0};
    config.http.port = 0;
    config.http.access = config::Access::open;
    // A demo must run on a nearly full laptop, too.
    config.spool.refuse_below = std::uint64_t{64} << 20;
    config.spool.warn_below = std::uint64_t{256} << 20;
    config.spool.ballast = 0;
    config::Destination pacs;
    pacs.name = "demo-pacs";
    pacs.kind = config::DestinationKind::dicom;
    pacs.host = "127.0.0.1";
    pacs.port = pacs_port;
    pacs.ae_title = "DEMOPACS";
    config::Destination archive;
    archive.name = "archive-folder";
    archive.kind = config::DestinationKind::folder;
    archive.path = folder / "archive";
    config.destinations = {pacs, archive};
    route::Route all;
    all.name = "everything";
    all.to = {pacs.name, archive.name};
    if (platform != nullptr) {
        add_national(config, *platform);
        all.to.push_back(config.destinations.back().name);
    }
    config.routes.push_back(std::move(all));
    return config;
}

/// The scanner: it draws slices into a spool of its own and sends them to the bridge as it would to any PACS.
class Scanner {
public:
    Scanner(const std::filesystem::path& folder, std::uint16_t bridge_port, const config::Config& config)
        : spool_(disk_, folder) {
        config::Destination bridge;
        bridge.name = "bridge";
        bridge.host = "127.0.0.1";
        bridge.port = bridge_port;
        bridge.ae_title = config.dicom.ae_title;
        bridge.calling_ae_title = "DEMOCT";
        sender_ = deliver::sender_maker(bridge, config)();
    }

    /// True when the bridge answered Success.
    bool send(const PhantomSlice& slice) {
        outbox::ClaimedJob job;
        job.sop_class_uid = slice.sop_class_uid;
        job.sop_instance_uid = slice.sop_instance_uid;
        job.transfer_syntax_uid = slice.transfer_syntax_uid;
        if (!sender_->is_open()) {
            const deliver::Opening opening{{{job.sop_class_uid, job.transfer_syntax_uid}}, "DEMOCT"};
            if (sender_->open(opening)) return false;
        }
        const auto header = dicom::file_header({job.sop_class_uid, job.sop_instance_uid, job.transfer_syntax_uid});
        auto intake = spool_.begin(header.size() + slice.data_set.size());
        intake.append(header);
        intake.append(slice.data_set);
        const auto linked = spool_.link(intake.finish());
        job.digest = linked.digest().bytes();
        return sender_->send(job, spool_.open(linked.digest())).status == 0;
    }

    void close() { sender_->close(); }

private:
    spool::PosixDisk disk_;
    spool::Spool spool_;
    std::unique_ptr<deliver::Sender> sender_;
};

void say(const std::string& line) {
    std::cout << line << std::endl;
}

void report_deliveries(const std::filesystem::path& database, int slices, std::stop_token stop, const Clock& clock) {
    const outbox::Views views(database);
    const auto deadline = clock.monotonic() + delivered_within;
    for (;;) {
        const auto status = views.status();
        std::int64_t missing = 0;
        std::string line;
        for (const auto& each : status.destinations) {
            missing += slices - each.jobs.delivered;
            line += fmt::format("{}{}: {} of {} delivered", line.empty() ? "  " : ", ", each.name, each.jobs.delivered,
                                slices);
        }
        if (missing == 0 || stop.stop_requested() || clock.monotonic() > deadline) {
            say(line);
            return;
        }
        std::this_thread::sleep_for(100ms);
    }
}

void scan(Scanner& scanner, const std::filesystem::path& database, std::stop_token stop, const Clock& clock) {
    PhantomStudy study;
    study.study_instance_uid = new_uid();
    study.series_instance_uid = new_uid();
    study.study_date = fmt::format("{:%Y%m%d}", clock.now());
    study.study_time = fmt::format("{:%H%M}00", clock.now());
    say(fmt::format("  the scanner sends a CT study of {} images", study.slices));
    int taken = 0;
    for (int number = 0; number < study.slices && !stop.stop_requested(); ++number) {
        taken += scanner.send(make_slice(study, number));
        std::this_thread::sleep_for(between_slices);
    }
    scanner.close();
    say(fmt::format("  {} of {} taken into custody: on disk, in the books, then Success", taken, study.slices));
    report_deliveries(database, taken, stop, clock);
}

}  // namespace

int demo(const cli::DemoOptions& options, const Clock& clock) {
    const Signals signals;
    start_log();
    spdlog::set_level(spdlog::level::warn);
    dicom::start_dcmtk();
    const TemporaryFolder folder;
    std::filesystem::create_directory(folder.path() / "archive");
    DemoPacs pacs(folder.path() / "pacs", clock);
    pacs.start();
    const auto platform =
        options.is_satusehat ? std::make_unique<DemoPlatform>(folder.path(), PhantomStudy{}.accession_number) : nullptr;
    Bridge bridge(configuration(folder.path(), pacs.port(), platform.get()), clock,
                  [&signals](const std::string&) { signals.end(); });
    bridge.start();
    say(fmt::format("DICOM Bridge demo, everything on this machine, in {}", folder.path().string()));
    say(fmt::format("  page     http://127.0.0.1:{}/", bridge.http_port()));
    say(fmt::format("  scanners send to BRIDGE at 127.0.0.1:{}, for example", bridge.broker().dicom_ports().front()));
    say(fmt::format("           storescu -aec BRIDGE 127.0.0.1 {} FILE.dcm", bridge.broker().dicom_ports().front()));
    say(fmt::format("  routes   everything to demo-pacs (a storage SCP at 127.0.0.1:{}) and to archive-folder",
                    pacs.port()));
    if (platform)
        say(fmt::format("  national a simulated SATUSEHAT, which sends nothing to anybody: look at {}/_simulator/",
                        platform->url()));

    Scanner scanner(folder.path() / "scanner", bridge.broker().dicom_ports().front(), *bridge.broker().config());
    const auto deadline = options.stop_after ? std::optional(clock.monotonic() + *options.stop_after) : std::nullopt;
    std::jthread scanning([&](std::stop_token stop) {
        scan(scanner, bridge.broker().database(), stop, clock);
        if (!stop.stop_requested() && !options.stop_after) say("  it runs on; Ctrl+C ends it and removes everything");
    });
    while (signals.wait(deadline, clock) == Signals::Told::reload) {
    }
    scanning.request_stop();
    scanning.join();
    bridge.stop();
    pacs.stop();
    say(fmt::format("ended; the demo PACS has {} images", pacs.received()));
    return 0;
}

}  // namespace broker
