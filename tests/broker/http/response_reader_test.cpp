// Responses as bytes: which are understood, which are refused, and where the next one would begin.
#include "broker/http/response_reader.h"

#include <doctest/doctest.h>

#include "tests/broker/http/rig.h"
#include "tests/broker/http/vectors.h"

using namespace http_rig;
using http::Asked;
using http::ResponseReader;
using State = http::ResponseReader::State;

namespace {

http::Options small() {
    http::Options options = options_for(80);
    options.response_body_bytes_max = 1000;
    options.response_header_bytes_max = 500;
    options.response_header_fields_max = 10;
    options.interim_responses_max = 3;
    return options;
}

struct Read {
    State state;
    std::string body;
    bool may_go_on = false;
    http::Failure failure;
    unsigned status = 0;
    bool ends_with_connection = false;
};

/// `ends`: the connection does, behind the bytes. In pieces of `step` bytes.
Read read(std::string_view bytes, Asked asked = Asked::other, bool ends = false,
          std::size_t step = std::string_view::npos) {
    const http::Options options = small();
    ResponseReader reader(asked, options);
    for (; !bytes.empty(); bytes.remove_prefix(std::min(step, bytes.size()))) reader.put(bytes.substr(0, step));
    if (ends) reader.end();
    Read result{.state = reader.state(), .body = {}, .failure = reader.failure(), .status = reader.status()};
    if (reader.state() != State::complete) return result;
    result.may_go_on = reader.may_go_on();
    http::Response response = reader.take();
    result.body = response.body;
    result.ends_with_connection = response.ends_with_connection;
    return result;
}

}  // namespace

TEST_CASE("http reader: sound responses, in one piece or byte by byte, and whether the connection goes on") {
    struct Case {
        std::string bytes, body;
        bool may_go_on;
        Asked asked = Asked::other;
    };
    const std::string chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    for (const Case& c : {
             Case{"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody", "body", true},
             Case{"HTTP/1.1 200\r\nContent-Length: 4\r\n\r\nbody", "body", true},
             Case{"HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n", "", true},
             Case{"HTTP/1.1 200 OK\r\ncontent-length:4\r\n\r\nbody", "body", true},
             Case{"HTTP/1.1 200 OK\r\nContent-Length: 4 \t\r\nX:\r\nY: \xe4\r\n\r\nbody", "body", true},
             Case{"HTTP/1.1 200 OK\r\nContent-Length: 0004\r\n\r\nbody", "body", true},
             Case{"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 4\r\n\r\nbody", "body", false},
             Case{"HTTP/1.1 200 OK\r\nConnection: Foo, CLOSE\r\nContent-Length: 4\r\n\r\nbody", "body", false},
             Case{"HTTP/1.1 200 OK\r\nConnection: keep-alive\r\nContent-Length: 4\r\n\r\nbody", "body", true},
             Case{"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 4\r\n\r\nbody", "body", false},
             Case{chunked + "4\r\nbody\r\n0\r\n\r\n", "body", true},
             Case{chunked + "1\r\nb\r\n2\r\nod\r\n01\r\ny\r\n000\r\n\r\n", "body", true},
             Case{chunked + "A\r\n0123456789\r\n0\r\n\r\n", "0123456789", true},
             Case{chunked + "a\r\n\r\n\r\n\r\n\r\n\r\n\r\n0\r\n\r\n", "\r\n\r\n\r\n\r\n\r\n", true},
             Case{chunked + "4;name=value;other=\"x\"\r\nbody\r\n0;last\r\n\r\n", "body", true},
             Case{chunked + "4 \r\nbody\r\n0 ; x\r\n\r\n", "body", true},
             Case{chunked + "0\r\nTrailer: x\r\nContent-Length: 99\r\n\r\n", "", true},
             Case{"HTTP/1.1 200 OK\r\nTransfer-Encoding: CHUNKED\r\n\r\n0\r\n\r\n", "", true},
             Case{"HTTP/1.1 204 No Content\r\n\r\n", "", true},
             Case{"HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n", "", true},
             Case{"HTTP/1.1 204 No Content\r\nContent-Length: 4\r\n\r\n", "", false},
             Case{"HTTP/1.1 304 Not Modified\r\nContent-Length: 4\r\n\r\n", "", true},
             Case{"HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n", "", true, Asked::head},
             Case{"HTTP/1.1 404 Not Found\r\nTransfer-Encoding: chunked\r\n\r\n", "", true, Asked::head},
             Case{"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n", "", true, Asked::connect},
             Case{"HTTP/1.1 407 Who\r\nContent-Length: 4\r\n\r\nbody", "body", true, Asked::connect},
             Case{"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Hints\r\nLink: x\r\n\r\nHTTP/1.1 201 "
                  "Created\r\nContent-Length: "
                  "1\r\n\r\nx",
                  "x", true},
             Case{"HTTP/1.1 302 Found\r\nLocation: http://elsewhere/\r\nContent-Length: 1\r\n\r\nx", "x", true},
         })
        for (const std::size_t step : {std::string_view::npos, std::size_t{1}, std::size_t{7}}) {
            CAPTURE(c.bytes);
            CAPTURE(step);
            const Read whole = read(c.bytes, c.asked, false, step);
            CHECK_MESSAGE(whole.state == State::complete, describe(whole.failure));
            CHECK(whole.body == c.body);
            CHECK(whole.may_go_on == c.may_go_on);
            CHECK_FALSE(whole.ends_with_connection);
            // Nothing that is cut short anywhere is taken for a whole.
            for (std::size_t cut = 0; cut < c.bytes.size() && step == 7; ++cut) {
                const Read part = read(c.bytes.substr(0, cut), c.asked, true);
                CHECK(part.state == State::failed);
                CHECK(part.failure.fault == Fault::lost);
            }
            // A byte more, and the connection is not to be believed any longer.
            CHECK_FALSE(read(c.bytes + "x", c.asked, false, step).may_go_on);
            CHECK(read(c.bytes + "x", c.asked, false, step).body == c.body);
        }
}

