/// Condition form: the leaves: a subject, and what its values must be.
#include <algorithm>
#include <array>
#include <optional>

#include "broker/config/condition_form.h"
#include "broker/config/form.h"
#include "broker/dicom/dictionary.h"
#include "broker/route/nearest.h"

namespace broker::config {

namespace {

struct Word {
    std::string_view key;
    route::Origin origin;
};
constexpr std::array origins{Word{"calling_ae_title", route::Origin::calling_ae_title},
                             Word{"called_ae_title", route::Origin::called_ae_title},
                             Word{"sender", route::Origin::sender}, Word{"address", route::Origin::address}};
const std::vector<std::string> reserved{
    "calling_ae_title", "called_ae_title", "sender", "address", "all", "any", "not"};

constexpr std::string_view pattern_expects =
    "a text such as \"CT*\", a list of such, { exists = true }, { regex = \"…\" } or "
    "{ min = …, max = … }";

/// Why no route can look at this tag, or nothing where it can.
std::string unusable(dicom::Tag tag) {
    if (tag.group <= 0x0002) return "stands outside the data set, where no route looks";
    if (tag.group >= 0x7FE0) return "is pixel data or comes after it, where no route looks";
    const dicom::DictionaryEntry* entry = dicom::find_tag(tag);
    if (entry && entry->vr == "SQ") return "is a sequence; conditions on sequences are not available in this version";
    return "";
}

std::optional<route::Subject> read_subject(Reading& reading, const Path& path, const toml::key& key) {
    std::string word{key.str()};
    for (const Word& known : origins)
        if (known.key == word) return known.origin;
    std::optional<dicom::Tag> tag = dicom::parse_tag(word);
    if (!tag)
        if (const dicom::DictionaryEntry* entry = dicom::find_keyword(word)) tag = entry->tag;
    std::string why = tag ? unusable(*tag) : "";
    if (tag && why.empty()) return *tag;
    if (tag) {
        reading.problem(path + "." + word, Reading::place_of(key.source()), why);
        return std::nullopt;
    }
    for (const Reading::Enclosing& outer : reading.enclosing()) {
        if (std::find(outer.keys.begin(), outer.keys.end(), word) == outer.keys.end()) continue;
        unknown_key(reading, path, key, reserved);
        return std::nullopt;
    }
    if (!dicom::dictionary_is_loaded())
        why = "no DICOM keyword is known, since DCMTK's data dictionary is missing; write (gggg,eeee)";
    std::optional<std::string> meant = route::nearest(word, reserved);
    if (!meant) meant = dicom::nearest_keyword(word);
    if (why.empty() && meant)
        why = "is not a DICOM keyword; did you mean \"" + *meant + "\"?";
    else if (why.empty())
        why = "is not a DICOM keyword; write one of PS3.6, or \"(gggg,eeee)\"";
    reading.problem(path + "." + word, Reading::place_of(key.source()), why);
    return std::nullopt;
}

bool is_pattern(const route::Subject& subject, const std::string& text) {
    const auto* origin = std::get_if<route::Origin>(&subject);
    if (origin && *origin == route::Origin::address) return route::is_network(text);
    return text.find_first_not_of(' ') != std::string::npos;
}

/// One text, or a list of them; nothing, and a problem, for anything else.
std::optional<route::Matches> read_matches(Reading& reading, const Path& path, const toml::node& node,
                                           const route::Subject& subject) {
    std::optional<std::vector<std::string>> patterns = one_or_list(text()).parse(node);
    bool is_address = subject == route::Subject{route::Origin::address};
    if (!patterns && node.value_exact<std::string_view>() == "")
        reading.problem(path, "\"\" matches no value; write { exists = false }");
    else if (!patterns)
        reading.problem(path, "must be " + std::string{pattern_expects} + ", not " + described(node));
    if (!patterns) return std::nullopt;
    for (const std::string& pattern : *patterns) {
        if (is_pattern(subject, pattern)) continue;
        reading.problem(path, "must be " + (is_address ? network().expects : "a text that is not only spaces") +
                                  ", not " + toml_text(pattern));
        return std::nullopt;
    }
    return route::Matches{*patterns};
}

/// `{ exists = … }`, or a test that this version lacks.
std::optional<route::Test> read_test_table(Reading& reading, const Path& path, const toml::table& table) {
    std::optional<route::Test> test;
    bool is_range = false;
    static const std::vector<std::string> known{"exists", "regex", "min", "max"};
    for (const auto& [key, node] : table) {
        Path inner = path + "." + std::string{key.str()};
        reading.take(inner, node);
        if (key.str() == "exists") {
            std::optional<bool> wanted = flag().parse(node);
            if (wanted) test = route::Exists{*wanted};
            if (!wanted) reading.problem(inner, "must be true or false, not " + described(node));
        } else if (key.str() == "regex") {
            if (!text().parse(node))
                reading.problem(inner, "must be a regular expression as a text, not " + described(node));
            reading.mention("regex", inner);
        } else if (key.str() == "min" || key.str() == "max") {
            if (!node.is_number() && !text().parse(node))
                reading.problem(inner, "must be a number, or a date or time such as \"20260115\" or \"0700\", not " +
                                           described(node));
            if (!is_range) reading.mention("range", inner);
            is_range = true;
        } else {
            unknown_key(reading, path, key, known);
        }
    }
    if (table.empty()) reading.problem(path, "must be " + std::string{pattern_expects} + ", not an empty table");
    return table.size() == 1 ? test : std::nullopt;
}

}  // namespace

void read_condition_leaf(Reading& reading, const Path& path, const toml::key& key, const toml::node& node,
                         route::Branch& branch) {
    Path inner = path + "." + std::string{key.str()};
    if (!reading.take(inner, node) || reading.is_unresolved(node)) return;
    std::optional<route::Subject> subject = read_subject(reading, path, key);
    std::optional<route::Test> test;
    if (const toml::table* table = node.as_table())
        test = read_test_table(reading, inner, *table);
    else if (std::optional<route::Matches> matches = read_matches(reading, inner, node, subject.value_or(dicom::Tag{})))
        test = *matches;
    if (subject && test) branch.parts.push_back({route::Leaf{*subject, std::string{key.str()}, *test}});
}

}  // namespace broker::config
