/// Windows: those that an instance names itself, to choose from when it is looked at.
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "web/api/routes.h"
#include "web/dicomweb/rendition.h"
#include "web/filters.h"
#include "web/json/respond.h"
#include "web/json/values.h"
#include "web/problem.h"

namespace web::api {

Response instance_windows(const Request& request, const Deps& deps) {
    if (const auto fault = unknown_term(request.target.query, {})) return bad_request(*fault);
    const auto versions = deps.views().instance(request.at("sop_uid"));
    if (versions.empty()) return problem(404, "no instance of that SOP Instance UID was received");
    if (deps.render == nullptr)
        return problem(409, "the broker is stopped: nothing can be read from its images", {{"state", "stopped"}});
    const outbox::InstanceView& newest = versions.front();
    if (newest.blob_state == "purging" || newest.blob_state == "purged")
        return problem(410, "the instance's bytes are not kept here any more", {{"state", "purged"}});
    if (newest.blob_state == "damaged")
        return problem(409, "the instance's bytes are missing or damaged", {{"state", "damaged"}});
    const auto windows = deps.render->windows(newest.facts.digest, newest.facts.transfer_syntax_uid);
    if (!windows) return problem(409, "the instance's bytes are missing or damaged", {{"state", "damaged"}});
    boost::json::array items;
    for (const NamedWindow& each : *windows)
        items.push_back(boost::json::object{{"window", dicomweb::text_of(each.window)},
                                            {"centre", each.window.centre},
                                            {"width", each.window.width},
                                            {"explanation", json::or_null(each.explanation)}});
    return json::ok({{"version", newest.version}, {"items", std::move(items)}});
}

}  // namespace web::api
