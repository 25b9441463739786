/// `destination ls|pause|resume|echo`: the places to deliver to, and stopping one on purpose.
#include <CLI/CLI.hpp>
#include <boost/json/serialize.hpp>
#include <memory>

#include "broker/cli/answer.h"
#include "broker/cli/commands.h"
#include "broker/cli/error.h"
#include "broker/cli/instants.h"
#include "broker/cli/list.h"
#include "broker/cli/text.h"
#include "broker/config/units.h"

namespace broker::cli {
namespace {

namespace json = boost::json;

const std::vector<Column> destination_columns = {{"NAME", "name"},
                                                 {"KIND", "kind"},
                                                 {"STATE", "state"},
                                                 {"QUEUED", "jobs.queued"},
                                                 {"WAITING", "jobs.waiting"},
                                                 {"SENDING", "jobs.sending"},
                                                 {"UNCERTAIN", "jobs.uncertain"},
                                                 {"HELD", "jobs.held"},
                                                 {"DELIVERED", "jobs.delivered"},
                                                 {"OLDEST", "oldest_queued_at"},
                                                 {"ERROR AT", "last_error_at"},
                                                 {"LAST ERROR", "last_error"}};

struct Typed {
    std::string verb;
    std::string name;
    std::string reason;
    std::string pause_for;
};

/// The body of the call. A pause carries its end as a duration, so that the clock of this machine doesn't matter.
std::string body_of(const Typed& typed) {
    json::object body;
    if (typed.verb == "pause") {
        body["reason"] = typed.reason;
        if (!typed.pause_for.empty()) {
            const auto duration = config::parse_duration(typed.pause_for);
            if (!duration || duration->count() <= 0) {
                throw Error(Errc::usage, "--for " + typed.pause_for + ": " + std::string(duration_forms));
            }
            body["for"] = typed.pause_for;
        }
    }
    return json::serialize(body);
}

int act(Invocation& invocation, const Typed& typed) {
    const std::string what = typed.verb + " " + typed.name;
    if (typed.name.empty() || (typed.verb == "pause" && is_blank(typed.reason))) {
        throw Error(Errc::usage,
                    "destination " + typed.verb + ": the name and the reason of a pause must not be empty or blank");
    }
    const Call call{.method = "POST",
                    .target = "/api/v1/destinations/" + encoded(typed.name) + "/" + typed.verb,
                    .body = body_of(typed)};
    const json::value answer = ask(invocation.api(), call, what);
    std::ostream& out = invocation.console.out;
    if (invocation.options.is_json) {
        out << json::serialize(answer) << '\n';
    } else {
        const std::string state = text_at(answer, typed.verb == "echo" ? "text" : "state");
        out << printable(typed.name) << ": " << (state.empty() ? typed.verb + " done" : printable(state)) << '\n';
    }
    // An echo that nobody answers is a whole answer of the broker, and a failure of what was asked for.
    const auto* members = answer.if_object();
    const auto* ok = members ? members->if_contains("ok") : nullptr;
    return ok != nullptr && ok->is_bool() && !ok->get_bool() ? 1 : 0;
}

CLI::App* add_verb(CLI::App& destination, Invocation& invocation, const std::shared_ptr<Typed>& typed,
                   const std::string& help) {
    auto* command = destination.add_subcommand(typed->verb, help);
    command->add_option("NAME", typed->name, "the destination's name")->required();
    command->callback(
        [&invocation, typed] { invocation.action = [&invocation, typed] { return act(invocation, *typed); }; });
    return command;
}

std::shared_ptr<Typed> typed_verb(const char* verb) {
    auto typed = std::make_shared<Typed>();
    typed->verb = verb;
    return typed;
}

void add_ls(CLI::App& destination, Invocation& invocation) {
    auto* ls = destination.add_subcommand("ls", "list the destinations with their counts");
    ls->callback([&invocation] {
        invocation.action = [&invocation] {
            const Listing listing{"/api/v1/destinations", {}, "list destinations", destination_columns};
            show_list(invocation, listing, {.is_all = true});
            return 0;
        };
    });
}

}  // namespace

void add_destination(CLI::App& app, Invocation& invocation) {
    auto* destination = app.add_subcommand("destination", "the places to deliver to");
    destination->require_subcommand(1);
    add_ls(*destination, invocation);
    const auto pause = typed_verb("pause");
    auto* command = add_verb(*destination, invocation, pause, "send nothing there until it is resumed");
    command->add_option("--reason", pause->reason, "why, for the history")->required();
    command->add_option("--for", pause->pause_for, "resume by itself after 90s, 15m, 4h, 30d");
    add_verb(*destination, invocation, typed_verb("resume"), "send again, and now");
    add_verb(*destination, invocation, typed_verb("echo"), "ask whether it answers");
    add_destination_backfill(*destination, invocation);
}

}  // namespace broker::cli
