// Accession: an accession number is trimmed and else left alone, and there is no empty one to search for.
#include "broker/deliver/satusehat/accession.h"

#include <doctest/doctest.h>

#include <type_traits>
#include <utility>
#include <vector>

#include "tests/broker/deliver/satusehat/samples.h"

using broker::deliver::satusehat::acsn_system;
using broker::deliver::satusehat::search_token;
using samples::Accession;

TEST_CASE("accession: padding goes, everything else stays") {
    struct Row {
        std::string_view text, value;
    };
    using namespace std::string_view_literals;
    for (const Row& row :
         {Row{"RS-0077", "RS-0077"}, Row{"  RS-0077 ", "RS-0077"}, Row{"RS-0077\0\0"sv, "RS-0077"},
          Row{"\0 RS\0 "sv, "RS"}, Row{"000120", "000120"}, Row{"rs-a.B/c", "rs-a.B/c"}, Row{"A B+C&D#E", "A B+C&D#E"},
          Row{"longer than the sixteen of an SH", "longer than the sixteen of an SH"}, Row{"nomor-é", "nomor-é"}}) {
        CAPTURE(row.text);
        const auto accession = Accession::parse(row.text);
        REQUIRE(accession);
        CHECK(accession->value() == row.value);
    }
}

TEST_CASE("accession: an empty one, and what no order can have, is none") {
    using namespace std::string_view_literals;
    for (const std::string_view text : {""sv, " "sv, "    "sv, "\0"sv, " \0 \0"sv, "A\\B"sv, "A\nB"sv, "A\0B"sv,
                                        "A\x7F"sv, "A\xFF"sv, "A\xEF\xBF\xBD"sv}) {
        CAPTURE(text);
        CHECK_FALSE(Accession::parse(text));
    }
    CHECK(Accession::parse(std::string(Accession::bytes_max, 'A')));
    CHECK_FALSE(Accession::parse(std::string(Accession::bytes_max + 1, 'A')));
}

TEST_CASE("accession: nothing makes an empty one: not by default, from a text, or by being moved from") {
    static_assert(!std::is_default_constructible_v<Accession>);
    static_assert(!std::is_constructible_v<Accession, std::string>);
    static_assert(!std::is_constructible_v<Accession, const char*>);
    static_assert(!std::is_convertible_v<std::string, Accession>);
    static_assert(!std::is_convertible_v<Accession, std::string>);
    Accession from = samples::number("RS-0077");
    const Accession to = std::move(from);
    Accession assigned = samples::number("RS-1");
    assigned = std::move(from);
    CHECK(from.value() == "RS-0077");  // NOLINT(bugprone-use-after-move)
    CHECK(to == assigned);
}

TEST_CASE("accession: a search has the facility's system, and the number encoded") {
    CHECK(acsn_system("100777001") == "http://sys-ids.kemkes.go.id/acsn/100777001");
    CHECK(search_token("100777001", samples::number("A B+C&D#E")) ==
          "http%3A%2F%2Fsys-ids.kemkes.go.id%2Facsn%2F100777001%7CA%20B%2BC%26D%23E");
    CHECK(search_token("1", samples::number("é%~|")).ends_with("%7C%C3%A9%25~%5C%7C"));
}
