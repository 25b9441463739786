/// `destination backfill NAME`: sends what is kept to a destination that came later.
#include <CLI/CLI.hpp>
#include <boost/json/serialize.hpp>
#include <memory>

#include "broker/cli/answer.h"
#include "broker/cli/commands.h"
#include "broker/cli/confirm.h"
#include "broker/cli/error.h"
#include "broker/cli/long_call.h"
#include "broker/cli/target.h"

namespace broker::cli {
namespace {

namespace json = boost::json;

struct Typed {
    std::string name, since, note;
    bool is_all = false, is_yes = false;
};

json::object body_of(Invocation& invocation, const Typed& typed, bool is_dry_run) {
    json::object body{{"all", typed.is_all}, {"dry_run", is_dry_run}};
    if (!typed.since.empty()) {
        const auto since = parse_instant(typed.since, invocation.here(), DayEnd::begin);
        if (!since) {
            throw Error(Errc::usage, "--since " + typed.since + ": " + std::string(time_forms));
        }
        body["since"] = print_instant(*since);
    }
    if (!is_dry_run && !typed.note.empty()) {
        body["note"] = typed.note;
    }
    return body;
}

/// What was left out, and why.
std::string left_out(const json::value& answer) {
    std::string text;
    for (const auto& [member, words] :
         {std::pair{"not_routed", " no route names it for"}, std::pair{"came_from_there", " came from there"},
          std::pair{"older_version", " are older versions"},
          std::pair{"unreadable", " cannot be read (see spool verify)"}}) {
        if (const auto count = number_at(answer, member); count > 0) {
            text += (text.empty() ? "; left out: " : ", ") + std::to_string(count) + words;
        }
    }
    return text;
}

int backfill(Invocation& invocation, const Typed& typed) {
    const Console& console = invocation.console;
    if (typed.name.empty()) {
        throw Error(Errc::usage, "destination backfill: the name must not be empty");
    }
    const std::string target = "/api/v1/destinations/" + encoded(typed.name) + "/backfill";
    const std::string what = "backfill " + typed.name;
    const json::value plan =
        ask_watching(invocation, target, body_of(invocation, typed, true), what, "looking for what is missing there");
    const std::int64_t count = number_at(plan, "count");
    if (count == 0) {
        console.out << (invocation.options.is_json ? json::serialize(plan) : "there is nothing to add" + left_out(plan))
                    << '\n';
        return 0;
    }
    const std::string jobs = jobs_text(std::to_string(count));
    if (!is_confirmed(invocation, typed.is_yes, "add " + jobs + " for " + typed.name + left_out(plan) + "?",
                      "backfill means " + jobs)) {
        console.err << "nothing was changed\n";
        return 1;
    }
    const json::value done = ask_watching(invocation, target, body_of(invocation, typed, false), what, "adding jobs");
    if (invocation.options.is_json) {
        console.out << json::serialize(done) << '\n';
    } else {
        console.out << typed.name << ": " << number_at(done, "added") << " jobs added, priority low" << left_out(done)
                    << '\n';
    }
    // Stopped half-way by the broker: what was asked for is not done.
    return text_at(done, "whole") == "false" ? 1 : 0;
}

}  // namespace

void add_destination_backfill(CLI::App& parser, Invocation& invocation) {
    const auto typed = std::make_shared<Typed>();
    auto* command = parser.add_subcommand(
        "backfill",
        "send what is kept and has no job there, at low priority: what the present routes name it for, or everything; "
        "may be interrupted and repeated");
    command->add_option("NAME", typed->name, "the destination's name")->required();
    command->add_option("--since", typed->since, "received since: a date, an instant, or a duration back");
    command->add_flag("--all", typed->is_all, "every kept instance, whatever the routes say");
    command->add_option("--note", typed->note, "why, for the history");
    command->add_flag("--yes", typed->is_yes, "don't ask");
    command->callback(
        [&invocation, typed] { invocation.action = [&invocation, typed] { return backfill(invocation, *typed); }; });
}

}  // namespace broker::cli
