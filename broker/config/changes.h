/// Changes: what one configuration has that another had not, setting by setting.
///
/// Pure; any thread. No value that may hold a patient's name or a password is in it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "broker/config/config.h"

namespace broker::config {

struct KeyChange {
    std::string key;                      ///< "port", "tls.port"
    std::optional<std::string> from, to;  ///< as TOML; nothing: it was or is not there, or its values are not told
    bool operator==(const KeyChange&) const = default;
};

struct Change {
    enum class What { added, removed, changed };

    std::string section;  ///< "retention", "destination"
    std::string name;     ///< of one of an array; empty: the section itself
    What what = What::changed;
    std::vector<KeyChange> keys;  ///< of what was added: all it has; of what was removed: none
    bool operator==(const Change&) const = default;

    /// For people: "destination pacs-a", "[retention]".
    std::string where() const;
};

std::string_view to_string(Change::What what);

/// In the order of the file, what was removed last in each section. Tables of an array are known by their names; where
/// those that stayed stand in another order, which matters for routes and senders, the section has the key "order".
std::vector<Change> changes(const Config& before, const Config& after);

/// In one line: "destination pacs-a: host \"a\" -> \"b\", parallel 2 -> 4".
std::string print(const Change& change);

}  // namespace broker::config
