#include "broker/http/response.h"

#include "broker/http/ascii.h"
#include "broker/http/http_date.h"

namespace broker::http {

std::optional<std::chrono::seconds> Response::retry_after(std::chrono::system_clock::time_point now) const {
    using std::chrono::seconds;
    constexpr seconds least{1}, most{3600};
    const auto text = headers.find("Retry-After");
    if (!text || text->empty()) return std::nullopt;
    if (std::ranges::all_of(*text, is_digit)) {
        seconds asked{0};
        for (const char c : *text) asked = std::min(most, asked * 10 + seconds(c - '0'));
        return std::max(least, asked);
    }
    const auto then = parse_http_date(*text, std::chrono::floor<seconds>(now));
    if (!then) return std::nullopt;
    return std::clamp(std::chrono::ceil<seconds>(*then - now), least, most);
}

std::optional<std::chrono::sys_seconds> Response::date(std::chrono::sys_seconds now) const {
    const auto text = headers.find("Date");
    return text ? parse_http_date(*text, now) : std::nullopt;
}

}  // namespace broker::http
