/// Condition: its tests in words, for people who ask why.
#include "broker/route/condition.h"

namespace broker::route {

namespace {

std::string either(const std::vector<std::string>& words) {
    std::string text;
    for (std::size_t i = 0; i < words.size(); ++i)
        text += (i == 0 ? "" : i + 1 < words.size() ? ", " : " or ") + words[i];
    return text;
}

}  // namespace

std::string in_words(const Test& test, bool is_negated) {
    if (const auto* exists = std::get_if<Exists>(&test))
        return exists->wanted != is_negated ? "is present" : "is absent or empty";
    return (is_negated ? "is not " : "is ") + either(std::get<Matches>(test).any_of);
}

}  // namespace broker::route
