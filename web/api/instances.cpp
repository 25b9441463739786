/// Instances: what was received under one SOP Instance UID, and what no route took.
#include <boost/json/array.hpp>

#include "web/api/routes.h"
#include "web/filters.h"
#include "web/json/job.h"
#include "web/json/respond.h"
#include "web/problem.h"

namespace web::api {

Response unrouted(const Request& request, const Deps& deps) {
    const auto page = parse_page(request.target.query, deps.limits, "unrouted");
    if (!page) return bad_request(page.fault());
    std::optional<outbox::InstanceId> before;
    if (page->before) before = outbox::InstanceId{*page->before};
    const auto found = deps.views().unrouted(before, page->limit);
    std::optional<std::string> next;
    if (found.next) next = next_cursor(*page, found.next->value);
    boost::json::array items;
    for (const outbox::InstanceView& each : found.instances) items.emplace_back(json::instance(each));
    return json::list(std::move(items), next);
}

Response instance(const Request& request, const Deps& deps) {
    if (const auto fault = unknown_term(request.target.query, {})) return bad_request(*fault);
    const std::string& uid = request.at("sop_uid");
    const auto versions = deps.views().instance(uid);
    if (versions.empty()) return problem(404, "no instance of that SOP Instance UID was received");
    boost::json::array shown;
    for (const outbox::InstanceView& each : versions) shown.emplace_back(json::instance(each));
    boost::json::array jobs;
    for (const outbox::JobView& each : deps.views().jobs_of(uid)) jobs.emplace_back(json::job_with_attempts(each));
    return json::ok({{"sop_instance_uid", uid}, {"versions", std::move(shown)}, {"jobs", std::move(jobs)}});
}

}  // namespace web::api
