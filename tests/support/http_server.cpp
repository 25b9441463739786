#include "tests/support/http_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <stdexcept>
#include <utility>

namespace support {
namespace {

constexpr int patience_ms = 20'000;

sockaddr_in loopback(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

int bound_socket() {
    const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const sockaddr_in address = loopback(0);
    if (socket < 0 || ::bind(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
        throw std::runtime_error("no port for a test's server");
    return socket;
}

std::uint16_t port_of(int socket) {
    sockaddr_in address{};
    socklen_t size = sizeof address;
    ::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size);
    return ntohs(address.sin_port);
}

SSL_CTX* context_of(const HttpTls& tls) {
    SSL_CTX* context = SSL_CTX_new(TLS_server_method());
    // Debian's OpenSSL refuses the old versions, which some tests have to speak.
    SSL_CTX_set_cipher_list(context, "DEFAULT:@SECLEVEL=0");
    if (SSL_CTX_use_certificate_chain_file(context, tls.files.certificate_file.c_str()) != 1 ||
        SSL_CTX_use_PrivateKey_file(context, tls.files.key_file.c_str(), SSL_FILETYPE_PEM) != 1)
        throw std::runtime_error("a test's server has no usable certificate");
    if (tls.version != 0) {
        SSL_CTX_set_min_proto_version(context, tls.version);
        SSL_CTX_set_max_proto_version(context, tls.version);
    }
    if (tls.wants_certificate) {
        SSL_CTX_load_verify_file(context, tls.files.ca_file.c_str());
        SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
    }
    return context;
}

}  // namespace

HttpPeer::HttpPeer(int socket, int stop) : socket_(socket), stop_(stop) {}

HttpPeer::~HttpPeer() {
    if (tls_ != nullptr) {
        // OpenSSL writes without MSG_NOSIGNAL; SIGPIPE is ignored in test servers.
        SSL_shutdown(tls_);
        SSL_free(tls_);
    }
    if (socket_ >= 0) ::close(socket_);
}

bool HttpPeer::accept_tls(SSL_CTX* context) {
    ERR_clear_error();
    tls_ = SSL_new(context);
    SSL_set_fd(tls_, socket_);
    for (;;) {
        const int result = SSL_accept(tls_);
        if (result == 1) return true;
        const int why = SSL_get_error(tls_, result);
        if (why != SSL_ERROR_WANT_READ && why != SSL_ERROR_WANT_WRITE) break;
        wait(why == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT);
    }
    SSL_free(std::exchange(tls_, nullptr));
    // The alert has to arrive, which a reset would overtake.
    ::shutdown(socket_, SHUT_WR);
    read_to_end();
    return false;
}

void HttpPeer::wait(short events, int other) {
    std::array<pollfd, 3> watched{pollfd{stop_, POLLIN, 0}, pollfd{socket_, events, 0}, pollfd{other, POLLIN, 0}};
    const int ready = ::poll(watched.data(), watched.size(), patience_ms);
    if (ready <= 0 || watched[0].revents != 0) throw ScriptEnded();
}

/// 0: the client ended.
std::size_t HttpPeer::read_some(char* into, std::size_t size) {
    for (;;) {
        if (tls_ != nullptr) {
            ERR_clear_error();
            const int got = SSL_read(tls_, into, static_cast<int>(size));
            if (got > 0) return static_cast<std::size_t>(got);
            const int why = SSL_get_error(tls_, got);
            if (why == SSL_ERROR_ZERO_RETURN) return 0;
            if (why != SSL_ERROR_WANT_READ) throw ScriptEnded();
        } else {
            const ssize_t got = ::recv(socket_, into, size, MSG_DONTWAIT);
            if (got >= 0) return static_cast<std::size_t>(got);
            if (errno != EAGAIN && errno != EINTR) throw ScriptEnded();
        }
        wait(POLLIN);
    }
}

std::string HttpPeer::read(std::size_t bytes) {
    while (unread_.size() < bytes) {
        std::array<char, 16 * 1024> some;
        const std::size_t got = read_some(some.data(), std::min(some.size(), bytes - unread_.size()));
        if (got == 0) throw ScriptEnded();
        unread_.append(some.data(), got);
    }
    std::string all = unread_.substr(0, bytes);
    unread_.erase(0, bytes);
    return all;
}

std::string HttpPeer::read_head() {
    for (;;) {
        const auto end = unread_.find("\r\n\r\n");
        if (end != std::string::npos) return read(end + 4);
        std::array<char, 4096> some;
        const std::size_t got = read_some(some.data(), some.size());
        if (got == 0) throw ScriptEnded();
        unread_.append(some.data(), got);
    }
}

std::string HttpPeer::read_request() {
    std::string head = read_head();
    const auto at = head.find("\r\nContent-Length: ");
    if (at == std::string::npos) return head;
    return head + read(std::strtoull(head.c_str() + at + 18, nullptr, 10));
}

std::optional<std::string> HttpPeer::read_to_end() {
    std::string all = std::exchange(unread_, "");
    try {
        std::array<char, 16 * 1024> some;
        while (const std::size_t got = read_some(some.data(), some.size())) all.append(some.data(), got);
    } catch (const ScriptEnded&) {
        return std::nullopt;
    }
    return all;
}

void HttpPeer::send(std::string_view bytes) {
    while (!bytes.empty()) {
        ssize_t sent = 0;
        if (tls_ != nullptr) {
            ERR_clear_error();
            SSL_set_mode(tls_, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
            sent = SSL_write(tls_, bytes.data(), static_cast<int>(bytes.size()));
            if (sent <= 0 && SSL_get_error(tls_, static_cast<int>(sent)) != SSL_ERROR_WANT_WRITE) throw ScriptEnded();
        } else {
            sent = ::send(socket_, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
            if (sent < 0 && errno != EAGAIN && errno != EINTR) throw ScriptEnded();
        }
        if (sent > 0)
            bytes.remove_prefix(static_cast<std::size_t>(sent));
        else
            wait(POLLOUT);
    }
}

void HttpPeer::finish() {
    if (tls_ != nullptr) SSL_shutdown(tls_);
    ::shutdown(socket_, SHUT_WR);
}

void HttpPeer::cut() {
    const linger at_once{1, 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    SSL_free(std::exchange(tls_, nullptr));
    ::close(std::exchange(socket_, -1));
}

void HttpPeer::take_time(std::chrono::milliseconds time) {
    pollfd stop{stop_, POLLIN, 0};
    if (::poll(&stop, 1, static_cast<int>(time.count())) != 0) throw ScriptEnded();
}

void HttpPeer::hang() {
    read_to_end();
}

void HttpPeer::relay(std::uint16_t port) {
    const int other = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    HttpPeer far(other, stop_);
    const sockaddr_in address = loopback(port);
    if (::connect(other, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) throw ScriptEnded();
    far.send(std::exchange(unread_, ""));
    for (;;) {
        wait(POLLIN, other);
        for (auto [from, to] : {std::pair{this, &far}, std::pair{&far, this}}) {
            std::array<char, 16 * 1024> some;
            const ssize_t got = ::recv(from->socket_, some.data(), some.size(), MSG_DONTWAIT);
            if (got == 0 || (got < 0 && errno != EAGAIN)) return;
            if (got > 0) to->send({some.data(), static_cast<std::size_t>(got)});
        }
    }
}

HttpServer::HttpServer(Script script, std::optional<HttpTls> tls, int receive_buffer)
    : script_(std::move(script)),
      tls_(tls ? context_of(*tls) : nullptr),
      listener_(bound_socket()),
      stop_(::eventfd(0, EFD_CLOEXEC)),
      port_(port_of(listener_)) {
    std::signal(SIGPIPE, SIG_IGN);
    // Connections have it from the listener.
    if (receive_buffer > 0) ::setsockopt(listener_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
    if (::listen(listener_, 64) != 0) throw std::runtime_error("a test's server cannot listen");
    acceptor_ = std::thread([this] { accept_loop(); });
}

HttpServer::~HttpServer() {
    ::eventfd_write(stop_, 1);
    acceptor_.join();
    for (std::thread& thread : threads_) thread.join();
    ::close(listener_);
    ::close(stop_);
    SSL_CTX_free(tls_);
}

void HttpServer::accept_loop() {
    for (;;) {
        std::array<pollfd, 2> watched{pollfd{stop_, POLLIN, 0}, pollfd{listener_, POLLIN, 0}};
        ::poll(watched.data(), watched.size(), -1);
        if (watched[0].revents != 0) return;
        const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (socket < 0) continue;
        const std::lock_guard lock(mutex_);
        ++connection_count_;
        threads_.emplace_back([this, socket] { serve(socket); });
        changed_.notify_all();
    }
}

void HttpServer::serve(int socket) {
    try {
        HttpPeer peer(socket, stop_);
        if (tls_ != nullptr && !peer.accept_tls(tls_)) return note("no TLS");
        script_(peer);
    } catch (const ScriptEnded&) {
        // Whatever the test waits for, it sees at its own end.
    }
}

int HttpServer::connection_count() const {
    const std::lock_guard lock(mutex_);
    return connection_count_;
}

void HttpServer::note(std::string what) {
    const std::lock_guard lock(mutex_);
    notes_.push_back(std::move(what));
    changed_.notify_all();
}

std::vector<std::string> HttpServer::notes() const {
    const std::lock_guard lock(mutex_);
    return notes_;
}

bool HttpServer::wait_for_connections(int count) const {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::milliseconds(patience_ms), [&] { return connection_count_ >= count; });
}

bool HttpServer::wait_for_notes(std::size_t count) const {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::milliseconds(patience_ms), [&] { return notes_.size() >= count; });
}

std::string body_of(const std::string& request) {
    const auto end = request.find("\r\n\r\n");
    return end == std::string::npos ? "" : request.substr(end + 4);
}

std::uint16_t free_port() {
    const int socket = bound_socket();
    const std::uint16_t port = port_of(socket);
    ::close(socket);
    return port;
}

}  // namespace support
