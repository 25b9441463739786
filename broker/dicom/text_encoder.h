/// TextEncoder: writes text in the character set of one data set, as its Specific Character Set (0008,0005) says.
///
/// One thread at a time. The counterpart of CharacterSet, which reads; what it writes was read back by that, and came
/// out as it was.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace broker::dicom {

class TextEncoder {
public:
    /// `defined_terms` are the values of (0008,0005), none or unknown ones stand for ISO 646.
    explicit TextEncoder(std::span<const std::string> defined_terms);
    ~TextEncoder();
    TextEncoder(TextEncoder&&) noexcept;

    /// A whole value with its backslashes, from UTF-8; nothing where the character set has not all of its characters.
    /// Code extensions begin anew in each value, each line, and each component of a person name (PS3.5 6.1.2.5.3).
    std::optional<std::string> encode(std::string_view text, bool is_person_name);

private:
    struct Parts;
    std::unique_ptr<Parts> parts_;
};

}  // namespace broker::dicom