TEST_CASE("http reader: a body without a length goes on until the connection ends, and says so") {
    const std::string bytes = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\nbo";
    CHECK(read(bytes).state == State::body);
    const Read whole = read(bytes + "dy", Asked::other, true);
    CHECK(whole.state == State::complete);
    CHECK(whole.body == "body");
    CHECK(whole.ends_with_connection);
    CHECK_FALSE(whole.may_go_on);
    CHECK(read("HTTP/1.0 200 OK\r\n\r\n", Asked::other, true).state == State::complete);
    CHECK_FALSE(read("HTTP/1.1 200 OK\r\n\r\n", Asked::head).ends_with_connection);
}

TEST_CASE("http reader: what could be read in two ways, or is no HTTP/1.1, is refused as it comes") {
    CHECK(http_rig::bad_responses().size() >= 60);
    for (const std::string& bytes : http_rig::bad_responses())
        for (const std::size_t step : {std::string_view::npos, std::size_t{1}}) {
            CAPTURE(bytes);
            const Read result = read(bytes, Asked::other, false, step);
            CHECK(result.state == State::failed);
            CHECK(result.failure.fault == Fault::malformed);
            CHECK(*result.failure.detail != '\0');
        }
}

TEST_CASE("http reader: every limit is a failure that names it, at the limit's own byte") {
    const auto fault_of = [](const std::string& bytes) {
        const Read result = read(bytes);
        return result.state == State::failed ? describe(result.failure) : std::string();
    };
    const std::string chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    const std::string line = "HTTP/1.1 200 OK\r\n";
    CHECK(fault_of(line + "X: " + std::string(500, 'a')) == "too_large (the header fields)");
    CHECK(fault_of(line + "X: " + std::string(500 - line.size() - 7, 'a') + "\r\n\r\n") == "");
    CHECK(fault_of(line + "X: " + std::string(500 - line.size() - 6, 'a') + "\r\n\r\n") ==
          "too_large (the header fields)");
    std::string fields;
    for (int i = 0; i < 10; ++i) fields += "X: y\r\n";
    CHECK(fault_of(line + fields + "\r\n") == "");
    CHECK(fault_of(line + fields + "X: y\r\n\r\n") == "malformed (too many header fields)");
    std::string interim;
    for (int i = 0; i < 3; ++i) interim += "HTTP/1.1 100 Continue\r\n\r\n";
    CHECK(fault_of(interim + ok) == "");
    CHECK(fault_of(interim + "HTTP/1.1 100 Continue\r\n\r\n") == "too_large (interim responses)");
    CHECK(fault_of(line + "Content-Length: 1000\r\n\r\n") == "");
    CHECK(fault_of(line + "Content-Length: 1001\r\n\r\n") == "too_large (status 200, the body)");
    CHECK(fault_of(line + "\r\n" + std::string(1000, 'x')) == "");
    CHECK(fault_of(line + "\r\n" + std::string(1001, 'x')) == "too_large (status 200, the body)");
    CHECK(fault_of(chunked + "3e8\r\n") == "");
    CHECK(fault_of(chunked + "3e9\r\n") == "too_large (status 200, the body)");
    CHECK(fault_of(chunked + "3e7\r\n" + std::string(999, 'x') + "\r\n2\r\n") == "too_large (status 200, the body)");
    CHECK(fault_of(chunked + "fffffffffffffff\r\n") == "too_large (status 200, the body)");
    CHECK(fault_of(chunked + "1;" + std::string(1100, 'x')) == "too_large (status 200, a line between chunks)");
    std::string flood = chunked;
    for (int i = 0; i < 90; ++i) flood += "1;" + std::string(1000, 'x') + "\r\nb\r\n";
    CHECK(fault_of(flood) == "too_large (status 200, chunks with more framing than body)");
    std::string trailers = chunked + "0\r\n";
    for (int i = 0; i < 20; ++i) trailers += "X: " + std::string(1000, 'x') + "\r\n";
    CHECK(fault_of(trailers) == "too_large (status 200, the trailer fields)");
    // Small chunks as such are no flood.
    std::string small_chunks = chunked;
    for (int i = 0; i < 1000; ++i) small_chunks += "1\r\nb\r\n";
    CHECK(read(small_chunks + "0\r\n\r\n").body == std::string(1000, 'b'));
}

TEST_CASE("http reader: a large body in the smallest of chunks is no flood, as its framing is bounded by the body") {
    constexpr std::size_t size = 100'000;
    http::Chunked chunked(size);
    std::string body;
    for (std::size_t i = 0; i < size; ++i) {
        std::string_view chunk = "1\r\nb\r\n";
        REQUIRE(chunked.put(chunk, body) == http::Chunked::State::more);
    }
    std::string_view last = "0\r\n\r\nHTTP";
    CHECK(chunked.put(last, body) == http::Chunked::State::complete);
    CHECK(last == "HTTP");
    CHECK(body == std::string(size, 'b'));
}

TEST_CASE("http reader: an empty connection is not a response that was cut short") {
    const Read nothing = read("", Asked::other, true);
    CHECK(describe(nothing.failure) == "lost");
    CHECK(describe(read("H", Asked::other, true).failure) == "lost (the response was cut short)");
    CHECK(describe(read("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbod", Asked::other, true).failure) ==
          "lost (status 200, the response was cut short)");
}
