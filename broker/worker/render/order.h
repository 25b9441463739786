/// Order: what a helper process is asked to render, what it asks for meanwhile, what it answers, and the bytes of all
/// three.
///
/// Values and pure functions; any thread. Both ends are the same program: bytes in the machine's own order. The broker
/// believes nothing that comes back: `parse_reply` takes only what is in range.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace broker::worker {

/// VOI LUT Function (PS3.3 C.11.2.1.2, C.11.2.1.3).
enum class WindowFunction : std::uint32_t { linear, linear_exact, sigmoid };

struct Window {
    double centre = 0, width = 1;
    WindowFunction function = WindowFunction::linear;
    bool operator==(const Window&) const = default;
};

/// A part of a frame in its own pixels, from its upper left corner (PS3.18 8.3.5.1.2).
struct Region {
    double left = 0, top = 0;
    double width = 0, height = 0;                             ///< positive
    bool is_flipped_across = false, is_flipped_down = false;  ///< shown mirrored: left is right, top is bottom
    bool operator==(const Region&) const = default;
};

/// What is shown is scaled to touch this box from inside; its shape stays.
struct Viewport {
    std::uint32_t width = 0, height = 0;
    std::optional<Region> region = {};  ///< nothing: the whole frame
    bool operator==(const Viewport&) const = default;
};

/// One picture of an instance.
struct Rendition {
    std::uint32_t frame = 0;                ///< from 1; 0: the one that stands for the instance
    std::optional<Window> window = {};      ///< nothing: the instance's own first, else one that fits its values
    std::optional<Viewport> viewport = {};  ///< nothing: pixel by pixel, save that pixels are square
    std::uint32_t quality = 90;             ///< of JPEG, 1 to 100
    bool operator==(const Rendition&) const = default;
};

struct RenderOrder {
    std::uint64_t blob_bytes = 0;
    std::uint64_t pixels_max = 0;        ///< of one frame, and of the picture
    std::uint32_t thumbnail_pixels = 0;  ///< the side of a box for a second, small picture of the same; 0: none
    Rendition rendition;
    bool operator==(const RenderOrder&) const = default;
};

/// Why there is no picture. The first three are the instance's right; the others are a fault in it, or beyond us.
enum class NoPicture : std::uint32_t {
    no_pixels,        ///< a report, a plan, a waveform: nothing to look at
    no_such_frame,    ///< fewer frames than that
    no_such_region,   ///< the viewport's region lies outside of the frame
    unreadable,       ///< not the elements of a data set, or more of them or deeper ones than we look at
    incomplete,       ///< rows, columns, bits or another attribute that pixels need is missing
    impossible,       ///< attributes that contradict each other or the standard: zero rows, 33 bits
    truncated,        ///< fewer bytes of pixel data than the attributes say
    misplaced,        ///< offsets or fragments that lead outside the pixel data, or to no frame
    undecodable,      ///< the compressed frame is broken, or another picture than the attributes say
    unknown_codec,    ///< a transfer syntax that we have no decoder for
    unsupported,      ///< well-formed, and of a kind that we don't render: float pixels, CMYK
    too_many_pixels,  ///< RenderOrder::pixels_max
    too_large,        ///< more memory than a helper may take, or more inflated bytes
};
inline constexpr std::uint32_t no_picture_count = 13;
/// Whether something is wrong with the instance, and not with what was asked of it.
constexpr bool is_fault(NoPicture why) {
    return why > NoPicture::no_such_region;
}

/// What was rendered. `frame_count` and `window` are the helper's word, for a person to look at.
struct Picture {
    std::string jpeg;
    std::string thumbnail;  ///< "" where none was ordered
    std::uint32_t frame = 1, frame_count = 1;
    std::optional<Window> window = {};  ///< that was applied; nothing: colour, or a LUT in its place
    bool operator==(const Picture&) const = default;
};

/// The helper wants these bytes of the blob; it gets exactly them. Within blob_bytes, `size` at most read_bytes_max.
struct ReadRequest {
    std::uint64_t offset = 0;
    std::uint32_t size = 0;
    bool operator==(const ReadRequest&) const = default;
};
inline constexpr std::uint32_t read_bytes_max = 1U << 20;

/// A JPEG that is larger is refused as too_large. A thumbnail of 512 by 512 pixels, the largest, never is.
inline constexpr std::uint32_t jpeg_bytes_max = 64U << 20, thumbnail_bytes_max = 2U << 20;

/// The head of what a helper sends. A picture's jpeg and thumbnail follow it, `jpeg_bytes` and `thumbnail_bytes` long.
struct ReplyHead {
    enum class Kind : std::uint32_t { read = 1, picture = 2, no_picture = 3 } kind = Kind::no_picture;
    ReadRequest read;
    NoPicture why = NoPicture::unreadable;
    std::uint32_t jpeg_bytes = 0, thumbnail_bytes = 0;
    std::uint32_t frame = 1, frame_count = 1;
    std::optional<Window> window = {};
    bool operator==(const ReplyHead&) const = default;
};

inline constexpr std::size_t order_bytes = 112, reply_head_bytes = 64;

std::array<std::byte, order_bytes> pack(const RenderOrder& order);
/// Nothing where that is not what `pack` made.
std::optional<RenderOrder> parse_order(std::span<const std::byte, order_bytes> bytes);

std::array<std::byte, reply_head_bytes> pack(const ReplyHead& head);
/// Nothing where a helper in its right mind would not have sent it: an unknown kind, a read outside the blob, a JPEG
/// beyond its limit, a thumbnail that was not ordered, another frame than was, a window that is no number.
std::optional<ReplyHead> parse_reply(std::span<const std::byte, reply_head_bytes> bytes, const RenderOrder& order);

/// For the person who asked: "the pixel data is shorter than rows, columns and bits say". Without patient data.
const char* to_text(NoPicture why);

}  // namespace broker::worker
