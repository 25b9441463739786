#include "broker/worker/run_lengths.h"

#include <algorithm>
#include <cstdint>

namespace broker::worker {
namespace {

constexpr std::size_t header_bytes = 64, segments_max = 15;

std::uint32_t word_at(std::span<const std::byte> frame, std::size_t at) {
    std::uint32_t value = 0;
    for (std::size_t i = 4; i > 0; --i) value = value << 8 | std::to_integer<std::uint32_t>(frame[at + i - 1]);
    return value;
}

/// One byte of each pixel's sample, `step` apart. True when all of them came.
bool decode_segment(std::span<const std::byte> segment, std::size_t pixels, std::byte* to, std::size_t step) {
    std::size_t at = 0;
    while (pixels > 0) {
        if (at >= segment.size()) return false;
        const auto control = std::to_integer<unsigned>(segment[at++]);
        constexpr unsigned nothing = 128;
        if (control == nothing) continue;
        const bool is_repeated = control > nothing;
        const std::size_t length = std::min<std::size_t>(is_repeated ? 257 - control : control + 1, pixels);
        if (segment.size() - at < (is_repeated ? 1 : length)) return false;
        for (std::size_t i = 0; i < length; ++i, to += step) *to = segment[is_repeated ? at : at + i];
        at += is_repeated ? 1 : length;
        pixels -= length;
    }
    return true;
}

}  // namespace

bool decode_run_lengths(std::span<const std::byte> frame, const FrameShape& shape, std::span<std::byte> into) {
    const std::size_t sample_bytes = shape.bits_allocated / 8, segments = shape.samples_per_pixel * sample_bytes;
    if (frame.size() < header_bytes || into.size() != shape.bytes()) return false;
    if (segments > segments_max || word_at(frame, 0) != segments) return false;
    for (std::size_t i = 0; i < segments; ++i) {
        const std::size_t begin = word_at(frame, 4 * (i + 1));
        const std::size_t end = i + 1 < segments ? word_at(frame, 4 * (i + 2)) : frame.size();
        if (begin < header_bytes || begin > end || end > frame.size()) return false;
        // Of each sample the most significant byte comes first.
        const std::size_t sample = i / sample_bytes, byte = sample_bytes - 1 - i % sample_bytes;
        if (!decode_segment(frame.subspan(begin, end - begin), shape.pixels(),
                            into.data() + sample * sample_bytes + byte, segments))
            return false;
    }
    return true;
}

}  // namespace broker::worker
