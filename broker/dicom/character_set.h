/// CharacterSet: turns the text of one data set into UTF-8, as its Specific Character Set (0008,0005) says.
///
/// One thread at a time. Whatever the bytes are, the result is valid UTF-8: what cannot be read becomes U+FFFD. Code
/// extensions by ISO 2022 (PS3.3 C.12.1.1.2), UTF-8, GB18030 and GBK are known, the usual misspellings too; a character
/// set that is not known is read as UTF-8 where it is that, else as Latin-1, like most senders that leave the tag out.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace broker::dicom {

/// "�", what stands for bytes that are no character.
inline constexpr std::string_view replacement_character = "\xEF\xBF\xBD";

/// Valid UTF-8, where each byte that isn't part of such becomes U+FFFD.
std::string valid_utf8(std::string_view bytes);

class CharacterSet {
public:
    /// `defined_terms` are the values of (0008,0005); none is the default repertoire, ISO 646.
    explicit CharacterSet(std::span<const std::string> defined_terms);
    ~CharacterSet();
    CharacterSet(CharacterSet&&) noexcept;

    /// A whole value, with its backslashes: a byte 0x5C inside a character of two bytes is not taken for one. Code
    /// extensions end at a backslash, and also at '^' and '=' in a person name (PS3.5 6.1.2.5.3).
    std::string to_utf8(std::string_view bytes, bool is_person_name);

private:
    struct Parts;
    std::unique_ptr<Parts> parts_;
};

}  // namespace broker::dicom
