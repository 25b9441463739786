/// Edit: what a route changes in an instance on its way to a destination, and what is wrong with such a wish.
///
/// Values and pure functions; any thread. Edits change elements of the data set itself, none inside sequences. What
/// they make of one instance: edit_plan.h.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "broker/dicom/tag_path.h"

namespace broker::route {

/// Whatever was there, the element has this value now; "": it is there, and empty.
struct Set {
    std::string value;  ///< several where the VR allows it, between backslashes
    bool operator==(const Set&) const = default;
};

struct Remove {
    bool operator==(const Remove&) const = default;
};

/// The values of the edit's tag become those of another one, too.
struct Copy {
    dicom::TagStep to;
    bool operator==(const Copy&) const = default;
};

struct Prefix {
    std::string with;
    bool operator==(const Prefix&) const = default;
};

/// Every match of the regular expression (RE2), in each value; `\1` in `with` is its first group.
struct Replace {
    std::string regex, with;
    bool operator==(const Replace&) const = default;
};

/// Each value becomes the one that the table has for it.
struct Map {
    enum class Missing {
        hold,   ///< the edit fails where the table has none
        keep,   ///< the value stays
        remove  ///< the element goes
    };
    std::string table;  ///< a file's path
    Missing missing = Missing::hold;
    bool operator==(const Map&) const = default;
};

/// Where the tag has no value there is nothing to copy, prefix, replace or map.
struct Edit {
    dicom::TagStep tag;
    std::variant<Set, Remove, Copy, Prefix, Replace, Map> action;
    bool operator==(const Edit&) const = default;
};

inline constexpr std::size_t edits_max = 64;  ///< of one route
/// Of the text that is kept: it stands in the history with each instance that was edited.
inline constexpr std::size_t edits_bytes_max = 16 * 1024;

/// What is wrong with an edit, whatever the instance: under which of its keys ("set", "to", "with", …), and why, to end
/// the sentence `KEY …`. Doesn't look at a map's table.
struct EditFault {
    std::string key;
    std::string text;
};
std::optional<EditFault> fault_of(const Edit& edit);

/// As they are kept with a job, for ever: a JSON list with the configuration's own words, in this form only. No edits
/// are "".
std::string print_edits(const std::vector<Edit>& edits);
/// Nothing where that is not what `print_edits` writes.
std::optional<std::vector<Edit>> parse_edits(std::string_view text);

/// The word of an edit's action, which is the key of its tag, too: "set", "remove", ….
std::string_view word_of(const Edit& edit);
std::string_view to_string(Map::Missing missing);

}  // namespace broker::route
