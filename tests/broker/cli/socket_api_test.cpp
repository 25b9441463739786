/// Tests of SocketApi and UrlApi against a small server: whole answers, cut ones, and none.
#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <chrono>
#include <cstring>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "broker/cli/error.h"
#include "broker/cli/socket_api.h"
#include "broker/cli/url_api.h"
#include "tests/support/temp_folder.h"

using namespace broker::cli;

namespace {

/// Takes one connection, keeps the request, answers with what it was given and closes; with nothing, it holds still
/// until the caller goes.
class OneAnswer {
public:
    OneAnswer(int listening, std::vector<std::string> pieces) : listening_(listening), pieces_(std::move(pieces)) {
        thread_ = std::thread([this] { serve(); });
    }
    OneAnswer(const OneAnswer&) = delete;
    OneAnswer& operator=(const OneAnswer&) = delete;
    ~OneAnswer() { finish(); }

    /// The request, once the connection is closed.
    const std::string& finish() {
        if (thread_.joinable()) {
            thread_.join();
            ::close(listening_);
        }
        return request_;
    }

private:
    void serve() {
        const int connection = ::accept(listening_, nullptr, nullptr);
        char buffer[4096];
        while (!is_whole()) {
            const auto count = ::recv(connection, buffer, sizeof buffer, 0);
            if (count <= 0) {
                break;
            }
            request_.append(buffer, static_cast<std::size_t>(count));
        }
        for (const std::string& piece : pieces_) {
            ::send(connection, piece.data(), piece.size(), MSG_NOSIGNAL);
        }
        if (pieces_.empty()) {
            ::recv(connection, buffer, sizeof buffer, 0);
        }
        ::close(connection);
    }

    bool is_whole() const {
        const auto end = request_.find("\r\n\r\n");
        if (end == std::string::npos) {
            return false;
        }
        const auto length = request_.find("Content-Length: ");
        const std::size_t body = length == std::string::npos ? 0 : std::stoul(request_.substr(length + 16));
        return request_.size() >= end + 4 + body;
    }

