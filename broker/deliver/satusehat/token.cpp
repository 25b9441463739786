#include "broker/deliver/satusehat/token.h"

#include <algorithm>

#include "broker/deliver/satusehat/json.h"
#include "broker/deliver/satusehat/text.h"

namespace broker::deliver::satusehat {

namespace {

constexpr std::size_t token_bytes_max = std::size_t{16} << 10;
constexpr std::size_t answer_bytes_max = std::size_t{256} << 10;

/// Printable ASCII: a line end in it would begin another header.
bool fits_a_header(std::string_view token) {
    return !token.empty() && token.size() <= token_bytes_max &&
           std::all_of(token.begin(), token.end(), [](char c) { return c > ' ' && c < 0x7F; });
}

}  // namespace

std::optional<Token> parse_token(std::string_view body) {
    const auto value = read_json(body, answer_bytes_max);
    if (!value || !value->is_object()) return std::nullopt;
    const auto& object = value->get_object();
    const std::string_view token = without_padding(whole_text(object.if_contains("access_token")));
    if (!fits_a_header(token)) return std::nullopt;
    const auto told = number_at(object, "expires_in");
    std::chrono::seconds lifetime = token_lifetime_assumed;
    if (told && *told > 0)
        lifetime = std::chrono::seconds(std::min<std::int64_t>(*told, token_lifetime_max.count()));
    else if (told)
        return std::nullopt;  // it says itself that it is good for nothing
    return Token{std::string(token), lifetime};
}

}  // namespace broker::deliver::satusehat
