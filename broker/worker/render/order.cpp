#include "broker/worker/render/order.h"

#include <cmath>
#include <cstring>
#include <type_traits>

namespace broker::worker {
namespace {

constexpr std::uint32_t order_mark = 0x52444F31, reply_mark = 0x52445031;

/// Writes values one behind the other. Fixed sizes: what doesn't fit is a mistake of ours.
template <std::size_t size>
class Packer {
public:
    template <class Value>
    void put(Value value) {
        static_assert(std::is_arithmetic_v<Value>);
        std::memcpy(bytes.data() + at_, &value, sizeof value);
        at_ += sizeof value;
        static_assert(sizeof value <= size);
    }
    std::array<std::byte, size> bytes{};

private:
    std::size_t at_ = 0;
};

class Unpacker {
public:
    explicit Unpacker(std::span<const std::byte> bytes) : bytes_(bytes) {}
    template <class Value>
    Value take() {
        Value value{};
        std::memcpy(&value, bytes_.subspan(0, sizeof value).data(), sizeof value);
        bytes_ = bytes_.subspan(sizeof value);
        return value;
    }
    /// Anything but 0 and 1 is no answer.
    std::optional<bool> take_flag() {
        const auto value = take<std::uint32_t>();
        return value > 1 ? std::nullopt : std::optional(value == 1);
    }

private:
    std::span<const std::byte> bytes_;
};

template <std::size_t size>
void put_window(Packer<size>& packer, const std::optional<Window>& window) {
    const Window value = window.value_or(Window{});
    packer.put(std::uint32_t{window.has_value()});
    packer.put(static_cast<std::uint32_t>(value.function));
    packer.put(value.centre);
    packer.put(value.width);
}

/// False: not a window, and not none either.
bool take_window(Unpacker& unpacker, std::optional<Window>& into) {
    const std::optional<bool> is_there = unpacker.take_flag();
    const auto function = unpacker.take<std::uint32_t>();
    const Window window{unpacker.take<double>(), unpacker.take<double>(), static_cast<WindowFunction>(function)};
    if (!is_there || function > static_cast<std::uint32_t>(WindowFunction::sigmoid)) return false;
    if (!std::isfinite(window.centre) || !std::isfinite(window.width)) return false;
    if (*is_there) into = window;
    return true;
}

}  // namespace

std::array<std::byte, order_bytes> pack(const RenderOrder& order) {
    const Rendition& rendition = order.rendition;
    const Viewport viewport = rendition.viewport.value_or(Viewport{});
    const Region region = viewport.region.value_or(Region{});
    Packer<order_bytes> packer;
    packer.put(order_mark);
    packer.put(order.thumbnail_pixels);
    packer.put(order.blob_bytes);
    packer.put(order.pixels_max);
    packer.put(rendition.frame);
    packer.put(rendition.quality);
    put_window(packer, rendition.window);
    packer.put(std::uint32_t{rendition.viewport.has_value()});
    packer.put(viewport.width);
    packer.put(viewport.height);
    packer.put(std::uint32_t{viewport.region.has_value()});
    packer.put(std::uint32_t{region.is_flipped_across});
    packer.put(std::uint32_t{region.is_flipped_down});
    for (const double each : {region.left, region.top, region.width, region.height}) packer.put(each);
    return packer.bytes;
}

std::optional<RenderOrder> parse_order(std::span<const std::byte, order_bytes> bytes) {
    Unpacker unpacker(bytes);
    if (unpacker.take<std::uint32_t>() != order_mark) return std::nullopt;
    RenderOrder order;
    order.thumbnail_pixels = unpacker.take<std::uint32_t>();
    order.blob_bytes = unpacker.take<std::uint64_t>();
    order.pixels_max = unpacker.take<std::uint64_t>();
    order.rendition.frame = unpacker.take<std::uint32_t>();
    order.rendition.quality = unpacker.take<std::uint32_t>();
    if (!take_window(unpacker, order.rendition.window)) return std::nullopt;
    const std::optional<bool> has_viewport = unpacker.take_flag();
    Viewport viewport{unpacker.take<std::uint32_t>(), unpacker.take<std::uint32_t>()};
    const std::optional<bool> has_region = unpacker.take_flag(), is_across = unpacker.take_flag(),
                              is_down = unpacker.take_flag();
    if (!has_viewport || !has_region || !is_across || !is_down) return std::nullopt;
    Region region{unpacker.take<double>(),
                  unpacker.take<double>(),
                  unpacker.take<double>(),
                  unpacker.take<double>(),
                  *is_across,
                  *is_down};
    if (*has_region) viewport.region = region;
    if (*has_viewport) order.rendition.viewport = viewport;
    return order;
}

std::array<std::byte, reply_head_bytes> pack(const ReplyHead& head) {
    Packer<reply_head_bytes> packer;
    packer.put(reply_mark);
    packer.put(static_cast<std::uint32_t>(head.kind));
    packer.put(head.read.offset);
    packer.put(head.read.size);
    packer.put(static_cast<std::uint32_t>(head.why));
    packer.put(head.jpeg_bytes);
    packer.put(head.thumbnail_bytes);
    packer.put(head.frame);
    packer.put(head.frame_count);
    put_window(packer, head.window);
    return packer.bytes;
}

std::optional<ReplyHead> parse_reply(std::span<const std::byte, reply_head_bytes> bytes, const RenderOrder& order) {
    Unpacker unpacker(bytes);
    if (unpacker.take<std::uint32_t>() != reply_mark) return std::nullopt;
    ReplyHead head;
    const auto kind = unpacker.take<std::uint32_t>();
    head.kind = static_cast<ReplyHead::Kind>(kind);
    head.read.offset = unpacker.take<std::uint64_t>();
    head.read.size = unpacker.take<std::uint32_t>();
    const auto why = unpacker.take<std::uint32_t>();
    head.why = static_cast<NoPicture>(why);
    head.jpeg_bytes = unpacker.take<std::uint32_t>();
    head.thumbnail_bytes = unpacker.take<std::uint32_t>();
    head.frame = unpacker.take<std::uint32_t>();
    head.frame_count = unpacker.take<std::uint32_t>();
    if (!take_window(unpacker, head.window) || why >= no_picture_count) return std::nullopt;
    switch (head.kind) {
        case ReplyHead::Kind::read:
            if (head.read.size == 0 || head.read.size > read_bytes_max || head.read.offset > order.blob_bytes ||
                head.read.size > order.blob_bytes - head.read.offset)
                return std::nullopt;
            return head;
        case ReplyHead::Kind::picture:
            if (head.jpeg_bytes == 0 || head.jpeg_bytes > jpeg_bytes_max ||
                head.thumbnail_bytes > thumbnail_bytes_max ||
                (head.thumbnail_bytes > 0) != (order.thumbnail_pixels > 0) || head.frame == 0 ||
                head.frame > head.frame_count || (order.rendition.frame != 0 && head.frame != order.rendition.frame))
                return std::nullopt;
            return head;
        case ReplyHead::Kind::no_picture:
            return head;
    }
    return std::nullopt;
}

const char* to_text(NoPicture why) {
    switch (why) {
        case NoPicture::no_pixels:
            return "there are no pixels in this instance";
        case NoPicture::no_such_frame:
            return "this instance has fewer frames";
        case NoPicture::no_such_region:
            return "the region that the viewport names lies outside of the frame";
        case NoPicture::unreadable:
            return "the data set cannot be read to its pixel data";
        case NoPicture::incomplete:
            return "an attribute that describes the pixels is missing, such as Rows, Columns or Bits Allocated";
        case NoPicture::impossible:
            return "the attributes that describe the pixels contradict each other or the standard";
        case NoPicture::truncated:
            return "the pixel data is shorter than its attributes say";
        case NoPicture::misplaced:
            return "the offsets or fragments of the pixel data lead to no frame";
        case NoPicture::undecodable:
            return "the compressed frame cannot be decoded, or is another picture than its attributes say";
        case NoPicture::unknown_codec:
            return "there is no decoder for this transfer syntax";
        case NoPicture::unsupported:
            return "this kind of pixels is not rendered";
        case NoPicture::too_many_pixels:
            return "the frame or the picture asked for has more pixels than [preview] max_pixels";
        case NoPicture::too_large:
            return "it takes more memory than [worker] memory allows";
    }
    return "";
}

}  // namespace broker::worker
