#include "broker/route/glob.h"

namespace broker::route {

namespace {

std::size_t character_length(std::string_view text) {
    std::size_t length = 1;
    while (length < text.size() && (static_cast<unsigned char>(text[length]) & 0xC0U) == 0x80U) ++length;
    return length;
}

/// One step of a pattern: any run, any one character, or exactly this byte.
struct Step {
    enum class Kind { any_run, any_one, byte } kind = Kind::byte;
    char byte = 0;
    std::size_t length = 1;  ///< bytes of the pattern
};

Step next_step(std::string_view pattern) {
    if (pattern.front() == '*') return {Step::Kind::any_run, 0, 1};
    if (pattern.front() == '?') return {Step::Kind::any_one, 0, 1};
    if (pattern.front() == '\\' && pattern.size() > 1) return {Step::Kind::byte, pattern[1], 2};
    return {Step::Kind::byte, pattern.front(), 1};
}

/// The pattern as a regular expression that covers the same values whole.
std::string as_regex(std::string_view pattern) {
    std::string regex = "(?s)\\A";  // a wildcard takes the ends of lines, too
    while (!pattern.empty()) {
        const Step step = next_step(pattern);
        pattern.remove_prefix(step.length);
        if (step.kind == Step::Kind::any_run)
            regex += ".*";
        else if (step.kind == Step::Kind::any_one)
            regex += '.';
        else if (std::string_view("\\^$.|?*+()[]{}").find(step.byte) != std::string_view::npos)
            (regex += '\\') += step.byte;
        else
            regex += step.byte;
    }
    return regex + "\\z";
}

}  // namespace

Glob::Glob(std::string_view text) : text_(text) {}

std::optional<Glob> Glob::in_any_case(std::string_view text) {
    auto folded = Regex::compile(as_regex(without_padding(text)), true);
    if (!std::holds_alternative<Regex>(folded)) return std::nullopt;
    Glob glob(text);
    glob.folded_ = std::get<Regex>(std::move(folded));
    return glob;
}

bool Glob::covers(std::string_view value) const {
    return folded_ ? folded_->is_in(value) : route::covers(without_padding(text_), value);
}

std::string_view without_padding(std::string_view value) {
    while (!value.empty() && (value.back() == ' ' || value.back() == '\0')) value.remove_suffix(1);
    return value;
}

bool covers(std::string_view pattern, std::string_view value) {
    // The usual walk with one remembered star: a mismatch lets the last star take one character more, never an earlier
    // one.
    std::optional<std::string_view> pattern_after_star;
    std::string_view value_at_star;
    while (true) {
        if (!pattern.empty()) {
            Step step = next_step(pattern);
            if (step.kind == Step::Kind::any_run) {
                pattern.remove_prefix(1);
                pattern_after_star = pattern;
                value_at_star = value;
                continue;
            }
            if (!value.empty() && (step.kind == Step::Kind::any_one || step.byte == value.front())) {
                pattern.remove_prefix(step.length);
                value.remove_prefix(step.kind == Step::Kind::any_one ? character_length(value) : 1);
                continue;
            }
        } else if (value.empty()) {
            return true;
        }
        if (!pattern_after_star || value_at_star.empty()) return false;
        value_at_star.remove_prefix(character_length(value_at_star));
        value = value_at_star;
        pattern = *pattern_after_star;
    }
}

}  // namespace broker::route
