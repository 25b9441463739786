/// Values: how instants, digests and absent things are spelled in the API's JSON.
#include "web/json/values.h"

#include <fmt/chrono.h>

#include <boost/json/string.hpp>
#include <chrono>

namespace web::json {

std::string text_of(outbox::Instant at) {
    const auto day = std::chrono::floor<std::chrono::days>(at);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss time(at - day);
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", static_cast<int>(date.year()),
                       static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), time.hours().count(),
                       time.minutes().count(), time.seconds().count(), time.subseconds().count());
}

std::string hex_of(const outbox::Digest& digest) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string hex;
    hex.reserve(2 * digest.size());
    for (const std::byte byte : digest) {
        hex += digits[std::to_integer<unsigned>(byte) >> 4];
        hex += digits[std::to_integer<unsigned>(byte) & 15U];
    }
    return hex;
}

std::optional<outbox::Digest> parse_hex(std::string_view hex) {
    constexpr std::string_view digits = "0123456789abcdef";
    outbox::Digest digest{};
    if (hex.size() != 2 * digest.size()) return std::nullopt;
    for (std::size_t i = 0; i < hex.size(); ++i) {
        const auto value = digits.find(hex[i]);
        if (value == std::string_view::npos) return std::nullopt;
        digest[i / 2] = digest[i / 2] << 4 | static_cast<std::byte>(value);
    }
    return digest;
}

boost::json::value or_null(const std::optional<outbox::Instant>& at) {
    return at ? boost::json::value(text_of(*at)) : boost::json::value(nullptr);
}

boost::json::value or_null(std::string_view text) {
    return text.empty() ? boost::json::value(nullptr) : boost::json::value(text);
}

}  // namespace web::json
