/// Section: the fields of the top of the file: `[key]` and `[[key]]`, printed as blocks of lines.
///
/// Internal to this folder.
#pragma once

#include "broker/config/field.h"

namespace broker::config {

/// A section `[key]`, whose pieces may stand in several files.
template <class T>
Field<Config> section(std::string key, T Config::*member, Fields<T> fields) {
    auto read = [member, fields](Reading& reading, const Path& path, const toml::node& node, Config& config) {
        if (const toml::table* found = table_at(reading, path, node))
            read_table(reading, path, *found, config.*member, Layout<T>{fields, {}});
    };
    auto print = [key, member, fields](const Config& config) {
        return std::optional{printed_block("[" + key + "]", config.*member, fields)};
    };
    return {key, read, print};
}

/// A section that exists where it is written.
template <class T>
Field<Config> section(std::string key, std::optional<T> Config::*member, Fields<T> fields) {
    Field<Config> made = table(key, member, fields);
    made.print = [key, member, fields](const Config& config) -> std::optional<std::string> {
        if (!(config.*member)) return std::nullopt;
        return printed_block("[" + key + "]", *(config.*member), fields);
    };
    return made;
}

/// The tables `[[key]]` of all files, one after the other; what a table may hold can depend on what it holds.
template <class T>
Field<Config> sections(std::string key, std::vector<T> Config::*member,
                       std::function<const Layout<T>&(const toml::table*, const T&)> layout_of) {
    auto read = [member, layout_of](Reading& reading, const Path& path, const toml::node& node, Config& config) {
        const toml::array* found = tables_at(reading, path, node);
        if (!found) return;
        for (const toml::node& each : *found) {
            const toml::table& one = *each.as_table();
            Path inner = path + "[" + std::to_string((config.*member).size()) + "]";
            reading.enter(inner, one);
            reading.label(inner, one["name"].value_or(std::to_string((config.*member).size() + 1)));
            T& owner = (config.*member).emplace_back();
            read_table(reading, inner, one, owner, layout_of(&one, owner));
        }
    };
    auto print = [key, member, layout_of](const Config& config) {
        std::string text;
        for (const T& each : config.*member)
            text += printed_block("[[" + key + "]]", each, layout_of(nullptr, each).fields);
        return std::optional{text};
    };
    return {key, read, print};
}

template <class T>
Field<Config> sections(std::string key, std::vector<T> Config::*member, Fields<T> fields) {
    auto layout = std::make_shared<const Layout<T>>(Layout<T>{std::move(fields), {}});
    return sections<T>(std::move(key), member,
                       [layout](const toml::table*, const T&) -> const Layout<T>& { return *layout; });
}

}  // namespace broker::config
