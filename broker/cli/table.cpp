/// Table: rows of text in aligned columns, safe on a terminal whatever the cells hold.
#include "broker/cli/table.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "broker/cli/text.h"

namespace broker::cli {
namespace {

std::string cell(const std::string& value) {
    std::string shown = value.empty() ? "-" : printable(value);
    if (width(shown) <= cell_columns_max) {
        return shown;
    }
    std::size_t columns = 0;
    std::size_t end = 0;
    while (end < shown.size()) {
        const bool begins_character = (static_cast<unsigned char>(shown[end]) & 0xC0U) != 0x80;
        if (begins_character && ++columns == cell_columns_max) {
            break;
        }
        ++end;
    }
    return shown.substr(0, end) + "…";
}

}  // namespace

Table::Table(std::vector<std::string> head) : head_(std::move(head)) {
    for (const std::string& name : head_) {
        widths_.push_back(width(name));
    }
}

void Table::add(std::vector<std::string> cells) {
    assert(cells.size() == head_.size());
    for (std::size_t i = 0; i < cells.size(); ++i) {
        cells[i] = cell(cells[i]);
        widths_[i] = std::max(widths_[i], width(cells[i]));
    }
    rows_.push_back(std::move(cells));
}

void Table::print(std::ostream& out) {
    if (!has_printed_head_) {
        print_row(out, head_);
        has_printed_head_ = true;
    }
    for (const auto& row : rows_) {
        print_row(out, row);
    }
    rows_.clear();
}

void Table::print_row(std::ostream& out, const std::vector<std::string>& cells) const {
    for (std::size_t i = 0; i < cells.size(); ++i) {
        out << cells[i];
        if (i + 1 < cells.size()) {
            out << std::string(widths_[i] - width(cells[i]) + 2, ' ');
        }
    }
    out << '\n';
}

}  // namespace broker::cli
