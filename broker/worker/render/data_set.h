/// DataSet: the elements of a data set by their places, found by stepping over values, without recursion.
///
/// One thread at a time; its Bytes must outlive it. Reads heads only, up to pixel data; values and the items of
/// sequences when they are asked for. Whatever the bytes are, it looks at no more heads than elements_max and keeps one
/// small frame per level, at most depth_max. Throws Unrenderable, unreadable or truncated.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "broker/dicom/element_head.h"
#include "broker/dicom/tag.h"
#include "broker/worker/render/bytes.h"

namespace broker::worker {

struct Element {
    dicom::Tag tag;
    std::string vr;  ///< "" where the encoding has none
    dicom::Layout layout;
    std::uint64_t offset = 0;  ///< of the value
    std::uint32_t length = 0;  ///< dicom::undefined_length: delimited
};

/// Elements side by side: those of the data set itself, or of an item.
using Elements = std::vector<Element>;

/// The first of that tag, or null.
const Element* find(const Elements& elements, dicom::Tag tag);

class DataSet {
public:
    static constexpr std::size_t elements_max = 1'000'000, depth_max = 1'000;

    /// Reads the heads of the data set that begins at `begin`.
    DataSet(Bytes& bytes, std::uint64_t begin);

    const Elements& elements() const { return elements_; }
    /// The elements of an item of a sequence, from 0; nothing where it has fewer.
    std::optional<Elements> item(const Element& sequence, std::uint64_t index);
    /// The bytes of a value. Throws Unrenderable, too_large, beyond `bytes_max`.
    std::vector<std::byte> value(const Element& element, std::uint64_t bytes_max);
    Bytes& bytes() { return bytes_; }

private:
    struct Head {
        dicom::Tag tag;
        std::string vr;
        std::uint32_t length = 0;
        std::uint64_t end = 0;  ///< where the value begins
    };
    Head read_head(std::uint64_t at, dicom::Layout layout);
    Elements read_elements(std::uint64_t at, std::uint64_t end, dicom::Layout layout);
    std::uint64_t end_of(const Element& element);
    std::uint64_t end_of_delimited(std::uint64_t at, dicom::Layout layout, bool begins_with_items);

    Bytes& bytes_;
    std::size_t heads_ = 0;
    Elements elements_;
};

}  // namespace broker::worker
