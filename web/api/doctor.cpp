/// Doctor: how this node and its destinations are.
#include <boost/json/object.hpp>

#include "web/api/routes.h"
#include "web/json/body.h"
#include "web/json/doctor.h"
#include "web/json/members.h"
#include "web/json/respond.h"
#include "web/problem.h"

namespace web::api {
namespace {

struct Asked {
    Examination wanted;
    std::string note;
};

Parsed<Asked> read_asked(const Request& request) {
    const auto body = json::parse_body(request.body);
    if (!body) return body.fault();
    if (const auto fault = json::unknown_member(*body, {"destination", "send", "note"})) return *fault;
    const auto destination = json::text_member(*body, "destination");
    if (!destination) return destination.fault();
    const auto sends = json::bool_member(*body, "send");
    if (!sends) return sends.fault();
    const auto note = json::text_member(*body, "note");
    if (!note) return note.fault();
    return Asked{{destination->empty() ? std::nullopt : std::optional(*destination), *sends}, *note};
}

}  // namespace

Response doctor(const Request& request, const Deps& deps) {
    const auto asked = read_asked(request);
    if (!asked) return bad_request(asked.fault());
    if (deps.doctor == nullptr)
        return problem(409, "the broker is stopped; `dicom-bridge doctor` looks without it", {{"state", "stopped"}});
    const auto found = deps.doctor->examine(asked->wanted, {request.actor, asked->note}, deps.stop);
    if (!found) return problem(404, "there is no destination of that name in the configuration");
    return json::ok(json::examination(*found));
}

}  // namespace web::api
