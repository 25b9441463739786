/// `route diff NEW.toml`: what new rules would do to what was really received, before they are taken.
#include <CLI/CLI.hpp>
#include <boost/json/serialize.hpp>
#include <memory>

#include "broker/cli/answer.h"
#include "broker/cli/commands.h"
#include "broker/cli/error.h"
#include "broker/cli/long_call.h"
#include "broker/cli/route_words.h"
#include "broker/cli/table.h"
#include "broker/cli/text.h"
#include "broker/config/load.h"
#include "broker/config/print.h"

namespace broker::cli {
namespace {

namespace json = boost::json;

struct Typed {
    std::string file, since = "7d";
    int limit = 20;
};

/// `pacs (low, edited), research (held)`
std::string course(const json::value& goings) {
    std::string text;
    for (const json::value& each : goings.as_array()) {
        std::string how = text_at(each, "priority") == "normal" ? "" : text_at(each, "priority");
        if (!text_at(each, "hold").empty()) how += (how.empty() ? "" : ", ") + std::string("held");
        if (!each.at("edits").as_array().empty())
            how += (how.empty() ? "" : ", ") + std::string("edited: ") + joined(each.at("edits"), "");
        text += (text.empty() ? "" : ", ") + printable(text_at(each, "destination")) +
                (how.empty() ? "" : " (" + printable(how) + ")");
    }
    return text.empty() ? "nowhere" : text;
}

void show_counts(std::ostream& out, const json::value& diff) {
    const auto count = [&](const char* member) { return number_at(diff, member); };
    out << count("instances") << " instances received: " << count("changed") << " would go elsewhere, or otherwise, "
        << count("same") << " as now";
    if (count("purged") > 0) out << "; " << count("purged") << " not judged, their bytes are purged";
    if (count("unreadable") > 0)
        out << "; " << count("unreadable") << " not judged, they cannot be read (see spool verify)";
    out << '\n' << "unrouted: " << count("unrouted_now") << " now, " << count("unrouted_then") << " then\n";
    if (count("differs_from_recorded") > 0)
        out << count("differs_from_recorded")
            << " would go elsewhere by the present rules, too, than when they came: these have changed since\n";
}

void show_destinations(std::ostream& out, const json::value& diff) {
    const auto& changes = diff.at("destinations").as_array();
    if (changes.empty()) return;
    out << '\n';
    Table table({"DESTINATION", "GAINS", "LOSES", "OTHER EDITS", "OTHER PRIORITY", "OTHER HOLD"});
    for (const json::value& each : changes)
        table.add({text_at(each, "name"), text_at(each, "gains"), text_at(each, "loses"), text_at(each, "edits_change"),
                   text_at(each, "priority_changes"), text_at(each, "hold_changes")});
    table.print(out);
}

void show_groups(std::ostream& out, const json::value& diff) {
    for (const json::value& group : diff.at("groups").as_array()) {
        out << '\n'
            << number_at(group, "count") << " x  " << course(group.at("from")) << "  ->  " << course(group.at("to"))
            << '\n';
        for (const json::value& each : group.at("examples").as_array()) {
            const std::string modality = text_at(each, "modality");
            out << "     " << printable(modality.empty() ? "-" : modality) << ' '
                << printable(text_at(each, "sop_instance_uid")) << " of " << printable(text_at(each, "received_at"))
                << ", routes " << joined(each.at("routes_now"), "(none)") << "  ->  "
                << joined(each.at("routes_then"), "(none)") << '\n';
        }
    }
    if (const auto rest = number_at(diff, "in_other_groups"); rest > 0)
        out << '\n' << rest << " more change in other ways; --limit shows more of them\n";
}

int diff(Invocation& invocation, const Typed& typed) {
    const Console& console = invocation.console;
    const config::Loaded loaded = config::load(typed.file);
    for (const config::Problem& each : loaded.problems) console.err << printable(config::print(each)) << '\n';
    if (!loaded.config)
        throw Error(Errc::usage, "route diff: " + typed.file + " is not valid: mend what is named above");
    const auto since = parse_instant(typed.since, invocation.here(), DayEnd::begin);
    if (!since) throw Error(Errc::usage, "--since " + typed.since + ": " + std::string(time_forms));
    const json::value answer = ask_watching(
        invocation, "/api/v1/routes/diff",
        {{"settings", config::print(*loaded.config)}, {"since", print_instant(*since)}, {"limit", typed.limit}},
        "route diff", "reading headers");
    if (invocation.options.is_json) {
        console.out << json::serialize(answer) << '\n';
    } else {
        show_counts(console.out, answer);
        show_destinations(console.out, answer);
        show_groups(console.out, answer);
    }
    if (text_at(answer, "whole") == "true") return 0;
    console.err << "dicom-bridge: route diff: the broker stopped before all were looked at\n";
    return 1;
}

}  // namespace

void add_route_diff(CLI::App& route, Invocation& invocation) {
    const auto typed = std::make_shared<Typed>();
    auto* command = route.add_subcommand(
        "diff",
        "what the rules of another configuration would do to the instances that were received, against what the "
        "present ones do; changes nothing");
    command->add_option("NEW", typed->file, "the new configuration file; conf.d/*.toml beside it is merged")
        ->required();
    command->add_option("--since", typed->since, "received since: a date, an instant, or a duration back (default 7d)");
    command->add_option("--limit", typed->limit, "how many kinds of change are shown, 1 to 100 (default 20)")
        ->check(CLI::Range(1, 100));
    command->callback(
        [&invocation, typed] { invocation.action = [&invocation, typed] { return diff(invocation, *typed); }; });
}

}  // namespace broker::cli
