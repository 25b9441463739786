/// Pages: the fixed bytes a browser gets, embedded when the program is built: no file on disk is ever served.
#include "web/pages.h"

#include <algorithm>
#include <cassert>

#include "web/headers.h"

namespace web {
namespace {

std::string_view type_of(std::string_view name) {
    if (name.ends_with(".css")) return "text/css; charset=utf-8";
    if (name.ends_with(".js")) return "text/javascript; charset=utf-8";
    if (name.ends_with(".svg")) return "image/svg+xml";
    return "text/html; charset=utf-8";
}

}  // namespace

Response page(const Request& request, const Deps&) {
    const auto& segments = request.target.segments;
    const std::string_view name = segments.empty() ? "overview.html" : std::string_view(segments.front());
    const auto found = std::ranges::find(embedded_pages, name, &Page::name);
    assert(found != embedded_pages.end());
    Response response;
    response.content_type = type_of(name);
    response.body = found->bytes;
    // A newer program has newer pages: ask each time, the ETag makes that cheap.
    response.headers.emplace_back("Cache-Control", "no-cache");
    if (name == "studies.html" || name == "study.html") response.headers.emplace_back("Content-Security-Policy", content_policy_of_pictures);
    return response;
}

}  // namespace web
