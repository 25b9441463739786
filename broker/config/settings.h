/// Settings: a Config as the list of its settings, each as text, table by table.
///
/// Pure; any thread.
#pragma once

#include <string>
#include <vector>

#include "broker/config/config.h"

namespace broker::config {

struct Setting {
    std::string key;    ///< "port", in a table inside "tls.port"
    std::string value;  ///< as TOML
    /// The value may hold a patient's name or a password: whoever says what changed names the key alone.
    bool is_private = false;
    bool operator==(const Setting&) const = default;
};

/// `[node]`, or one `[[destination]]`.
struct Table {
    std::string section;  ///< "node", "destination"
    std::string name;     ///< of one of an array, its number where it has none; else empty
    std::vector<Setting> settings;
    bool is_one_of_many = false;
};

/// Every table that there is, in the order in which `print` has them, with all settings as understood.
std::vector<Table> settings_of(const Config& config);

}  // namespace broker::config
