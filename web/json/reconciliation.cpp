/// Reconciliation: what was received and what became of it, as the API and the file show it.
#include "web/json/reconciliation.h"

#include <boost/json/array.hpp>
#include <utility>

#include "web/csv.h"
#include "web/json/study.h"
#include "web/json/values.h"

namespace web::json {
namespace {

using boost::json::array;
using boost::json::object;

object shown(const outbox::ReconciledJobs& sums) {
    object shown{{"name", sums.destination}, {"jobs", sums.count}};
    for (const auto& each : counts(sums.jobs)) shown.insert(each);
    return shown;
}

object destination(const outbox::ReconciledJobs& sums) {
    array reasons;
    for (const outbox::ReasonCount& each : sums.by_reason)
        reasons.emplace_back(object{{"state", to_string(each.state)},
                                    {"reason", code(each.reason)},
                                    {"reason_text", text(each.reason)},
                                    {"jobs", each.jobs}});
    object all = shown(sums);
    all["warnings"] = sums.warnings;
    all["by_reason"] = std::move(reasons);
    return all;
}

object study(const outbox::ReconciledStudy& study) {
    array destinations;
    for (const outbox::ReconciledJobs& each : study.destinations) destinations.emplace_back(shown(each));
    return {{"study_instance_uid", study.study_instance_uid},
            {"accession_number", or_null(study.accession_number)},
            {"modalities", modalities(study.modalities)},
            {"received_at", text_of(study.received_at)},
            {"unrouted", study.unrouted_count},
            {"destinations", std::move(destinations)}};
}

struct Line {
    std::string_view what, destination, state, reason;
    std::int64_t count;
};

std::string line_of(const Line& line, const outbox::ReconciledStudy* study = nullptr) {
    const std::string count = std::to_string(line.count);
    if (study == nullptr)
        return csv_line({line.what, line.destination, line.state, line.reason, "", "", "", "", count});
    return csv_line({line.what, line.destination, line.state, line.reason, study->study_instance_uid,
                     study->accession_number, study->modalities, text_of(study->received_at), count});
}

/// `waiting` is of those that are queued, and is left out: the states of a destination add up.
std::string states_of(const outbox::ReconciledJobs& sums, std::string_view what,
                      const outbox::ReconciledStudy* study = nullptr) {
    const outbox::JobCounts& jobs = sums.jobs;
    const std::pair<std::string_view, std::int64_t> states[] = {
        {"delivered", jobs.delivered}, {"queued", jobs.queued}, {"sending", jobs.sending},
        {"uncertain", jobs.uncertain}, {"held", jobs.held},     {"cancelled", jobs.cancelled}};
    std::string lines;
    for (const auto& [state, count] : states)
        if (count > 0) lines += line_of({what, sums.destination, state, "", count}, study);
    return lines;
}

}  // namespace

object reconciliation(const outbox::Reconciliation& result, const outbox::ReconciliationFilter& filter) {
    array destinations, studies, differences;
    for (const outbox::ReconciledJobs& each : result.destinations) destinations.emplace_back(destination(each));
    for (const outbox::ReconciledStudy& each : result.studies) studies.emplace_back(study(each));
    for (const outbox::Difference& each : result.differences)
        differences.emplace_back(object{{"what", each.what}, {"left", each.left}, {"right", each.right}});
    return {{"from", or_null(filter.since)},
            {"to", or_null(filter.until)},
            {"instances", object{{"received", result.received_count},
                                 {"routed", result.routed_count},
                                 {"unrouted", result.unrouted_count}}},
            {"destinations", std::move(destinations)},
            {"studies", std::move(studies)},
            {"truncated", result.is_truncated},
            {"differences", std::move(differences)},
            {"states_compared", result.is_compared ? boost::json::value(*result.is_compared) : nullptr}};
}

std::string reconciliation_csv(const outbox::Reconciliation& result) {
    std::string lines = csv_line({"what", "destination", "state", "reason", "study_instance_uid", "accession_number",
                                  "modalities", "received_at", "count"});
    lines += line_of({"instances received", "", "", "", result.received_count});
    lines += line_of({"instances routed", "", "", "", result.routed_count});
    lines += line_of({"instances unrouted", "", "", "", result.unrouted_count});
    for (const outbox::ReconciledJobs& each : result.destinations) {
        lines += line_of({"jobs", each.destination, "", "", each.count});
        lines += states_of(each, "jobs");
        for (const outbox::ReasonCount& reason : each.by_reason)
            lines += line_of(
                {"jobs by reason", each.destination, to_string(reason.state), code(reason.reason), reason.jobs});
    }
    for (const outbox::ReconciledStudy& each : result.studies) {
        if (each.unrouted_count > 0)
            lines += line_of({"study, instances unrouted", "", "", "", each.unrouted_count}, &each);
        for (const outbox::ReconciledJobs& at : each.destinations) lines += states_of(at, "study, jobs", &each);
    }
    if (result.is_truncated)
        lines += line_of({"there are more studies than these", "", "", "", std::ssize(result.studies)});
    for (const outbox::Difference& each : result.differences) {
        const std::string left = "does not add up, left: " + each.what, right = "does not add up, right: " + each.what;
        lines += line_of({left, "", "", "", each.left}) + line_of({right, "", "", "", each.right});
    }
    return lines;
}

}  // namespace web::json
