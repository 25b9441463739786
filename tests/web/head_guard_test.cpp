/// Heads that two parsers could read differently.
#include "web/head_guard.h"

#include <doctest/doctest.h>

#include <string>

#include "web/limits.h"

namespace {

std::string head(const std::string& fields, const std::string& line = "POST / HTTP/1.1") {
    return line + "\r\nHost: localhost\r\n" + fields + "\r\n";
}

}  // namespace

TEST_CASE("head guard: a plain head is whole at its empty line, and sound") {
    const std::string text = head("Content-Length: 3\r\nX-Any: \xC3\xA9 y\r\n");
    CHECK(web::scan_head(text + "abc").size == text.size());
    CHECK(web::check_head(text).empty());
    CHECK(web::check_head(head("transfer-encoding: Chunked\r\n")).empty());
    CHECK(web::check_head(head("Content-Length: 0\r\n", "GET / HTTP/1.1")).empty());
    CHECK(web::check_head("GET / HTTP/1.0\r\n\r\n").empty());
}

TEST_CASE("head guard: every beginning of a sound head may still become one") {
    const std::string text = head("Content-Length: 3\r\n");
    for (std::size_t size = 0; size < text.size(); ++size) {
        const web::HeadScan scan = web::scan_head(text.substr(0, size));
        CHECK_FALSE(scan.size);
        CHECK(scan.fault.empty());
    }
}

TEST_CASE("head guard: bare line ends and control characters are found as they come") {
    for (const char* text : {"GET / HTTP/1.1\n", "GET / HTTP/1.1\rX", "\r\n", "\n", "GET /\x01",
                             "GET / HTTP/1.1\r\nA: b\n", "GET / HTTP/1.1\r\nA: \x7f", "GET / HTTP/1.1\r\r\n"})
        CHECK_FALSE(web::scan_head(text).fault.empty());
    CHECK_FALSE(web::scan_head(std::string("GET /\0", 6)).fault.empty());
}

TEST_CASE("head guard: more header fields than the limit are refused") {
    std::string fields;
    for (std::size_t i = 0; i < web::header_fields_max; ++i) fields += "A: b\r\n";
    CHECK(web::check_head(head(fields)) == "too many header fields");
}

TEST_CASE("head guard: request lines are method, target, version") {
    for (const char* line : {"GET /", "GET  / HTTP/1.1", "GET / HTTP/1.1 ", "GET / HTTP/2.0", "GET / HTTP/1.2",
                             "GET / http/1.1", "G\tET / HTTP/1.1", "G(T / HTTP/1.1", "GET /\xC3\xA9 HTTP/1.1",
                             "GET /a b HTTP/1.1", " GET / HTTP/1.1", "HTTP/1.1"}) {
        CAPTURE(line);
        CHECK_FALSE(web::check_head(head("", line)).empty());
    }
}