    int listening_;
    std::vector<std::string> pieces_;
    std::string request_;
    std::thread thread_;
};

int listen_at(const std::filesystem::path& path) {
    const int descriptor = ::socket(AF_UNIX, SOCK_STREAM, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
    REQUIRE(::bind(descriptor, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    REQUIRE(::listen(descriptor, 1) == 0);
    return descriptor;
}

int listen_on_loopback(std::string& url) {
    const int descriptor = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    REQUIRE(::bind(descriptor, reinterpret_cast<sockaddr*>(&address), length) == 0);
    REQUIRE(::listen(descriptor, 1) == 0);
    ::getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &length);
    url = "http://127.0.0.1:" + std::to_string(ntohs(address.sin_port));
    return descriptor;
}

const Call get{.method = "GET", .target = "/api/v1/status", .body = {}};

std::string failure_of(Api& api, const Call& call) {
    try {
        api.call(call);
        return "none";
    } catch (const Error& error) {
        CHECK(error.code() == Errc::failed);
        return error.what();
    }
}

}  // namespace

TEST_CASE("cli: a call over the socket arrives as it was meant, and its answer comes back whole") {
    const support::TempFolder folder;
    const auto path = folder.path() / "api.sock";
    OneAnswer server(listen_at(path), {"HTTP/1.1 409 Conflict\r\nContent-Type: application/problem+json\r\nContent-Le",
                                       "ngth: 12\r\n\r\n{\"status\":", "4}"});
    SocketApi api(path);
    const Reply reply = api.call({.method = "POST", .target = "/api/v1/jobs/7/hold", .body = "{}"});
    CHECK(reply.status == 409);
    CHECK(reply.body == "{\"status\":4}");
    CHECK(reply.content_type == "application/problem+json");
    const std::string& request = server.finish();
    CHECK(request.starts_with("POST /api/v1/jobs/7/hold HTTP/1.1\r\n"));
    CHECK(request.find("Content-Type: application/json\r\n") != std::string::npos);
    CHECK(request.ends_with("\r\n\r\n{}"));
    CHECK(request.find("Authorization") == std::string::npos);
}

TEST_CASE("cli: an export larger than any buffer is passed on piece by piece") {
    const support::TempFolder folder;
    const auto path = folder.path() / "api.sock";
    std::vector<std::string> pieces = {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"};
    for (int i = 0; i < 40; ++i) {
        pieces.push_back("2710\r\n" + std::string(10'000, static_cast<char>('a' + i % 26)) + "\r\n");
    }
    pieces.emplace_back("0\r\n\r\n");
    OneAnswer server(listen_at(path), pieces);
    SocketApi api(path);
    std::string body;
    std::size_t largest = 0;
    const Reply reply = api.stream(get, [&](std::string_view piece) {
        largest = std::max(largest, piece.size());
        body += piece;
    });
    CHECK(reply.status == 200);
    CHECK(reply.body.empty());
    CHECK(body.size() == 400'000);
    CHECK(body[10'000] == 'b');
    CHECK(largest <= 65'536);
}

TEST_CASE("cli: a refusal of an export stays out of the export") {
    const support::TempFolder folder;
    const auto path = folder.path() / "api.sock";
    OneAnswer server(listen_at(path), {"HTTP/1.1 503 Busy\r\nContent-Length: 4\r\n\r\nbusy"});
    SocketApi api(path);
    std::string body;
    const Reply reply = api.stream(get, [&body](std::string_view piece) { body += piece; });
    CHECK(reply.status == 503);
    CHECK(reply.body == "busy");
    CHECK(body.empty());
}

TEST_CASE("cli: an answer that is cut short is an error, not a short answer") {
    const support::TempFolder folder;
    const std::vector<std::vector<std::string>> answers = {
        {"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{\"a\""}, {"HTTP/1.1 200 OK\r\nConte"}, {"garbage\r\n\r\n"}};
    for (std::size_t i = 0; i < answers.size(); ++i) {
        const auto path = folder.path() / std::to_string(i);
        OneAnswer server(listen_at(path), answers[i]);
        SocketApi api(path);
        CHECK(failure_of(api, get).find("gave no whole answer") != std::string::npos);
    }
}

TEST_CASE("cli: a broker that doesn't answer is waited for only so long") {
    const support::TempFolder folder;
    const auto path = folder.path() / "api.sock";
    OneAnswer server(listen_at(path), {});
    SocketApi api(path);
    Call call = get;
    call.timeout = std::chrono::milliseconds(50);
    CHECK(failure_of(api, call).find("gave no whole answer") != std::string::npos);
}

TEST_CASE("cli: without a broker the error says what to do") {
    const support::TempFolder folder;
    SocketApi absent(folder.path() / "api.sock");
    CHECK(failure_of(absent, get) == "the broker is not running (no socket at " +
                                         (folder.path() / "api.sock").string() + "); start it or use --data DIR");
    const auto left_over = folder.path() / "left.sock";
    ::close(listen_at(left_over));
    SocketApi dead(left_over);
    CHECK(failure_of(dead, get).find("nobody listens at") != std::string::npos);
    SocketApi endless(folder.path() / std::string(200, 'x') / "api.sock");
    CHECK(failure_of(endless, get).find("too long for a socket") != std::string::npos);
}

TEST_CASE("cli: a URL is asked with its token") {
    const support::TempFolder folder;
    const auto token = folder.path() / "token";
    std::ofstream(token) << "abc.DEF-123\n";
    std::string url;
    OneAnswer server(listen_on_loopback(url), {"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"});
    UrlApi api({url, token});
    CHECK(api.call(get).body == "{}");
    CHECK(server.finish().find("Authorization: Bearer abc.DEF-123\r\n") != std::string::npos);
}

TEST_CASE("cli: plain http goes to loopback only, and a URL is read strictly") {
    struct Good {
        const char *url, *host;
        int port;
        bool is_tls = false;
    };
    for (const Good& row :
         {Good{"http://127.0.0.1:8080", "127.0.0.1", 8080}, Good{"http://localhost/", "localhost", 80},
          Good{"http://[::1]:99/", "::1", 99}, Good{"https://bridge.example:8443", "bridge.example", 8443, true},
          Good{"https://10.0.0.5/", "10.0.0.5", 443, true}, Good{"https://[fd00::5]:8443", "fd00::5", 8443, true}}) {
        const TcpAddress address = parse_url(row.url);
        CHECK(address.host == row.host);
        CHECK(address.port == row.port);
        CHECK(address.is_tls == row.is_tls);
    }
    for (const char* url :
         {"http://10.0.0.5:8080", "http://example.org", "https://", "https://host/api", "https://a b", "ftp://host",
          "localhost:8080", "http://localhost:0", "http://localhost:70000", "http://localhost:80x", "http://",
          "http://localhost@10.0.0.5", "http://127.0.0.1/api", "http://0.0.0.0"}) {
        CAPTURE(url);
        CHECK_THROWS_AS(parse_url(url), Error);
    }
}

TEST_CASE("cli: a token file holds a token and nothing else") {
    const support::TempFolder folder;
    const auto file = folder.path() / "token";
    CHECK_THROWS_AS(UrlApi({"http://localhost", file}), Error);
    for (const std::string& content : {std::string(), std::string("two words"), std::string("a\nInjected: x"),
                                       std::string(token_bytes_max + 1, 'x')}) {
        std::ofstream(file) << content;
        CHECK_THROWS_AS(UrlApi({"http://localhost", file}), Error);
    }
}
