/// Form: how one value is written in TOML: what is expected, how it is read, how it is printed.
///
/// Pure values; internal to this folder.
#pragma once

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <toml++/toml.h>

#include "broker/config/config.h"

namespace broker::config {

template <class T>
struct Form {
    std::string expects;  ///< ends the sentence "must be …"
    std::function<std::optional<T>(const toml::node&)> parse;
    std::function<std::string(const T&)> print;  ///< a TOML value
    std::vector<std::string> choices = {};       ///< the words that are allowed, to guess which one was meant
    bool is_private = false;                     ///< as of Setting (settings.h)
};

/// A TOML basic string; `$${` keeps a `${` from being taken for a variable.
std::string toml_text(std::string_view text);

/// What stands there, to be shown beside what was expected; long text is cut.
std::string described(const toml::node& node);
/// The same of where a patient's name or number may stand: its kind alone.
std::string kind_of(const toml::node& node);

template <class T>
struct Range {
    T least;
    T most;
};

Form<std::string> text();
/// What a person calls something: 1 to 64 bytes of printable UTF-8 without spaces at the ends.
Form<std::string> label();
/// Some words for a person: 1 to 200 bytes of printable UTF-8 without spaces at the ends.
Form<std::string> note();
/// 1 to 16 printable characters, no backslash, not all spaces (PS3.5 6.2, AE).
Form<std::string> ae_title();
/// A host name or a literal address, without a port.
Form<std::string> host();
/// A literal address to listen on.
Form<std::string> bind_address();
/// A literal address or a CIDR block.
Form<std::string> network();
/// Private, since a user's name and password may stand in it.
Form<std::string> url();
Form<std::string> timezone();
Form<std::filesystem::path> path();
/// One that begins at the root: it does not count from the file that it stands in.
Form<std::filesystem::path> absolute_path();
Form<bool> flag();
Form<std::uint16_t> port();
Form<unsigned> number(Range<unsigned> range);
Form<Duration> duration(Range<Duration> range);
Form<std::uint64_t> size(Range<std::uint64_t> range);
Form<Rate> rate();
Form<PercentOrBytes> percent_or_size();
Form<CalledAeTitles> called_ae_titles();
Form<DayWindow> day_window();
Form<std::vector<Bandwidth>> bandwidth();
/// What a status of a C-STORE response shall mean.
Form<Override> override_word();
/// "0xC000": four hexadecimal digits.
std::optional<std::uint16_t> parse_status(std::string_view text);
/// In the quotes that TOML wants around it.
std::string print_status(std::uint16_t status);

/// One of some words, each for a value of an enumeration.
template <class E>
Form<E> words(std::vector<std::pair<std::string, E>> list) {
    std::string expects;
    for (std::size_t i = 0; i < list.size(); ++i)
        expects += (i == 0 ? "" : i + 1 == list.size() ? " or " : ", ") + toml_text(list[i].first);
    auto parse = [list](const toml::node& node) -> std::optional<E> {
        std::optional<std::string_view> word = node.value_exact<std::string_view>();
        for (const auto& [name, value] : list)
            if (word == name) return value;
        return std::nullopt;
    };
    auto print = [list](const E& wanted) {
        for (const auto& [name, value] : list)
            if (value == wanted) return toml_text(name);
        return toml_text("");
    };
    std::vector<std::string> choices;
    for (const auto& [name, value] : list) choices.push_back(name);
    return {expects, parse, print, choices};
}

template <class T>
std::string printed_list(const std::vector<T>& items, const std::function<std::string(const T&)>& print) {
    std::string text;
    for (const T& item : items) text += (text.empty() ? "" : ", ") + print(item);
    return "[" + text + "]";
}

/// An array of the form's values, with at least `least` of them and none twice.
template <class T>
Form<std::vector<T>> list_of(Form<T> form, std::size_t least = 0) {
    auto parse = [form, least](const toml::node& node) -> std::optional<std::vector<T>> {
        const toml::array* array = node.as_array();
        if (!array || array->size() < least) return std::nullopt;
        std::vector<T> items;
        for (const toml::node& each : *array) {
            std::optional<T> item = form.parse(each);
            if (!item || std::find(items.begin(), items.end(), *item) != items.end()) return std::nullopt;
            items.push_back(*item);
        }
        return items;
    };
    auto print = [form](const std::vector<T>& items) { return printed_list<T>(items, form.print); };
    return {std::string{"a list of "} + (least > 0 ? "one or more, " : "") + "each " + form.expects + " and none twice",
            parse, print};
}

/// One value, or a list of them.
template <class T>
Form<std::vector<T>> one_or_list(Form<T> form) {
    Form<std::vector<T>> list = list_of(form, 1);
    auto parse = [form, list](const toml::node& node) -> std::optional<std::vector<T>> {
        if (std::optional<T> one = form.parse(node)) return std::vector<T>{*one};
        return list.parse(node);
    };
    auto print = [form, list](const std::vector<T>& items) {
        return items.size() == 1 ? form.print(items.front()) : list.print(items);
    };
    return {form.expects + ", or a list of such", parse, print};
}

/// The form's value, or a word that stands for none.
template <class T>
Form<std::optional<T>> unless(std::string word, Form<T> form) {
    auto parse = [word, form](const toml::node& node) -> std::optional<std::optional<T>> {
        if (node.value_exact<std::string_view>() == std::string_view{word}) return std::optional<T>{};
        std::optional<T> value = form.parse(node);
        if (!value) return std::nullopt;
        return value;
    };
    auto print = [word, form](const std::optional<T>& value) { return value ? form.print(*value) : toml_text(word); };
    return {form.expects + ", or " + toml_text(word), parse, print};
}

}  // namespace broker::config
