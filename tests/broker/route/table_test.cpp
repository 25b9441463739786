/// Tables: the CSV that an edit's `map` looks values up in, and what is none.
#include "broker/route/table.h"

#include <doctest/doctest.h>

#include <fstream>

#include "tests/support/temp_folder.h"

namespace broker::route {

namespace {

std::string fault_in(std::string_view csv) {
    const auto parsed = parse_table(csv);
    const auto* fault = std::get_if<TableFault>(&parsed);
    return fault != nullptr ? fault->text : "";
}

std::string found(std::string_view csv, const std::string& key) {
    const auto parsed = parse_table(csv);
    REQUIRE(std::holds_alternative<Table>(parsed));
    const std::string* value = std::get<Table>(parsed).find(key);
    return value != nullptr ? *value : "(none)";
}

void write(const std::filesystem::path& file, const std::string& text) {
    std::ofstream(file, std::ios::binary) << text;
}

}  // namespace

TEST_CASE("table: rows of two columns, with quotes, either line end, an empty line and a byte order mark") {
    CHECK(found("a,1\nb,2\n", "b") == "2");
    CHECK(found("a,1\r\nb,2\r\n", "b") == "2");
    CHECK(found("\xEF\xBB\xBF"
                "a,1\n",
                "a") == "1");
    CHECK(found("\"a,b\",\"say \"\"x\"\"\"\r\n", "a,b") == "say \"x\"");
    CHECK(found("\"two\nlines\",1\nc,3\n", "two\nlines") == "1");
    CHECK(found("a,1\n\n\nb,2\n", "b") == "2");
    CHECK(found("a,\n,b\n", "a").empty());
    CHECK(found("a,1\na,1\n", "a") == "1");
    CHECK(found("", "a") == "(none)");
    CHECK(found("\xE5\xB1\xB1,1\n", "\xE5\xB1\xB1") == "1");
    CHECK(found("A,1\n", "a") == "(none)");
}

TEST_CASE("table: what is none says in which line, and nothing of what stands there") {
    CHECK(fault_in("a,1\nb\n") == "line 2 has 1 column, not 2");
    CHECK(fault_in("a,1\nb,2,3\n") == "line 2 has 3 columns, not 2");
    CHECK(fault_in("a,1\nb,2\na,9\n") == "line 3 gives the key of line 1 another value");
    CHECK(fault_in("a,1\n\"b,2\n") == "line 2 has quotes that don't fit together");
    CHECK(fault_in("\"x\ny\",1\nb\"c,2\n") == "line 3 has quotes that don't fit together");
    CHECK(fault_in("\"a\"b,2\n") == "line 1 has quotes that don't fit together");
    // Half of a file that is being written.
    CHECK(fault_in("a,1\nb,2") == "doesn't end with the end of a line: is it whole?");
    CHECK(fault_in("a;1\n") == "line 1 has 1 column, not 2");
    CHECK(fault_in("\xE9,1\n") == "is not UTF-8");
    CHECK(fault_in(std::string_view("a\0,1\n", 5)) == "holds NUL bytes: it is no text");
}

TEST_CASE("table: a file that is missing, a folder or too large is none") {
    support::TempFolder folder;
    const auto fault = [&](const char* name) {
        const auto read = read_table(folder.path() / name);
        return std::holds_alternative<TableFault>(read) ? std::get<TableFault>(read).text : "";
    };
    CHECK(fault("none.csv") == "cannot be read: No such file or directory");
    std::filesystem::create_directory(folder.path() / "folder.csv");
    CHECK(fault("folder.csv") == "is no file");
    write(folder.path() / "large.csv", std::string(table_bytes_max + 1, '\n'));
    CHECK(fault("large.csv") == "is larger than 16 MiB");
    write(folder.path() / "whole.csv", std::string(table_bytes_max, '\n'));
    CHECK(fault("whole.csv").empty());
}

TEST_CASE("tables: one is read again when its file changed, and forgotten when it is none any more") {
    support::TempFolder folder;
    const auto file = folder.path() / "ids.csv";
    Tables tables;
    const auto value = [&]() -> std::string {
        const auto found = tables.at(file);
        if (!std::holds_alternative<std::shared_ptr<const Table>>(found)) return "(no table)";
        const std::string* there = std::get<std::shared_ptr<const Table>>(found)->find("a");
        return there != nullptr ? *there : "(none)";
    };
    write(file, "a,1\n");
    CHECK(value() == "1");
    // Another file in its place, as editors do.
    write(folder.path() / "new.csv", "a,2\n");
    std::filesystem::rename(folder.path() / "new.csv", file);
    CHECK(value() == "2");
    write(file, "a,1,3\n");
    CHECK(value() == "(no table)");
    write(file, "a,3\nb,1\n");
    CHECK(value() == "3");
    std::filesystem::remove(file);
    CHECK(value() == "(no table)");
}

}  // namespace broker::route
