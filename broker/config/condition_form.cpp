/// Condition form: the tree of a condition: the tables and the three words that join.
#include "broker/config/condition_form.h"

#include <algorithm>
#include <cctype>
#include <optional>

#include "broker/config/condition_leaf.h"
#include "broker/config/form.h"

namespace broker::config {

namespace {

using route::Condition;

constexpr unsigned depth_max = 32;

Condition read_nested(Reading& reading, const Path& path, const toml::table& table, unsigned depth);

/// `all` and `any` join the tables of a list.
void read_joined(Reading& reading, const Path& path, const toml::node& node, route::Join join, unsigned depth,
                 route::Branch& branch) {
    reading.enter(path, node);
    const toml::array* array = node.as_array();
    if (!array || !array->is_array_of_tables()) {
        reading.problem(path,
                        "must be a list of one or more tables such as [{ Modality = \"CT\" }], not " + kind_of(node));
        return;
    }
    route::Branch joined{join, {}};
    for (const toml::node& each : *array) {
        Path inner = path + "[" + std::to_string(joined.parts.size()) + "]";
        reading.enter(inner, each);
        joined.parts.push_back(read_nested(reading, inner, *each.as_table(), depth + 1));
    }
    branch.parts.push_back({std::move(joined)});
}

void read_not(Reading& reading, const Path& path, const toml::node& node, unsigned depth, route::Branch& branch) {
    reading.enter(path, node);
    const toml::table* table = node.as_table();
    if (!table) {
        reading.problem(path, "must be a table such as { Modality = \"CT\" }, not " + kind_of(node));
        return;
    }
    Condition inner = read_nested(reading, path, *table, depth + 1);
    std::get<route::Branch>(inner.node).join = route::Join::not_all;
    branch.parts.push_back(std::move(inner));
}

Condition read_nested(Reading& reading, const Path& path, const toml::table& table, unsigned depth) {
    route::Branch branch;
    if (depth > 0 && table.empty()) reading.problem(path, "must name at least one condition");
    if (depth > depth_max) {
        reading.problem(path, "is nested deeper than " + std::to_string(depth_max) + " conditions");
        return {branch};
    }
    for (const auto& [key, node] : table) {
        Path inner = path + "." + std::string{key.str()};
        if (key.str() == "all")
            read_joined(reading, inner, node, route::Join::all, depth, branch);
        else if (key.str() == "any")
            read_joined(reading, inner, node, route::Join::any, depth, branch);
        else if (key.str() == "not")
            read_not(reading, inner, node, depth, branch);
        else
            read_condition_leaf(reading, path, key, node, branch);
    }
    return {std::move(branch)};
}

/// As bare as TOML allows, and quoted otherwise. A key knows no variables, so that `toml_text` would say too much.
std::string print_key(const std::string& key) {
    const bool is_bare =
        std::all_of(key.begin(), key.end(), [](unsigned char c) { return std::isalnum(c) || c == '_'; });
    if (is_bare) return key;
    if (key.find('\'') == std::string::npos) return "'" + key + "'";
    std::string text = "\"";
    for (const char c : key) {
        if (c == '"' || c == '\\') text += '\\';
        text += c;
    }
    return text + '"';
}

std::string print_parts(const std::vector<Condition>& parts);

/// One key of a table and its value.
std::string print_part(const Condition& part) {
    if (const auto* leaf = std::get_if<route::Leaf>(&part.node))
        return print_key(leaf->spelling) + " = " + print_test(leaf->test);
    const auto& branch = std::get<route::Branch>(part.node);
    if (branch.join == route::Join::not_all) return "not = " + print_parts(branch.parts);
    return (branch.join == route::Join::any ? "any = " : "all = ") +
           printed_list<Condition>(branch.parts, print_condition);
}

std::string print_parts(const std::vector<Condition>& parts) {
    std::string text;
    for (const Condition& part : parts) text += (text.empty() ? " " : ", ") + print_part(part);
    return "{" + text + (text.empty() ? "}" : " }");
}

}  // namespace

Condition read_condition(Reading& reading, const Path& path, const toml::table& table) {
    return read_nested(reading, path, table, 0);
}

std::string print_condition(const Condition& condition) {
    const auto* branch = std::get_if<route::Branch>(&condition.node);
    // A leaf or a branch of another kind stands alone only in a condition made by hand; a table around it means the
    // same.
    if (!branch || branch->join != route::Join::all) return print_parts({condition});
    return print_parts(branch->parts);
}

}  // namespace broker::config
