/// Regex: a regular expression in the syntax of RE2, compiled once.
///
/// A value; copies share the program, and any thread may match with it. Takes time linear in the value, whatever the
/// pattern is: what RE2 cannot promise that for, it refuses.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <variant>

namespace re2 {
class RE2;
}

namespace broker::route {

/// Why a text is no pattern, to end the sentence `KEY …`.
struct NoRegex {
    std::string why;
};

class Regex {
public:
    static constexpr std::size_t pattern_bytes_max = 1'000;
    static constexpr std::int64_t program_bytes_max =
        1024 * 1024;  ///< the program and what it remembers while matching

    static std::variant<Regex, NoRegex> compile(std::string_view pattern, bool ignore_case);

    const std::string& pattern() const;
    bool ignore_case() const { return ignore_case_; }

    /// Whether it is found anywhere in `text`, which is UTF-8.
    bool is_in(std::string_view text) const;

    /// Why `with` cannot take the place of a match, to end the sentence `KEY …`; "" where it can. `\1` in it is what
    /// the first group matched, `\0` the whole.
    std::string fault_of_rewrite(const std::string& with) const;
    /// `text` with every match replaced. `with` has no fault.
    std::string replaced(std::string text, const std::string& with) const;

    /// The same pattern with the same case.
    bool operator==(const Regex& other) const;

private:
    Regex(std::shared_ptr<const re2::RE2> program, bool ignore_case)
        : program_(std::move(program)), ignore_case_(ignore_case) {}

    std::shared_ptr<const re2::RE2> program_;  ///< never null
    bool ignore_case_ = false;
};

}  // namespace broker::route
