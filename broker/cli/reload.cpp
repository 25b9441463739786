/// `reload`: the running broker reads its configuration anew, whole or not at all; says first what that changes.
#include <CLI/CLI.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <memory>

#include "broker/cli/answer.h"
#include "broker/cli/commands.h"
#include "broker/cli/confirm.h"
#include "broker/cli/error.h"
#include "broker/cli/invocation.h"
#include "broker/cli/text.h"

namespace broker::cli {
namespace {

namespace json = boost::json;

constexpr int exit_failed = 1;
constexpr int exit_not_valid = 2;
constexpr int http_conflict = 409;
constexpr int http_unprocessable = 422;

struct Typed {
    std::string note;
    bool is_yes = false;
};

const json::array& list_at(const json::value& value, std::string_view name) {
    static const json::array none;
    const json::object* object = value.if_object();
    const json::value* found = object ? object->if_contains(name) : nullptr;
    return found && found->is_array() ? found->get_array() : none;
}

/// "(none)" for what was or is not there; nothing where neither value is told.
std::string values_of(const json::value& key) {
    const std::string from = text_at(key, "from"), to = text_at(key, "to");
    if (from.empty() && to.empty()) return "";
    return " " + (from.empty() ? "(none)" : from) + " -> " + (to.empty() ? "(none)" : to);
}

void show_changes(std::ostream& out, const json::value& plan) {
    for (const json::value& change : list_at(plan, "changes")) {
        const bool is_changed = text_at(change, "what") == "changed";
        out << printable(text_at(change, "where")) << (is_changed ? ":" : " " + printable(text_at(change, "what")))
            << '\n';
        if (!is_changed) continue;
        for (const json::value& key : list_at(change, "keys"))
            out << "  " << printable(text_at(key, "key") + values_of(key)) << '\n';
    }
    for (const json::value& each : list_at(plan, "removed"))
        out << "destination " << printable(text_at(each, "name")) << " leaves " << jobs_text(text_at(each, "jobs"))
            << " held (destination_removed)\n";
    for (const json::value& each : list_at(plan, "returned"))
        out << "destination " << printable(text_at(each, "name")) << " is back: " << jobs_text(text_at(each, "jobs"))
            << " go on\n";
}

std::string place_of(const json::value& problem) {
    std::string text = text_at(problem, "file");
    const std::string line = text_at(problem, "line");
    if (line != "0" && !line.empty()) text += ":" + line;
    return text.empty() ? text : text + ": ";
}

/// What keeps the broker from taking it, a line each.
void show_refusal(std::ostream& err, const json::value& problem) {
    for (const json::value& each : list_at(problem, "problems")) {
        const std::string key = text_at(each, "key");
        err << printable(place_of(each) + (key.empty() ? key : key + ": ") + text_at(each, "text")) << '\n';
    }
    for (const json::value& each : list_at(problem, "restart"))
        err << printable(text_at(each, "key") + ":" + values_of(each)) << "; restart to take it\n";
}

/// The answer, or nothing where the configuration is refused, which is said then.
std::optional<json::value> ask_reload(Invocation& invocation, const Typed& typed, bool is_dry_run) {
    json::object body{{"dry_run", is_dry_run}};
    if (!typed.note.empty()) body["note"] = typed.note;
    const Reply reply = invocation.api().call({.method = "POST",
                                               .target = "/api/v1/config/reload",
                                               .body = json::serialize(body),
                                               .timeout = long_call_timeout});
    boost::system::error_code code;
    json::value answer = json::parse(reply.body, code);
    const bool is_refused = !code && (reply.status == http_unprocessable ||
                                      (reply.status == http_conflict && !list_at(answer, "restart").empty()));
    if (!is_refused) {
        require_done(reply, "reload");
        return answer;
    }
    if (invocation.options.is_json)
        invocation.console.out << json::serialize(answer) << '\n';
    else
        show_refusal(invocation.console.err, answer);
    invocation.console.err << "not reloaded: the configuration that is in force stays\n";
    return std::nullopt;
}

/// Where the file has problems the way to the broker, which stands in it, is not known either.
bool show_problems_of_file(Invocation& invocation) {
    if (invocation.options.url || invocation.options.data || invocation.loaded().config) return false;
    for (const config::Problem& each : invocation.loaded().problems)
        invocation.console.err << printable(config::print(each)) << '\n';
    invocation.console.err << "not reloaded: the configuration that is in force stays. What is read here is this "
                              "shell's environment; where the service has another, send it SIGHUP (systemctl reload)\n";
    return true;
}

/// The broker reads the file that it was started with, whichever is named here to find it.
void require_its_file(const Invocation& invocation, const json::value& plan) {
    const json::array& files = list_at(plan, "files");
    if (!invocation.options.config || files.empty()) return;
    std::error_code error;
    const std::string its_file = text_at(files.front(), "");
    if (std::filesystem::equivalent(*invocation.options.config, its_file, error) || error) return;
    throw Error(Errc::usage, "reload: the running broker reads " + printable(its_file) + ", not " +
                                 invocation.options.config->string() +
                                 ": write it there (`route diff` compares the two)");
}

int reload(Invocation& invocation, const Typed& typed) {
    const Console& console = invocation.console;
    if (show_problems_of_file(invocation)) return exit_not_valid;
    const auto plan = ask_reload(invocation, typed, true);
    if (!plan) return exit_not_valid;
    require_its_file(invocation, *plan);
    if (!invocation.options.is_json) show_changes(console.out, *plan);
    const std::string held = text_at(*plan, "jobs_held");
    const bool holds_some = !held.empty() && held != "0";
    if (holds_some && !is_confirmed(invocation, typed.is_yes, "reload, which leaves " + jobs_text(held) + " held?",
                                    "reload leaves " + jobs_text(held) + " held")) {
        console.err << "nothing was changed\n";
        return exit_failed;
    }
    const auto done = ask_reload(invocation, typed, false);
    if (!done) return exit_not_valid;
    if (invocation.options.is_json) {
        console.out << json::serialize(*done) << '\n';
        return 0;
    }
    for (const json::value& each : list_at(*done, "ending"))
        console.err << "destination " << printable(text_at(each, "")) << " still has something in hand\n";
    if (list_at(*done, "changes").empty())
        console.out << "nothing has changed\n";
    else
        console.out << "reloaded: " << list_at(*done, "changes").size() << " changes, "
                    << jobs_text(text_at(*done, "jobs_held")) << " held\n";
    return 0;
}

}  // namespace

void add_reload(CLI::App& app, Invocation& invocation) {
    const auto typed = std::make_shared<Typed>();
    auto* command = app.add_subcommand(
        "reload",
        "have the running broker read its configuration anew, whole or not at all: says what changes, and asks where "
        "jobs of a removed destination would be held. exit 0 done, 1 failed, 2 the configuration cannot be taken");
    command->add_option("--note", typed->note, "why, for the history");
    command->add_flag("--yes", typed->is_yes, "don't ask");
    command->callback(
        [&invocation, typed] { invocation.action = [&invocation, typed] { return reload(invocation, *typed); }; });
}

}  // namespace broker::cli
