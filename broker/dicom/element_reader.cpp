#include "broker/dicom/element_reader.h"

#include <algorithm>
#include <string_view>

#include "broker/dicom/dictionary.h"
#include "broker/dicom/element_head.h"
#include "broker/dicom/padding.h"

namespace broker::dicom {
namespace {

constexpr Tag float_pixel_data{0x7FE0, 0x0008}, double_pixel_data{0x7FE0, 0x0009}, pixel_data{0x7FE0, 0x0010};

}  // namespace

const char* to_string(ScanProblem problem) {
    switch (problem) {
        case ScanProblem::none:
            return "none";
        case ScanProblem::truncated:
            return "truncated";
        case ScanProblem::unreadable:
            return "unreadable";
        case ScanProblem::too_deep:
            return "too_deep";
        case ScanProblem::too_many_elements:
            return "too_many_elements";
        case ScanProblem::value_too_long:
            return "value_too_long";
        case ScanProblem::nested_overrun:
            return "nested_overrun";
        case ScanProblem::nested_unreadable:
            return "nested_unreadable";
        case ScanProblem::too_many_nested:
            return "too_many_nested";
        case ScanProblem::too_much_collected:
            return "too_much_collected";
        case ScanProblem::not_inflatable:
            return "not_inflatable";
        case ScanProblem::inflated_too_long:
            return "inflated_too_long";
    }
    return "?";
}

void ElementReader::feed(std::span<const std::byte> bytes) {
    while (!bytes.empty() && !is_done_) {
        std::size_t used = 0;
        if (skip_ > 0) {
            used = static_cast<std::size_t>(std::min<std::uint64_t>(skip_, bytes.size()));
            skip_ -= used;
            position_ += used;
        } else if (capture_ > 0) {
            used = static_cast<std::size_t>(std::min<std::uint64_t>(capture_, bytes.size()));
            captured_.bytes.append(reinterpret_cast<const char*>(bytes.data()), used);
            capture_ -= used;
            position_ += used;
            if (capture_ == 0) keep_value();
        } else {
            close_ended_frames();
            used = take_head(bytes);
        }
        bytes = bytes.subspan(used);
    }
}

void ElementReader::finish() {
    if (is_done_) return;
    close_ended_frames();
    const bool is_whole = head_bytes_ == 0 && skip_ == 0 && capture_ == 0 && frames_.empty();
    stop(is_whole ? ScanProblem::none : ScanProblem::truncated);
}

std::size_t ElementReader::take_head(std::span<const std::byte> bytes) {
    // `position_` is behind what is there of the head.
    if (end() - position_ < head_bytes_needed_ - head_bytes_) {
        lose(ScanProblem::nested_overrun);
        return 0;
    }
    const std::size_t used = std::min(head_bytes_needed_ - head_bytes_, bytes.size());
    std::copy_n(bytes.begin(), used, head_.begin() + static_cast<std::ptrdiff_t>(head_bytes_));
    head_bytes_ += used;
    position_ += used;
    if (head_bytes_ < head_bytes_needed_) return used;
    if (is_first_) look_at_first_head();
    const Head head = parse_head();
    head_bytes_needed_ = head.bytes;
    if (head_bytes_ < head_bytes_needed_) return used;
    head_bytes_ = 0;
    head_bytes_needed_ = short_head_bytes;
    begin(head);
    return used;
}

void ElementReader::look_at_first_head() {
    is_first_ = false;
    const Layout layout = layout_of(std::span(head_).first<short_head_bytes>());
    is_big_endian_ = layout.is_big_endian;
    is_implicit_ = layout.is_implicit;
}

std::uint32_t ElementReader::number(std::size_t at, std::size_t size) const {
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < size; ++i) {
        const std::size_t from = is_big_endian() ? at + i : at + size - 1 - i;
        value = value << 8 | std::to_integer<std::uint32_t>(head_[from]);
    }
    return value;
}

std::string_view ElementReader::vr_bytes() const {
    return {reinterpret_cast<const char*>(head_.data()) + 4, 2};
}

ElementReader::Head ElementReader::parse_head() const {
    Head head;
    head.tag = {static_cast<std::uint16_t>(number(0, 2)), static_cast<std::uint16_t>(number(2, 2))};
    const std::string_view vr = vr_bytes();
    // Items have no VR (PS3.5 7.5). An element without one in an explicit data set is read as an implicit one: some
    // senders write their private elements so.
    if (head.tag.group == item_group || is_implicit() || !is_upper(vr[0]) || !is_upper(vr[1])) {
        head.length = number(4, 4);
        return head;
    }
    head.vr = vr;
    head.bytes = short_vrs.contains(vr) ? short_head_bytes : long_head_bytes;
    head.length = head.bytes == short_head_bytes ? number(6, 2) : number(8, 4);
    return head;
}

