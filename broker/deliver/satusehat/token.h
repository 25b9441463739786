/// Token: what proves to the platform who we are, as its answer gives it.
///
/// A value and a pure function; any thread. Its value is a secret: it goes into one header, and nowhere else.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace broker::deliver::satusehat {

/// Where the answer doesn't say how long it is good for.
inline constexpr std::chrono::seconds token_lifetime_assumed{3000};
inline constexpr std::chrono::seconds token_lifetime_max = std::chrono::hours(24);

struct Token {
    std::string value;
    std::chrono::seconds expires_in{0};  ///< from when it was asked for; at most `token_lifetime_max`
};

/// Nothing where the body has no token that may stand in a header. The numbers come as texts; `issued_at` is not
/// looked at, since clocks differ.
std::optional<Token> parse_token(std::string_view body);

}  // namespace broker::deliver::satusehat
