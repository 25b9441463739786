/// HttpServer: a server for tests that does to each connection exactly what it is told, on loopback.
///
/// Written on sockets and OpenSSL, independently of the product's own HTTP, so that one bug cannot hide in both. Any
/// thread. Its script runs on a thread per connection, and outlives nothing: the destructor ends what still runs.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "broker/dicom/tls.h"

struct ssl_ctx_st;
struct ssl_st;

namespace support {

/// Ends a script: the server stops, the client is gone, or it is silent for 20 s.
struct ScriptEnded : std::exception {};

struct HttpTls {
    broker::dicom::TlsFiles files;  ///< ours
    bool wants_certificate = false;
    int version = 0;  ///< the only one that is spoken, as OpenSSL numbers them; 0: any
};

/// One connection, in its script.
class HttpPeer {
public:
    HttpPeer(int socket, int stop);
    ~HttpPeer();
    HttpPeer(const HttpPeer&) = delete;
    HttpPeer& operator=(const HttpPeer&) = delete;

    /// False: it failed.
    bool accept_tls(ssl_ctx_st* context);

    /// Up to and with the empty line.
    std::string read_head();
    std::string read(std::size_t bytes);
    /// A head and the body that its Content-Length tells.
    std::string read_request();
    /// Whatever still comes, until the client ends; nothing where it ended with a reset.
    std::optional<std::string> read_to_end();

    void send(std::string_view bytes);
    /// An orderly end of what we send.
    void finish();
    void cut();
    /// A server that takes its time.
    void take_time(std::chrono::milliseconds time);
    /// Until the client ends.
    void hang();
    /// Connects to a port of loopback and passes everything on, both ways.
    void relay(std::uint16_t port);

private:
    std::size_t read_some(char* into, std::size_t size);
    void wait(short events, int other = -1);

    int socket_;
    const int stop_;
    ssl_st* tls_ = nullptr;
    std::string unread_;
};

class HttpServer {
public:
    using Script = std::function<void(HttpPeer&)>;
    /// `receive_buffer`: bytes that the system takes for a script that doesn't read; 0: as many as it likes.
    explicit HttpServer(Script script, std::optional<HttpTls> tls = std::nullopt, int receive_buffer = 0);
    ~HttpServer();

    std::uint16_t port() const { return port_; }
    int connection_count() const;
    /// What a script puts here can be waited for.
    void note(std::string what);
    std::vector<std::string> notes() const;

    /// Waits until there are so many connections, or notes, or 20 s; whether there are.
    bool wait_for_connections(int count) const;
    bool wait_for_notes(std::size_t count) const;

private:
    void accept_loop();
    void serve(int socket);

    const Script script_;
    ssl_ctx_st* tls_ = nullptr;
    int listener_ = -1, stop_ = -1;
    std::uint16_t port_ = 0;
    mutable std::mutex mutex_;  ///< guards all below
    mutable std::condition_variable changed_;
    int connection_count_ = 0;
    std::vector<std::string> notes_;
    std::vector<std::thread> threads_;
    std::thread acceptor_;
};

/// The body of a request that `read_request` returned.
std::string body_of(const std::string& request);

/// A port of loopback where nothing listens.
std::uint16_t free_port();

}  // namespace support
