/// Globs, regular expressions and person names: what covers what, and what is refused.
#include "broker/route/glob.h"

#include <doctest/doctest.h>

#include <chrono>

#include "broker/route/person_name.h"
#include "broker/route/regex.h"

namespace broker::route {

namespace {

std::string refusal(std::string_view pattern) {
    const auto regex = Regex::compile(pattern, false);
    const auto* refused = std::get_if<NoRegex>(&regex);
    return refused ? refused->why : "";
}

Regex regex(std::string_view pattern, bool ignore_case = false) {
    auto compiled = Regex::compile(pattern, ignore_case);
    REQUIRE(std::holds_alternative<Regex>(compiled));
    return std::get<Regex>(compiled);
}

}  // namespace

TEST_CASE(
    "glob: in any case, letters of every script are equal whether capital or not, and wildcards stay what they are") {
    struct Row {
        std::string_view pattern;
        std::string_view value;
        bool covered;
    };
    const Row rows[] = {
        {"er*", "ER-2", true},
        {"er*", "PEER", false},
        {"SCHÄDEL", "Schädel", true},
        {"διονυσιος", "ΔΙΟΝΥΣΙΟΣ", true},
        {"ЛЮК*", "Люксембург", true},
        {"sch?del", "SCHÄDEL", true},
        {"山田*", "山田^太郎", true},
        {"a.c", "abc", false},
        {"a+(b)[c]{d}|^$", "A+(B)[C]{D}|^$", true},
        {"\\*x", "*X", true},
        {"\\*x", "yX", false},
        {"two*lines", "TWO\r\nLINES", true},
        {"ct ", "CT", true},
        {"*", "", true},
    };
    for (const Row& row : rows) {
        CAPTURE(row.pattern);
        CAPTURE(row.value);
        const std::optional<Glob> glob = Glob::in_any_case(row.pattern);
        REQUIRE(glob);
        CHECK(glob->covers(row.value) == row.covered);
    }
    CHECK(*Glob::in_any_case("a") != Glob("a"));
    CHECK(*Glob::in_any_case("a") == *Glob::in_any_case("a"));
    CHECK_FALSE(Glob::in_any_case(std::string(2000, '*')));
}

TEST_CASE("regex: it is found anywhere in UTF-8, and compared by pattern and case") {
    CHECK(regex("trial").is_in("A trial B"));
    CHECK_FALSE(regex("trial").is_in("A Trial B"));
    CHECK(regex("trial", true).is_in("A TRIAL B"));
    CHECK(regex("(?i)trial").is_in("A TRIAL B"));
    CHECK(regex("ä.$", true).is_in("SCHÄX"));
    CHECK(regex("^.$").is_in("日"));
    CHECK(regex("x").is_in(std::string("a\0x", 3)));
    CHECK(regex("a") == regex("a"));
    CHECK(regex("a") != regex("a", true));
    CHECK(regex("a") != regex("b"));
    const Regex first = regex("a{3}");
    Regex second = regex("b");
    second = first;
    CHECK(second.is_in("aaa"));
    CHECK(second.pattern() == "a{3}");
}

TEST_CASE("regex: what could run for ever, or is wrong, is refused with the reason") {
    struct Row {
        std::string pattern;
        std::string_view why;
    };
    const Row rows[] = {
        {"(a)\\1", "has a back-reference \"\\1\"; RE2 has none, because such patterns could run for ever"},
        {"(?P<n>a)\\k<n>", "has a back-reference \"\\k\""},
        {"(?=a)", "has a look-around \"(?=\"; RE2 has none, because such patterns could run for ever"},
        {"(?!a)", "has a look-around \"(?!\""},
        {"(?<=a)b", "has a look-around \"(?<\""},
        {"(?<!a)b", "has a look-around \"(?<\""},
        {"(?>a)", "has a recursion, a condition or an atomic group \"(?>\""},
        {"(?R)", "has a recursion, a condition or an atomic group \"(?R\""},
        {"(a", "is no regular expression in RE2's syntax: missing )"},
        {"[a", "is no regular expression in RE2's syntax: missing ]"},
        {"*a", "is no regular expression in RE2's syntax: no argument for repetition operator"},
        {"a++", "is no regular expression in RE2's syntax: bad repetition operator"},
        {"a{1001}", "is no regular expression in RE2's syntax: invalid repetition size"},
        {"\xFF", "is no regular expression in RE2's syntax: invalid UTF-8"},
        {"((\\pL{30}){30})", "needs a larger program than 1048576 bytes"},
        {std::string(1001, 'a'), "is longer than 1000 bytes"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.pattern);
        const std::string why = refusal(row.pattern);
        CAPTURE(why);
        CHECK(why.starts_with(row.why));
    }
    CHECK(refusal(std::string(1000, 'a')).empty());
}

TEST_CASE("regex: the pattern that makes others run for ever takes no time") {
    const std::string value(60'000, 'a');
    const auto start = std::chrono::steady_clock::now();
    for (const char* pattern : {"(a+)+$b", "(a|aa)+$b", "(.*)*(.*)*(.*)*b", "(x+x+)+y", "^(a?){900}a{900}b"})
        CHECK_FALSE(regex(pattern).is_in(value));
    // Backtracking would take longer than the machine lives; the bound only has to tell the two apart.
    CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds{60});
}

TEST_CASE("person name: spaces, empty components and empty groups that say nothing are gone") {
    struct Row {
        std::string_view name;
        std::string_view tidy;
    };
    const Row rows[] = {
        {"Doe^John", "Doe^John"},
        {"Doe^John^^^", "Doe^John"},
        {"Doe ^ John ", "Doe^John"},
        {" Doe^^John", "Doe^^John"},
        {"Doe^John==", "Doe^John"},
        {"A^^=B^ ^=C", "A=B=C"},
        {"=B", "=B"},
        {"A==C", "A==C"},
        {"^^^^", ""},
        {"==", ""},
        {"", ""},
        {"Doe^* ", "Doe^*"},
        {"Doe\\ ", "Doe\\ "},
        {"van der  Doe", "van der  Doe"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.name);
        CHECK(tidy_name(row.name) == row.tidy);
        CHECK(tidy_name(tidy_name(row.name)) == row.tidy);
    }
    CHECK(forms_of_name("A^=B^^=") == std::vector<std::string>{"A^=B^^=", "A=B", "A", "B"});
}

}  // namespace broker::route
