/// List: pages of a list from the broker, as a table or as JSON.
#pragma once

#include <boost/json/fwd.hpp>
#include <cstddef>
#include <string>
#include <vector>

#include "broker/cli/invocation.h"
#include "broker/cli/target.h"

namespace CLI {
class App;
}

namespace broker::cli {

/// The most rows that are asked for at once.
inline constexpr std::size_t page_rows_max = 500;

struct ListOptions {
    std::size_t limit = 50;
    bool is_all = false;  ///< no limit
};

void add_list_options(CLI::App& app, ListOptions& options);

struct Column {
    std::string head;
    std::string path;  ///< in an item's JSON, dotted
    /// Where a cell is more than one value: the text of an item, instead of `path`.
    std::string (*text)(const boost::json::value& item) = nullptr;
};

/// A list of the broker's interface and how to show it.
struct Listing {
    std::string path;  ///< "/api/v1/jobs"
    Terms terms;
    std::string what;  ///< begins the line of an error: "list jobs"
    std::vector<Column> columns;
};

/// Follows the list's cursors up to the limit and prints it: as a table, or with --json as `{"items":[…],"next":…}`.
/// Says on `err` when there is more. Throws cli::Error, failed.
void show_list(Invocation& invocation, const Listing& listing, const ListOptions& options);

}  // namespace broker::cli
