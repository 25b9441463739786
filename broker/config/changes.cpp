/// Changes: tables found again by name, settings by key.
#include "broker/config/changes.h"

#include <algorithm>

#include "broker/config/settings.h"

namespace broker::config {

namespace {

const Setting* find(const std::vector<Setting>& settings, const std::string& key) {
    auto found = std::find_if(settings.begin(), settings.end(), [&](const Setting& each) { return each.key == key; });
    return found == settings.end() ? nullptr : &*found;
}

const Table* find(const std::vector<Table>& tables, const Table& wanted) {
    auto found = std::find_if(tables.begin(), tables.end(), [&](const Table& each) {
        return each.section == wanted.section && each.name == wanted.name;
    });
    return found == tables.end() ? nullptr : &*found;
}

std::optional<std::string> told(const Setting* setting) {
    if (!setting || setting->is_private) return std::nullopt;
    return setting->value;
}

std::vector<KeyChange> key_changes(const Table& before, const Table& after) {
    std::vector<KeyChange> keys;
    for (const Setting& each : after.settings) {
        const Setting* was = find(before.settings, each.key);
        if (!was || was->value != each.value) keys.push_back({each.key, told(was), told(&each)});
    }
    for (const Setting& each : before.settings)
        if (!find(after.settings, each.key)) keys.push_back({each.key, told(&each), std::nullopt});
    return keys;
}

/// The names of those of `tables` that are among `others`, too.
std::string order_of(const std::string& section, const std::vector<Table>& tables, const std::vector<Table>& others) {
    std::string names;
    for (const Table& each : tables)
        if (each.section == section && each.is_one_of_many && find(others, each))
            names += (names.empty() ? "" : ", ") + each.name;
    return names;
}

/// The sections of both, each once, in the order of the file.
std::vector<std::string> sections_of(const std::vector<Table>& before, const std::vector<Table>& after) {
    std::vector<std::string> sections;
    for (const std::vector<Table>* tables : {&after, &before})
        for (const Table& each : *tables)
            if (std::find(sections.begin(), sections.end(), each.section) == sections.end())
                sections.push_back(each.section);
    return sections;
}

void add_changes(const std::string& section, const std::vector<Table>& before, const std::vector<Table>& after,
                 std::vector<Change>& all) {
    using What = Change::What;
    const std::string was = order_of(section, before, after), is = order_of(section, after, before);
    if (was != is) all.push_back({section, "", What::changed, {{"order", was, is}}});
    for (const Table& each : after) {
        if (each.section != section) continue;
        const Table* other = find(before, each);
        std::vector<KeyChange> keys = key_changes(other ? *other : Table{}, each);
        if (!other || !keys.empty())
            all.push_back({section, each.name, other ? What::changed : What::added, std::move(keys)});
    }
    for (const Table& each : before)
        if (each.section == section && !find(after, each)) all.push_back({section, each.name, What::removed, {}});
}

}  // namespace

std::string Change::where() const {
    return name.empty() ? "[" + section + "]" : section + " " + name;
}

std::string_view to_string(Change::What what) {
    switch (what) {
        case Change::What::added:
            return "added";
        case Change::What::removed:
            return "removed";
        case Change::What::changed:
            return "changed";
    }
    return "";
}

std::vector<Change> changes(const Config& before, const Config& after) {
    const std::vector<Table> was = settings_of(before), is = settings_of(after);
    std::vector<Change> all;
    for (const std::string& section : sections_of(was, is)) add_changes(section, was, is, all);
    return all;
}

std::string print(const Change& change) {
    if (change.what != Change::What::changed) return change.where() + " " + std::string{to_string(change.what)};
    std::string text;
    for (const KeyChange& each : change.keys) {
        text += (text.empty() ? "" : ", ") + each.key;
        if (each.from || each.to) text += " " + each.from.value_or("(none)") + " -> " + each.to.value_or("(none)");
    }
    return change.where() + ": " + text;
}

}  // namespace broker::config
