/// Check part: what the files of check share: names, what is missing, and the parts that have files of their own.
///
/// Internal to this folder.
#pragma once

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "broker/config/config.h"
#include "broker/config/reading.h"
#include "broker/route/nearest.h"

namespace broker::config {

/// The path of one table of an array.
inline Path item(const char* array, std::size_t index) {
    return std::string{array} + "[" + std::to_string(index) + "]";
}

/// `text`, and the known name that was probably meant.
inline std::string or_nearest(const std::string& text, const std::string& word, const std::vector<std::string>& known) {
    std::optional<std::string> meant = route::nearest(word, known);
    return meant ? text + "; did you mean \"" + *meant + "\"?" : text;
}

template <class T>
std::vector<std::string> names_of(const std::vector<T>& items) {
    std::vector<std::string> names;
    for (const T& each : items) names.push_back(each.name);
    return names;
}

inline bool contains(const std::vector<std::string>& names, const std::string& name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

/// Adds a problem where the table lacks the key.
inline void require(Reading& reading, const Path& table, const char* key, const std::string& why) {
    if (!reading.has(table + "." + key)) reading.problem(table, std::string{key} + " is missing: " + why);
}

void check_destination(Reading& reading, const Path& table, const Config& config, const Destination& destination,
                       const std::set<std::string>& own_addresses);
void check_notify(Reading& reading, const Path& table, const Notify& notify);
void check_heartbeat(Reading& reading, const Heartbeat& heartbeat);
/// Patient data and credentials cross no network in the clear.
void check_encrypted(Reading& reading, const Path& path, const std::string& url);
void check_bandwidth(Reading& reading, const Path& path, const std::vector<Bandwidth>& bandwidth);
void check_routes(Reading& reading, const Config& config);

}  // namespace broker::config
