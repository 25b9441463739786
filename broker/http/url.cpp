#include "broker/http/url.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>

#include "broker/http/ascii.h"

namespace broker::http {
namespace {

constexpr std::size_t url_bytes_max = 2048;
constexpr std::size_t target_bytes_max = 8192;

bool is_unreserved(char c) {
    return is_letter(c) || is_digit(c) || std::string_view("-._~").find(c) != std::string_view::npos;
}

/// RFC 3986 3.3, with the '/' between segments; `more` is what is allowed besides.
bool is_path(std::string_view text, std::string_view more) {
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (c == '%') {
            if (i + 2 >= text.size() || !is_hex(text[i + 1]) || !is_hex(text[i + 2])) return false;
            i += 2;
        } else if (!is_unreserved(c) && std::string_view("!$&'()*+,;=:@/").find(c) == std::string_view::npos &&
                   more.find(c) == std::string_view::npos) {
            return false;
        }
    }
    return true;
}

bool is_address(int family, const std::string& text) {
    unsigned char bytes[16];
    return ::inet_pton(family, text.c_str(), bytes) == 1;
}

bool is_label(std::string_view label) {
    const auto fits = [](char c) { return is_letter(c) || is_digit(c) || c == '-' || c == '_'; };
    return !label.empty() && label.size() <= 63 && std::ranges::all_of(label, fits) && label.front() != '-' &&
           label.back() != '-';
}

bool is_name(std::string_view host) {
    if (host.size() > 253) return false;
    std::string_view last;
    for (std::string_view rest = host;;) {
        const auto dot = rest.find('.');
        last = rest.substr(0, dot);
        if (!is_label(last)) return false;
        if (dot == std::string_view::npos) break;
        rest.remove_prefix(dot + 1);
    }
    // "127.1" and "0x7f000001" are addresses to some resolvers and names to others.
    return !is_digit(last.front()) || is_address(AF_INET, std::string(host));
}

std::optional<std::uint16_t> port_of(std::string_view digits) {
    unsigned port = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
    if (error != std::errc() || end != digits.data() + digits.size() || port == 0 || port > 65535) return std::nullopt;
    return static_cast<std::uint16_t>(port);
}

std::uint16_t own_port(Scheme scheme) {
    return scheme == Scheme::https ? 443 : 80;
}

}  // namespace

std::optional<Url> Url::parse(std::string_view text) {
    if (text.size() > url_bytes_max) return std::nullopt;
    Url url;
    const auto colon = text.find("://");
    if (colon == std::string_view::npos) return std::nullopt;
    const std::string scheme = lower_case(text.substr(0, colon));
    if (scheme != "http" && scheme != "https") return std::nullopt;
    url.scheme_ = scheme == "http" ? Scheme::http : Scheme::https;
    text.remove_prefix(colon + 3);

    const auto slash = text.find('/');
    std::string_view host = text.substr(0, slash);
    url.path_ = slash == std::string_view::npos ? "/" : std::string(text.substr(slash));
    if (!is_path(url.path_, "")) return std::nullopt;

    // The port's colon comes after an address's own.
    const auto bracket = host.rfind(']');
    const auto port = host.find(':', bracket == std::string_view::npos ? 0 : bracket);
    url.port_ = own_port(url.scheme_);
    if (port != std::string_view::npos) {
        const auto number = port_of(host.substr(port + 1));
        if (!number) return std::nullopt;
        url.port_ = *number;
        host = host.substr(0, port);
    }
    if (host.starts_with('[') && host.ends_with(']')) {
        url.host_ = lower_case(host.substr(1, host.size() - 2));
        if (!is_address(AF_INET6, url.host_)) return std::nullopt;
    } else {
        url.host_ = lower_case(host);
        if (!is_name(url.host_)) return std::nullopt;
    }
    return url;
}

std::string Url::authority() const {
    const std::string host = host_.find(':') == std::string::npos ? host_ : "[" + host_ + "]";
    return port_ == own_port(scheme_) ? host : host + ":" + std::to_string(port_);
}

std::string Url::host_and_port() const {
    const std::string host = host_.find(':') == std::string::npos ? host_ : "[" + host_ + "]";
    return host + ":" + std::to_string(port_);
}

std::string Url::text() const {
    return (is_https() ? "https://" : "http://") + authority() + path_;
}

std::optional<Target> Target::parse(std::string_view text) {
    if (!text.starts_with('/') || text.size() > target_bytes_max) return std::nullopt;
    const auto query = text.find('?');
    if (!is_path(text.substr(0, query), "")) return std::nullopt;
    if (query != std::string_view::npos && !is_path(text.substr(query), "?")) return std::nullopt;
    Target target;
    target.text_ = std::string(text);
    return target;
}

std::string percent_encode(std::string_view text) {
    constexpr char digits[] = "0123456789ABCDEF";
    std::string encoded;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (is_unreserved(c))
            encoded += c;
        else
            encoded += {'%', digits[byte >> 4], digits[byte & 15]};
    }
    return encoded;
}

}  // namespace broker::http
