/// Request smuggling: whatever could be two requests for somebody is one 400 and a closed connection.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "client.h"
#include "rig.h"

namespace {

/// What an attacker hopes is taken for a request of its own.
const std::string hidden = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n";

std::string post(const std::string& fields, const std::string& body, const std::string& version = "1.1") {
    return "POST /api/v1/jobs/actions HTTP/" + version + "\r\nHost: localhost\r\nContent-Type: application/json\r\n" +
           fields + "\r\n" + body;
}

std::string get(const std::string& fields) {
    return "GET /healthz HTTP/1.1\r\nHost: localhost\r\n" + fields + "\r\n" + hidden;
}

std::vector<std::string> vectors() {
    const std::string length = std::to_string(hidden.size());
    const std::string chunked = "0\r\n\r\n" + hidden;
    return {
        // Transfer-Encoding against Content-Length
        post("Content-Length: " + length + "\r\nTransfer-Encoding: chunked\r\n", chunked),
        post("Transfer-Encoding: chunked\r\nContent-Length: " + length + "\r\n", chunked),
        post("Transfer-Encoding: chunked\r\nContent-Length: 0\r\n", chunked),
        post("Transfer-Encoding: gzip\r\nContent-Length: " + length + "\r\n", hidden),
        post("Transfer-Encoding: identity\r\nContent-Length: 5\r\n", chunked),
        // codings that are not exactly chunked
        post("Transfer-Encoding: gzip\r\n", chunked),
        post("Transfer-Encoding: gzip, chunked\r\n", chunked),
        post("Transfer-Encoding: chunked, identity\r\n", chunked),
        post("Transfer-Encoding: xchunked\r\n", chunked),
        post("Transfer-Encoding: chunked;x=y\r\n", chunked),
        post("Transfer-Encoding: \"chunked\"\r\n", chunked),
        post("Transfer-Encoding:\r\n", chunked),
        post("Transfer-Encoding: \x0b"
             "chunked\r\n",
             chunked),
        post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", chunked),
        post("Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n", chunked),
        post("Transfer-Encoding : chunked\r\n", chunked),
        post(" Transfer-Encoding: chunked\r\n", chunked),
        post("X: y\r\n Transfer-Encoding: chunked\r\n", chunked),
        post("X: y\rTransfer-Encoding: chunked\r\n", chunked),
        post("X: y\nTransfer-Encoding: chunked\r\n", chunked),
        post("Transfer-Encoding\r\n : chunked\r\n", chunked),
        post("Transfer-Encoding: chunked\r\n", chunked, "1.0"),
        // Content-Length
        post("Content-Length: 5\r\nContent-Length: " + length + "\r\n", hidden),
        post("Content-Length: 5\r\nContent-Length: 5\r\n", hidden),
        post("Content-Length: 5, 5\r\n", hidden),
        post("Content-Length: +5\r\n", hidden),
        post("Content-Length: -1\r\n", hidden),
        post("Content-Length: 0x5\r\n", hidden),
        post("Content-Length: 5 5\r\n", hidden),
        post("Content-Length: 99999999999999999999999\r\n", hidden),
        post("Content-Length: \r\n", hidden),
        post("Content-Length: 5\r\n\t6\r\n", hidden),
        post("Content-Length : 5\r\n", hidden),
        get("Content-Length: " + length + "\r\n"),
        get("Transfer-Encoding: chunked\r\n"),
        // Host
        get("Host: evil.example\r\n"),
        get("Host: localhost\r\n"),
        "GET /healthz HTTP/1.1\r\n\r\n" + hidden,
        // line ends and characters
        "GET /healthz HTTP/1.1\nHost: localhost\n\n" + hidden,
        "GET /healthz HTTP/1.1\r\nHost: localhost\n\r\n" + hidden,
        "GET /healthz HTTP/1.1\r\nHost: localhost\r\r\n\r\n" + hidden,
        "\r\n" + hidden,
        get("Bad Name: x\r\n"),
        get("NoColon\r\n"),
        get(": x\r\n"),
        get(std::string("X: a\0b\r\n", 8)),
        "GET /healthz HTTP/1.1 HTTP/1.1\r\nHost: localhost\r\n\r\n" + hidden,
        "GET http://evil.example/healthz HTTP/1.1\r\nHost: localhost\r\n\r\n" + hidden,
        "GET /healthz HTTP/0.9\r\nHost: localhost\r\n\r\n" + hidden,
        "GET /healthz\r\n" + hidden,
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + hidden,
        // chunks
        post("Transfer-Encoding: chunked\r\n", "5\n{    \r\n0\r\n\r\n" + hidden),
        post("Transfer-Encoding: chunked\r\n", "0x2\r\n{}\r\n0\r\n\r\n" + hidden),
        post("Transfer-Encoding: chunked\r\n", "2\r\n{}XX0\r\n\r\n" + hidden),
        post("Transfer-Encoding: chunked\r\n", "-2\r\n{}\r\n0\r\n\r\n" + hidden),
        post("Transfer-Encoding: chunked\r\n", "ffffffffffffffff2\r\n{}\r\n0\r\n\r\n" + hidden),
        post("Transfer-Encoding: chunked\r\n", "2;\nx\r\n{}\r\n0\r\n\r\n" + hidden),
    };
}

}  // namespace

TEST_CASE("smuggling: every vector gets exactly one answer, a refusal, and a closed connection") {
    web::Limits limits;
    limits.linger_timeout = std::chrono::milliseconds(200);
    test::Rig rig(web::Access::open, limits);
    const auto all = vectors();
    CHECK(all.size() >= 40);
    for (const std::string& vector : all) {
        CAPTURE(vector);
        test::Client client(rig.port());
        client.send(vector);
        const test::Got answer = client.read();
        CHECK(answer.status == 400);
        CHECK(answer.is_whole);
        CHECK(answer.headers.at("connection") == "close");
        CHECK(answer.headers.at("content-type") == "application/problem+json");
        CHECK(client.read_to_end().empty());
    }
}

TEST_CASE("smuggling: a sound request with what looks like another in its body is one request") {
    test::Rig rig;
    for (const std::string& sound :
         {post("Content-Length: " + std::to_string(hidden.size()) + "\r\nConnection: close\r\n", hidden),
          post("Transfer-Encoding: chunked\r\nConnection: close\r\n",
               "2\r\n{}\r\n0\r\nTransfer-Encoding: x\r\nHost: evil\r\n\r\n")}) {
        test::Client client(rig.port());
        client.send(sound);
        CHECK(client.read().status == 400);  // neither body names an action
        CHECK(client.read_to_end().empty());
    }
}

TEST_CASE("smuggling: two sound requests sent at once are two requests") {
    test::Rig rig;
    test::Client client(rig.port());
    client.send(hidden + hidden);
    CHECK(client.read().status == 200);
    CHECK(client.read().status == 200);
}
