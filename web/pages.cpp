/// Pages: the fixed bytes a browser gets, embedded when the program is built: no file on disk is ever served.
#include "web/pages.h"

#include <algorithm>
#include <cassert>

#include "web/ascii.h"
#include "web/headers.h"

namespace web {
namespace {

std::string_view type_of(std::string_view name) {
    if (name.ends_with(".css")) return "text/css; charset=utf-8";
    if (name.ends_with(".js")) return "text/javascript; charset=utf-8";
    if (name.ends_with(".svg")) return "image/svg+xml";
    return "text/html; charset=utf-8";
}

/// Whether gzip is among the codings that Accept-Encoding lists, and not at the weight 0 (RFC 9110, 12.5.3). Only our
/// own fixed bytes are packed: beside data that others have a hand in, the length would tell of secrets.
bool takes_gzip(std::string_view accepted) {
    while (!accepted.empty()) {
        const std::string_view each = accepted.substr(0, accepted.find(','));
        accepted.remove_prefix(std::min(accepted.size(), each.size() + 1));
        const auto begin = each.find_first_not_of(" \t");
        if (begin == std::string_view::npos) continue;
        const auto end = each.find_first_of(" \t;", begin);
        if (lower_case(each.substr(begin, end == std::string_view::npos ? end : end - begin)) != "gzip") continue;
        const auto weight = each.find("q=");
        return weight == std::string_view::npos || each.find_first_of("123456789", weight) != std::string_view::npos;
    }
    return false;
}

}  // namespace

Response page(const Request& request, const Deps&) {
    const auto& segments = request.target.segments;
    const std::string_view name = segments.empty() ? "overview.html" : std::string_view(segments.front());
    const auto found = std::ranges::find(embedded_pages, name, &EmbeddedPage::name);
    assert(found != embedded_pages.end());
    Response response;
    response.content_type = type_of(name);
    response.headers.emplace_back("Vary", "Accept-Encoding");
    if (takes_gzip(request.header("accept-encoding").value_or(""))) {
        response.headers.emplace_back("Content-Encoding", "gzip");
        response.body = found->packed;
    } else {
        response.body = found->bytes;
    }
    // A newer program has newer pages: ask each time, the ETag makes that cheap.
    response.headers.emplace_back("Cache-Control", "no-cache");
    if (name == "studies.html" || name == "study.html")
        response.headers.emplace_back("Content-Security-Policy", content_policy_of_pictures);
    return response;
}

}  // namespace web
