/// Series: one with its instances, page by page, in the order in which somebody looks through them.
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "web/api/routes.h"
#include "web/filters.h"
#include "web/json/job.h"
#include "web/json/respond.h"
#include "web/json/study.h"
#include "web/problem.h"

namespace web::api {

Response series(const Request& request, const Deps& deps) {
    const std::string& uid = request.at("uid");
    const auto asked = parse_series_query(request.target.query, deps.limits, uid);
    if (!asked) return bad_request(asked.fault());
    const Page& page = asked->page;
    const auto found = deps.views().series(uid, asked->filter.study_instance_uid);
    if (!found) return problem(404, "no series of that Series Instance UID was received");
    std::optional<outbox::InstanceId> after;
    if (page.before) after = outbox::InstanceId{*page.before};
    const auto there = deps.views().series_instances(found->study_instance_uid, uid, after, page.limit);
    boost::json::value next;
    if (there.next) next = next_cursor(page, there.next->value);
    boost::json::array items;
    for (const outbox::InstanceView& each : there.instances) items.emplace_back(json::instance_of_series(each));
    boost::json::object shown = json::series(found->series);
    shown["study_instance_uid"] = found->study_instance_uid;
    shown["items"] = std::move(items);
    shown["next"] = std::move(next);
    return json::ok(shown);
}

}  // namespace web::api
