/// `study verify`: asks the destinations now whether they have what was sent, and waits for what they say.
#include <CLI/CLI.hpp>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <chrono>
#include <map>
#include <memory>
#include <thread>

#include "broker/cli/answer.h"
#include "broker/cli/commands.h"
#include "broker/cli/confirm.h"
#include "broker/cli/error.h"
#include "broker/cli/filter.h"
#include "broker/cli/list.h"
#include "broker/cli/progress.h"
#include "broker/cli/table.h"
#include "broker/config/units.h"

namespace broker::cli {
namespace {

namespace json = boost::json;
using SteadyClock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds look_pause{200};

struct Typed {
    std::string uid, note;
    Filter filter;
    std::string wait = "60s";
    bool is_not_waiting = false, is_yes = false;
};

/// How one job's question stands: a word of the table's head, or "" while nobody has answered.
using Verdict = std::string;

/// What is asked about: the jobs by number, with their destination, and what became known of each.
struct Asked {
    std::string destination;
    std::int64_t round = 0;
    Verdict verdict;
};

/// From the job as the broker shows it now. Its attempts say what the destination answered since it was asked.
Verdict verdict_of(const json::value& job, const Asked& asked, const std::string& asked_at) {
    Verdict verdict;
    bool is_asked = false;
    const auto* attempts = job.as_object().if_contains("attempts");
    if (attempts != nullptr && attempts->is_array()) {
        for (const json::value& each : attempts->get_array()) {
            // One that was on its way already when we asked, and was answered since, answers us, too.
            const std::string closed_at = text_at(each, "closed_at");
            const std::string last_at = closed_at.empty() ? text_at(each, "opened_at") : closed_at;
            if (text_at(each, "kind") != "probe" || last_at < asked_at) continue;
            is_asked = true;
            const std::string outcome = text_at(each, "outcome");
            if (outcome == "delivered" || outcome == "confirmed") verdict = text_at(each, "evidence");
            if (outcome == "absent") verdict = "denied";
        }
    }
    if (!verdict.empty()) return verdict;
    const std::string state = text_at(job, "state");
    const bool is_open = state == "uncertain" || (state == "delivered" && !text_at(job, "confirm_due_at").empty());
    if (is_open && text_at(job, "round") == std::to_string(asked.round)) return "";
    return is_asked ? "" : "cannot be asked";
}

json::array jobs_of(Invocation& invocation, const Terms& terms) {
    json::array found;
    std::string cursor;
    do {
        Terms page = terms;
        page.emplace_back("limit", std::to_string(page_rows_max));
        if (!cursor.empty()) page.emplace_back("cursor", cursor);
        const Call call{.method = "GET", .target = target("/api/v1/jobs", page), .body = {}};
        const json::value answer = ask(invocation.api(), call, "study verify");
        for (const json::value& each : answer.at("items").as_array()) {
            const std::string state = text_at(each, "state");
            if (state == "uncertain" || state == "delivered") found.push_back(each);
        }
        cursor = text_at(answer, "next");
    } while (!cursor.empty());
    return found;
}

json::value ask_them(Invocation& invocation, const Typed& typed, const Terms& terms, bool is_dry_run) {
    json::object body{{"dry_run", is_dry_run}};
    if (!typed.note.empty()) body["note"] = typed.note;
    std::string path = "/api/v1/studies/" + encoded(typed.uid) + "/verify";
    if (typed.uid.empty()) {
        json::object filter;
        for (const auto& [name, value] : terms) filter[name] = value;
        body["action"] = "verify";
        body["filter"] = std::move(filter);
        path = "/api/v1/jobs/actions";
    }
    const Call call{.method = "POST", .target = path, .body = json::serialize(body), .timeout = long_call_timeout};
    return ask(invocation.api(), call, "study verify");
}

/// Looks at each job that nobody has answered for yet, again and again, until all are or the time is over.
void wait_for_answers(Invocation& invocation, std::map<std::int64_t, Asked>& jobs, const std::string& asked_at,
                      std::chrono::milliseconds patience) {
    const auto deadline = SteadyClock::now() + patience;
    Progress progress(invocation.console.err, invocation.console.err_is_terminal, "asking");
    std::size_t answered = 0;
    for (;;) {
        for (auto& [id, each] : jobs) {
            if (!each.verdict.empty()) continue;
            const Call call{.method = "GET", .target = "/api/v1/jobs/" + std::to_string(id), .body = {}};
            each.verdict = verdict_of(ask(invocation.api(), call, "study verify"), each, asked_at);
            answered += !each.verdict.empty();
            progress.show({answered, jobs.size()});
            if (SteadyClock::now() >= deadline) return;
        }
        if (answered == jobs.size() || SteadyClock::now() + look_pause >= deadline) return;
        std::this_thread::sleep_for(look_pause);
    }
}

using Counts = std::map<std::string, std::map<Verdict, std::int64_t>>;

/// Exit code: 0 when every destination has all of it.
int report(const Invocation& invocation, const Counts& counts) {
    static const std::vector<Verdict> words{"commitment", "query", "readback", "denied", "cannot be asked", ""};
    std::ostream& out = invocation.console.out;
    Table table(
        {"DESTINATION", "COMMITTED", "FOUND BY QUERY", "READ BACK", "DENIED", "CANNOT BE ASKED", "NOT ANSWERED YET"});
    json::array all;
    bool is_everywhere = true;
    for (const auto& [name, found] : counts) {
        std::vector<std::string> cells{name};
        const auto count = [&found](const Verdict& word) {
            const auto at = found.find(word);
            return at == found.end() ? 0 : at->second;
        };
        for (const Verdict& word : words) cells.push_back(std::to_string(count(word)));
        is_everywhere = is_everywhere && count("denied") + count("cannot be asked") + count("") == 0;
        all.push_back(json::value{{"name", name},
                                  {"commitment", count("commitment")},
                                  {"query", count("query")},
                                  {"readback", count("readback")},
                                  {"denied", count("denied")},
                                  {"cannot_be_asked", count("cannot be asked")},
                                  {"not_answered", count("")}});
        table.add(std::move(cells));
    }
    if (invocation.options.is_json)
        out << json::serialize(json::value{{"destinations", std::move(all)}}) << '\n';
    else
        table.print(out);
    return is_everywhere ? 0 : 1;
}

/// What is meant: a study, or what the filter names, and not both.
Terms checked_terms(Invocation& invocation, const Typed& typed) {
    Terms terms = terms_of(typed.filter, invocation.here());
    if (typed.uid.empty() == terms.empty())
        throw Error(Errc::usage, terms.empty() ? "study verify: name a study, or give a filter"
                                               : "study verify: either a UID or a filter; leave one of them out");
    if (terms.empty()) terms.emplace_back("study", typed.uid);
    return terms;
}

/// Asks, and waits unless told not to. The exit code.
int ask_and_wait(Invocation& invocation, const Typed& typed, const Terms& terms, std::chrono::milliseconds patience) {
    std::map<std::int64_t, Asked> jobs;
    if (!typed.is_not_waiting)
        for (const json::value& each : jobs_of(invocation, terms))
            jobs[each.at("id").as_int64()] = {text_at(each, "destination"), each.at("round").as_int64(), ""};
    const json::value done = ask_them(invocation, typed, terms, false);
    if (typed.is_not_waiting) {
        invocation.console.out << (invocation.options.is_json ? json::serialize(done)
                                                              : "asking about " + jobs_text(text_at(done, "count")))
                               << '\n';
        return 0;
    }
    wait_for_answers(invocation, jobs, text_at(done, "asked_at"), patience);
    Counts counts;
    for (const auto& [id, each] : jobs) ++counts[each.destination][each.verdict];
    return report(invocation, counts);
}

int verify(Invocation& invocation, const Typed& typed) {
    const Terms terms = checked_terms(invocation, typed);
    const auto patience = config::parse_duration(typed.wait);
    if (!patience) throw Error(Errc::usage, "--wait " + typed.wait + ": " + std::string(duration_forms));
    const json::value plan = ask_them(invocation, typed, terms, true);
    const std::string count = text_at(plan, "count");
    if (count == "0") {
        invocation.console.out << (invocation.options.is_json ? json::serialize(plan)
                                                              : "nothing was sent that could be asked about")
                               << '\n';
        return 0;
    }
    if (typed.uid.empty() && !is_confirmed(invocation, typed.is_yes, "ask about " + jobs_text(count) + "?",
                                           "verify means " + jobs_text(count))) {
        invocation.console.err << "nothing was asked\n";
        return 1;
    }
    return ask_and_wait(invocation, typed, terms, *patience);
}

}  // namespace

void add_study_verify(CLI::App& study, Invocation& invocation) {
    const auto typed = std::make_shared<Typed>();
    auto* command = study.add_subcommand(
        "verify",
        "ask the destinations now whether they have what was sent to them; exit 0 only when all of it is there");
    command->add_option("UID", typed->uid, "Study Instance UID; or a filter");
    add_job_filter(*command, typed->filter);
    command->add_option("--wait", typed->wait, "how long to wait for answers (default 60s)");
    command->add_flag("--no-wait", typed->is_not_waiting, "only have them asked");
    command->add_option("--note", typed->note, "why, for the history");
    command->add_flag("--yes", typed->is_yes, "don't ask before");
    command->callback(
        [&invocation, typed] { invocation.action = [&invocation, typed] { return verify(invocation, *typed); }; });
}

}  // namespace broker::cli
