/// HeadGuard: refuses a request's head that two parsers could read differently (request smuggling), before Beast sees
/// it.
#include "web/head_guard.h"

#include <algorithm>

#include "web/ascii.h"
#include "web/limits.h"

namespace web {
namespace {

constexpr std::string_view line_end = "\r\n";

/// A character of a method or a field name (RFC 9110, 5.6.2).
bool is_token(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

bool all_token(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, is_token);
}

std::string_view trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(" \t");
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

/// What the framing fields said, counted.
struct Framing {
    bool is_http_1_0 = false;
    bool has_no_body = false;  ///< the method takes none: GET, HEAD
    std::size_t fields = 0, hosts = 0, lengths = 0, encodings = 0;
    std::string_view length, encoding;
};

std::string check_request_line(std::string_view line, Framing& framing) {
    const auto first = line.find(' ');
    const auto last = line.rfind(' ');
    if (first == std::string_view::npos || first == last) return "the request line is not: method, target, version";
    const std::string_view method = line.substr(0, first);
    const std::string_view target = line.substr(first + 1, last - first - 1);
    const std::string_view version = line.substr(last + 1);
    if (!all_token(method)) return "the method is not a token";
    const auto is_plain = [](char c) { return c > 0x20 && c < 0x7F; };
    if (target.empty() || !std::ranges::all_of(target, is_plain)) return "the target holds a space or is not ASCII";
    if (version != "HTTP/1.1" && version != "HTTP/1.0") return "only HTTP/1.1 and HTTP/1.0 are spoken here";
    framing.is_http_1_0 = version == "HTTP/1.0";
    framing.has_no_body = method == "GET" || method == "HEAD";
    return {};
}

std::string check_field(std::string_view line, Framing& framing) {
    if (line.front() == ' ' || line.front() == '\t') return "a folded header field";
    const auto colon = line.find(':');
    if (colon == std::string_view::npos) return "a header field without a colon";
    if (!all_token(line.substr(0, colon))) return "a header field's name is not a token";
    if (++framing.fields > header_fields_max) return "too many header fields";
    const std::string name = lower_case(line.substr(0, colon));
    const std::string_view value = trimmed(line.substr(colon + 1));
    if (name == "host") {
        ++framing.hosts;
    } else if (name == "content-length") {
        ++framing.lengths;
        framing.length = value;
    } else if (name == "transfer-encoding") {
        ++framing.encodings;
        framing.encoding = value;
    }
    return {};
}

std::string check_framing(const Framing& framing) {
    if (framing.hosts > 1) return "more than one Host";
    if (framing.hosts == 0 && !framing.is_http_1_0) return "no Host";
    if (framing.lengths > 1) return "more than one Content-Length";
    if (framing.encodings > 1) return "more than one Transfer-Encoding";
    if (framing.lengths == 1 && framing.encodings == 1) return "Transfer-Encoding together with Content-Length";
    if (framing.encodings == 1) {
        if (framing.is_http_1_0) return "Transfer-Encoding in HTTP/1.0";
        if (lower_case(framing.encoding) != "chunked") return "a Transfer-Encoding other than chunked";
        if (framing.has_no_body) return "a body where the method takes none";
    }
    if (framing.lengths == 1) {
        const bool is_number = !framing.length.empty() && framing.length.size() <= 18 &&
                               std::ranges::all_of(framing.length, [](char c) { return c >= '0' && c <= '9'; });
        if (!is_number) return "a Content-Length that is not a number";
        if (framing.has_no_body && framing.length != "0") return "a body where the method takes none";
    }
    return {};
}

}  // namespace

HeadScan scan_head(std::string_view bytes) {
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        const auto byte = static_cast<unsigned char>(bytes[i]);
        if (byte == '\n') {
            if (i == 0 || bytes[i - 1] != '\r') return {{}, "a line feed without a carriage return"};
            if (i == 1) return {{}, "an empty line where a request must begin"};
            if (bytes.substr(0, i + 1).ends_with("\r\n\r\n")) return {i + 1, {}};
        } else if (i > 0 && bytes[i - 1] == '\r') {
            return {{}, "a carriage return without a line feed"};
        } else if ((byte < 0x20 && byte != '\t' && byte != '\r') || byte == 0x7F) {
            return {{}, "a control character"};
        }
    }
    return {};
}

std::string check_head(std::string_view head) {
    Framing framing;
    bool is_first = true;
    while (!head.empty()) {
        const auto end = head.find(line_end);
        const std::string_view line = head.substr(0, end);
        if (line.empty()) break;
        const std::string fault = is_first ? check_request_line(line, framing) : check_field(line, framing);
        if (!fault.empty()) return fault;
        is_first = false;
        head.remove_prefix(end == std::string_view::npos ? head.size() : end + line_end.size());
    }
    return check_framing(framing);
}

}  // namespace web
