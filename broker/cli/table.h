/// Table: rows of text in aligned columns, safe on a terminal whatever the cells hold.
///
/// One thread at a time.
#pragma once

#include <cstddef>
#include <ostream>
#include <string>
#include <vector>

namespace broker::cli {

/// Longer cells are cut, with an ellipsis: one odd value must not spoil the page. JSON has it whole.
inline constexpr std::size_t cell_columns_max = 80;

class Table {
public:
    explicit Table(std::vector<std::string> head);

    /// Adds a row; an empty cell is shown as "-". As many cells as the head has.
    void add(std::vector<std::string> cells);

    /// Prints the rows added since the last time; the head only the first time. Columns never become narrower.
    void print(std::ostream& out);

private:
    void print_row(std::ostream& out, const std::vector<std::string>& cells) const;

    std::vector<std::string> head_;
    std::vector<std::vector<std::string>> rows_;
    std::vector<std::size_t> widths_;
    bool has_printed_head_ = false;
};

}  // namespace broker::cli
