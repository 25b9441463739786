/// Target: a request's path and query, decoded once (RFC 3986), refused when they are not plainly what they say.
#include "web/target.h"

#include <algorithm>

namespace web {
namespace {

int hex_value(char digit) {
    if (digit >= '0' && digit <= '9') return digit - '0';
    if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
    if (digit >= 'A' && digit <= 'F') return digit - 'A' + 10;
    return -1;
}

bool is_control(char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 || byte == 0x7F;
}

std::optional<std::string> decoded(std::string_view text, bool plus_is_space) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        char c = text[i];
        if (c == '%') {
            if (i + 2 >= text.size()) return std::nullopt;
            const int high = hex_value(text[i + 1]), low = hex_value(text[i + 2]);
            if (high < 0 || low < 0) return std::nullopt;
            c = static_cast<char>(high * 16 + low);
            i += 2;
        } else if (c == '+' && plus_is_space) {
            c = ' ';
        }
        if (is_control(c)) return std::nullopt;
        out.push_back(c);
    }
    if (!is_utf8(out)) return std::nullopt;
    return out;
}

bool parse_path(std::string_view path, std::vector<std::string>& segments) {
    path.remove_prefix(1);
    while (!path.empty()) {
        const auto end = path.find('/');
        auto segment = decoded(path.substr(0, end), false);
        if (!segment || segment->empty() || *segment == "." || *segment == "..") return false;
        segments.push_back(std::move(*segment));
        if (end == std::string_view::npos) return true;
        path.remove_prefix(end + 1);
        if (path.empty()) return false;  // a trailing slash is another resource, and there are none
    }
    return true;
}

bool parse_query(std::string_view query, Terms& terms) {
    while (!query.empty()) {
        const auto end = query.find('&');
        const std::string_view term = query.substr(0, end);
        const auto equals = term.find('=');
        auto name = decoded(term.substr(0, equals), true);
        auto value = decoded(equals == std::string_view::npos ? std::string_view() : term.substr(equals + 1), true);
        if (!name || !value) return false;
        if (!name->empty()) terms.emplace_back(std::move(*name), std::move(*value));
        query.remove_prefix(end == std::string_view::npos ? query.size() : end + 1);
    }
    return true;
}

/// The length of the UTF-8 sequence at the front (Unicode 15, table 3-7), or 0 when it is none.
std::size_t sequence_length(std::string_view text) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned char first = byte(0);
    if (first < 0x80) return 1;
    const std::size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
    if (first < 0xC2 || first > 0xF4 || text.size() < length) return 0;
    const unsigned char low = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
    const unsigned char high = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;
    if (byte(1) < low || byte(1) > high) return 0;
    for (std::size_t i = 2; i < length; ++i)
        if (byte(i) < 0x80 || byte(i) > 0xBF) return 0;
    return length;
}

}  // namespace

bool is_utf8(std::string_view text) {
    while (!text.empty()) {
        const std::size_t length = sequence_length(text);
        if (length == 0) return false;
        text.remove_prefix(length);
    }
    return true;
}

std::optional<Target> parse_target(std::string_view text) {
    if (text.empty() || text.front() != '/' || text.find('#') != std::string_view::npos) return std::nullopt;
    Target target;
    const auto question = text.find('?');
    if (!parse_path(text.substr(0, question), target.segments)) return std::nullopt;
    if (question != std::string_view::npos && !parse_query(text.substr(question + 1), target.query))
        return std::nullopt;
    return target;
}

}  // namespace web
