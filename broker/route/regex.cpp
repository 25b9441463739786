#include "broker/route/regex.h"

#include <re2/re2.h>

#include <algorithm>
#include <cctype>

namespace broker::route {

namespace {

constexpr std::string_view for_ever = "RE2 has none, because such patterns could run for ever";

std::string quoted(const std::string& part) {
    return '"' + part + '"';
}

bool is_back_reference(std::string_view escape) {
    return escape.size() > 1 && ((escape[1] >= '1' && escape[1] <= '9') || escape[1] == 'k' || escape[1] == 'g');
}

/// What people bring along from other dialects, which could run for ever, or nothing.
std::string foreign(const re2::RE2& program) {
    const std::string& part = program.error_arg();
    const auto code = program.error_code();
    if (code == re2::RE2::ErrorBadEscape && is_back_reference(part))
        return "has a back-reference " + quoted(part) + "; " + std::string(for_ever);
    if (code != re2::RE2::ErrorBadPerlOp) return "";
    if (part == "(?=" || part == "(?!" || part == "(?<")
        return "has a look-around " + quoted(part) + "; " + std::string(for_ever) +
               (part == "(?<" ? "; a named group is (?P<name>…)" : "");
    if (part == "(?R" || part == "(?>" || part == "(?(")
        return "has a recursion, a condition or an atomic group " + quoted(part) + "; " + std::string(for_ever);
    return "";
}

std::string reason(const re2::RE2& program) {
    if (std::string known = foreign(program); !known.empty()) return known;
    if (program.error_code() == re2::RE2::ErrorPatternTooLarge)
        return "needs a larger program than " + std::to_string(Regex::program_bytes_max) +
               " bytes; repeat fewer things fewer times";
    // What RE2 quotes may be all the rest, with a patient's name in it: signs alone are quoted.
    const std::string& error = program.error();
    const bool has_signs_only =
        std::ranges::all_of(program.error_arg(), [](unsigned char c) { return std::ispunct(c); });
    return "is no regular expression in RE2's syntax: " + (has_signs_only ? error : error.substr(0, error.find(": ")));
}

}  // namespace

std::variant<Regex, NoRegex> Regex::compile(std::string_view pattern, bool ignore_case) {
    if (pattern.size() > pattern_bytes_max)
        return NoRegex{"is longer than " + std::to_string(pattern_bytes_max) + " bytes"};
    re2::RE2::Options options;
    options.set_log_errors(false);
    options.set_case_sensitive(!ignore_case);
    options.set_max_mem(program_bytes_max);
    auto program = std::make_shared<const re2::RE2>(re2::StringPiece(pattern.data(), pattern.size()), options);
    if (!program->ok()) return NoRegex{reason(*program)};
    return Regex(std::move(program), ignore_case);
}

const std::string& Regex::pattern() const {
    return program_->pattern();
}

bool Regex::is_in(std::string_view text) const {
    return re2::RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), *program_);
}

std::string Regex::fault_of_rewrite(const std::string& with) const {
    std::string error;
    return program_->CheckRewriteString(with, &error) ? "" : "does not fit the regex: " + error;
}

std::string Regex::replaced(std::string text, const std::string& with) const {
    re2::RE2::GlobalReplace(&text, *program_, with);
    return text;
}

bool Regex::operator==(const Regex& other) const {
    return ignore_case_ == other.ignore_case_ && pattern() == other.pattern();
}

}  // namespace broker::route
