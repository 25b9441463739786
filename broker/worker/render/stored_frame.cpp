#include "broker/worker/render/stored_frame.h"

#include <algorithm>
#include <array>

#include "broker/worker/fragments.h"
#include "broker/worker/marks.h"

namespace broker::worker {
namespace {

constexpr dicom::Tag pixel_data{0x7FE0, 0x0010}, extended_offset_table{0x7FE0, 0x0001},
    extended_offset_table_lengths{0x7FE0, 0x0002};
constexpr std::uint64_t item_head_bytes = 8;
/// Each costs some memory, and a question to the broker where they are far apart.
constexpr std::size_t fragments_max = 1'000'000;
/// Of an offset table: more frames than that are found by walking.
constexpr std::uint64_t table_bytes_max = 8U << 20;

std::uint64_t number(std::span<const std::byte> bytes) {
    std::uint64_t value = 0;
    for (std::size_t i = bytes.size(); i > 0; --i) value = value << 8 | std::to_integer<std::uint64_t>(bytes[i - 1]);
    return value;
}

/// A fragment: where its bytes are, without the head of its item.
struct Place {
    std::uint64_t offset = 0, bytes = 0;
    std::uint64_t end() const { return offset + bytes + bytes % 2; }
};

/// The fragments of one pixel data element. Encapsulated data sets are little endian (PS3.5 A.4).
class Fragments {
public:
    Fragments(Bytes& bytes, const Element& element, Coding coding) : bytes_(bytes), coding_(coding) {
        table_ = place_at(element.offset);
        begin_ = table_ ? table_->end() : element.offset;
    }

    /// The Basic Offset Table; empty where there is none, or one that is no table.
    std::vector<std::uint32_t> offsets() {
        if (!table_ || table_->bytes > table_bytes_max || !is_inside(*table_)) return {};
        const std::vector<std::byte> raw = read_some(bytes_, table_->offset, table_->bytes);
        std::vector<std::uint32_t> found(raw.size() / 4);
        for (std::size_t i = 0; i < found.size(); ++i)
            found[i] = static_cast<std::uint32_t>(number(std::span(raw).subspan(4 * i, 4)));
        return found;
    }

    /// The item whose head is `offset` bytes behind the first one's, if a frame begins in it.
    std::optional<Place> start_at(std::uint64_t offset) {
        if (offset > bytes_.size() - std::min(begin_, bytes_.size())) return std::nullopt;
        const std::optional<Place> place = place_at(begin_ + offset);
        return place && is_start(*place) ? place : std::nullopt;
    }

    /// Those from there on until the delimiter, the end of the file, or `until` bytes behind the first one's head.
    std::vector<Place> walk(std::uint64_t from, std::optional<std::uint64_t> until) {
        std::vector<Place> found;
        std::uint64_t at = begin_ + from;
        while (!until || at < begin_ + *until) {
            const std::optional<Place> place = place_at(at);
            if (!place) break;
            if (found.size() >= fragments_max) throw Unrenderable{NoPicture::too_large};
            found.push_back(*place);
            at = place->end();
        }
        return found;
    }

    bool is_start(const Place& place) {
        std::array<std::byte, frame_start_bytes> first{};
        const auto looked_at =
            std::span(first).first(static_cast<std::size_t>(std::min<std::uint64_t>(place.bytes, first.size())));
        if (place.offset > bytes_.size() || looked_at.size() > bytes_.size() - place.offset) return false;
        bytes_.read(place.offset, looked_at);
        return is_frame_start(looked_at, coding_);
    }

    std::vector<std::byte> joined(std::span<const Place> places) {
        std::vector<std::byte> all;
        for (const Place& each : places) {
            const std::vector<std::byte> some = read_some(bytes_, each.offset, each.bytes);
            all.insert(all.end(), some.begin(), some.end());
        }
        return all;
    }

private:
    /// The item whose head is there; nothing where none is.
    std::optional<Place> place_at(std::uint64_t at) {
        std::array<std::byte, item_head_bytes> head{};
        if (at > bytes_.size() || bytes_.size() - at < head.size()) return std::nullopt;
        bytes_.read(at, head);
        const auto whole = std::span<const std::byte>(head);
        const bool is_item = number(whole.first(2)) == dicom::item_group && number(whole.subspan(2, 2)) == dicom::item;
        const std::uint64_t length = number(whole.subspan(4));
        if (!is_item || length == dicom::undefined_length) return std::nullopt;
        return Place{at + item_head_bytes, length};
    }
    bool is_inside(const Place& place) const {
        return place.offset <= bytes_.size() && place.bytes <= bytes_.size() - place.offset;
    }