void ElementReader::begin(const Head& head) {
    if (!is_counted()) return;
    if (head.tag.group == item_group) return begin_delimiter(head);
    if (!frames_.empty() && !frames_.back().is_item) return lose(ScanProblem::unreadable);  // a sequence holds items
    if (frames_.empty() && (head.tag == pixel_data || head.tag == float_pixel_data || head.tag == double_pixel_data))
        return stop(ScanProblem::none);
    if (frames_.empty() && is_beyond_wanted(head.tag)) return stop(ScanProblem::none);
    const Wanted::Node* node = wanted_of(head.tag);
    if (head.length == undefined_length) return begin_sequence(head, node);
    if (head.length > end() - position_) return lose(ScanProblem::nested_overrun);
    // One that no dictionary knows and that has no VR is a sequence where a path leads through it.
    const bool may_be_sequence = head.vr.empty() || head.vr == "UN" || head.vr == "SQ";
    if (node && may_be_sequence && (node->is_sequence || head.vr == "SQ")) return begin_sequence(head, node);
    begin_value(head, node);
}

// Those that are read only because something in them is wanted have a limit of their own: it must not cost what comes
// behind them.
bool ElementReader::is_counted() {
    if (end() == unlimited) {
        if (++element_count_ <= limits_.elements_max) return true;
        stop(ScanProblem::too_many_elements);
    } else {
        if (++nested_element_count_ <= limits_.nested_elements_max) return true;
        lose(ScanProblem::too_many_nested);
    }
    return false;
}

void ElementReader::begin_value(const Head& head, const Wanted::Node* node) {
    const bool is_wanted = node && node->path, has_no_vr = head.vr.empty() || head.vr == "UN";
    // What nobody knows and is too long to be text that somebody compares is at least there.
    const bool is_long_unknown = is_wanted && has_no_vr && !node->is_known && head.length > limits_.value_bytes_max;
    const bool is_bytes = is_binary(head.vr) || (is_wanted && has_no_vr && node->is_bytes) || is_long_unknown;
    if (is_wanted && head.length > 0 && is_bytes) keep(*node, head.tag, {"IS", false, std::to_string(head.length)});
    const bool is_read = (is_wanted && !is_bytes) || is_creator(head.tag) || is_own_character_set(head.tag);
    if (!is_read) {
        skip_ = head.length;
    } else if (head.length > limits_.value_bytes_max) {
        note(ScanProblem::value_too_long);
        skip_ = head.length;
    } else if (head.length > 0) {
        captured_tag_ = head.tag;
        captured_for_ = is_wanted ? node : nullptr;
        captured_ = {std::string(head.vr), is_big_endian(), {}};
        capture_ = head.length;
    }
}

void ElementReader::begin_sequence(const Head& head, const Wanted::Node* node) {
    if (++sequence_depth_ > limits_.depth_max) {
        --sequence_depth_;
        return lose(ScanProblem::too_deep);
    }
    // UN is a sequence in Implicit VR Little Endian (PS3.5 6.2.2).
    const bool is_unknown = head.vr == "UN", is_delimited = head.length == undefined_length;
    frames_.push_back({false, is_unknown || is_implicit(), !is_unknown && is_big_endian(), is_delimited,
                       is_delimited ? end() : position_ + head.length, Level{node, level().scope}});
}

void ElementReader::begin_delimiter(const Head& head) {
    // A delimiter where none is due, from a sender that counts wrong, says nothing and is passed over.
    switch (head.tag.element) {
        case item:
            return begin_item(head);
        case item_delimiter:
            if (!frames_.empty() && frames_.back().is_item && frames_.back().is_delimited) close_frame();
            return;
        case sequence_delimiter:
            if (!frames_.empty() && frames_.back().is_item && frames_.back().is_delimited) close_frame();
            if (!frames_.empty() && !frames_.back().is_item && frames_.back().is_delimited) close_frame();
            return;
        default:
            return lose(ScanProblem::unreadable);
    }
}

void ElementReader::begin_item(const Head& head) {
    if (frames_.empty() || frames_.back().is_item) return lose(ScanProblem::unreadable);
    ++frames_.back().item_count;
    const bool is_delimited = head.length == undefined_length;
    if (!is_delimited && head.length > end() - position_) return lose(ScanProblem::nested_overrun);
    const Wanted::Node* node = frames_.back().level.node;
    if (node && !node->has_inside()) node = nullptr;
    if (!is_delimited && !node)
        skip_ = head.length;
    else
        frames_.push_back({true, is_implicit(), is_big_endian(), is_delimited,
                           is_delimited ? end() : position_ + head.length, Level{node, level().scope}});
}

