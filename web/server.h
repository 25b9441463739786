/// Server: HTTP/1.1 on a TCP address and on a Unix socket: the pages, the API, and who may use them.
///
/// One thread serves all connections, a small pool runs the handlers. `start` and `stop` from one thread. What it is
/// given must outlive it. Throws web::Error.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "web/deps.h"
#include "web/limits.h"
#include "web/router.h"
#include "web/running.h"
#include "web/tls.h"

namespace web {

struct ServerSettings {
    std::string address = "127.0.0.1";  ///< an IP address; "": no TCP
    std::uint16_t port = 8080;          ///< 0: a free one
    std::filesystem::path socket;       ///< "": no Unix socket
    Access access = Access::users;      ///< open: only with a loopback address
    std::vector<std::string> names;     ///< host names that the pages are reached by, beside localhost and addresses
    bool is_strict_tls = false;         ///< the certificate is one that others vouch for
    std::optional<TlsPem> tls;          ///< nothing: plain, which is for loopback only
    std::chrono::milliseconds session_idle{15 * 60'000}, session_for{8 * 3'600'000};  ///< sessions.h
    std::filesystem::path database;  ///< read-only; must exist when the first question comes
    Limits limits;
};

class Server {
public:
    Server(ServerSettings settings, const Running& running, std::function<outbox::Instant()> now, Router router);
    /// With the routes of the API and the pages (api/routes.h).
    Server(ServerSettings settings, const Running& running, std::function<outbox::Instant()> now);
    ~Server();
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    /// Listens; on return a client can connect. Throws Error: in_use, unsuited (also the certificate, or an address
    /// that others reach without one), io. Nothing is left listening then.
    void start();
    /// Ends: answers what is being asked, for at most `stop_timeout`, then closes. Synchronous, idempotent, legal
    /// before start. The socket file is gone.
    void stop();

    /// What is shown to those who connect from now on. Any thread; without effect where it began without TLS, before
    /// start and once stop began.
    void renew_tls(const Tls& tls);
    /// SHA-256 of the certificate that is shown, "" without TLS.
    std::string fingerprint() const;

    /// Makes the link's secret by which the first admin is made; the one before is void. Any thread.
    std::string open_setup();

    /// The TCP port it listens on; 0 before start and without TCP.
    std::uint16_t port() const;

private:
    struct Parts;
    std::unique_ptr<Parts> parts_;
};

}  // namespace web
