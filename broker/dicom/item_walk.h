/// ItemWalk: steps through the elements of a whole data set and of the items in its sequences, without recursion.
///
/// One thread at a time; the bytes must outlive it. What a data set costs is no more than its size and one small frame
/// per level, at most `depth_max`. For the data sets of services, which come whole and small; those of instances stream
/// through ElementReader.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "broker/dicom/header.h"

namespace broker::dicom {

class ItemWalk {
public:
    ItemWalk(std::span<const std::byte> bytes, bool is_implicit) : bytes_(bytes), is_implicit_(is_implicit) {}

    enum class Step {
        element,         ///< `tag` and `value`; not those of a sequence
        sequence_begin,  ///< `tag`
        item_begin,
        item_end,
        sequence_end,
        end,        ///< of the data set
        malformed,  ///< and nothing more comes
    };
    /// `known_sequences`: the tags that are sequences where the encoding doesn't say so.
    Step next(std::span<const Tag> known_sequences);

    Tag tag() const { return tag_; }
    std::span<const std::byte> value() const { return value_; }
    /// How many sequences are open around what `next` told of; of a `sequence_begin` that one, too.
    std::size_t depth() const { return depth_; }

private:
    struct Frame {
        bool is_item = false;
        bool is_implicit = false;
        bool is_undefined = false;  ///< ends by its delimiter
        std::size_t end = 0;        ///< nothing inside goes beyond it
    };
    struct Head {
        Tag tag;
        std::string_view vr;
        std::uint32_t length = 0;
    };

    bool read_head(Head& into);
    Step begin_element(const Head& head, std::span<const Tag> known_sequences);
    Step begin_item(const Head& head);
    Step end_by_delimiter(bool is_item);
    Step open(const Frame& frame);
    Step close();
    Step malformed();
    std::uint32_t number(std::size_t at, std::size_t size) const;
    std::size_t end() const { return frames_.empty() ? bytes_.size() : frames_.back().end; }
    bool is_implicit() const { return frames_.empty() ? is_implicit_ : frames_.back().is_implicit; }
    bool is_in_sequence() const { return !frames_.empty() && !frames_.back().is_item; }

    const std::span<const std::byte> bytes_;
    const bool is_implicit_;
    std::size_t at_ = 0, depth_ = 0;
    std::vector<Frame> frames_;
    Tag tag_;
    std::span<const std::byte> value_;
};

}  // namespace broker::dicom
