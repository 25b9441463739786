#include "broker/dicom/element_stream.h"

#include <algorithm>
#include <limits>
#include <string_view>

#include "broker/dicom/dictionary.h"
#include "broker/dicom/element_head.h"

namespace broker::dicom {
namespace {

constexpr std::uint64_t no_end = std::numeric_limits<std::uint64_t>::max();
constexpr Tag pixel_data{0x7FE0, 0x0010};
constexpr std::size_t frames_max = 128;  // sixty-four nested sequences, each with an item

}  // namespace

bool ElementStream::feed(std::span<const std::byte> bytes) {
    while (!bytes.empty() && is_readable_) {
        std::size_t used = 0;
        if (value_left_ > 0) {
            used = static_cast<std::size_t>(std::min<std::uint64_t>(value_left_, bytes.size()));
            if (is_value_told_) sink_.value(valued_, bytes.first(used));
            sink_.content(bytes.first(used));
            value_left_ -= used;
            position_ += used;
            if (value_left_ == 0) close_ended();
        } else {
            used = take_head(bytes);
        }
        bytes = bytes.subspan(used);
    }
    return is_readable_;
}

std::size_t ElementStream::take_head(std::span<const std::byte> bytes) {
    std::size_t used = 0;
    // Asked anew each time, since a piece may end anywhere inside the head.
    while (head_bytes_ < head_bytes_needed()) {
        const std::size_t part = std::min(head_bytes_needed() - head_bytes_, bytes.size() - used);
        if (part == 0) return used;
        std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(used), part,
                    head_.begin() + static_cast<std::ptrdiff_t>(head_bytes_));
        head_bytes_ += part;
        used += part;
        if (is_first_ && head_bytes_ == short_head_bytes) look_at_first_head();
    }
    position_ += head_bytes_;
    begin(parse_head());
    head_bytes_ = 0;
    if (value_left_ == 0 && is_readable_) close_ended();
    return used;
}

void ElementStream::look_at_first_head() {
    is_first_ = false;
    const Layout layout = layout_of(std::span(head_).first<short_head_bytes>());
    is_big_endian_ = layout.is_big_endian;
    is_implicit_ = layout.is_implicit;
}

std::uint32_t ElementStream::number(std::size_t at, std::size_t size) const {
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < size; ++i) {
        const std::size_t from = is_now_big_endian() ? at + i : at + size - 1 - i;
        value = value << 8 | std::to_integer<std::uint32_t>(head_[from]);
    }
    return value;
}

std::size_t ElementStream::head_bytes_needed() const {
    if (head_bytes_ < short_head_bytes) return short_head_bytes;
    const Head head = parse_head();
    return head.vr.size() == 2 && !short_vrs.contains(head.vr) ? long_head_bytes : short_head_bytes;
}

ElementStream::Head ElementStream::parse_head() const {
    Head head;
    head.tag = {static_cast<std::uint16_t>(number(0, 2)), static_cast<std::uint16_t>(number(2, 2))};
    const char first = std::to_integer<char>(head_[4]), second = std::to_integer<char>(head_[5]);
    // Items have no VR (PS3.5 7.5); an element without one in an explicit data set is read as an implicit one.
    if (head.tag.group == item_group || is_now_implicit() || !is_upper(first) || !is_upper(second)) {
        head.length = number(4, 4);
        return head;
    }
    head.vr = {first, second};
    head.length = short_vrs.contains(head.vr) ? number(6, 2) : number(8, 4);
    return head;
}

std::uint64_t ElementStream::end_of_frame() const {
    for (auto frame = frames_.rbegin(); frame != frames_.rend(); ++frame)
        if (frame->end != no_end) return frame->end;
    return no_end;
}

void ElementStream::begin(const Head& head) {
    if (position_ > end_of_frame()) return fail();
    if (head.tag.group != item_group) return begin_element(head);
    if (head.tag.element == item) return begin_item(head);
    if (head.tag.element != item_delimiter && head.tag.element != sequence_delimiter) return fail();
    begin_delimiter(head);
}

/// Its own head: of a top-level element, or bytes inside of one.
void ElementStream::tell_head(const Head& head) {
    const auto bytes = std::span<const std::byte>(head_).first(head_bytes_);
    if (!frames_.empty()) return sink_.content(bytes);
    is_open_ = true;
    sink_.begin({head.tag, head.vr, is_implicit_, is_big_endian_, bytes});
}

void ElementStream::begin_element(const Head& head) {
    if (!frames_.empty() && !frames_.back().is_item) return fail();  // a sequence holds items
    const bool is_undefined = head.length == undefined_length;
    if (!is_undefined && head.length > end_of_frame() - position_) return fail();
    valued_ = {head.tag, head.vr, is_now_implicit(), is_now_big_endian(), {}};
    tell_head(head);
    if (is_undefined) return open_sequence(head, no_end);
    if (is_deep_ && is_sequence(head)) return open_sequence(head, position_ + head.length);
    value_left_ = head.length;
    is_value_told_ = true;
}

bool ElementStream::is_sequence(const Head& head) const {
    // One that came as UN is walked as well (PS3.5 6.2.2).
    if (!head.vr.empty() && head.vr != "UN") return head.vr == "SQ";
    const DictionaryEntry* entry = find_tag(head.tag);
    return entry != nullptr && entry->vr == "SQ";
}

void ElementStream::open_sequence(const Head& head, std::uint64_t end) {
    if (frames_.size() == frames_max) return fail();
    // UN of unknown length is a sequence in Implicit VR Little Endian (PS3.5 6.2.2).
    const bool is_unknown = head.vr == "UN";
    const bool has_fragments = head.tag == pixel_data || !(head.vr.empty() || head.vr == "SQ" || is_unknown);
    frames_.push_back({false, is_unknown || is_now_implicit(), !is_unknown && is_now_big_endian(), has_fragments, end});
}

void ElementStream::begin_item(const Head& head) {
    if (frames_.empty() || frames_.back().is_item) return fail();
    const Frame sequence = frames_.back();
    const bool is_undefined = head.length == undefined_length;
    if (!is_undefined && head.length > end_of_frame() - position_) return fail();
    if (is_undefined && sequence.has_fragments) return fail();
    tell_head(head);
    if (!is_undefined && (sequence.has_fragments || !is_deep_)) {
        value_left_ = head.length;
        is_value_told_ = false;
        return;
    }
    if (frames_.size() == frames_max) return fail();
    frames_.push_back(
        {true, sequence.is_implicit, sequence.is_big_endian, false, is_undefined ? no_end : position_ + head.length});
}

// One that ends nothing, from a sender that counts wrong, says nothing and is passed over.
void ElementStream::begin_delimiter(const Head& head) {
    if (head.length != 0) return fail();
    tell_head(head);
    const auto ends = [&](bool is_item) {
        return !frames_.empty() && frames_.back().is_item == is_item && frames_.back().end == no_end;
    };
    if (ends(true)) frames_.pop_back();
    if (head.tag.element == sequence_delimiter && ends(false)) frames_.pop_back();
}

void ElementStream::close_ended() {
    while (!frames_.empty() && frames_.back().end == position_) frames_.pop_back();
    if (!frames_.empty() || !is_open_) return;
    is_open_ = false;
    sink_.end();
}

}  // namespace broker::dicom
