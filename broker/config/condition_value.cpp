/// Condition form: the tests of a leaf: texts and lists, and the tables of glob, regex and exists.
#include <algorithm>

#include "broker/config/condition_leaf.h"
#include "broker/config/form.h"
#include "broker/route/person_name.h"

namespace broker::config {

namespace {

constexpr std::string_view pattern_expects =
    "a text such as \"CT*\", a list of such, { exists = true }, { regex = \"…\" } or "
    "{ min = …, max = … }";
constexpr std::string_view only_exists =
    "is a sequence or bytes, of which only { exists = true } and { exists = false } can be asked";
const std::vector<std::string> test_words{"exists", "glob", "regex", "ignore_case", "min", "max"};

bool is_pattern(const Nature& nature, const std::string& text) {
    if (nature.is_address) return route::is_network(text);
    if (nature.is_name) return !route::tidy_name(text).empty();
    return text.find_first_not_of(' ') != std::string::npos;
}

std::string pattern_of(const Nature& nature) {
    if (nature.is_address) return network().expects;
    return nature.is_name ? "a name that is not empty" : "a text that is not only spaces";
}

bool is_too_long(const toml::node& node) {
    if (const toml::array* array = node.as_array())
        return std::any_of(array->begin(), array->end(), [](const toml::node& each) { return is_too_long(each); });
    return node.value_or(std::string_view{}).size() > route::Glob::text_bytes_max;
}

/// The texts at `node`, checked; nothing, and a problem, for anything else.
std::optional<std::vector<std::string>> read_patterns(Reading& reading, const Path& path, const toml::node& node,
                                                      const Nature& nature, std::string_view expects) {
    if (is_too_long(node)) {
        reading.problem(path, "is longer than " + std::to_string(route::Glob::text_bytes_max) + " bytes");
        return std::nullopt;
    }
    std::optional<std::vector<std::string>> patterns = one_or_list(text()).parse(node);
    if (!patterns && node.value_exact<std::string_view>() == "")
        reading.problem(path, "\"\" matches no value; write { exists = false }");
    else if (!patterns)
        reading.problem(path, "must be " + std::string{expects} + ", not " + kind_of(node));
    if (!patterns) return std::nullopt;
    for (const std::string& pattern : *patterns) {
        if (is_pattern(nature, pattern)) continue;
        reading.problem(path, "must be " + pattern_of(nature) + ", which this text is not");
        return std::nullopt;
    }
    return patterns;
}

std::optional<route::Test> globs_of(Reading& reading, const Path& path, const std::vector<std::string>& patterns,
                                    const Nature& nature, bool ignore_case) {
    route::Matches test;
    for (const std::string& pattern : patterns) {
        const std::string text = nature.is_name ? route::tidy_name(pattern) : pattern;
        std::optional<route::Glob> glob = ignore_case ? route::Glob::in_any_case(text) : route::Glob(text);
        if (!glob) {
            reading.problem(path, "is too long for ignore_case; write a shorter one, or a regex");
            return std::nullopt;
        }
        // Two names may be one once they are tidy.
        if (std::find(test.any_of.begin(), test.any_of.end(), *glob) == test.any_of.end())
            test.any_of.push_back(*std::move(glob));
    }
    return test;
}

bool read_flag(Reading& reading, const Path& path, const toml::node& node, std::optional<bool>& value) {
    value = flag().parse(node);
    if (!value) reading.problem(path, "must be true or false, not " + kind_of(node));
    return value.has_value();
}

std::optional<route::Test> read_regex(Reading& reading, const Path& path, const toml::node& node, bool ignore_case) {
    std::optional<std::string_view> pattern = node.value_exact<std::string_view>();
    if (!pattern || pattern->empty()) {
        reading.problem(path, "must be a regular expression as a text, not " + kind_of(node));
        return std::nullopt;
    }
    auto regex = route::Regex::compile(*pattern, ignore_case);
    if (auto* compiled = std::get_if<route::Regex>(&regex)) return std::move(*compiled);
    reading.problem(path, std::get<route::NoRegex>(regex).why);
    return std::nullopt;
}

/// The kinds of test that the words of a table name, each by its first word.
std::vector<std::string> kinds_of(const Words& words) {
    std::vector<std::string> kinds;
    for (const char* kind : {"exists", "glob", "regex"})
        if (words.contains(kind)) kinds.emplace_back(kind);
    if (words.contains("min") || words.contains("max")) kinds.emplace_back(words.contains("min") ? "min" : "max");
    return kinds;
}

/// Why words do not go together, or do not go with the subject; or nothing.
std::string misfit(const Words& words, const std::vector<std::string>& kinds, const Nature& nature) {
    if (kinds.empty())
        return "ignore_case says how a glob or regex compares; write { glob = \"…\", ignore_case = true }";
    if (kinds.size() > 1)
        return "has " + kinds[0] + " and " + kinds[1] + ", of which a condition takes one; join two by all or any";
    if (nature.is_counted && kinds[0] != "exists") return std::string{only_exists};
    if (nature.is_address && kinds[0] != "exists")
        return "is compared with networks, not as a text; write it as a text such as \"10.1.0.0/16\"";
    if (words.contains("ignore_case") && kinds[0] != "glob" && kinds[0] != "regex")
        return "has ignore_case, which goes with glob or regex only";
    return "";
}

std::optional<route::Test> read_words(Reading& reading, const Path& path, const Words& words, const Nature& nature) {
    const std::vector<std::string> kinds = kinds_of(words);
    if (const std::string why = misfit(words, kinds, nature); !why.empty()) {
        reading.problem(path, why);
        return std::nullopt;
    }
    std::optional<bool> ignore_case = false, exists;
    if (words.contains("ignore_case") &&
        !read_flag(reading, path + ".ignore_case", *words.at("ignore_case"), ignore_case))
        return std::nullopt;
    const Path inner = path + "." + kinds[0];
    if (kinds[0] == "exists") {
        if (!read_flag(reading, inner, *words.at("exists"), exists)) return std::nullopt;
        return route::Exists{*exists};
    }
    if (kinds[0] == "regex") return read_regex(reading, inner, *words.at("regex"), *ignore_case);
    if (kinds[0] != "glob") return read_range(reading, path, words, nature);
    const auto patterns = read_patterns(reading, inner, *words.at("glob"), nature, "a text such as \"CT*\" or a list");
    return patterns ? globs_of(reading, inner, *patterns, nature, *ignore_case) : std::nullopt;
}

std::optional<route::Test> read_table(Reading& reading, const Path& path, const toml::table& table,
                                      const Nature& nature) {
    if (table.empty()) reading.problem(path, "must be " + std::string{pattern_expects} + ", not an empty table");
    Words words;
    bool is_known = !table.empty();
    for (const auto& [key, node] : table) {
        const std::string word{key.str()};
        reading.take(path + "." + word, node);
        words.emplace(word, &node);
        if (is_test_word(word)) continue;
        unknown_key(reading, path, key, test_words);
        is_known = false;
    }
    return is_known ? read_words(reading, path, words, nature) : std::nullopt;
}

std::string print_one(const route::Matches& test) {
    std::vector<std::string> texts;
    for (const route::Glob& glob : test.any_of) texts.push_back(glob.text());
    const std::string printed = one_or_list(text()).print(texts);
    return test.any_of.front().ignore_case() ? "{ glob = " + printed + ", ignore_case = true }" : printed;
}

std::string print_one(const route::Regex& test) {
    return "{ regex = " + toml_text(test.pattern()) + (test.ignore_case() ? ", ignore_case = true }" : " }");
}

std::string print_one(const route::Range& test) {
    return print_range(test);
}

std::string print_one(const route::Exists& test) {
    return "{ exists = " + flag().print(test.wanted) + " }";
}

}  // namespace

bool is_test_word(std::string_view key) {
    return std::find(test_words.begin(), test_words.end(), key) != test_words.end();
}

std::optional<route::Test> read_test(Reading& reading, const Path& path, const toml::node& node, const Nature& nature) {
    if (const toml::table* table = node.as_table()) return read_table(reading, path, *table, nature);
    if (nature.is_counted) {
        reading.problem(path, std::string{only_exists});
        return std::nullopt;
    }
    const auto patterns = read_patterns(reading, path, node, nature, pattern_expects);
    return patterns ? globs_of(reading, path, *patterns, nature, false) : std::nullopt;
}

std::string print_test(const route::Test& test) {
    return std::visit([](const auto& each) { return print_one(each); }, test);
}

}  // namespace broker::config
