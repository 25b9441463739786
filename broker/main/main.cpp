// The program: the command line, and the hooks by which it reaches broker and web.
#include "broker/cli/error.h"
#include "broker/cli/run.h"
#include "broker/main/demo.h"
#include "broker/main/serve.h"
#include "broker/main/stopped_folder.h"
#include "broker/version.h"

int main(int argc, char** argv) {
    static const broker::SystemClock clock;
    broker::cli::Commands commands;
    commands.version = broker::version;
    commands.now = [] { return clock.now(); };
    commands.serve = [](const broker::cli::ServeOptions& options) { return broker::serve(options, clock); };
    commands.demo = [](const broker::cli::DemoOptions& options) { return broker::demo(options, clock); };
    commands.verify_spool = broker::verify_spool;
    commands.open_stopped = [](const std::filesystem::path& data_dir) { return broker::open_stopped(data_dir, clock); };
    return broker::cli::run(argc, argv, commands);
}
