// What is written before a body, and what is read from a response's fields.
#include <doctest/doctest.h>

#include "broker/http/http_date.h"
#include "broker/http/request_head.h"
#include "tests/broker/http/rig.h"

using namespace http_rig;
using namespace std::chrono_literals;
using std::chrono::sys_days;
using std::chrono::sys_seconds;

namespace {

/// 6 November 1994, 08:49:37, RFC 9110's own example.
constexpr sys_seconds then = sys_days(std::chrono::year(1994) / 11 / 6) + 8h + 49min + 37s;

std::optional<std::chrono::seconds> retry_after(std::string_view value, sys_seconds now = then) {
    http::Response response;
    response.headers.add("retry-AFTER", value);
    return response.retry_after(now);
}

}  // namespace

TEST_CASE("http headers: names are compared in whatever case, the first of a name is found, all are kept in order") {
    http::Headers headers;
    headers.add("Location", "/a");
    headers.add("X-Y", " padded\t");
    headers.add("LOCATION", "/b");
    CHECK(headers.find("location") == "/a");
    CHECK(headers.find("x-y") == "padded");
    CHECK_FALSE(headers.find("Locatio"));
    CHECK(headers.count("Location") == 2);
    CHECK(headers.size() == 3);
    CHECK((headers.begin() + 2)->value == "/b");
}

TEST_CASE("http headers: what could end a line or a name never gets in, and is not repeated") {
    http::Headers headers;
    for (const std::string_view name : {"", "a b", "a:", "a\r\n", "\xc3\xa4", "a\t"})
        CHECK_THROWS_AS(headers.add(name, "x"), std::invalid_argument);
    for (const std::string_view value : {"a\r\nb", "a\nb", "a\rb", "a\x7f", "\x01"})
        CHECK_THROWS_AS(headers.add("Authorization", value), std::invalid_argument);
    CHECK_THROWS_AS(headers.add("Authorization", std::string_view("a\0b", 3)), std::invalid_argument);
    CHECK(headers.size() == 0);
    try {
        headers.add("Authorization", "SECRET\n");
    } catch (const std::invalid_argument& error) {
        CHECK(std::string_view(error.what()).find("SECRET") == std::string_view::npos);
    }
}

TEST_CASE("http request: its head is written whole, with the length of its body and nothing about chunks") {
    http::Options options = options_for(8080, "http", "pacs");
    http::Request request = post("body", "/studies?a=b");
    request.headers.add("Accept", "application/dicom+json");
    CHECK(http::head_of(request, options) ==
          "POST /studies?a=b HTTP/1.1\r\nHost: pacs:8080\r\nUser-Agent: Test/1\r\nAccept-Encoding: identity\r\n"
          "Accept: application/dicom+json\r\nContent-Length: 4\r\n\r\n");
    CHECK(http::head_of(post(""), options).find("\r\nContent-Length: 0\r\n") != std::string::npos);
    options.user_agent.clear();
    CHECK(http::head_of(get(), options) == "GET / HTTP/1.1\r\nHost: pacs:8080\r\nAccept-Encoding: identity\r\n\r\n");
    options.origin = url("https://[::1]/");
    CHECK(http::head_of(get(), options).starts_with("GET / HTTP/1.1\r\nHost: [::1]\r\n"));
    Pattern large(std::uint64_t{5} << 30);
    CHECK(http::head_of(put(large), options).find("\r\nContent-Length: 5368709120\r\n") != std::string::npos);
}

TEST_CASE("http request: only a proxy without TLS is told the whole address") {
    http::Options options = options_for(8080, "http", "pacs");
    options.proxy = url("http://proxy:3128");
    CHECK(http::head_of(get("/a"), options).starts_with("GET http://pacs:8080/a HTTP/1.1\r\nHost: pacs:8080\r\n"));
    options.origin = url("https://pacs");
    CHECK(http::head_of(get("/a"), options).starts_with("GET /a HTTP/1.1\r\nHost: pacs\r\n"));
    CHECK(http::connect_head(options) == "CONNECT pacs:443 HTTP/1.1\r\nHost: pacs:443\r\nUser-Agent: Test/1\r\n\r\n");
}

