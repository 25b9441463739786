/// Field: one key of a table: how it is read into its owner and printed from it; adding a setting is one line in a list
/// of these.
///
/// Internal to this folder.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "broker/config/form.h"
#include "broker/config/reading.h"
#include "broker/config/settings.h"
#include "broker/route/nearest.h"

namespace broker::config {

template <class Owner>
struct Field {
    std::string key;
    std::function<void(Reading&, const Path&, const toml::node&, Owner&)> read;
    std::function<std::optional<std::string>(const Owner&)> print;  ///< nothing: the key is left out
    bool is_private = false;                                        ///< as of Setting
    // Of a table inside a table:
    std::vector<std::string> inner_keys = {};
    std::function<std::vector<Setting>(const Owner&)> inner_settings = {};  ///< with their keys as in inner_keys
};

template <class Owner>
using Fields = std::vector<Field<Owner>>;

/// What a table turns out to hold: its fields, and the keys that only a table of another kind has, with why not here.
template <class Owner>
struct Layout {
    Fields<Owner> fields;
    std::map<std::string, std::string> elsewhere;
};

template <class Owner>
std::vector<std::string> keys_of(const Fields<Owner>& fields) {
    std::vector<std::string> keys;
    for (const Field<Owner>& field : fields) keys.push_back(field.key);
    return keys;
}

/// The same, with what stands in tables inside: "tls.port".
template <class Owner>
std::vector<std::string> all_keys_of(const Fields<Owner>& fields) {
    std::vector<std::string> keys;
    for (const Field<Owner>& field : fields) {
        if (field.inner_keys.empty()) keys.push_back(field.key);
        for (const std::string& inner : field.inner_keys) keys.push_back(field.key + "." + inner);
    }
    return keys;
}

template <class Owner>
std::vector<Setting> settings_of(const Owner& owner, const Fields<Owner>& fields) {
    std::vector<Setting> settings;
    for (const Field<Owner>& field : fields) {
        if (field.inner_settings)
            for (Setting& inner : field.inner_settings(owner))
                settings.push_back({field.key + "." + inner.key, std::move(inner.value), inner.is_private});
        else if (std::optional<std::string> value = field.print(owner))
            settings.push_back({field.key, std::move(*value), field.is_private});
    }
    return settings;
}

/// The form's value at `node`, or a problem saying what was expected.
template <class T>
std::optional<T> read_value(Reading& reading, const Path& path, const toml::node& node, const Form<T>& form) {
    if (!reading.take(path, node) || reading.is_unresolved(node)) return std::nullopt;
    std::optional<T> value = form.parse(node);
    if (!value && reading.is_substituted(node)) {
        toml::table literal = as_literal(node.value_or(std::string_view{}));
        if (const toml::node* found = literal.get("value")) value = form.parse(*found);
    }
    if (value) return value;
    std::string problem = "must be " + form.expects + ", not " + (form.is_private ? kind_of(node) : described(node));
    std::optional<std::string> meant = route::nearest(node.value_or(std::string_view{}), form.choices);
    reading.problem(path, meant ? problem + "; did you mean \"" + *meant + "\"?" : problem);
    return std::nullopt;
}

template <class Owner>
void read_table(Reading& reading, const Path& path, const toml::table& table, Owner& owner,
                const Layout<Owner>& layout) {
    std::vector<std::string> keys = keys_of(layout.fields);
    for (const auto& [key, node] : table) {
        std::string name{key.str()};
        Path inner = path.empty() ? name : path + "." + name;
        auto field =
            std::find_if(layout.fields.begin(), layout.fields.end(), [&](const auto& f) { return f.key == name; });
        if (field != layout.fields.end()) {
            reading.enclosing().push_back({path, keys});
            field->read(reading, inner, node, owner);
            reading.enclosing().pop_back();
        } else if (auto other = layout.elsewhere.find(name); other != layout.elsewhere.end()) {
            reading.problem(inner, Reading::place_of(key.source()), other->second);
        } else {
            unknown_key(reading, path, key, keys);
        }
    }
}

/// A key that is always printed.
template <class Owner, class T>
Field<Owner> field(std::string key, T Owner::*member, Form<T> form) {
    auto read = [member, form](Reading& reading, const Path& path, const toml::node& node, Owner& owner) {
        if (std::optional<T> value = read_value(reading, path, node, form)) owner.*member = std::move(*value);
    };
    auto print = [member, form](const Owner& owner) { return std::optional{form.print(owner.*member)}; };
    return {std::move(key), read, print, form.is_private};
}

/// A key that is printed only where its value is not that of a new Owner: it has no default that could be written.
template <class Owner, class T>
Field<Owner> given(std::string key, T Owner::*member, Form<T> form) {
    Field<Owner> made = field(std::move(key), member, form);
    made.print = [member, form](const Owner& owner) -> std::optional<std::string> {
        if (owner.*member == Owner{}.*member) return std::nullopt;
        return form.print(owner.*member);
    };
    return made;
}

/// A key that is absent where its member is.
template <class Owner, class T>
Field<Owner> maybe(std::string key, std::optional<T> Owner::*member, Form<T> form) {
    auto read = [member, form](Reading& reading, const Path& path, const toml::node& node, Owner& owner) {
        if (std::optional<T> value = read_value(reading, path, node, form)) owner.*member = std::move(value);
    };
    auto print = [member, form](const Owner& owner) -> std::optional<std::string> {
        if (!(owner.*member)) return std::nullopt;
        return form.print(*(owner.*member));
    };
    return {std::move(key), read, print, form.is_private};
}

/// `KEY_file` and `KEY_env`: where a secret is found. The secret itself is no key at all.
template <class Owner>
Fields<Owner> secret(const std::string& key, Secret Owner::*member) {
    auto one = [member](std::string name, auto Secret::*part, auto form) -> Field<Owner> {
        auto read = [member, part, form](Reading& reading, const Path& path, const toml::node& node, Owner& owner) {
            if (owner.*member != Secret{})
                reading.problem(path, Reading::place_of(node.source()), "give the …_file or the …_env, not both");
            if (auto value = read_value(reading, path, node, form)) owner.*member.*part = *value;
        };
        auto print = [member, part, form](const Owner& owner) -> std::optional<std::string> {
            if ((owner.*member.*part).empty()) return std::nullopt;
            return form.print(owner.*member.*part);
        };
        return {std::move(name), read, print};
    };
    return {one(key + "_file", &Secret::file, path()), one(key + "_env", &Secret::env, text())};
}

/// `key = …` for each field that has something to say.
template <class Owner>
std::vector<std::string> printed_keys(const Owner& owner, const Fields<Owner>& fields) {
    std::vector<std::string> lines;
    for (const Field<Owner>& field : fields)
        if (std::optional<std::string> value = field.print(owner)) lines.push_back(field.key + " = " + *value);
    return lines;
}

template <class Owner>
std::string printed_inline(const Owner& owner, const Fields<Owner>& fields) {
    std::string text;
    for (const std::string& line : printed_keys(owner, fields)) text += (text.empty() ? "" : ", ") + line;
    return "{ " + text + " }";
}

template <class Owner>
std::string printed_block(const std::string& title, const Owner& owner, const Fields<Owner>& fields) {
    std::string text = title + "\n";
    for (const std::string& line : printed_keys(owner, fields)) text += line + "\n";
    return text + "\n";
}

/// The table at `node`, or a problem saying how one is written.
const toml::table* table_at(Reading& reading, const Path& path, const toml::node& node);

/// The tables of the array at `node`, or a problem saying how one is written.
const toml::array* tables_at(Reading& reading, const Path& path, const toml::node& node);

/// A table inside a table, which exists where it is written; printed in one line.
template <class Owner, class T>
Field<Owner> table(std::string key, std::optional<T> Owner::*member, Fields<T> fields) {
    auto read = [member, fields](Reading& reading, const Path& path, const toml::node& node, Owner& owner) {
        const toml::table* found = table_at(reading, path, node);
        if (!found) return;
        if (!(owner.*member)) (owner.*member).emplace();
        read_table(reading, path, *found, *(owner.*member), Layout<T>{fields, {}});
    };
    auto print = [member, fields](const Owner& owner) -> std::optional<std::string> {
        if (!(owner.*member)) return std::nullopt;
        return printed_inline(*(owner.*member), fields);
    };
    auto settings = [member, fields](const Owner& owner) {
        return owner.*member ? settings_of(*(owner.*member), fields) : std::vector<Setting>{};
    };
    return {std::move(key), read, print, false, all_keys_of(fields), settings};
}

}  // namespace broker::config
