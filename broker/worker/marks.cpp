#include "broker/worker/marks.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace broker::worker {
namespace {

using Bytes = std::span<const std::byte>;

unsigned byte_at(Bytes bytes, std::size_t at) {
    return std::to_integer<unsigned>(bytes[at]);
}

/// One marker segment: its second byte and what follows the length.
struct Segment {
    unsigned marker = 0;
    Bytes body;
};

/// The marker segments behind a start marker, one by one, up to the first that has no length: entropy-coded bytes, an
/// end, or nonsense.
class Segments {
public:
    explicit Segments(Bytes rest) : rest_(rest) {}
    std::optional<Segment> next() {
        while (rest_.size() >= 2 && byte_at(rest_, 0) == 0xFF && byte_at(rest_, 1) == 0xFF) rest_ = rest_.subspan(1);
        if (rest_.size() < 4 || byte_at(rest_, 0) != 0xFF) return std::nullopt;
        const std::size_t length = byte_at(rest_, 2) << 8 | byte_at(rest_, 3);
        if (length < 2 || length + 2 > rest_.size()) return std::nullopt;
        Segment found{byte_at(rest_, 1), rest_.subspan(4, length - 2)};
        rest_ = rest_.subspan(length + 2);
        return found;
    }

private:
    Bytes rest_;
};

constexpr unsigned start_of_scan = 0xDA;

bool is_jpeg(Bytes frame) {
    return frame.size() > 4 && byte_at(frame, 0) == 0xFF && byte_at(frame, 1) == 0xD8;
}

/// SOF0 to SOF15 but DHT, JPG and DAC, which lie among them (ISO 10918-1 table B.1).
bool is_frame_header(unsigned marker) {
    return marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
}

}  // namespace

bool is_frame_start(Bytes fragment, Coding coding) {
    constexpr std::string_view start_of_image("\xFF\xD8", 2), codestream("\xFF\x4F\xFF\x51", 4),
        file("\0\0\0\x0CjP  ", frame_start_bytes);
    const std::string_view begin(reinterpret_cast<const char*>(fragment.data()),
                                 std::min(fragment.size(), frame_start_bytes));
    switch (coding) {
        case Coding::jpeg:
        case Coding::jpeg_ls:
            return begin.starts_with(start_of_image);
        case Coding::jpeg_2000:
            return begin.starts_with(codestream) || begin == file;
        case Coding::rle:
        case Coding::native:
            break;
    }
    return true;
}

JpegColour jpeg_colour(Bytes frame) {
    constexpr std::string_view adobe = "Adobe";
    constexpr unsigned application_14 = 0xEE;
    if (!is_jpeg(frame)) return JpegColour::unsaid;
    Segments segments(frame.subspan(2));
    JpegColour by_identifiers = JpegColour::unsaid;
    while (std::optional<Segment> segment = segments.next()) {
        if (segment->marker == start_of_scan) break;
        const Bytes body = segment->body;
        if (segment->marker == application_14 && body.size() >= 12 && std::memcmp(body.data(), adobe.data(), 5) == 0)
            return byte_at(body, 11) == 0 ? JpegColour::rgb : JpegColour::ybr;
        if (is_frame_header(segment->marker) && body.size() >= 15 && byte_at(body, 5) == 3 && byte_at(body, 6) == 'R' &&
            byte_at(body, 9) == 'G' && byte_at(body, 12) == 'B')
            by_identifiers = JpegColour::rgb;
    }
    return by_identifiers;
}

std::optional<bool> is_jpeg_ls_reversible(Bytes frame) {
    if (!is_jpeg(frame)) return std::nullopt;
    Segments segments(frame.subspan(2));
    while (std::optional<Segment> segment = segments.next()) {
        if (segment->marker != start_of_scan) continue;
        // Behind the count of components and two bytes for each comes NEAR.
        if (segment->body.empty()) return std::nullopt;
        const std::size_t near_at = 1 + 2 * std::size_t{byte_at(segment->body, 0)};
        if (near_at >= segment->body.size()) return std::nullopt;
        return byte_at(segment->body, near_at) == 0;
    }
    return std::nullopt;
}

std::optional<CodestreamStyle> codestream_style(Bytes frame) {
    constexpr std::array start{std::byte{0xFF}, std::byte{0x4F}, std::byte{0xFF}, std::byte{0x51}};
    constexpr unsigned coding_style = 0x52, start_of_tile = 0x90;
    const auto found = std::search(frame.begin(), frame.end(), start.begin(), start.end());
    if (found == frame.end()) return std::nullopt;
    Segments segments(frame.subspan(static_cast<std::size_t>(found - frame.begin()) + 2));
    while (std::optional<Segment> segment = segments.next()) {
        if (segment->marker == start_of_tile) break;
        if (segment->marker == coding_style && segment->body.size() >= 10)
            return CodestreamStyle{byte_at(segment->body, 9) == 1, byte_at(segment->body, 4) == 1};
    }
    return std::nullopt;
}

}  // namespace broker::worker
