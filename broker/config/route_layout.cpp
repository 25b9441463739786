/// Layout: the settings of a route, conditions and edits included.
#include "broker/config/condition_form.h"
#include "broker/config/edit_form.h"
#include "broker/config/layout.h"

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

Field<Route> edit_field() {
    auto read = [](Reading& reading, const Path& path, const toml::node& node, Route& route) {
        route.edits = read_edits(reading, path, node);
    };
    auto print = [](const Route& route) -> std::optional<std::string> {
        if (route.edits.empty()) return std::nullopt;
        return print_edit_list(route.edits);
    };
    return {"edit", read, print, is_private};
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
            given("hold", &Route::hold, note()),
            when_field(),
            edit_field(),
        },
        {}};
    return layout;
}

}  // namespace broker::config
