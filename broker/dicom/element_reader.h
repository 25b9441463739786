/// ElementReader: finds wanted elements in the bytes of a data set as they arrive, without recursion.
///
/// One thread at a time. Memory is bounded by its limits, whatever the bytes are: sequences of known length are stepped
/// over unless something in them is wanted, the others are followed with a stack of two small frames per level, values
/// are kept only where wanted. Never throws but for lack of memory; trouble is a value. Trouble inside a sequence of
/// known length costs what is left of it, and nothing behind it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "broker/dicom/wanted.h"

namespace broker::dicom {

struct ScanLimits {
    std::size_t elements_max = 100'000;
    std::size_t nested_elements_max = 50'000;  ///< in sequences of known length that something is wanted of
    std::size_t depth_max = 64;
    std::size_t value_bytes_max = 64 * 1024;
    std::size_t collected_max = 4'096;             ///< elements found in sequences
    std::size_t collected_bytes_max = 256 * 1024;  ///< of those, and of their items' character sets
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
    nested_overrun,     ///< something in a sequence claims to be longer than what is around it; the scan went on behind
    nested_unreadable,  ///< what is in a sequence of known length is no items; the scan went on behind
    too_many_nested,    ///< ScanLimits; the scan went on without those in sequences
    too_much_collected,  ///< ScanLimits; the scan went on without those in sequences
    not_inflatable,      ///< the deflated stream is broken
    inflated_too_long,   ///< what was wanted doesn't come within the first inflated bytes
};

/// Like "truncated", for logs.
const char* to_string(ScanProblem problem);

class ElementReader {
public:
    struct Element {
        std::string vr;  ///< "" where the encoding has none; "IS" where the bytes are a count of ours
        bool is_big_endian = false;
        std::string bytes;
    };

    /// What was found anywhere but plainly in the data set itself, in the order of its bytes.
    struct Collected {
        std::size_t path = 0;   ///< of the wanted ones
        std::size_t scope = 0;  ///< in which character set
        Element element;
    };

    /// `wanted` must outlive the reader.
    ElementReader(const Wanted& wanted, const ScanLimits& limits) : wanted_(wanted), limits_(limits) {}

    /// Takes the next bytes. Once `is_done`, it doesn't look at them any more.
    void feed(std::span<const std::byte> bytes);
    /// The data set ends here.
    void finish();

    /// Pixel data was reached, everything wanted was passed, or a problem ended the scan.
    bool is_done() const { return is_done_; }
    ScanProblem problem() const { return problem_; }

    /// Of a sequence the number of its items, of bytes (`is_binary`) their number.
    const std::map<Tag, Element>& found() const { return found_; }
    const std::vector<Collected>& collected() const { return collected_; }
    /// The bytes of an item's own Specific Character Set, by scope; the first is that of the data set itself, and
    /// empty.
    const std::vector<std::string>& scopes() const { return scopes_; }

private:
    static constexpr std::uint64_t unlimited = std::numeric_limits<std::uint64_t>::max();

    /// A block of private elements that a creator of a wanted one has reserved.
    struct Block {
        Tag creator;  ///< (gggg,00bb)
        std::size_t wanted;
    };
    /// The data set itself, or an item, as far as something is wanted in it.
    struct Level {
        const Wanted::Node* node = nullptr;  ///< null: nothing is
        std::size_t scope = 0;
        std::vector<Block> blocks = {};
    };
    /// A sequence that is followed, or an item of it.
    struct Frame {
        bool is_item = false;
        bool is_implicit = false;
        bool is_big_endian = false;
        bool is_delimited = true;       ///< by a delimiter of its own; false: by its length
        std::uint64_t end = unlimited;  ///< where its length or that of one around it ends
        Level level = {};               ///< of a sequence: what is wanted of its items
        std::size_t item_count = 0;
    };
    struct Head {
        Tag tag;
        std::string_view vr;  ///< "" where it has none; of `head_`, which holds until the next one is taken
        std::uint32_t length = 0;
        std::size_t bytes = 8;  ///< of the head itself; `length` is right when all of them are there
    };

    std::size_t take_head(std::span<const std::byte> bytes);
    std::string_view vr_bytes() const;
    void look_at_first_head();
    Head parse_head() const;
    void begin(const Head& head);
    void begin_delimiter(const Head& head);
    void begin_item(const Head& head);
    void begin_sequence(const Head& head, const Wanted::Node* node);
    void begin_value(const Head& head, const Wanted::Node* node);
    void keep_value();
    void keep_creator(const std::string& creator);
    void keep_character_set(const std::string& bytes);
    void keep(const Wanted::Node& node, Tag tag, Element element);
    bool is_counted();
    bool is_creator(Tag tag) const;
    bool is_own_character_set(Tag tag) const;
    const Wanted::Node* wanted_of(Tag tag) const;
    bool is_beyond_wanted(Tag tag) const;
    std::uint64_t end() const { return frames_.empty() ? unlimited : frames_.back().end; }
    Level& level() { return frames_.empty() ? root_ : frames_.back().level; }
    const Level& level() const { return frames_.empty() ? root_ : frames_.back().level; }
    void close_frame();
    void close_ended_frames();
    void lose(ScanProblem problem);
    void stop(ScanProblem problem);
    void note(ScanProblem problem);
    bool is_implicit() const { return frames_.empty() ? is_implicit_ : frames_.back().is_implicit; }
    bool is_big_endian() const { return frames_.empty() ? is_big_endian_ : frames_.back().is_big_endian; }
    std::uint32_t number(std::size_t at, std::size_t size) const;

    const Wanted& wanted_;
    const ScanLimits limits_;
    std::map<Tag, Element> found_;
    std::vector<Collected> collected_;
    std::vector<std::string> scopes_{std::string{}};
    std::size_t collected_bytes_ = 0;
    Level root_{&wanted_.root()};
    std::vector<Frame> frames_;
    std::array<std::byte, 12> head_{};
    std::size_t head_bytes_ = 0, head_bytes_needed_ = 8;
    std::uint64_t position_ = 0;  ///< bytes taken
    std::uint64_t skip_ = 0;      ///< bytes of an unwanted value still to come
    std::uint64_t capture_ = 0;   ///< bytes of a wanted value still to come
    Tag captured_tag_;
    Element captured_;
    const Wanted::Node* captured_for_ = nullptr;  ///< null: it only tells how to read others
    std::size_t element_count_ = 0, nested_element_count_ = 0, sequence_depth_ = 0;
    bool is_first_ = true, is_implicit_ = false, is_big_endian_ = false, is_done_ = false;
    ScanProblem problem_ = ScanProblem::none;
};

}  // namespace broker::dicom
