/// Glob: a text with wildcards that covers a whole value; a text without any is equality.
///
/// A value; any thread.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "broker/route/regex.h"

namespace broker::route {

class Glob {
public:
    static constexpr std::size_t text_bytes_max = 1'000;  ///< for whoever reads one that people write

    /// `*` is any run of bytes, `?` one character of UTF-8, a backslash takes the next one literally. Spaces at the end
    /// are those that pad a value, and don't count. Implicit, since each text is a glob.
    Glob(std::string_view text);  // NOLINT(google-explicit-constructor)
    Glob(const std::string& text) : Glob(std::string_view(text)) {}
    Glob(const char* text) : Glob(std::string_view(text)) {}

    /// One that takes letters of any script for equal whether they are capitals or not; nothing for a text that is too
    /// long for that.
    static std::optional<Glob> in_any_case(std::string_view text);

    const std::string& text() const { return text_; }
    bool ignore_case() const { return folded_.has_value(); }

    /// Of a value without padding.
    bool covers(std::string_view value) const;

    bool operator==(const Glob&) const = default;

private:
    std::string text_;             ///< as it was written
    std::optional<Regex> folded_;  ///< how the case is ignored
};

/// Whether `pattern` covers the whole of `value`, case-sensitively. Takes at most pattern times value steps, so no
/// pattern can run for ever.
bool covers(std::string_view pattern, std::string_view value);

/// The value without what pads it. PS3.5 6.2 pads text with spaces and UIDs with NUL; machines mix them up.
std::string_view without_padding(std::string_view value);

}  // namespace broker::route
