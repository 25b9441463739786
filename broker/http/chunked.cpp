#include "broker/http/chunked.h"

#include "broker/http/ascii.h"

namespace broker::http {
namespace {

/// More would not fit into 60 bits.
constexpr std::size_t size_digits_max = 15;

unsigned value_of(char digit) {
    if (is_digit(digit)) return static_cast<unsigned>(digit - '0');
    return static_cast<unsigned>((digit | 0x20) - 'a') + 10;
}

}  // namespace

Chunked::State Chunked::fail(State state, const char* fault) {
    fault_ = fault;
    return state;
}

Chunked::State Chunked::put(std::string_view& bytes, std::string& body) {
    while (!bytes.empty()) {
        State state = State::more;
        if (part_ == Part::data) {
            state = take_data(bytes, body);
        } else {
            state = take_line_byte(bytes.front(), body);
            bytes.remove_prefix(1);
        }
        if (state != State::more) return state;
    }
    return State::more;
}

Chunked::State Chunked::take_data(std::string_view& bytes, std::string& body) {
    const auto taken = static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size()));
    body.append(bytes.substr(0, taken));
    bytes.remove_prefix(taken);
    left_ -= taken;
    if (left_ == 0) part_ = Part::data_end;
    return State::more;
}

Chunked::State Chunked::take_line_byte(char byte, const std::string& body) {
    if (++framing_ > framing_bytes_max + framing_per_body_max * body.size())
        return fail(State::too_large, "chunks with more framing than body");
    if (part_ == Part::trailer && ++trailer_ > trailer_bytes_max) return fail(State::too_large, "the trailer fields");
    if (line_.ends_with('\r')) {
        if (byte != '\n') return fail(State::malformed, "a carriage return without a line feed between chunks");
        line_.pop_back();
        const State state = end_line(body);
        line_.clear();
        return state;
    }
    if (byte != '\r' && !is_field_value(std::string_view(&byte, 1)))
        return fail(State::malformed, "a line feed or control character between chunks");
    line_ += byte;
    if (part_ == Part::data_end && byte != '\r') return fail(State::malformed, "a chunk longer than its size");
    if (line_.size() > line_bytes_max) return fail(State::too_large, "a line between chunks");
    return State::more;
}

Chunked::State Chunked::end_line(const std::string& body) {
    if (part_ == Part::size_line) return end_size_line(body);
    if (part_ == Part::trailer) return end_trailer_line();
    part_ = Part::size_line;
    return State::more;
}

Chunked::State Chunked::end_size_line(const std::string& body) {
    const std::string_view line = line_;
    const auto digits = static_cast<std::size_t>(std::ranges::find_if_not(line, is_hex) - line.begin());
    if (digits == 0 || digits > size_digits_max) return fail(State::malformed, "a chunk's size that is not a number");
    if (const auto rest = trimmed(line.substr(digits)); !rest.empty() && !rest.starts_with(';'))
        return fail(State::malformed, "a chunk's size that is not a number");
    left_ = 0;
    for (const char digit : line.substr(0, digits)) left_ = left_ * 16 + value_of(digit);
    if (left_ > body_bytes_max_ - body.size()) return fail(State::too_large, "the body");
    part_ = left_ == 0 ? Part::trailer : Part::data;
    return State::more;
}

Chunked::State Chunked::end_trailer_line() {
    if (line_.empty()) return State::complete;
    const auto colon = line_.find(':');
    if (colon == std::string::npos || !is_token(std::string_view(line_).substr(0, colon)))
        return fail(State::malformed, "a trailer field that is none");
    return State::more;
}

}  // namespace broker::http
