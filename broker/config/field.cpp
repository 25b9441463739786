/// Field: tables where tables belong.
#include "broker/config/field.h"

namespace broker::config {

const toml::table* table_at(Reading& reading, const Path& path, const toml::node& node) {
    reading.enter(path, node);
    if (!node.is_table()) reading.problem(path, "must be a table: write " + heading(path) + " or { … }, once");
    return node.as_table();
}

const toml::array* tables_at(Reading& reading, const Path& path, const toml::node& node) {
    reading.enter(path, node);
    if (!node.is_array_of_tables() && !(node.is_array() && node.as_array()->empty())) {
        reading.problem(path, "must be an array of tables: write [" + heading(path) + "] above each");
        return nullptr;
    }
    return node.as_array();
}

}  // namespace broker::config
