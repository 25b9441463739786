#include "broker/dicom/item_walk.h"

#include <algorithm>

#include "broker/dicom/element_head.h"

namespace broker::dicom {
namespace {

constexpr std::size_t frames_max = 32;  // sixteen nested sequences, each with an item: requests and reports need one

}  // namespace

ItemWalk::Step ItemWalk::next(std::span<const Tag> known_sequences) {
    if (!frames_.empty() && !frames_.back().is_undefined && at_ == end()) return close();
    if (frames_.empty() && at_ == bytes_.size()) return Step::end;
    Head head;
    if (!read_head(head)) return malformed();
    if (head.tag.group != item_group) return begin_element(head, known_sequences);
    switch (head.tag.element) {
        case item:
            return begin_item(head);
        case item_delimiter:
            return end_by_delimiter(true);
        case sequence_delimiter:
            return end_by_delimiter(false);
        default:
            return malformed();
    }
}

bool ItemWalk::read_head(Head& into) {
    if (end() - at_ < short_head_bytes) return false;
    into.tag = {static_cast<std::uint16_t>(number(at_, 2)), static_cast<std::uint16_t>(number(at_ + 2, 2))};
    if (into.tag.group == item_group || is_implicit()) {
        into.length = number(at_ + 4, 4);
        at_ += short_head_bytes;
        return true;
    }
    into.vr = {reinterpret_cast<const char*>(bytes_.data()) + at_ + 4, 2};
    if (!long_vrs.contains(into.vr)) {
        into.length = number(at_ + 6, 2);
        at_ += short_head_bytes;
        return true;
    }
    if (end() - at_ < long_head_bytes) return false;
    into.length = number(at_ + 8, 4);
    at_ += long_head_bytes;
    return true;
}

ItemWalk::Step ItemWalk::begin_element(const Head& head, std::span<const Tag> known_sequences) {
    if (is_in_sequence()) return malformed();  // a sequence holds items
    const bool is_undefined = head.length == undefined_length;
    if (!is_undefined && head.length > end() - at_) return malformed();
    tag_ = head.tag;
    const bool is_known = std::find(known_sequences.begin(), known_sequences.end(), head.tag) != known_sequences.end();
    const bool has_no_vr = head.vr.empty() || head.vr == "UN";
    if (is_undefined || head.vr == "SQ" || (is_known && has_no_vr)) {
        // What has no VR of its own holds items in Implicit VR (PS3.5 6.2.2).
        const Frame frame{false, is_implicit() || has_no_vr, is_undefined, is_undefined ? end() : at_ + head.length};
        ++depth_;
        return open(frame) == Step::malformed ? Step::malformed : Step::sequence_begin;
    }
    value_ = bytes_.subspan(at_, head.length);
    at_ += head.length;
    return Step::element;
}

ItemWalk::Step ItemWalk::begin_item(const Head& head) {
    if (!is_in_sequence()) return malformed();
    const bool is_undefined = head.length == undefined_length;
    if (!is_undefined && head.length > end() - at_) return malformed();
    return open({true, is_implicit(), is_undefined, is_undefined ? end() : at_ + head.length});
}

ItemWalk::Step ItemWalk::end_by_delimiter(bool is_item) {
    const bool fits = !frames_.empty() && frames_.back().is_undefined && frames_.back().is_item == is_item;
    return fits ? close() : malformed();
}

ItemWalk::Step ItemWalk::open(const Frame& frame) {
    if (frames_.size() == frames_max) return malformed();
    frames_.push_back(frame);
    return Step::item_begin;
}

ItemWalk::Step ItemWalk::close() {
    const bool was_item = frames_.back().is_item;
    frames_.pop_back();
    if (was_item) return Step::item_end;
    --depth_;
    return Step::sequence_end;
}

ItemWalk::Step ItemWalk::malformed() {
    // Nothing is left to read, and nothing open whose end could be taken for a good one.
    at_ = bytes_.size();
    frames_.assign(1, Frame{false, false, true, at_});
    return Step::malformed;
}

std::uint32_t ItemWalk::number(std::size_t at, std::size_t size) const {
    std::uint32_t value = 0;
    for (std::size_t i = size; i > 0; --i) value = value << 8 | std::to_integer<std::uint32_t>(bytes_[at + i - 1]);
    return value;
}

}  // namespace broker::dicom
