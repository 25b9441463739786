/// Csv: one line of RFC 4180 text that a spreadsheet shows and never runs.
#include "web/csv.h"

namespace web {
namespace {

void append_cell(std::string& line, std::string_view cell) {
    const bool is_formula = !cell.empty() && std::string_view("=+-@\t\r").find(cell.front()) != std::string_view::npos;
    const bool needs_quotes = cell.find_first_of(",\"\r\n") != std::string_view::npos;
    if (needs_quotes) line += '"';
    if (is_formula) line += '\'';
    for (const char c : cell) {
        if (c == '"') line += '"';
        line += c;
    }
    if (needs_quotes) line += '"';
}

}  // namespace

std::string csv_line(const std::vector<std::string_view>& cells) {
    std::string line;
    const char* separator = "";
    for (const std::string_view cell : cells) {
        line += separator;
        append_cell(line, cell);
        separator = ",";
    }
    return line + "\r\n";
}

}  // namespace web
