/// CSV that a spreadsheet shows and never runs, and the tags of whole answers.
#include "web/csv.h"

#include <doctest/doctest.h>

#include "web/etag.h"

TEST_CASE("csv: cells are quoted where they must be") {
    CHECK(web::csv_line({"a", "b c", ""}) == "a,b c,\r\n");
    CHECK(web::csv_line({"a,b", "say \"x\"", "two\nlines"}) == "\"a,b\",\"say \"\"x\"\"\",\"two\nlines\"\r\n");
}

TEST_CASE("csv: what a spreadsheet would run gets an apostrophe in front") {
    for (const char* cell : {"=1+1", "+1", "-1", "@SUM(A1)", "\tx"})
        CHECK(web::csv_line({cell}) == std::string("'") + cell + "\r\n");
    CHECK(web::csv_line({"=HYPERLINK(\"http://x\",\"y\")"}) == "\"'=HYPERLINK(\"\"http://x\"\",\"\"y\"\")\"\r\n");
    CHECK(web::csv_line({"\rx"}) == "\"'\rx\"\r\n");
}

TEST_CASE("etag: equal bytes have equal tags, and If-None-Match finds them in its list") {
    const std::string tag = web::etag_of("abc");
    CHECK(tag == "\"ba7816bf8f01cfea414140de5dae2223\"");
    CHECK(web::etag_of("abd") != tag);
    CHECK(web::is_known(tag, tag));
    CHECK(web::is_known("\"x\", W/" + tag, tag));
    CHECK(web::is_known("*", tag));
    CHECK_FALSE(web::is_known("", tag));
    CHECK_FALSE(web::is_known("\"x\"", tag));
}
