/// ElementReader: finds wanted top-level elements in the bytes of a data set as they arrive, without recursion.
///
/// One thread at a time. Memory is bounded by its limits, whatever the bytes are: sequences of known length are stepped
/// over, those of unknown length are followed with a stack of two small frames per level, values are kept only where
/// wanted. Never throws but for lack of memory; trouble is a value.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "broker/dicom/header.h"

namespace broker::dicom {

struct ScanLimits {
    std::size_t elements_max = 100'000;
    std::size_t depth_max = 64;
    std::size_t value_bytes_max = 64 * 1024;
    std::uint64_t inflated_bytes_max = 1024 * 1024;
};

/// Why a scan knows less than the whole of what was wanted. None of them makes the bytes wrong: a broker keeps them.
enum class ScanProblem {
    none,
    truncated,          ///< the data set ended inside an element or a sequence
    unreadable,         ///< the bytes are not those of a data set, or not from here on
    too_deep,           ///< ScanLimits
    too_many_elements,  ///< ScanLimits
    value_too_long,     ///< a wanted value was passed over; the scan went on
    not_inflatable,     ///< the deflated stream is broken
    inflated_too_long,  ///< what was wanted doesn't come within the first inflated bytes
};

/// Like "truncated", for logs.
const char* to_string(ScanProblem problem);

class ElementReader {
public:
    struct Element {
        std::string vr;  ///< "" where the encoding has none
        bool is_big_endian = false;
        std::string bytes;
    };

    /// `wanted` must outlive the reader.
    ElementReader(const std::set<Tag>& wanted, const ScanLimits& limits) : wanted_(wanted), limits_(limits) {}

    /// Takes the next bytes. Once `is_done`, it doesn't look at them any more.
    void feed(std::span<const std::byte> bytes);
    /// The data set ends here.
    void finish();

    /// Pixel data was reached, everything wanted was passed, or a problem ended the scan.
    bool is_done() const { return is_done_; }
    ScanProblem problem() const { return problem_; }
    const std::map<Tag, Element>& found() const { return found_; }

private:
    /// A sequence of unknown length, or an item of unknown length in it.
    struct Frame {
        bool is_item = false;
        bool is_implicit = false;
        bool is_big_endian = false;
    };
    struct Head {
        Tag tag;
        std::string vr;
        std::uint32_t length = 0;
    };

    std::size_t take_head(std::span<const std::byte> bytes);
    std::size_t head_bytes_needed() const;
    void look_at_first_head();
    Head parse_head() const;
    void begin(const Head& head);
    void begin_delimiter(const Head& head);
    void begin_top_level(const Head& head);
    bool is_beyond_wanted(Tag tag) const;
    void stop(ScanProblem problem);
    void note(ScanProblem problem);
    bool is_implicit() const { return frames_.empty() ? is_implicit_ : frames_.back().is_implicit; }
    bool is_big_endian() const { return frames_.empty() ? is_big_endian_ : frames_.back().is_big_endian; }
    std::uint32_t number(std::size_t at, std::size_t size) const;

    const std::set<Tag>& wanted_;
    const ScanLimits limits_;
    std::map<Tag, Element> found_;
    std::vector<Frame> frames_;
    std::array<std::byte, 12> head_{};
    std::size_t head_bytes_ = 0;
    std::uint64_t skip_ = 0;     ///< bytes of an unwanted value still to come
    std::uint64_t capture_ = 0;  ///< bytes of a wanted value still to come
    Tag captured_tag_;
    Element captured_;
    std::size_t element_count_ = 0, sequence_depth_ = 0;
    bool is_first_ = true, is_implicit_ = false, is_big_endian_ = false, is_done_ = false;
    ScanProblem problem_ = ScanProblem::none;
};

}  // namespace broker::dicom
