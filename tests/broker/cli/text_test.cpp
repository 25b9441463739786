/// Tests of text, tables, targets and progress: nothing that came from the network reaches a terminal unescaped.
#include <doctest/doctest.h>

#include <sstream>

#include "broker/cli/progress.h"
#include "broker/cli/table.h"
#include "broker/cli/target.h"
#include "broker/cli/text.h"

using namespace broker::cli;

TEST_CASE("cli: what could make a terminal lie is spelled out") {
    struct Row {
        std::string given, shown;
    };
    const Row rows[] = {{"plain", "plain"},
                        {"", ""},
                        {"\x1b[2J", "\\x1b[2J"},
                        {"a\nb\tc\rd", "a\\nb\\tc\\rd"},
                        {std::string("nul\0here", 8), "nul\\x00here"},
                        {"\x7f", "\\x7f"},
                        {"Siti Nurhaliza é 患者", "Siti Nurhaliza é 患者"},
                        {"\xc2\x9b"
                         "31m",
                         "\\u{9b}31m"},
                        {"\xe2\x80\xae"
                         "evil",
                         "\\u{202e}evil"},
                        {"\xe2\x81\xa6", "\\u{2066}"},
                        {"\xff\xfe", "\\xff\\xfe"},
                        {"\xc0\xaf", "\\xc0\\xaf"},
                        {"\xed\xa0\x80", "\\xed\\xa0\\x80"},
                        {"cut \xe2\x80", "cut \\xe2\\x80"},
                        {"\xf0\x9f\xa9\xbb", "\xf0\x9f\xa9\xbb"}};
    for (const Row& row : rows) {
        CHECK(printable(row.given) == row.shown);
    }
}

TEST_CASE("cli: a table aligns its columns, escapes its cells and marks what is absent") {
    Table table({"A", "LONG"});
    table.add({"é", "x"});
    table.add({"\x1b]0;title\x07", ""});
    std::ostringstream out;
    table.print(out);
    CHECK(out.str() ==
          "A                 LONG\n"
          "é                 x\n"
          "\\x1b]0;title\\x07  -\n");
}

TEST_CASE("cli: a table prints its head once and cuts an endless cell") {
    Table table({"A"});
    table.add({std::string(500, 'x')});
    std::ostringstream out;
    table.print(out);
    table.add({"y"});
    table.print(out);
    CHECK(out.str() == "A\n" + std::string(cell_columns_max - 1, 'x') + "…\ny\n");
}

TEST_CASE("cli: no value changes what a call means") {
    CHECK(target("/p", {}) == "/p");
    CHECK(target("/p", {{"a", "1&b=2"}, {"c", "x y/é?"}}) == "/p?a=1%26b%3D2&c=x%20y%2F%C3%A9%3F");
    CHECK(encoded("../admin") == "..%2Fadmin");
}

TEST_CASE("cli: progress draws on a terminal only, and only when it moves") {
    std::ostringstream out;
    {
        Progress progress(out, true, "reading");
        progress.show({.done = 0, .total = 1000});
        progress.show({.done = 1, .total = 1000});
        progress.show({.done = 500, .total = 1000});
        progress.show({.done = 2000, .total = 1000});
    }
    const std::string half = std::string(15, '=') + std::string(15, ' ');
    CHECK(out.str() == "\rreading [" + std::string(30, ' ') + "]   0 %\rreading [" + half + "]  50 %\rreading [" +
                           std::string(30, '=') + "] 100 %\r\x1b[K");
    std::ostringstream quiet;
    {
        Progress progress(quiet, false, "reading");
        progress.show({.done = 500, .total = 1000});
    }
    CHECK(quiet.str().empty());
}
