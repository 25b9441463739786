/// Client: a raw connection to a server, which sends any bytes and reads whatever comes back.
#include "client.h"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <functional>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "web/ascii.h"

namespace test {
namespace {

constexpr int deadline_ms = 20'000;

[[noreturn]] void fail(const char* what) {
    throw std::system_error(errno, std::generic_category(), what);
}

std::string unchunked(std::string& buffer, const std::function<bool()>& fill, bool& is_whole) {
    std::string body;
    const auto line = [&]() -> std::optional<std::string> {
        while (buffer.find("\r\n") == std::string::npos)
            if (!fill()) return std::nullopt;
        const std::string text = buffer.substr(0, buffer.find("\r\n"));
        buffer.erase(0, text.size() + 2);
        return text;
    };
    while (const auto head = line()) {
        const std::size_t size = std::stoul(*head, nullptr, 16);
        while (buffer.size() < size + 2)
            if (!fill()) return body;
        body += buffer.substr(0, size);
        buffer.erase(0, size + 2);
        if (size == 0) {
            is_whole = true;
            break;
        }
    }
    return body;
}

}  // namespace

Client::Client(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) fail("connect");
}

Client::Client(const std::filesystem::path& socket) : socket_(::socket(AF_UNIX, SOCK_STREAM, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, socket.c_str(), sizeof address.sun_path - 1);
    if (::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) fail("connect");
}

Client::~Client() {
    ::close(socket_);
}

void Client::send(std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent < 0) fail("send");
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
}

bool Client::try_send(std::string_view bytes) {
    return ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT) >= 0 || errno == EAGAIN;
}

bool Client::fill() {
    pollfd wait{socket_, POLLIN, 0};
    if (::poll(&wait, 1, deadline_ms) <= 0) throw std::runtime_error("the server neither answered nor closed in time");
    char bytes[65536];
    const ssize_t size = ::recv(socket_, bytes, sizeof bytes, 0);
    if (size <= 0) return false;
    buffer_.append(bytes, static_cast<std::size_t>(size));
    return true;
}

Got Client::read(bool is_head) {
    Got got;
    const auto more = [this] { return fill(); };
    while (buffer_.find("\r\n\r\n") == std::string::npos)
        if (!fill()) return got;
    std::string head = buffer_.substr(0, buffer_.find("\r\n\r\n") + 2);
    buffer_.erase(0, head.size() + 2);
    got.status = std::stoi(head.substr(9, 3));
    for (std::size_t at = head.find("\r\n") + 2; at < head.size();) {
        const std::size_t end = head.find("\r\n", at), colon = head.find(": ", at);
        got.headers[web::lower_case(head.substr(at, colon - at))] = head.substr(colon + 2, end - colon - 2);
        at = end + 2;
    }
    if (got.headers.contains("transfer-encoding")) {
        got.body = unchunked(buffer_, more, got.is_whole);
        return got;
    }
    if (!got.headers.contains("content-length")) {
        got.is_whole = got.status == 304 || is_head;
        if (got.is_whole) return got;
        while (fill()) continue;
        got.body = std::exchange(buffer_, {});
        return got;
    }
    const std::size_t size = is_head ? 0 : std::stoul(got.headers["content-length"]);
    while (buffer_.size() < size)
        if (!fill()) return got;
    got.body = buffer_.substr(0, size);
    buffer_.erase(0, size);
    got.is_whole = true;
    return got;
}

std::string Client::read_some() {
    if (buffer_.empty()) fill();
    return std::exchange(buffer_, {});
}

std::string Client::read_to_end() {
    while (fill()) continue;
    return std::exchange(buffer_, {});
}

bool Client::is_closed_by_peer() {
    while (fill()) continue;
    return true;
}

Got get(std::uint16_t port, const std::string& target, const std::string& more_headers) {
    Client client(port);
    client.send("GET " + target + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n" + more_headers + "\r\n");
    return client.read();
}

Got post(std::uint16_t port, const std::string& target, const std::string& body, const std::string& more_headers) {
    Client client(port);
    client.send("POST " + target +
                " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\n" +
                more_headers + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
    return client.read();
}

}  // namespace test
