// The program: the command line, and the hooks by which it reaches broker and web.
#include <chrono>
#include <span>
#include <string_view>

#include "broker/certificates.h"
#include "broker/cli/error.h"
#include "broker/cli/run.h"
#include "broker/host_names.h"
#include "broker/main/consulting.h"
#include "broker/main/demo.h"
#include "broker/main/reasons.h"
#include "broker/main/serve.h"
#include "broker/main/stopped_folder.h"
#include "broker/version.h"
#include "broker/worker/run.h"

int main(int argc, char** argv) {
    // Before anything else: the helper process reads no configuration, and opens nothing.
    const std::span<char*> arguments(argv, static_cast<std::size_t>(argc));
    if (argc > 1 && std::string_view(argv[1]) == broker::worker::command) broker::worker::run(arguments.subspan(2));
    static const broker::SystemClock clock;
    broker::cli::Commands commands;
    commands.version = broker::version;
    commands.now = [] { return clock.now(); };
    commands.serve = [](const broker::cli::ServeOptions& options) { return broker::serve(options, clock); };
    commands.demo = [](const broker::cli::DemoOptions& options) { return broker::demo(options, clock); };
    commands.verify_spool = broker::verify_spool;
    commands.check_certificates = [](const broker::config::Config& config) {
        const broker::Certificates found = broker::read_certificates(config);
        return broker::cli::CheckReport{found.problems, broker::expiry_warnings(found.own, clock.now())};
    };
    commands.check_host_names = [](const broker::config::Config& config) {
        constexpr std::chrono::seconds within{5};
        broker::HostNames found = broker::check_host_names(config, within);
        return broker::cli::CheckReport{std::move(found.problems), std::move(found.remarks)};
    };
    commands.explain_file = broker::explain_file;
    commands.examine = [](const broker::config::Config& config, const broker::cli::DoctorOptions& options) {
        return broker::examine_without_broker(config, options, clock);
    };
    commands.open_stopped = [](const std::filesystem::path& data_dir) { return broker::open_stopped(data_dir, clock); };
    return broker::cli::run(argc, argv, commands);
}
