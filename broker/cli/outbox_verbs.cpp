/// `outbox hold|release|retry|cancel|resend|adopt`: a person's verbs, on jobs named by number or by filter.
#include <CLI/CLI.hpp>
#include <boost/json/serialize.hpp>
#include <cassert>
#include <memory>
#include <string>

#include "broker/cli/answer.h"
#include "broker/cli/commands.h"
#include "broker/cli/confirm.h"
#include "broker/cli/error.h"
#include "broker/cli/filter.h"
#include "broker/cli/invocation.h"
#include "broker/cli/job_number.h"
#include "broker/cli/text.h"
#include "outbox/state.h"

namespace broker::cli {
namespace {

namespace json = boost::json;

const char* help_of(outbox::Verb verb) {
    switch (verb) {
        case outbox::Verb::hold:
            return "keep queued or uncertain jobs back until they are released";
        case outbox::Verb::release:
            return "let held jobs go";
        case outbox::Verb::retry:
            return "make queued or uncertain jobs due now";
        case outbox::Verb::cancel:
            return "end jobs that were not delivered";
        case outbox::Verb::resend:
            return "send delivered or cancelled jobs again, in a new round";
        case outbox::Verb::adopt:
            return "accept that the destination already has what is held";
        default:
            assert(false && "not a person's verb");
            return "";
    }
}

struct Typed {
    std::string verb;
    std::vector<std::string> ids;  ///< numbers of jobs, as typed
    Filter filter;
    std::string note;
    bool is_yes = false;
};

json::value act_on_one(Api& api, const Typed& typed, std::int64_t id) {
    const std::string number = std::to_string(id);
    json::object body;
    if (!typed.note.empty()) {
        body["note"] = typed.note;
    }
    const std::string& verb = typed.verb;
    const Call call{.method = "POST", .target = "/api/v1/jobs/" + number + "/" + verb, .body = json::serialize(body)};
    return ask(api, call, verb + " job " + number);
}

/// One refusal doesn't keep the verb from the other jobs; it decides the exit code.
int act_on_ids(Invocation& invocation, const Typed& typed) {
    const Console& console = invocation.console;
    json::array changed;
    bool is_all_done = true;
    // A typing error must not show after half of the jobs were changed.
    std::vector<std::int64_t> ids;
    for (const std::string& text : typed.ids) {
        ids.push_back(parse_job_number(text, "outbox " + typed.verb));
    }
    for (const std::int64_t id : ids) {
        try {
            changed.push_back(act_on_one(invocation.api(), typed, id));
        } catch (const Error& error) {
            is_all_done = false;
            console.err << "dicom-bridge: " << printable(error.what()) << '\n';
            continue;
        }
        if (!invocation.options.is_json) {
            console.out << "job " << id << ": " << printable(text_at(changed.back(), "state")) << '\n';
        }
    }
    if (invocation.options.is_json) {
        console.out << json::serialize(json::value{{"items", std::move(changed)}, {"next", nullptr}}) << '\n';
    }
    return is_all_done ? 0 : 1;
}

json::value act_on_filter(Invocation& invocation, const Typed& typed, const Terms& terms, bool is_dry_run) {
    json::object filter;
    for (const auto& [name, value] : terms) {
        filter[name] = value;
    }
    json::object body{{"action", typed.verb}, {"filter", std::move(filter)}, {"dry_run", is_dry_run}};
    if (!typed.note.empty()) {
        body["note"] = typed.note;
    }
    const Call call{.method = "POST",
                    .target = "/api/v1/jobs/actions",
                    .body = json::serialize(body),
                    .timeout = long_call_timeout};
    return ask(invocation.api(), call, typed.verb + " jobs");
}

std::string count_of(const json::value& answer) {
    const std::string count = text_at(answer, "count");
    if (count.empty() || count.find_first_not_of("0123456789") != std::string::npos) {
        throw Error(Errc::failed, "the broker did not say how many jobs it means; is it of the same version?");
    }
    return count;
}

int act_on_matching(Invocation& invocation, const Typed& typed, const Terms& terms) {
    const Console& console = invocation.console;
    const json::value plan = act_on_filter(invocation, typed, terms, true);
    const std::string count = count_of(plan);
    if (count == "0") {
        console.out << (invocation.options.is_json ? json::serialize(plan) : "no job that this verb applies to matches")
                    << '\n';
        return 0;
    }
    if (!is_confirmed(invocation, typed.is_yes, typed.verb + " " + jobs_text(count) + "?",
                      typed.verb + " means " + jobs_text(count))) {
        console.err << "nothing was changed\n";
        return 1;
    }
    const json::value done = act_on_filter(invocation, typed, terms, false);
    if (invocation.options.is_json) {
        console.out << json::serialize(done) << '\n';
    } else {
        console.out << typed.verb << ": " << count_of(done) << " jobs changed\n";
    }
    return 0;
}

int act(Invocation& invocation, const Typed& typed) {
    const Terms terms = terms_of(typed.filter, invocation.here());
    if (typed.ids.empty() && terms.empty()) {
        throw Error(Errc::usage,
                    "outbox " + typed.verb + ": acting on all jobs is refused; name jobs, or give a filter");
    }
    if (!typed.ids.empty() && !terms.empty()) {
        throw Error(Errc::usage, "outbox " + typed.verb + ": either numbers or a filter; leave one of them out");
    }
    return terms.empty() ? act_on_ids(invocation, typed) : act_on_matching(invocation, typed, terms);
}

}  // namespace

void add_outbox_verbs(CLI::App& parser, Invocation& invocation) {
    for (const outbox::Verb verb : outbox::person_verbs) {
        const auto typed = std::make_shared<Typed>();
        typed->verb = outbox::to_string(verb);
        auto* command = parser.add_subcommand(typed->verb, help_of(verb));
        command->add_option("ID", typed->ids, "numbers of jobs");
        add_job_filter(*command, typed->filter);
        command->add_option("--note", typed->note, "why, for the history");
        command->add_flag("--yes", typed->is_yes, "don't ask");
        command->callback(
            [&invocation, typed] { invocation.action = [&invocation, typed] { return act(invocation, *typed); }; });
    }
}

}  // namespace broker::cli
