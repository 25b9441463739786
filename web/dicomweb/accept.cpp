/// Rendition: whether image/jpeg is among what a peer takes.
#include <algorithm>
#include <cstddef>

#include "web/ascii.h"
#include "web/dicomweb/rendition.h"

namespace web::dicomweb {
namespace {

std::string_view trimmed(std::string_view text) {
    while (text.starts_with(' ') || text.starts_with('\t')) text.remove_prefix(1);
    while (text.ends_with(' ') || text.ends_with('\t')) text.remove_suffix(1);
    return text;
}

/// Takes what is before the next `separator` that stands outside of quotes off the front of `text`.
std::string_view take_part(std::string_view& text, char separator) {
    bool is_quoted = false;
    std::size_t end = 0;
    for (; end < text.size() && (is_quoted || text[end] != separator); ++end) {
        if (text[end] == '"') is_quoted = !is_quoted;
        if (is_quoted && text[end] == '\\') ++end;
    }
    end = std::min(end, text.size());
    const std::string_view part = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    return trimmed(part);
}

/// "0.8" is above zero; nothing where it is no weight (RFC 9110, 12.4.2).
std::optional<bool> is_above_zero(std::string_view weight) {
    if (weight.empty() || weight.size() > 5 || (weight[0] != '0' && weight[0] != '1')) return std::nullopt;
    if (weight.size() > 1 && weight[1] != '.') return std::nullopt;
    const std::string_view fraction = weight.substr(std::min<std::size_t>(weight.size(), 2));
    if (fraction.find_first_not_of("0123456789") != std::string_view::npos) return std::nullopt;
    const bool has_fraction = fraction.find_first_not_of('0') != std::string_view::npos;
    if (weight[0] == '1' && has_fraction) return std::nullopt;
    return weight[0] == '1' || has_fraction;
}

/// How closely a range names image/jpeg: 3 by its name, 1 as anything at all, 0 not.
int closeness(std::string_view range) {
    const std::string name = lower_case(range);
    if (name == "image/jpeg") return 3;
    if (name == "image/*") return 2;
    return name == "*/*" ? 1 : 0;
}

bool is_taken(std::string_view accept) {
    int closest = 0;
    bool is_wanted = false;
    while (!accept.empty()) {
        std::string_view range = take_part(accept, ',');
        const int close = closeness(take_part(range, ';'));
        std::optional<bool> has_weight = true;
        while (!range.empty()) {
            const std::string_view parameter = take_part(range, ';');
            if (lower_case(parameter).starts_with("q=")) has_weight = is_above_zero(parameter.substr(2));
        }
        // A weight that is none says nothing about the range that it stands at.
        if (!has_weight || close < closest || close == 0) continue;
        // The same range twice: either will do.
        is_wanted = *has_weight || (close == closest && is_wanted);
        closest = close;
    }
    return is_wanted;
}

}  // namespace

bool wants_jpeg(const Terms& query, std::optional<std::string_view> accept_header) {
    const auto parameter = std::ranges::find(query, "accept", &Terms::value_type::first);
    if (parameter != query.end()) return is_taken(parameter->second);
    return !accept_header || trimmed(*accept_header).empty() || is_taken(*accept_header);
}

}  // namespace web::dicomweb