    Bytes& bytes_;
    const Coding coding_;
    std::optional<Place> table_;
    std::uint64_t begin_ = 0;
};

/// PS3.3 C.7.6.3.1.8: 64-bit offsets and lengths, one frame in one fragment.
std::optional<Place> by_extended_table(const Attributes& attributes, Fragments& fragments, std::uint32_t frame) {
    const Element* offsets = attributes.find(extended_offset_table);
    if (offsets == nullptr || offsets->length == dicom::undefined_length || std::uint64_t{frame} * 8 > offsets->length)
        return std::nullopt;
    const std::uint64_t at = std::uint64_t{frame - 1} * 8;
    const std::optional<Place> place =
        fragments.start_at(number(read_some(attributes.data_set().bytes(), offsets->offset + at, 8)));
    const Element* lengths = attributes.find(extended_offset_table_lengths);
    if (!place || lengths == nullptr || lengths->length == dicom::undefined_length || at + 8 > lengths->length)
        return place;
    const std::uint64_t length = number(read_some(attributes.data_set().bytes(), lengths->offset + at, 8));
    // The item is padded to an even length, and the table says the one before that.
    return length > place->bytes ? std::nullopt : std::optional(Place{place->offset, length});
}

/// Nothing where the table doesn't lead to this frame and to the next one.
std::vector<Place> by_basic_table(Fragments& fragments, std::span<const std::uint32_t> offsets,
                                  std::uint32_t frame_count, std::uint32_t frame) {
    if (offsets.size() != frame_count) return {};
    const std::uint32_t begin = offsets[frame - 1];
    const bool is_last = frame == frame_count;
    if (!fragments.start_at(begin) || (!is_last && (offsets[frame] <= begin || !fragments.start_at(offsets[frame]))))
        return {};
    return fragments.walk(begin, is_last ? std::nullopt : std::optional<std::uint64_t>(offsets[frame]));
}

std::vector<Place> by_walking(Fragments& fragments, std::span<const std::uint32_t> offsets, std::uint32_t frame_count,
                              std::uint32_t frame) {
    const std::vector<Place> all = fragments.walk(0, std::nullopt);
    if (all.empty()) throw Unrenderable{NoPicture::truncated};
    std::vector<FragmentMark> marks;
    for (const Place& each : all) marks.push_back({each.bytes, frame_count > 1 && fragments.is_start(each)});
    const auto firsts = first_fragments(marks, offsets, frame_count);
    if (!firsts) throw Unrenderable{NoPicture::misplaced};
    const std::size_t begin = (*firsts)[frame - 1], end = frame == frame_count ? all.size() : (*firsts)[frame];
    return {all.begin() + static_cast<std::ptrdiff_t>(begin), all.begin() + static_cast<std::ptrdiff_t>(end)};
}

/// Big endian words; of pixels of 24 and 32 bits, long ones. Bytes written as bytes (OB) are in order already.
void to_little_endian(std::vector<std::byte>& bytes, const Element& element, unsigned allocated) {
    if (!element.layout.is_big_endian || (allocated <= 8 && element.vr == "OB")) return;
    const std::size_t word = std::max(2U, allocated / 8);
    for (std::size_t at = 0; at + word <= bytes.size(); at += word)
        std::reverse(bytes.begin() + static_cast<std::ptrdiff_t>(at),
                     bytes.begin() + static_cast<std::ptrdiff_t>(at + word));
}

/// Packed pixels as if each frame began with a byte.
std::vector<std::byte> shifted(const std::vector<std::byte>& bytes, unsigned by) {
    std::vector<std::byte> whole(bytes.size());
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        whole[i] = bytes[i] >> by;
        if (by > 0 && i + 1 < bytes.size()) whole[i] |= bytes[i + 1] << (8 - by);
    }
    return whole;
}

}  // namespace

std::vector<std::byte> native_frame(const Attributes& attributes, const PixelFacts& facts, std::uint32_t frame) {
    const Element& element = *attributes.find(pixel_data);
    const std::uint64_t bits = std::uint64_t{element.length} * 8, frame_bits = facts.frame_bits();
    // Before anything is multiplied: rows, columns, bits and frames of a stranger overflow 64 bits.
    if (frame > bits / frame_bits) throw Unrenderable{NoPicture::truncated};
    const std::uint64_t begin_bit = (frame - 1) * frame_bits, end_bit = begin_bit + frame_bits;
    // Words are swapped whole.
    const std::uint64_t word = std::max(2U, facts.allocated / 8);
    const std::uint64_t begin = begin_bit / 8 / word * word;
    const std::uint64_t end = std::min<std::uint64_t>(((end_bit + 7) / 8 + word - 1) / word * word, element.length);
    std::vector<std::byte> bytes = read_some(attributes.data_set().bytes(), element.offset + begin, end - begin);
    to_little_endian(bytes, element, facts.allocated);
    bytes.erase(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(begin_bit / 8 - begin));
    if (facts.allocated % 8 != 0) return shifted(bytes, begin_bit % 8);
    bytes.resize(static_cast<std::size_t>(frame_bits / 8));
    return bytes;
}

std::vector<std::byte> encapsulated_frame(const Attributes& attributes, const PixelFacts& facts, Coding coding,
                                          std::uint32_t frame) {
    Fragments fragments(attributes.data_set().bytes(), *attributes.find(pixel_data), coding);
    if (facts.frame_count > 1)
        if (const std::optional<Place> place = by_extended_table(attributes, fragments, frame))
            return fragments.joined(std::span(&*place, 1));
    const std::vector<std::uint32_t> offsets = fragments.offsets();
    std::vector<Place> places;
    if (facts.frame_count > 1) places = by_basic_table(fragments, offsets, facts.frame_count, frame);
    if (places.empty()) places = by_walking(fragments, offsets, facts.frame_count, frame);
    return fragments.joined(places);
}

}  // namespace broker::worker
