// Addresses, targets and percent-encoding: what is taken, what it becomes, and what is refused.
#include "broker/http/url.h"

#include <doctest/doctest.h>

#include <string>

using broker::http::percent_encode;
using broker::http::Scheme;
using broker::http::Target;
using broker::http::Url;

TEST_CASE("http url: what an address is made of") {
    struct Case {
        std::string_view text, host;
        std::uint16_t port;
        std::string_view path, authority, host_and_port;
        bool is_https;
    };
    for (const Case& c : {
             Case{"http://pacs", "pacs", 80, "/", "pacs", "pacs:80", false},
             Case{"https://PACS.Example/dicom-web", "pacs.example", 443, "/dicom-web", "pacs.example",
                  "pacs.example:443", true},
             Case{"HTTPS://a_b-c.example:443/x%20y/", "a_b-c.example", 443, "/x%20y/", "a_b-c.example",
                  "a_b-c.example:443", true},
             Case{"http://10.0.0.1:8080/", "10.0.0.1", 8080, "/", "10.0.0.1:8080", "10.0.0.1:8080", false},
             Case{"http://[::1]:8080/a", "::1", 8080, "/a", "[::1]:8080", "[::1]:8080", false},
             Case{"https://[2001:DB8::1]", "2001:db8::1", 443, "/", "[2001:db8::1]", "[2001:db8::1]:443", true},
             Case{"https://pacs:80/~a;b=c,d:@!$&'()*+", "pacs", 80, "/~a;b=c,d:@!$&'()*+", "pacs:80", "pacs:80", true},
         }) {
        CAPTURE(c.text);
        const auto url = Url::parse(c.text);
        REQUIRE(url);
        CHECK(url->host() == c.host);
        CHECK(url->port() == c.port);
        CHECK(url->path() == c.path);
        CHECK(url->authority() == c.authority);
        CHECK(url->host_and_port() == c.host_and_port);
        CHECK(url->is_https() == c.is_https);
        CHECK(Url::parse(url->text()) == url);
    }
}

TEST_CASE("http url: whatever else an address could be is refused") {
    for (const std::string_view text : {"",
                                        "pacs",
                                        "pacs:80",
                                        "//pacs",
                                        "ftp://pacs",
                                        "http:/pacs",
                                        "http://",
                                        "http:///path",
                                        "http://:80",
                                        "http://pacs:",
                                        "http://pacs:0",
                                        "http://pacs:65536",
                                        "http://pacs:80a",
                                        "http://pacs:+80",
                                        "http://pacs:-1",
                                        "http://user@pacs",
                                        "http://user:secret@pacs/",
                                        "http://pacs/?query",
                                        "http://pacs/#fragment",
                                        "http://pacs#f",
                                        "http://pacs?q",
                                        "http://pa cs",
                                        "http://pacs\r\nX: y",
                                        "http://pacs/a b",
                                        "http://pacs/\r\n",
                                        "http://pacs/%",
                                        "http://pacs/%2",
                                        "http://pacs/%zz",
                                        "http://pacs/\\",
                                        "http://pacs/\x7f",
                                        "http://pacs/\xc3\xa4",
                                        "http://p\xc3\xa4"
                                        "cs",
                                        "http://.pacs",
                                        "http://pacs.",
                                        "http://pa..cs",
                                        "http://-pacs",
                                        "http://pacs-",
                                        "http://127.1",
                                        "http://0x7f000001",
                                        "http://2130706433",
                                        "http://256.1.1.1",
                                        "http://1.2.3.4.5",
                                        "http://01.2.3.4",
                                        "http://[::1",
                                        "http://::1",
                                        "http://::1]:80",
                                        "http://[127.0.0.1]",
                                        "http://[fe80::1%25eth0]",
                                        "http://[]",
                                        "http://[::1]x:80",
                                        "http://pacs:80:80",
                                        "http://pa%63s",
                                        "http://pacs\t",
                                        " http://pacs"}) {
        CAPTURE(text);
        CHECK_FALSE(Url::parse(text));
    }
    CHECK_FALSE(Url::parse("http://" + std::string(64, 'a')));
    CHECK(Url::parse("http://" + std::string(63, 'a')));
    CHECK_FALSE(Url::parse("http://pacs/" + std::string(2048, 'a')));
    std::string long_name;
    for (int i = 0; i < 127; ++i) long_name += "a.";
    CHECK(Url::parse("http://" + long_name.substr(0, 253)));
    CHECK_FALSE(Url::parse("http://" + long_name + "a"));
}

TEST_CASE("http url: a target is a path and perhaps a query, as RFC 3986 has them") {
    CHECK(Target().text() == "/");
    for (const std::string_view text : {"/", "/studies", "/a?b=c&d=%7C", "/?", "/a?b?c/d", "/a//b", "/:@"})
        CHECK_MESSAGE(Target::parse(text), text);
    for (const std::string_view text :
         {"", "studies", "http://pacs/", "*", "/a b", "/a\r\nHost: b", "/a#b", "/a?b#c", "/a|b", "/a?b|c", "/a?\"",
          "/<", "/a?b=%", "/a?b=%g0", "/\x01", "/\xff", "?a=b", "/a\\b", "/{a}"})
        CHECK_FALSE_MESSAGE(Target::parse(text), text);
    CHECK(Target::parse("/" + std::string(8191, 'a')));
    CHECK_FALSE(Target::parse("/" + std::string(8192, 'a')));
}

TEST_CASE("http url: every value can be encoded so that a target takes it") {
    CHECK(percent_encode("") == "");
    CHECK(percent_encode("aZ09-._~") == "aZ09-._~");
    CHECK(percent_encode("http://sys-ids.example/acsn|A 1&b=c+d") ==
          "http%3A%2F%2Fsys-ids.example%2Facsn%7CA%201%26b%3Dc%2Bd");
    std::string all;
    for (int byte = 0; byte < 256; ++byte) all += static_cast<char>(byte);
    const std::string encoded = percent_encode(all);
    CHECK(encoded.starts_with("%00%01"));
    CHECK(encoded.ends_with("%FE%FF"));
    CHECK(Target::parse("/?q=" + encoded));
}
