/// Condition form: the leaves: a subject, and what its values must be.
#include "broker/config/condition_leaf.h"

#include <algorithm>

#include "broker/config/condition_form.h"
#include "broker/config/form.h"
#include "broker/dicom/dictionary.h"

namespace broker::config {

namespace {

/// The path that somebody wrote without quotation marks, so that TOML made tables of its steps; or nothing.
std::optional<std::string> unquoted_path(const toml::key& key, const toml::table& table) {
    std::string word{key.str()};
    const auto outer = dicom::parse_path(word);
    if (!std::holds_alternative<dicom::TagPath>(outer)) return std::nullopt;
    const bool is_sequence = dicom::dictionary_vr(std::get<dicom::TagPath>(outer)) == "SQ";
    bool is_path = false;
    for (const toml::table* inner = &table; inner && inner->size() == 1; inner = inner->begin()->second.as_table()) {
        const std::string_view step = inner->begin()->first.str();
        if (is_test_word(step)) break;
        word += "." + std::string{step};
        is_path = is_path || is_sequence || std::holds_alternative<dicom::TagPath>(dicom::parse_path(word));
    }
    return is_path ? std::optional{word} : std::nullopt;
}

}  // namespace

Nature nature_of(const route::Subject& subject) {
    Nature nature;
    if (const auto* origin = std::get_if<route::Origin>(&subject)) {
        nature.is_address = *origin == route::Origin::address;
        nature.has_no_order = true;
        return nature;
    }
    const dicom::TagPath& path = std::get<dicom::TagPath>(subject);
    const std::string vr = dicom::dictionary_vr(path);
    nature.is_name = vr == "PN";
    nature.is_counted = vr == "SQ" || dicom::is_binary(vr);
    nature.has_no_order = vr == "PN" || vr == "UI" || vr == "AT" || vr == "UR";
    nature.order = route::order_of(vr);
    const dicom::TagStep& last = path.steps.back();
    const dicom::DictionaryEntry* entry = last.creator.empty() ? dicom::find_tag(last.tag) : nullptr;
    if (entry && entry->vr == "xs") nature.order = route::Order::number;  // US or SS, numbers both
    return nature;
}

void read_condition_leaf(Reading& reading, const Path& path, const toml::key& key, const toml::node& node,
                         route::Branch& branch) {
    Path inner = path + "." + std::string{key.str()};
    if (!reading.take(inner, node) || reading.is_unresolved(node)) return;
    if (const toml::table* table = node.as_table())
        if (const std::optional<std::string> meant = unquoted_path(key, *table)) {
            reading.problem(inner, Reading::place_of(key.source()),
                            "is a table to TOML, since its dots are not quoted; write " + toml_text(*meant) + " = …");
            return;
        }
    const std::optional<route::Subject> subject = read_subject(reading, path, key);
    // The test of an unknown subject is looked at, too, so that all that is wrong is said at once.
    const Nature nature = subject ? nature_of(*subject) : Nature{};
    std::optional<route::Test> test = read_test(reading, inner, node, nature);
    if (subject && test)
        branch.parts.push_back({route::Leaf{*subject, std::string{key.str()}, *std::move(test), nature.is_name}});
}

}  // namespace broker::config
