/// Exchange: a request and its response as plain values, whatever carried them.
#include "web/exchange.h"

#include <algorithm>
#include <cassert>

namespace web {

std::optional<std::string_view> Request::header(std::string_view name) const {
    const auto found =
        std::ranges::find(headers, name, [](const auto& field) { return std::string_view(field.first); });
    if (found == headers.end()) return std::nullopt;
    return found->second;
}

const std::string& Request::at(std::string_view name) const {
    const auto found = std::ranges::find(bound, name, [](const auto& each) { return std::string_view(each.first); });
    assert(found != bound.end());
    return found->second;
}

}  // namespace web
