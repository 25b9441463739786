/// ElementStream: cuts the bytes of a data set, as they pass by, into its top-level elements, without recursion.
///
/// One thread at a time. Keeps the head of one element and two small frames per level, whatever the bytes are, and
/// hands everything on as it came. Unlike HeaderScan, which looks for a few tags and forgives, it goes to the end of
/// the data set and says where that is none: what must not be missed must be in bytes that were understood.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "broker/dicom/header.h"

namespace broker::dicom {

class ElementStream {
public:
    struct Element {
        Tag tag;
        std::string vr;  ///< "" where the encoding has none
        bool is_implicit = false, is_big_endian = false;
        std::span<const std::byte> head;  ///< as it came
    };

    /// What is told of: each top-level element begins, goes on and ends, one after the other.
    class Sink {
    public:
        virtual ~Sink() = default;
        virtual void begin(const Element& element) = 0;
        /// Bytes behind its head, items of sequences and their delimiters included.
        virtual void content(std::span<const std::byte> bytes) = 0;
        virtual void end() = 0;
        /// The same bytes once more, before `content`, where they are the value of `element`, which may be deep inside.
        virtual void value(const Element& element, std::span<const std::byte> bytes) = 0;
    };

    /// `is_deep`: sequences of known length are gone through, too, so that all values are told of. It needs the
    /// dictionary where the encoding has no VR.
    ElementStream(Sink& sink, bool is_deep) : sink_(sink), is_deep_(is_deep) {}

    /// False, then and from then on: these are not the bytes of a data set.
    bool feed(std::span<const std::byte> bytes);
    /// The data set ends here. False: inside of an element.
    bool finish() const { return is_readable_ && !is_open_ && head_bytes_ == 0; }

    /// How the data set is laid out, once the first head has passed.
    bool is_implicit() const { return is_implicit_; }
    bool is_big_endian() const { return is_big_endian_; }

private:
    struct Frame {
        bool is_item = false;
        bool is_implicit = false, is_big_endian = false;
        bool has_fragments = false;  ///< its items are no data sets
        std::uint64_t end = 0;       ///< in bytes from the beginning, `no_end` where a delimiter says it
    };
    struct Head {
        Tag tag;
        std::string vr;
        std::uint32_t length = 0;
    };

    std::size_t take_head(std::span<const std::byte> bytes);
    void look_at_first_head();
    std::size_t head_bytes_needed() const;
    Head parse_head() const;
    std::uint32_t number(std::size_t at, std::size_t size) const;
    void begin(const Head& head);
    void begin_element(const Head& head);
    void begin_item(const Head& head);
    void begin_delimiter(const Head& head);
    void open_sequence(const Head& head, std::uint64_t end);
    void tell_head(const Head& head);
    void close_ended();
    void fail() { is_readable_ = false; }
    bool is_sequence(const Head& head) const;
    bool is_now_implicit() const { return frames_.empty() ? is_implicit_ : frames_.back().is_implicit; }
    bool is_now_big_endian() const { return frames_.empty() ? is_big_endian_ : frames_.back().is_big_endian; }
    std::uint64_t end_of_frame() const;

    Sink& sink_;
    const bool is_deep_;
    std::vector<Frame> frames_;
    std::array<std::byte, 12> head_{};
    std::size_t head_bytes_ = 0;
    std::uint64_t position_ = 0;    ///< of the next byte
    std::uint64_t value_left_ = 0;  ///< bytes of a value still to come
    Element valued_;                ///< whose value that is
    bool is_value_told_ = false;    ///< it is an element's, not a fragment or an item that is stepped over
    bool is_open_ = false;          ///< a top-level element has begun and not ended
    bool is_first_ = true, is_implicit_ = false, is_big_endian_ = false, is_readable_ = true;
};

}  // namespace broker::dicom
