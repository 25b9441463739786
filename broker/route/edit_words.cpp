// EditWords: one sentence per action.
#include "broker/route/edit_words.h"

namespace broker::route {
namespace {

std::string quoted(std::string_view text) {
    std::string quoted = "\"";
    for (const char c : text) quoted.append(c == '"' ? 2 : 1, c);
    return quoted + "\"";
}

std::string name_of(const dicom::TagStep& step) {
    return dicom::print_path(dicom::TagPath({step}));
}

std::string otherwise(Map::Missing missing) {
    switch (missing) {
        case Map::Missing::hold:
            return "the job is held";
        case Map::Missing::keep:
            return "the value stays";
        case Map::Missing::remove:
            break;
    }
    return "the element goes";
}

/// What follows the action's word and its tag.
struct Rest {
    std::string operator()(const Set& set) const {
        return set.value.empty() ? " to nothing" : " to " + quoted(set.value);
    }
    std::string operator()(const Remove&) const { return ""; }
    std::string operator()(const Copy& copy) const { return " to " + name_of(copy.to); }
    std::string operator()(const Prefix& prefix) const { return " with " + quoted(prefix.with); }
    std::string operator()(const Replace& replace) const {
        return ": each " + quoted(replace.regex) + " by " + quoted(replace.with);
    }
    std::string operator()(const Map& map) const {
        return " by the table " + quoted(map.table) + "; without a row in it " + otherwise(map.missing);
    }
};

}  // namespace

std::string words_of(const Edit& edit) {
    return std::string(word_of(edit)) + " " + name_of(edit.tag) + std::visit(Rest{}, edit.action);
}

std::vector<std::string> lines_of_edits(std::string_view edits) {
    const auto parsed = parse_edits(edits);
    if (!parsed) return {std::string(edits)};
    std::vector<std::string> lines;
    for (const Edit& each : *parsed) lines.push_back(words_of(each));
    return lines;
}

}  // namespace broker::route