void ElementReader::keep_value() {
    if (is_creator(captured_tag_)) keep_creator(captured_.bytes);
    if (is_own_character_set(captured_tag_)) keep_character_set(captured_.bytes);
    if (captured_for_) keep(*captured_for_, captured_tag_, std::move(captured_));
}

void ElementReader::keep(const Wanted::Node& node, Tag tag, Element element) {
    if (frames_.empty() && wanted_.path(*node.path).is_plain()) {
        // The first of two equal tags stands: a later one would be an error of the sender's.
        found_.try_emplace(tag, std::move(element));
        return;
    }
    collected_bytes_ += element.bytes.size();
    if (collected_.size() >= limits_.collected_max || collected_bytes_ > limits_.collected_bytes_max)
        return note(ScanProblem::too_much_collected);
    collected_.push_back({*node.path, level().scope, std::move(element)});
}

void ElementReader::keep_creator(const std::string& creator) {
    for (const Block& known : level().blocks)
        if (known.creator == captured_tag_) return;
    const auto& privates = level().node->privates;
    for (std::size_t i = 0; i < privates.size(); ++i)
        if (privates[i].step.tag.group == captured_tag_.group && trimmed(creator) == trimmed(privates[i].step.creator))
            level().blocks.push_back({captured_tag_, i});
}

void ElementReader::keep_character_set(const std::string& bytes) {
    collected_bytes_ += bytes.size();
    if (collected_bytes_ > limits_.collected_bytes_max) return note(ScanProblem::too_much_collected);
    scopes_.push_back(bytes);
    level().scope = scopes_.size() - 1;
}

// Each data set, and each item, numbers its private blocks for itself (PS3.5 7.8.1).
bool ElementReader::is_creator(Tag tag) const {
    return level().node && !level().node->privates.empty() && tag.group % 2 == 1 && tag.element >= 0x10 &&
           tag.element <= 0xFF;
}

bool ElementReader::is_own_character_set(Tag tag) const {
    return tag == tags::specific_character_set && !frames_.empty() && level().node;
}

const Wanted::Node* ElementReader::wanted_of(Tag tag) const {
    const Wanted::Node* node = level().node;
    if (!node) return nullptr;
    if (const Wanted::Node* plain = wanted_.find(*node, tag)) return plain;
    for (const Block& block : level().blocks) {
        const Wanted::Private& wanted = node->privates[block.wanted];
        if (block.creator.group == tag.group && block.creator.element == tag.element >> 8 &&
            wanted.step.tag.element == (tag.element & 0xFF))
            return &wanted_.at(wanted.node);
    }
    return nullptr;
}

void ElementReader::close_frame() {
    const Frame closed = std::move(frames_.back());
    frames_.pop_back();
    if (closed.is_item) return;
    --sequence_depth_;
    const Wanted::Node* node = closed.level.node;
    if (node && node->path && closed.item_count > 0)
        keep(*node, wanted_.path(*node->path).steps.back().tag, {"IS", false, std::to_string(closed.item_count)});
}

void ElementReader::close_ended_frames() {
    while (!frames_.empty() && frames_.back().end == position_ && head_bytes_ == 0 && skip_ == 0 && capture_ == 0)
        close_frame();
}

// Elements are in ascending order (PS3.5 7.1); for senders that break that, the identity is searched for up to pixel
// data.
bool ElementReader::is_beyond_wanted(Tag tag) const {
    if (tag <= wanted_.last()) return false;
    return found_.contains(tags::sop_class_uid) && found_.contains(tags::sop_instance_uid);
}

void ElementReader::note(ScanProblem problem) {
    if (problem_ == ScanProblem::none) problem_ = problem;
}

// Behind the innermost length that encloses it, everything may be right again; where nothing encloses it, nothing tells
// where that would be.
void ElementReader::lose(ScanProblem problem) {
    if (end() == unlimited) return stop(problem);
    note(problem == ScanProblem::unreadable ? ScanProblem::nested_unreadable : problem);
    head_bytes_ = 0;
    head_bytes_needed_ = short_head_bytes;
    skip_ = end() - position_;
}

void ElementReader::stop(ScanProblem problem) {
    is_done_ = true;
    while (!frames_.empty()) close_frame();  // what has begun is there
    // What ended the scan says more than a value that was passed over before.
    if (problem != ScanProblem::none) problem_ = problem;
}

}  // namespace broker::dicom
