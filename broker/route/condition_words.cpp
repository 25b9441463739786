/// Condition: its tests in words, for people who ask why.
#include "broker/route/condition.h"

namespace broker::route {

namespace {

std::string words(const Matches& test, bool is_negated) {
    std::string text = is_negated ? "is not " : "is ";
    for (std::size_t i = 0; i < test.any_of.size(); ++i)
        text += (i == 0 ? "" : i + 1 < test.any_of.size() ? ", " : " or ") + test.any_of[i].text();
    return test.any_of.front().ignore_case() ? text + ", in any case" : text;
}

std::string words(const Regex& test, bool is_negated) {
    return (is_negated ? "does not match " : "matches ") + std::string(test.ignore_case() ? "(?i)" : "") +
           test.pattern();
}

std::string words(const Range& test, bool is_negated) {
    const std::string text = is_negated ? "not " : "";
    if (!test.max) return text + "at least " + test.min->text;
    if (!test.min) return text + "at most " + test.max->text;
    return text + "from " + test.min->text + " to " + test.max->text;
}

std::string words(const Exists& test, bool is_negated) {
    return test.wanted != is_negated ? "is present" : "is absent or empty";
}

}  // namespace

std::string in_words(const Test& test, bool is_negated) {
    return std::visit([&](const auto& each) { return words(each, is_negated); }, test);
}

}  // namespace broker::route
