/// `study assign-accession|recheck|adopt`: what a person does about a study that a destination doesn't take as it came.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <memory>

#include "broker/cli/answer.h"
#include "broker/cli/commands.h"
#include "broker/cli/confirm.h"
#include "broker/cli/error.h"
#include "broker/cli/filter.h"
#include "broker/cli/long_call.h"
#include "broker/cli/text.h"

namespace broker::cli {
namespace {

namespace json = boost::json;

/// One of the verbs on a study's jobs.
struct StudyVerb {
    const char* word;
    const char* help;
    const char* usual_reason;  ///< narrows it where the person names none; "": it takes no reason
    const char* nothing;       ///< to be done
};

constexpr StudyVerb recheck{"recheck", "look now for the accession number or the order that jobs wait for", "",
                            "no job waits for an accession number or an order"};
constexpr StudyVerb adopt{"adopt",
                          "accept what the destination has in place of jobs that are held, for a conflict unless "
                          "--reason says otherwise",
                          "conflict", "no job is held for that reason"};

struct Typed {
    std::string uid, note;
    Filter filter;
    bool is_yes = false;
};

/// A study, or what the filter names, and not both; a reason may narrow either.
Terms checked_terms(Invocation& invocation, const StudyVerb& verb, const Typed& typed) {
    const std::string what = std::string("study ") + verb.word;
    Terms terms = terms_of(typed.filter, invocation.here());
    const auto is_reason = [](const auto& term) { return term.first == "reason"; };
    const bool has_usual = *verb.usual_reason != '\0';
    const auto reasons = has_usual ? std::ranges::count_if(terms, is_reason) : 0;
    const bool is_filtered = static_cast<std::size_t>(reasons) < terms.size();
    if (typed.uid.empty() && terms.empty()) throw Error(Errc::usage, what + ": name a study, or give a filter");
    if (!typed.uid.empty() && is_filtered)
        throw Error(Errc::usage, what + ": either a UID or a filter; leave one of them out");
    if (has_usual && reasons == 0) terms.emplace_back("reason", verb.usual_reason);
    return terms;
}

json::value call_verb(Invocation& invocation, const StudyVerb& verb, const Typed& typed, const Terms& terms,
                      bool is_dry_run) {
    json::object named;
    for (const auto& [name, value] : terms) named[name] = value;
    json::object body{{"dry_run", is_dry_run}};
    if (!typed.note.empty()) body["note"] = typed.note;
    std::string path = "/api/v1/jobs/actions";
    if (typed.uid.empty()) {
        body["action"] = verb.word;
        body["filter"] = std::move(named);
    } else {
        path = "/api/v1/studies/" + encoded(typed.uid) + "/" + verb.word;
        for (const auto& [name, value] : named) body[name] = value;
    }
    const Call call{.method = "POST", .target = path, .body = json::serialize(body), .timeout = long_call_timeout};
    return ask(invocation.api(), call, std::string("study ") + verb.word);
}

int act(Invocation& invocation, const StudyVerb& verb, const Typed& typed) {
    const Terms terms = checked_terms(invocation, verb, typed);
    const json::value plan = call_verb(invocation, verb, typed, terms, true);
    const std::string count = std::to_string(number_at(plan, "count"));
    std::ostream& out = invocation.console.out;
    const auto print = [&](const json::value& answer, const std::string& text) {
        out << (invocation.options.is_json ? json::serialize(answer) : text) << '\n';
    };
    if (count == "0") {
        print(plan, verb.nothing);
        return 0;
    }
    const std::string word = verb.word;
    if (typed.uid.empty() && !is_confirmed(invocation, typed.is_yes, word + " " + jobs_text(count) + "?",
                                           word + " means " + jobs_text(count))) {
        invocation.console.err << "nothing was changed\n";
        return 1;
    }
    const json::value done = call_verb(invocation, verb, typed, terms, false);
    print(done, word + ": " + std::to_string(number_at(done, "count")) + " jobs changed");
    return 0;
}

void add_verb(CLI::App& study, Invocation& invocation, const StudyVerb& verb) {
    const auto typed = std::make_shared<Typed>();
    auto* command = study.add_subcommand(verb.word, verb.help);
    command->add_option("UID", typed->uid, "Study Instance UID; or a filter");
    add_job_filter(*command, typed->filter);
    command->add_option("--note", typed->note, "why, for the history");
    command->add_flag("--yes", typed->is_yes, "don't ask before");
    command->callback([&invocation, &verb, typed] {
        invocation.action = [&invocation, &verb, typed] { return act(invocation, verb, *typed); };
    });
}

struct Number {
    std::string uid, accession_number, destination, note;
    bool is_yes = false;
};

json::value call_assign(Invocation& invocation, const Number& typed, bool is_dry_run) {
    json::object body{{"accession_number", typed.accession_number}, {"dry_run", is_dry_run}};
    if (!typed.destination.empty()) body["destination"] = typed.destination;
    if (!typed.note.empty()) body["note"] = typed.note;
    const Call call{.method = "POST",
                    .target = "/api/v1/studies/" + encoded(typed.uid) + "/assign-accession",
                    .body = json::serialize(body),
                    .timeout = long_call_timeout};
    return ask(invocation.api(), call, "study assign-accession");
}

int assign(Invocation& invocation, const Number& typed) {
    const json::value plan = call_assign(invocation, typed, true);
    // A part of the study goes, or went, by what it came with: then it has two numbers there.
    const std::string stay = std::to_string(number_at(plan, "already_registered"));
    const std::string means = "leaves " + jobs_text(stay) + " with the number that they were registered with";
    if (stay != "0" && !is_confirmed(invocation, typed.is_yes, "this " + means + "; assign it?", "this " + means)) {
        invocation.console.err << "nothing was changed\n";
        return 1;
    }
    const json::value done = call_assign(invocation, typed, false);
    std::ostream& out = invocation.console.out;
    const auto* all = done.is_object() ? done.as_object().if_contains("destinations") : nullptr;
    if (invocation.options.is_json || all == nullptr || !all->is_array()) {
        out << json::serialize(done) << '\n';
        return 0;
    }
    for (const json::value& each : all->get_array()) {
        out << printable(text_at(each, "name")) << ": " << jobs_text(std::to_string(number_at(each, "count")))
            << " of the study and what comes later go by " << printable(text_at(done, "accession_number"));
        if (const auto count = number_at(each, "already_registered"); count > 0)
            out << "; " << count << " stay as they are";
        out << '\n';
    }
    return 0;
}

void add_assign(CLI::App& study, Invocation& invocation) {
    const auto typed = std::make_shared<Number>();
    auto* command = study.add_subcommand(
        "assign-accession",
        "give a study an accession number where it is registered; what was received stays as it came");
    command->add_option("UID", typed->uid, "Study Instance UID")->required();
    command->add_option("ACC", typed->accession_number, "Accession Number, up to 16 characters")->required();
    command->add_option("--destination", typed->destination, "only there; default: wherever it is to be registered");
    command->add_option("--note", typed->note, "why, for the history");
    command->add_flag("--yes", typed->is_yes, "don't ask where a part of it is registered already");
    command->callback(
        [&invocation, typed] { invocation.action = [&invocation, typed] { return assign(invocation, *typed); }; });
}

}  // namespace

void add_study_acts(CLI::App& study, Invocation& invocation) {
    add_assign(study, invocation);
    add_verb(study, invocation, recheck);
    add_verb(study, invocation, adopt);
}

}  // namespace broker::cli
