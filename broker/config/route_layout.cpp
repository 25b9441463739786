/// Layout: the settings of a route, conditions and edits included.
#include <array>

#include "broker/config/condition_form.h"
#include "broker/config/layout.h"
#include "broker/dicom/dictionary.h"

namespace broker::config {

namespace {

using route::Priority;
using route::Route;

/// A patient's name may stand in a condition and in an edit.
constexpr bool is_private = true;

Field<Route> when_field() {
    auto read = [](Reading& reading, const Path& path, const toml::node& node, Route& route) {
        if (const toml::table* found = table_at(reading, path, node))
            route.when = read_condition(reading, path, *found);
    };
    auto print = [](const Route& route) -> std::optional<std::string> {
        if (route.when == route::Condition{}) return std::nullopt;
        return print_condition(route.when);
    };
    return {"when", read, print, is_private};
}

/// Whether the table is one edit of a tag: an action's word with a keyword or "(gggg,eeee)", and what the action needs.
bool is_edit(const toml::node& node) {
    constexpr std::array actions{"remove", "set", "copy", "prefix", "replace", "map"};
    const toml::table* table = node.as_table();
    if (!table) return false;
    int found = 0;
    for (const char* action : actions) {
        std::optional<std::string_view> tag = (*table)[action].value_exact<std::string_view>();
        if (tag && (dicom::parse_tag(*tag) || dicom::find_keyword(*tag))) ++found;
    }
    return found == 1;
}

Field<Route> edit_field() {
    auto read = [](Reading& reading, const Path& path, const toml::node& node, Route&) {
        if (!reading.take(path, node)) return;
        const toml::array* edits = node.as_array();
        if (!edits || edits->empty() || !std::all_of(edits->begin(), edits->end(), is_edit))
            reading.problem(
                path,
                "must be a list such as [{ remove = \"PatientName\" }], each with one action on a known tag, not " +
                    described(node));
        reading.mention("edit", path);
    };
    return {"edit", read, [](const Route&) { return std::optional<std::string>{}; }, is_private};
}

}  // namespace

const Layout<Route>& route_layout() {
    static const Layout<Route> layout{
        {
            field("name", &Route::name, label()),
            field("to", &Route::to, list_of(label(), 1)),
            field("priority", &Route::priority,
                  words<Priority>({{"high", Priority::high}, {"normal", Priority::normal}, {"low", Priority::low}})),
            field("otherwise", &Route::otherwise, flag()),
            field("last", &Route::last, flag()),
            when_field(),
            edit_field(),
        },
        {}};
    return layout;
}

}  // namespace broker::config
