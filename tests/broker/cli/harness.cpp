/// Harness: runs one command line against a scripted broker and keeps what was asked and printed.
#include "tests/broker/cli/harness.h"

#include <chrono>
#include <fstream>
#include <memory>
#include <sstream>
#include <utility>

#include "broker/cli/error.h"
#include "broker/config/config.h"
#include "tests/support/temp_folder.h"

namespace cli_test {
namespace {

using namespace broker::cli;

class ScriptedApi : public Api {
public:
    ScriptedApi(std::deque<Reply>& replies, std::vector<Call>& calls) : replies_(replies), calls_(calls) {}

    Reply call(const Call& call) override {
        calls_.push_back(call);
        if (replies_.empty()) {
            return problem(500, "the script has ended");
        }
        Reply reply = replies_.front();
        replies_.pop_front();
        return reply;
    }

private:
    std::deque<Reply>& replies_;
    std::vector<Call>& calls_;
};

Commands hooks_for(Setting& setting, Ran& ran) {
    Commands commands;
    commands.version = "9.8.7";
    commands.now = [] { return std::chrono::sys_days(std::chrono::year(2026) / 1 / 15) + std::chrono::hours(10); };
    commands.serve = [&ran](const ServeOptions& options) {
        ran.hooks.push_back(options.config ? "serve with a configuration" : "serve");
        return 0;
    };
    commands.demo = [&ran](const DemoOptions& options) {
        ran.hooks.push_back("demo " + std::to_string(options.stop_after ? options.stop_after->count() : 0));
        return 0;
    };
    commands.verify_spool = [&](const std::filesystem::path& data_dir, const std::function<void(Step)>& step) {
        ran.hooks.push_back("verify_spool " + data_dir.string());
        step({.done = 1, .total = 2});
        return setting.spool;
    };
    commands.check_certificates = [&](const broker::config::Config&) { return setting.certificates; };
    commands.check_host_names = [&](const broker::config::Config&) {
        ran.hooks.push_back("check_host_names");
        return setting.host_names;
    };
    commands.explain_file = [&](const broker::config::Config&, const FileToExplain& file) {
        ran.hooks.push_back("explain " + file.path.string() + " from " + file.calling_ae_title + " at " + file.address +
                            " to " + file.called_ae_title);
        if (setting.explanation.empty()) throw Error(Errc::usage, file.path.string() + " is not a DICOM file");
        return setting.explanation;
    };
    commands.examine = [&](const broker::config::Config& config, const DoctorOptions& options) {
        ran.hooks.push_back("examine " + config.node.data_dir.string() + " " + options.destination.value_or("all") +
                            (options.sends_test ? " sending" : ""));
        return setting.examination;
    };
    commands.open_stopped = [&](const std::filesystem::path& data_dir) {
        ran.hooks.push_back("open " + data_dir.string());
        return std::make_unique<ScriptedApi>(setting.replies, ran.calls);
    };
    return commands;
}

}  // namespace

Ran run_cli(std::vector<std::string> arguments, Setting setting) {
    const support::TempFolder folder;
    const auto configuration = folder.path() / "bridge.toml";
    std::ofstream(configuration) << setting.configuration;
    arguments.insert(arguments.end(), {"--config", configuration.string()});

    Ran ran;
    std::istringstream in(setting.input);
    std::ostringstream out;
    std::ostringstream err;
    const Console console{in, out, err, setting.is_terminal, setting.is_terminal, setting.is_terminal};
    ran.exit_code = run(arguments, hooks_for(setting, ran), console);
    ran.out = out.str();
    ran.err = err.str();
    return ran;
}

Ran run_offline(std::vector<std::string> arguments, Setting setting) {
    arguments.insert(arguments.begin(), {"--data", "/a/data/folder"});
    return run_cli(std::move(arguments), std::move(setting));
}

Reply json_reply(std::string body) {
    return {200, std::move(body), "application/json"};
}

Reply problem(int status, const std::string& detail) {
    return {status,
            R"({"type":"about:blank","title":"refused","status":)" + std::to_string(status) + R"(,"detail":")" +
                detail + "\"}",
            "application/problem+json"};
}

}  // namespace cli_test
