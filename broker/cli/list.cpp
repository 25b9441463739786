/// List: pages of a list from the broker, as a table or as JSON.
#include "broker/cli/list.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <boost/json/serialize.hpp>
#include <functional>
#include <limits>

#include "broker/cli/answer.h"
#include "broker/cli/error.h"
#include "broker/cli/table.h"

namespace broker::cli {
namespace {

namespace json = boost::json;

const json::array& items_of(const json::value& page, const std::string& what) {
    const auto* object = page.if_object();
    const auto* items = object ? object->if_contains("items") : nullptr;
    if (items == nullptr || !items->is_array()) {
        throw Error(Errc::failed,
                    what + ": the broker's answer has no items; is it of the same version as this program?");
    }
    return items->get_array();
}

/// Hands over page after page; returns the cursor of what was not asked for, or nothing.
std::string for_each_page(Invocation& invocation, const Listing& listing, const ListOptions& options,
                          const std::function<void(const json::array&)>& seen) {
    std::size_t left = options.is_all ? std::numeric_limits<std::size_t>::max() : options.limit;
    std::string cursor;
    do {
        Terms terms = listing.terms;
        terms.emplace_back("limit", std::to_string(std::min(left, page_rows_max)));
        if (!cursor.empty()) {
            terms.emplace_back("cursor", cursor);
        }
        const Call call{.method = "GET", .target = target(listing.path, terms), .body = {}};
        const json::value page = ask(invocation.api(), call, listing.what);
        const json::array& items = items_of(page, listing.what);
        seen(items);
        std::string next = text_at(page, "next");
        if (!next.empty() && (next == cursor || items.empty())) {
            throw Error(Errc::failed, listing.what + ": the broker's list doesn't end; see its log");
        }
        cursor = std::move(next);
        left -= std::min(left, items.size());
    } while (!cursor.empty() && left > 0);
    return cursor;
}

void show_as_json(Invocation& invocation, const Listing& listing, const ListOptions& options) {
    std::ostream& out = invocation.console.out;
    const char* separator = "";
    // The first page decides whether there is anything to print: a refusal must not leave half a document.
    bool has_begun = false;
    const std::string next = for_each_page(invocation, listing, options, [&](const json::array& items) {
        out << (has_begun ? "" : "{\"items\":[");
        has_begun = true;
        for (const json::value& item : items) {
            out << separator << json::serialize(item);
            separator = ",\n";
        }
    });
    out << "],\"next\":" << (next.empty() ? "null" : json::serialize(json::value(next))) << "}\n";
}

void show_as_table(Invocation& invocation, const Listing& listing, const ListOptions& options) {
    std::vector<std::string> head;
    for (const Column& column : listing.columns) {
        head.push_back(column.head);
    }
    Table table(head);
    const std::string next = for_each_page(invocation, listing, options, [&](const json::array& items) {
        for (const json::value& item : items) {
            std::vector<std::string> cells;
            for (const Column& column : listing.columns) {
                cells.push_back(column.text != nullptr ? column.text(item) : text_at(item, column.path));
            }
            table.add(std::move(cells));
        }
        table.print(invocation.console.out);
    });
    if (!next.empty()) {
        invocation.console.err << "there are more; use --limit N or --all\n";
    }
}

}  // namespace

void add_list_options(CLI::App& app, ListOptions& options) {
    auto* limit = app.add_option("--limit", options.limit, "how many rows at most (default 50)");
    limit->check(CLI::Range(std::size_t{1}, std::size_t{100'000'000}));
    app.add_flag("--all", options.is_all, "all rows")->excludes(limit);
}

void show_list(Invocation& invocation, const Listing& listing, const ListOptions& options) {
    invocation.options.is_json ? show_as_json(invocation, listing, options)
                               : show_as_table(invocation, listing, options);
}

}  // namespace broker::cli
