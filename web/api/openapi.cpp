/// Openapi: the document that describes the API, joined of the parts in openapi/ that the build embeds.
#include "web/api/openapi.h"

#include <boost/json.hpp>
#include <cassert>
#include <string>

#include "web/api/routes.h"
#include "web/filters.h"
#include "web/problem.h"

namespace web::api {
namespace {

using boost::json::object;

/// No part says what another one has said.
void add(object& all, const object& part) {
    for (const auto& each : part) {
        assert(!all.contains(each.key()));
        all.insert(each);
    }
}

std::string joined() {
    object document = boost::json::parse(openapi_parts.front()).as_object();
    for (const std::string_view text : openapi_parts.subspan(1)) {
        const object part = boost::json::parse(text).as_object();
        add(document.at("paths").as_object(), part.at("paths").as_object());
        if (const auto* components = part.if_contains("components"))
            add(document.at("components").at("schemas").as_object(), components->at("schemas").as_object());
    }
    return boost::json::serialize(document);
}

}  // namespace

Response openapi(const Request& request, const Deps&) {
    if (const auto fault = unknown_term(request.target.query, {})) return bad_request(*fault);
    static const std::string document = joined();
    Response response;
    response.content_type = "application/json";
    response.body = document;
    // A newer program has another document: ask each time, the ETag makes that cheap.
    response.headers.emplace_back("Cache-Control", "no-cache");
    return response;
}

}  // namespace web::api
