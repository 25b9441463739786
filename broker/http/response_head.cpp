#include "broker/http/response_head.h"

#include <algorithm>

#include "broker/http/ascii.h"

namespace broker::http {
namespace {

constexpr std::string_view line_end = "\r\n";
constexpr std::string_view protocol = "HTTP/1.";
/// More would not fit into 63 bits.
constexpr std::size_t length_digits_max = 18;

/// "" or what is wrong.
const char* read_status_line(std::string_view line, ResponseHead& head) {
    if (line.starts_with("HTTP/1.0 "))
        head.is_http_1_0 = true;
    else if (!line.starts_with("HTTP/1.1 "))
        return "no status line of HTTP/1.1 or HTTP/1.0";
    line.remove_prefix(9);
    const std::string_view code = line.substr(0, 3);
    if (code.size() != 3 || !std::ranges::all_of(code, is_digit)) return "a status that is no number of three digits";
    // Without a reason some servers leave out the space, too.
    if (line.size() > 3 && line[3] != ' ') return "a status that is no number of three digits";
    head.status = static_cast<unsigned>((code[0] - '0') * 100 + (code[1] - '0') * 10 + (code[2] - '0'));
    if (head.status < 100 || head.status > 599) return "a status beyond 100 to 599";
    return "";
}

const char* read_field(std::string_view line, ResponseHead& head) {
    if (line.front() == ' ' || line.front() == '\t') return "a folded header field";
    const auto colon = line.find(':');
    if (colon == std::string_view::npos) return "a header field without a colon";
    if (!is_token(line.substr(0, colon))) return "a header field whose name is not a token";
    head.headers.add(line.substr(0, colon), line.substr(colon + 1));
    return "";
}

bool names(std::string_view list, std::string_view wanted) {
    for (;;) {
        const auto comma = list.find(',');
        if (same_name(trimmed(list.substr(0, comma)), wanted)) return true;
        if (comma == std::string_view::npos) return false;
        list.remove_prefix(comma + 1);
    }
}

const char* read_framing(ResponseHead& head) {
    const Headers& headers = head.headers;
    const auto lengths = headers.count("Content-Length"), encodings = headers.count("Transfer-Encoding");
    if (lengths > 1) return "more than one Content-Length";
    if (encodings > 1) return "more than one Transfer-Encoding";
    if (lengths == 1 && encodings == 1) return "Transfer-Encoding together with Content-Length";
    if (encodings == 1) {
        if (head.is_http_1_0) return "Transfer-Encoding in HTTP/1.0";
        if (!same_name(*headers.find("Transfer-Encoding"), "chunked")) return "a Transfer-Encoding other than chunked";
        head.is_chunked = true;
    }
    if (lengths == 1) {
        const std::string_view digits = *headers.find("Content-Length");
        if (digits.empty() || digits.size() > length_digits_max || !std::ranges::all_of(digits, is_digit))
            return "a Content-Length that is not a number";
        std::uint64_t length = 0;
        for (const char c : digits) length = length * 10 + static_cast<unsigned>(c - '0');
        head.length = length;
    }
    head.is_last = head.is_http_1_0;
    for (const Field& field : headers)
        if (same_name(field.name, "Connection") && names(field.value, "close")) head.is_last = true;
    return "";
}

}  // namespace

HeadScan scan_head(std::string_view bytes) {
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        const auto byte = static_cast<unsigned char>(bytes[i]);
        // Whatever else speaks first on this port is known by its first bytes.
        if (i < protocol.size() && bytes[i] != protocol[i]) return {{}, "what came is not HTTP/1"};
        if (byte == '\n') {
            if (bytes[i - 1] != '\r') return {{}, "a line feed without a carriage return"};
            if (bytes.substr(0, i + 1).ends_with("\r\n\r\n")) return {i + 1, ""};
        } else if (i > 0 && bytes[i - 1] == '\r') {
            return {{}, "a carriage return without a line feed"};
        } else if ((byte < 0x20 && byte != '\t' && byte != '\r') || byte == 0x7F) {
            return {{}, "a control character in the head"};
        }
    }
    return {};
}

std::variant<ResponseHead, const char*> parse_head(std::string_view text, std::size_t fields_max) {
    ResponseHead head;
    const auto first = text.find(line_end);
    if (const char* fault = read_status_line(text.substr(0, first), head); *fault != '\0') return fault;
    text.remove_prefix(first + line_end.size());
    while (!text.starts_with(line_end)) {
        const auto end = text.find(line_end);
        if (head.headers.size() == fields_max) return "too many header fields";
        if (const char* fault = read_field(text.substr(0, end), head); *fault != '\0') return fault;
        text.remove_prefix(end + line_end.size());
    }
    if (const char* fault = read_framing(head); *fault != '\0') return fault;
    return head;
}

}  // namespace broker::http
