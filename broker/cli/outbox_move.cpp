/// `outbox move OLD NEW`: what one destination has not got is promised to another instead.
#include <CLI/CLI.hpp>
#include <boost/json/serialize.hpp>
#include <memory>

#include "broker/cli/answer.h"
#include "broker/cli/commands.h"
#include "broker/cli/confirm.h"
#include "broker/cli/error.h"
#include "broker/cli/filter.h"
#include "broker/cli/long_call.h"

namespace broker::cli {
namespace {

namespace json = boost::json;

struct Typed {
    std::string from, to;
    Filter filter;
    std::string note;
    bool is_yes = false;
};

json::object body_of(const Typed& typed, const Terms& terms, bool is_dry_run) {
    json::object filter;
    for (const auto& [name, value] : terms) {
        if (name == "destination") {
            throw Error(Errc::usage, "outbox move: the destination is " + typed.from + "; leave --destination out");
        }
        filter[name] = value;
    }
    json::object body{{"to", typed.to}, {"dry_run", is_dry_run}};
    if (!filter.empty()) {
        body["filter"] = std::move(filter);
    }
    return body;
}

std::string question(const Typed& typed, const json::value& plan) {
    std::string text = "move " + jobs_text(text_at(plan, "count")) + " from " + typed.from + " to " + typed.to + " (" +
                       text_at(plan, "queued") + " queued, " + text_at(plan, "held") + " held, " +
                       text_at(plan, "uncertain") + " uncertain)";
    if (number_at(plan, "uncertain") > 0) {
        text += "; the uncertain ones may then be at both";
    }
    return text + "?";
}

int move(Invocation& invocation, const Typed& typed) {
    const Console& console = invocation.console;
    if (typed.from.empty() || typed.to.empty()) {
        throw Error(Errc::usage, "outbox move: the names of both destinations must not be empty");
    }
    const Terms terms = terms_of(typed.filter, invocation.here());
    const std::string target = "/api/v1/destinations/" + encoded(typed.from) + "/move";
    const std::string what = "move from " + typed.from + " to " + typed.to;
    const Call counting{.method = "POST",
                        .target = target,
                        .body = json::serialize(body_of(typed, terms, true)),
                        .timeout = long_call_timeout};
    const json::value plan = ask(invocation.api(), counting, what);
    const std::int64_t count = number_at(plan, "count");
    if (count == 0) {
        console.out << (invocation.options.is_json ? json::serialize(plan) : "there is no job to move") << '\n';
        return 0;
    }
    if (!is_confirmed(invocation, typed.is_yes, question(typed, plan),
                      "move means " + jobs_text(std::to_string(count)))) {
        console.err << "nothing was changed\n";
        return 1;
    }
    json::object body = body_of(typed, terms, false);
    body["uncertain"] = true;
    if (!typed.note.empty()) {
        body["note"] = typed.note;
    }
    const json::value done = ask_watching(invocation, target, std::move(body), what, "moving");
    if (invocation.options.is_json) {
        console.out << json::serialize(done) << '\n';
        return 0;
    }
    console.out << "move: " << number_at(done, "changed") << " jobs moved";
    const std::int64_t left = number_at(done, "left.count"), sending = number_at(done, "left.sending");
    if (left + sending > 0) {
        console.out << "; " << left << " could not be (their bytes are not kept), " << sending
                    << " are being sent just now";
    }
    console.out << '\n';
    return 0;
}

}  // namespace

void add_outbox_move(CLI::App& parser, Invocation& invocation) {
    const auto typed = std::make_shared<Typed>();
    auto* command = parser.add_subcommand(
        "move",
        "give what is queued, held or uncertain at one destination to another; counts first and asks. An uncertain job "
        "was sent without an answer: it may then be at both. What was made for the old destination is left behind");
    command->add_option("OLD", typed->from, "the destination that the jobs leave")->required();
    command->add_option("NEW", typed->to, "the one that takes over")->required();
    add_job_filter(*command, typed->filter);
    command->add_option("--note", typed->note, "why, for the history");
    command->add_flag("--yes", typed->is_yes, "don't ask");
    command->callback(
        [&invocation, typed] { invocation.action = [&invocation, typed] { return move(invocation, *typed); }; });
}

}  // namespace broker::cli
