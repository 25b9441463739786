/// ElementWriter: the bytes of the small data sets that we make ourselves, in Little Endian (PS3.5 7.1, annex A).
///
/// A value; one thread at a time. Whoever writes gives the elements in ascending order of their tags.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "broker/dicom/header.h"

namespace broker::dicom {

class ElementWriter {
public:
    /// Implicit VR, else Explicit VR.
    explicit ElementWriter(bool is_implicit) : is_implicit_(is_implicit) {}

    /// UI, padded with NUL to an even length.
    void uid(Tag tag, std::string_view uid);
    /// CS, padded with a space.
    void code(Tag tag, std::string_view code);
    /// US.
    void number(Tag tag, std::uint16_t value);

    /// One item of a sequence: what `elements` holds. Only a writer of nothing but items takes items.
    void item(const ElementWriter& elements);
    /// SQ of the items that `items` holds.
    void sequence(Tag tag, const ElementWriter& items);

    const std::vector<std::byte>& bytes() const { return bytes_; }

private:
    void little_endian(std::uint32_t value, int size);
    void head(Tag tag, std::string_view vr, std::size_t length);
    void text(Tag tag, std::string_view vr, std::string_view value, char padding);
    void append(const ElementWriter& other);

    const bool is_implicit_;
    std::vector<std::byte> bytes_;
};

}  // namespace broker::dicom
