/// Section: the top of the file: `[key]` and `[[key]]`, printed as blocks of lines, and listed table by table.
///
/// Internal to this folder.
#pragma once

#include "broker/config/field.h"

namespace broker::config {

struct Section {
    Field<Config> field;
    std::vector<std::string> keys;  ///< every one that it can have, those of tables inside as "tls.port"
    std::function<std::vector<Table>(const Config&)> tables;
};

/// All of them, in the order of the file.
const std::vector<Section>& config_sections();

/// What a table of an array is called: by its name, or, where it has none, by its number.
template <class T>
std::string name_of(const T& one, std::size_t index) {
    if constexpr (requires { one.name; })
        return one.name;
    else
        return std::to_string(index + 1);
}

/// A section `[key]`, whose pieces may stand in several files.
template <class T>
Section section(std::string key, T Config::*member, Fields<T> fields) {
    auto read = [member, fields](Reading& reading, const Path& path, const toml::node& node, Config& config) {
        if (const toml::table* found = table_at(reading, path, node))
            read_table(reading, path, *found, config.*member, Layout<T>{fields, {}});
    };
    auto print = [key, member, fields](const Config& config) {
        return std::optional{printed_block("[" + key + "]", config.*member, fields)};
    };
    auto tables = [key, member, fields](const Config& config) {
        return std::vector<Table>{{key, "", settings_of(config.*member, fields)}};
    };
    return {{key, read, print}, all_keys_of(fields), tables};
}

/// A section that exists where it is written.
template <class T>
Section section(std::string key, std::optional<T> Config::*member, Fields<T> fields) {
    Field<Config> field = table(key, member, fields);
    field.print = [key, member, fields](const Config& config) -> std::optional<std::string> {
        if (!(config.*member)) return std::nullopt;
        return printed_block("[" + key + "]", *(config.*member), fields);
    };
    auto tables = [key, member, fields](const Config& config) -> std::vector<Table> {
        if (!(config.*member)) return {};
        return {{key, "", settings_of(*(config.*member), fields)}};
    };
    return {std::move(field), all_keys_of(fields), tables};
}

/// The tables `[[key]]` of all files, one after the other; what a table may hold can depend on what it holds. `keys`
/// are all that one of them may have.
template <class T>
Section sections(std::string key, std::vector<T> Config::*member,
                 std::function<const Layout<T>&(const toml::table*, const T&)> layout_of,
                 std::vector<std::string> keys) {
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
    auto tables = [key, member, layout_of](const Config& config) {
        std::vector<Table> all;
        for (const T& each : config.*member)
            all.push_back({key, name_of(each, all.size()), settings_of(each, layout_of(nullptr, each).fields), true});
        return all;
    };
    return {{key, read, print}, std::move(keys), tables};
}

template <class T>
Section sections(std::string key, std::vector<T> Config::*member, Fields<T> fields) {
    std::vector<std::string> keys = all_keys_of(fields);
    auto layout = std::make_shared<const Layout<T>>(Layout<T>{std::move(fields), {}});
    return sections<T>(
        std::move(key), member, [layout](const toml::table*, const T&) -> const Layout<T>& { return *layout; },
        std::move(keys));
}

}  // namespace broker::config
