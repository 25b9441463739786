#include "broker/worker/render/data_set.h"

#include <algorithm>
#include <array>

namespace broker::worker {
namespace {

constexpr dicom::Tag pixel_data{0x7FE0, 0x0010};

[[noreturn]] void unreadable() {
    throw Unrenderable{NoPicture::unreadable};
}

std::uint32_t number(std::span<const std::byte> bytes, bool is_big_endian) {
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < bytes.size(); ++i)
        value = value << 8 | std::to_integer<std::uint32_t>(bytes[is_big_endian ? i : bytes.size() - 1 - i]);
    return value;
}

bool is_delimiter(dicom::Tag tag, std::uint16_t which) {
    return tag == dicom::Tag{dicom::item_group, which};
}

/// What is inside of an element of unknown VR is implicit VR little endian (PS3.5 6.2.2).
dicom::Layout inside(const std::string& vr, dicom::Layout layout) {
    return vr == "UN" ? dicom::Layout{true, false} : layout;
}

}  // namespace

const Element* find(const Elements& elements, dicom::Tag tag) {
    const auto found = std::find_if(elements.begin(), elements.end(), [tag](const Element& e) { return e.tag == tag; });
    return found == elements.end() ? nullptr : &*found;
}

DataSet::DataSet(Bytes& bytes, std::uint64_t begin) : bytes_(bytes) {
    if (begin >= bytes.size() || bytes.size() - begin < dicom::short_head_bytes) unreadable();
    std::array<std::byte, dicom::short_head_bytes> first{};
    bytes.read(begin, first);
    elements_ = read_elements(begin, bytes.size(), dicom::layout_of(first));
}

std::optional<Elements> DataSet::item(const Element& sequence, std::uint64_t index) {
    const bool is_delimited = sequence.length == dicom::undefined_length;
    const std::uint64_t end = is_delimited ? bytes_.size() : sequence.offset + sequence.length;
    const dicom::Layout layout = inside(sequence.vr, sequence.layout);
    for (std::uint64_t at = sequence.offset; at < end; --index) {
        const Head head = read_head(at, layout);
        if (is_delimiter(head.tag, dicom::sequence_delimiter)) return std::nullopt;
        if (!is_delimiter(head.tag, dicom::item)) unreadable();
        const bool is_item_delimited = head.length == dicom::undefined_length;
        const std::uint64_t item_end =
            is_item_delimited ? end_of_delimited(head.end, layout, false) : head.end + head.length;
        if (item_end > end) throw Unrenderable{NoPicture::truncated};
        // Of the delimited one the delimiter comes last, which ends the reading of elements.
        if (index == 0) return read_elements(head.end, item_end, layout);
        at = item_end;
    }
    return std::nullopt;
}

std::vector<std::byte> DataSet::value(const Element& element, std::uint64_t bytes_max) {
    if (element.length == dicom::undefined_length) unreadable();
    if (element.length > bytes_max) throw Unrenderable{NoPicture::too_large};
    return read_some(bytes_, element.offset, element.length);
}

DataSet::Head DataSet::read_head(std::uint64_t at, dicom::Layout layout) {
    if (++heads_ > elements_max) unreadable();
    std::array<std::byte, dicom::long_head_bytes> bytes{};
    const auto begin = std::span(bytes).first<dicom::short_head_bytes>();
    bytes_.read(at, begin);
    const bool is_big_endian = layout.is_big_endian;
    Head head;
    head.tag = {static_cast<std::uint16_t>(number(begin.first(2), is_big_endian)),
                static_cast<std::uint16_t>(number(begin.subspan(2, 2), is_big_endian))};
    head.end = at + dicom::short_head_bytes;
    if (layout.is_implicit || head.tag.group == dicom::item_group) {
        head.length = number(begin.subspan(4, 4), is_big_endian);
        return head;
    }
    head.vr = {static_cast<char>(bytes[4]), static_cast<char>(bytes[5])};
    if (dicom::short_vrs.contains(head.vr)) {
        head.length = number(begin.subspan(6, 2), is_big_endian);
    } else if (dicom::long_vrs.contains(head.vr)) {
        bytes_.read(head.end, std::span(bytes).subspan(dicom::short_head_bytes));
        head.length = number(std::span(bytes).subspan(dicom::short_head_bytes), is_big_endian);
        head.end = at + dicom::long_head_bytes;
    } else {
        unreadable();
    }
    return head;
}

Elements DataSet::read_elements(std::uint64_t at, std::uint64_t end, dicom::Layout layout) {
    Elements found;
    // Fewer bytes than a head has are padding of the file.
    while (at < end && end - at >= dicom::short_head_bytes) {
        const Head head = read_head(at, layout);
        if (is_delimiter(head.tag, dicom::item_delimiter)) break;
        if (head.tag.group == dicom::item_group) unreadable();
        found.push_back({head.tag, head.vr, layout, head.end, head.length});
        if (head.tag == pixel_data) break;
        at = end_of(found.back());
        if (at > end) throw Unrenderable{NoPicture::truncated};
    }
    return found;
}

std::uint64_t DataSet::end_of(const Element& element) {
    if (element.length != dicom::undefined_length) return element.offset + element.length;
    return end_of_delimited(element.offset, inside(element.vr, element.layout), true);
}

/// Behind the delimiter that ends what begins here: items, or the elements of one.
std::uint64_t DataSet::end_of_delimited(std::uint64_t at, dicom::Layout layout, bool begins_with_items) {
    struct Level {
        bool has_items;
        dicom::Layout layout;
    };
    std::vector<Level> levels{{begins_with_items, layout}};
    while (!levels.empty()) {
        const Level level = levels.back();
        const Head head = read_head(at, level.layout);
        const bool is_delimited = head.length == dicom::undefined_length;
        at = head.end;
        if (is_delimiter(head.tag, level.has_items ? dicom::sequence_delimiter : dicom::item_delimiter)) {
            levels.pop_back();
        } else if (level.has_items != is_delimiter(head.tag, dicom::item)) {
            unreadable();
        } else if (is_delimited) {
            if (levels.size() >= depth_max) unreadable();
            levels.push_back({!level.has_items, level.has_items ? level.layout : inside(head.vr, level.layout)});
        } else {
            at += head.length;
        }
    }
    return at;
}

}  // namespace broker::worker
