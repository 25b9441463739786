/// `doctor`: how this node and its destinations are, step by step; with the running broker, or without it.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <memory>

#include "broker/cli/answer.h"
#include "broker/cli/commands.h"
#include "broker/cli/error.h"
#include "broker/cli/invocation.h"
#include "broker/cli/text.h"

namespace broker::cli {
namespace {

namespace json = boost::json;

/// By the broker that runs, since it is the one that must reach everything; else from the configuration alone.
json::value look(Invocation& invocation, const DoctorOptions& options) {
    if (invocation.options.data) {
        config::Config config = invocation.config();
        config.node.data_dir = *invocation.options.data;
        return json::parse(invocation.commands.examine(config, options));
    }
    json::object body{{"send", options.sends_test}};
    if (options.destination) body["destination"] = *options.destination;
    try {
        return ask(
            invocation.api(),
            {.method = "POST", .target = "/api/v1/doctor", .body = json::serialize(body), .timeout = long_call_timeout},
            "doctor");
    } catch (const NotRunning&) {
        return json::parse(invocation.commands.examine(invocation.config(), options));
    }
}

std::string word(const json::value& step) {
    const std::string result = text_at(step, "result");
    return result == "failed" ? "FAILED" : result;
}

void show(std::ostream& out, const json::array& steps) {
    std::size_t widest_subject = 0, widest_step = 0;
    for (const json::value& each : steps) {
        widest_subject = std::max(widest_subject, width(printable(text_at(each, "subject"))));
        widest_step = std::max(widest_step, width(printable(text_at(each, "step"))));
    }
    const auto cell = [&](const std::string& text, std::size_t wide) {
        const std::string shown = printable(text);
        out << shown << std::string(wide + 2 - std::min(wide, width(shown)), ' ');
    };
    constexpr std::size_t widest_word = 6;
    for (const json::value& each : steps) {
        cell(word(each), widest_word);
        cell(text_at(each, "subject"), widest_subject);
        cell(text_at(each, "step"), widest_step);
        const std::string hint = text_at(each, "hint");
        out << printable(text_at(each, "text") + (hint.empty() ? "" : "; " + hint)) << '\n';
    }
}

int examine(Invocation& invocation, const DoctorOptions& options) {
    const json::value found = look(invocation, options);
    const json::object* answer = found.if_object();
    const json::value* ok = answer != nullptr ? answer->if_contains("ok") : nullptr;
    const json::value* steps = answer != nullptr ? answer->if_contains("steps") : nullptr;
    if (ok == nullptr || !ok->is_bool() || steps == nullptr || !steps->is_array())
        throw Error(Errc::failed, "doctor: the broker's answer is not understood; is it another version?");
    std::ostream& out = invocation.console.out;
    if (invocation.options.is_json)
        out << json::serialize(found) << '\n';
    else
        show(out, steps->get_array());
    if (ok->get_bool()) return 0;
    const auto failed =
        std::ranges::count_if(steps->get_array(), [](const auto& each) { return text_at(each, "result") == "failed"; });
    invocation.console.err << failed << (failed == 1 ? " step" : " steps") << " failed\n";
    return 1;
}

}  // namespace

void add_doctor(CLI::App& app, Invocation& invocation) {
    auto* doctor = app.add_subcommand(
        "doctor",
        "disk, clock, ports, what to type into a scanner, and each destination step by step: exit 0 all well, 1 "
        "something failed");
    const auto name = std::make_shared<std::string>();
    const auto sends = std::make_shared<bool>(false);
    doctor->add_option("NAME", *name, "only this destination");
    doctor->add_flag("--send", *sends, "send one test object to each destination that takes one (dicom, folder)");
    doctor->callback([&invocation, name, sends] {
        invocation.action = [&invocation, name, sends] {
            return examine(invocation, {name->empty() ? std::nullopt : std::optional(*name), *sends});
        };
    });
}

}  // namespace broker::cli