TEST_CASE("http request: fields that frame or end a message are the client's to write") {
    const http::Options options = options_for(80);
    for (const char* name :
         {"Host", "content-length", "Transfer-Encoding", "Connection", "EXPECT", "TE", "Trailer", "Upgrade",
          "Keep-Alive", "Proxy-Connection", "Proxy-Authorization", "User-Agent", "Accept-Encoding"}) {
        http::Request request = get();
        request.headers.add(name, "x");
        CHECK_THROWS_AS(http::head_of(request, options), std::invalid_argument);
    }
    for (const auto& [method, word] : {std::pair{http::Method::get, "GET "},
                                       {http::Method::head, "HEAD "},
                                       {http::Method::post, "POST "},
                                       {http::Method::put, "PUT "},
                                       {http::Method::patch, "PATCH "},
                                       {http::Method::del, "DELETE "},
                                       {http::Method::options, "OPTIONS "}}) {
        http::Request request = get();
        request.method = method;
        CHECK(http::head_of(request, options).starts_with(word));
    }
}

TEST_CASE("http response: Retry-After tells seconds or an instant, and is believed between a second and an hour") {
    CHECK(retry_after("120") == 120s);
    CHECK(retry_after("0") == 1s);
    CHECK(retry_after("3600") == 3600s);
    CHECK(retry_after("3601") == 3600s);
    CHECK(retry_after("99999999999999999999999999") == 3600s);
    CHECK(retry_after("Sun, 06 Nov 1994 08:50:37 GMT") == 60s);
    CHECK(retry_after("Sunday, 06-Nov-94 08:50:37 GMT") == 60s);
    CHECK(retry_after("Sun Nov  6 08:50:37 1994") == 60s);
    CHECK(retry_after("Sun, 06 Nov 1994 08:49:37 GMT") == 1s);
    CHECK(retry_after("Fri, 06 Nov 1970 08:49:37 GMT") == 1s);
    CHECK(retry_after("Sun, 06 Nov 2094 08:49:37 GMT") == 3600s);
    CHECK_FALSE(http::Response().retry_after(then));
    for (const std::string_view value :
         {"", "soon", "-1", "+1", "1.5", "1 s", "12:00", "Sun, 06 Nov 1994 08:50:37", "Sun, 06 Nov 1994 08:50:37 CET",
          "Sun, 6 Nov 1994 08:50:37 GMT", "Sun, 31 Feb 1994 08:50:37 GMT", "Sun, 06 Nov 1994 24:50:37 GMT",
          "Sun, 06 Nov 1994 08:60:37 GMT", "Sun, 06 Nov 1994 08:50:61 GMT", "Sun, 00 Nov 1994 08:50:37 GMT",
          "Sun, 06 Nox 1994 08:50:37 GMT", "Sun, 06 Nov 1994 08:50:37 GMT ?"})
        CHECK_FALSE_MESSAGE(retry_after(value), value);
    // A part of a second is waited for, too.
    http::Response response;
    response.headers.add("Retry-After", "Sun, 06 Nov 1994 08:50:37 GMT");
    CHECK(response.retry_after(then + 300ms) == 60s);
}

TEST_CASE("http date: every month, leap years, and a year of two digits near now") {
    const char* months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    for (unsigned month = 1; month <= 12; ++month) {
        const std::string text = std::string("Mon, 01 ") + months[month - 1] + " 2024 00:00:00 GMT";
        CHECK(http::parse_http_date(text, then) == sys_days(std::chrono::year(2024) / month / 1));
    }
    CHECK(http::parse_http_date("Thu, 29 Feb 2024 23:59:59 GMT", then));
    CHECK_FALSE(http::parse_http_date("Thu, 29 Feb 2023 23:59:59 GMT", then));
    const sys_seconds now = sys_days(std::chrono::year(2026) / 1 / 1);
    CHECK(http::parse_http_date("Monday, 01-Jan-27 00:00:00 GMT", now) == sys_days(std::chrono::year(2027) / 1 / 1));
    CHECK(http::parse_http_date("Monday, 01-Jan-94 00:00:00 GMT", now) == sys_days(std::chrono::year(1994) / 1 / 1));
}

TEST_CASE("http failure: each has a word of its own, and its line says all that is known") {
    std::vector<std::string> seen;
    for (int fault = 0; fault <= static_cast<int>(Fault::interrupted); ++fault) {
        const std::string word = to_string(static_cast<Fault>(fault));
        CHECK_FALSE(word.empty());
        CHECK(std::ranges::find(seen, word) == seen.end());
        seen.push_back(word);
    }
    CHECK(http::describe({.fault = Fault::refused}) == "refused");
    CHECK(http::describe({.fault = Fault::lost, .request_left = true}) == "lost (the request had left)");
    CHECK(http::describe({.fault = Fault::proxy_refused, .at_proxy = true, .status = 407}) ==
          "proxy_refused (proxy, status 407)");
    CHECK(http::describe(http::tls_failure(broker::dicom::TlsFault::expired)) == "tls_untrusted (expired)");
    CHECK(http::describe(http::tls_failure(broker::dicom::TlsFault::not_tls)) == "tls_failed (not_tls)");
}
