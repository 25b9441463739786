#include "broker/dicom/element_reader.h"

#include <algorithm>
#include <string_view>

namespace broker::dicom {
namespace {

constexpr std::uint32_t undefined_length = 0xFFFFFFFF;
constexpr std::size_t short_head_bytes = 8, long_head_bytes = 12;
constexpr std::uint16_t item_group = 0xFFFE, item = 0xE000, item_delimiter = 0xE00D, sequence_delimiter = 0xE0DD;
constexpr Tag float_pixel_data{0x7FE0, 0x0008}, double_pixel_data{0x7FE0, 0x0009}, pixel_data{0x7FE0, 0x0010};

// PS3.5 table 7.1-1 and 7.1-2.
constexpr std::string_view short_vrs = "AE AS AT CS DA DS DT FL FD IS LO LT PN SH SL SS ST TM UI UL US";
constexpr std::string_view long_vrs = "OB OD OF OL OV OW SQ SV UC UN UR UT UV";

bool is_one_of(std::string_view vrs, std::string_view vr) {
    for (std::size_t at = 0; at < vrs.size(); at += 3)
        if (vrs.substr(at, 2) == vr) return true;
    return false;
}

bool is_upper(char c) {
    return c >= 'A' && c <= 'Z';
}

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
        } else if (capture_ > 0) {
            used = static_cast<std::size_t>(std::min<std::uint64_t>(capture_, bytes.size()));
            captured_.bytes.append(reinterpret_cast<const char*>(bytes.data()), used);
            capture_ -= used;
            // The first of two equal tags stands: a later one would be an error of the sender's.
            if (capture_ == 0) found_.try_emplace(captured_tag_, std::move(captured_));
        } else {
            used = take_head(bytes);
        }
        bytes = bytes.subspan(used);
    }
}

void ElementReader::finish() {
    if (is_done_) return;
    const bool is_whole = head_bytes_ == 0 && skip_ == 0 && capture_ == 0 && frames_.empty();
    stop(is_whole ? ScanProblem::none : ScanProblem::truncated);
}

std::size_t ElementReader::take_head(std::span<const std::byte> bytes) {
    std::size_t used = 0;
    for (std::size_t needed = short_head_bytes; head_bytes_ < needed; needed = head_bytes_needed()) {
        const std::size_t part = std::min(needed - head_bytes_, bytes.size() - used);
        std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(used), part,
                    head_.begin() + static_cast<std::ptrdiff_t>(head_bytes_));
        head_bytes_ += part;
        used += part;
        if (head_bytes_ < needed) return used;
        if (is_first_) look_at_first_head();
    }
    const Head head = parse_head();
    head_bytes_ = 0;
    begin(head);
    return used;
}

// The first element shows how the data set is laid out. It is believed more than the negotiated transfer syntax: that
// may be private, and some senders negotiate one thing and send another.
void ElementReader::look_at_first_head() {
    is_first_ = false;
    const std::uint32_t as_big_endian =
        std::to_integer<std::uint32_t>(head_[0]) << 8 | std::to_integer<std::uint32_t>(head_[1]);
    is_big_endian_ = as_big_endian < number(0, 2);  // the first groups are small numbers
    const std::string vr{std::to_integer<char>(head_[4]), std::to_integer<char>(head_[5])};
    is_implicit_ = !is_one_of(short_vrs, vr) && !is_one_of(long_vrs, vr);
}

std::uint32_t ElementReader::number(std::size_t at, std::size_t size) const {
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < size; ++i) {
        const std::size_t from = is_big_endian() ? at + i : at + size - 1 - i;
        value = value << 8 | std::to_integer<std::uint32_t>(head_[from]);
    }
    return value;
}

std::size_t ElementReader::head_bytes_needed() const {
    return parse_head().vr.size() == 2 && !is_one_of(short_vrs, parse_head().vr) ? long_head_bytes : short_head_bytes;
}

ElementReader::Head ElementReader::parse_head() const {
    Head head;
    head.tag = {static_cast<std::uint16_t>(number(0, 2)), static_cast<std::uint16_t>(number(2, 2))};
    const char first = std::to_integer<char>(head_[4]), second = std::to_integer<char>(head_[5]);
    // Items have no VR (PS3.5 7.5). An element without one in an explicit data set is read as an implicit one: some
    // senders write their private elements so.
    if (head.tag.group == item_group || is_implicit() || !is_upper(first) || !is_upper(second)) {
        head.length = number(4, 4);
        return head;
    }
    head.vr = {first, second};
    head.length = is_one_of(short_vrs, head.vr) ? number(6, 2) : number(8, 4);
    return head;
}

void ElementReader::begin(const Head& head) {
    if (++element_count_ > limits_.elements_max) return stop(ScanProblem::too_many_elements);
    if (head.tag.group == item_group) return begin_delimiter(head);
    if (!frames_.empty() && !frames_.back().is_item) return stop(ScanProblem::unreadable);  // a sequence holds items
    if (frames_.empty() && (head.tag == pixel_data || head.tag == float_pixel_data || head.tag == double_pixel_data))
        return stop(ScanProblem::none);
    if (frames_.empty() && is_beyond_wanted(head.tag)) return stop(ScanProblem::none);
    if (head.length == undefined_length) {
        if (++sequence_depth_ > limits_.depth_max) return stop(ScanProblem::too_deep);
        // UN of unknown length is a sequence in Implicit VR Little Endian (PS3.5 6.2.2).
        const bool is_unknown = head.vr == "UN";
        frames_.push_back({false, is_unknown || is_implicit(), !is_unknown && is_big_endian()});
        return;
    }
    if (frames_.empty()) return begin_top_level(head);
    skip_ = head.length;
}

void ElementReader::begin_top_level(const Head& head) {
    if (!wanted_.contains(head.tag)) {
        skip_ = head.length;
    } else if (head.length > limits_.value_bytes_max) {
        note(ScanProblem::value_too_long);
        skip_ = head.length;
    } else if (head.length > 0) {
        captured_tag_ = head.tag;
        captured_ = {head.vr, is_big_endian(), {}};
        capture_ = head.length;
    }
}

void ElementReader::begin_delimiter(const Head& head) {
    // A delimiter where nothing is open, from a sender that counts wrong, says nothing and is passed over.
    switch (head.tag.element) {
        case item:
            if (frames_.empty() || frames_.back().is_item) return stop(ScanProblem::unreadable);
            if (head.length != undefined_length)
                skip_ = head.length;
            else
                frames_.push_back({true, is_implicit(), is_big_endian()});
            return;
        case item_delimiter:
            if (!frames_.empty() && frames_.back().is_item) frames_.pop_back();
            return;
        case sequence_delimiter:
            if (!frames_.empty() && frames_.back().is_item) frames_.pop_back();
            if (frames_.empty()) return;
            frames_.pop_back();
            --sequence_depth_;
            return;
        default:
            return stop(ScanProblem::unreadable);
    }
}

// Elements are in ascending order (PS3.5 7.1); for senders that break that, the identity is searched for up to pixel
// data.
bool ElementReader::is_beyond_wanted(Tag tag) const {
    if (!wanted_.empty() && tag <= *wanted_.rbegin()) return false;
    return found_.contains(tags::sop_class_uid) && found_.contains(tags::sop_instance_uid);
}

void ElementReader::note(ScanProblem problem) {
    if (problem_ == ScanProblem::none) problem_ = problem;
}

void ElementReader::stop(ScanProblem problem) {
    is_done_ = true;
    // What ended the scan says more than a value that was passed over before.
    if (problem != ScanProblem::none) problem_ = problem;
}

}  // namespace broker::dicom
