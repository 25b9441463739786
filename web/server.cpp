/// Server: HTTP/1.1 on a TCP address and on a Unix socket: the pages, the API, and who may use them.
#include "web/server.h"

#include <spdlog/spdlog.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/experimental/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <future>
#include <mutex>
#include <optional>
#include <thread>

#include "web/api/routes.h"
#include "web/ascii.h"
#include "web/error.h"
#include "web/listen.h"
#include "web/local_user.h"
#include "web/session.h"

namespace web {
namespace {

namespace net = boost::asio;
using Tcp = net::ip::tcp;
using Local = net::local::stream_protocol;
constexpr auto as_tuple = net::experimental::as_tuple(net::use_awaitable);

/// After an accept that failed for want of descriptors or memory.
constexpr std::chrono::milliseconds accept_pause{100};

/// The end of a coroutine: whatever it threw is a line in the log, never silence.
struct LogFailure {
    const char* event;
    void operator()(std::exception_ptr thrown) const {
        if (!thrown) return;
        try {
            std::rethrow_exception(thrown);
        } catch (const std::exception& error) {
            spdlog::error("event={} error=\"{}\"", event, error.what());
        }
    }
};

std::optional<Peer> peer_of(Tcp::socket& socket) {
    boost::system::error_code code;
    const auto remote = socket.remote_endpoint(code);
    if (code) return std::nullopt;
    socket.set_option(Tcp::no_delay(true), code);
    return Peer{false, remote.address().to_string(), 0};
}

std::optional<Peer> peer_of(Local::socket& socket) {
    const auto user_id = peer_user_id(socket.native_handle());
    if (!user_id) return std::nullopt;
    return Peer{true, {}, *user_id};
}

template <class Protocol>
net::awaitable<void> accept_all(net::basic_socket_acceptor<Protocol>& acceptor, Serving& serving) {
    const auto executor = co_await net::this_coro::executor;
    while (acceptor.is_open()) {
        auto [code, socket] = co_await acceptor.async_accept(as_tuple);
        if (code == net::error::operation_aborted) co_return;
        if (code) {
            spdlog::warn("event=http_accept_failed error=\"{}\"", code.message());
            net::steady_timer pause(executor, accept_pause);
            co_await pause.async_wait(as_tuple);
            continue;
        }
        auto peer = peer_of(socket);
        if (!peer || serving.is_stopping) continue;
        net::generic::stream_protocol::socket plain(std::move(socket));
        net::co_spawn(executor, serve(std::move(plain), std::move(*peer), serving), LogFailure{"http_session_failed"});
    }
}

Door door_of(const ServerSettings& settings) {
    Door door{.access = settings.access, .bound_address = settings.address};
    door.is_tls = settings.tls.has_value();
    door.is_strict = settings.tls && settings.is_strict_tls;
    for (const std::string& each : settings.names) door.names.push_back(lower_case(each));
    return door;
}

}  // namespace

struct Server::Parts {
    Parts(ServerSettings given, const Running& running, std::function<outbox::Instant()> now, Router router)
        : settings(std::move(given)),
          pool(settings.database, settings.limits.handlers, settings.limits.waiting_max),
          admission(settings.session_idle, settings.session_for),
          live(settings.database, running.state, now),
          tls(settings.tls ? std::optional(make_tls(*settings.tls)) : std::nullopt),
          serving{settings.limits, door_of(settings), std::move(router), running, now, pool, admission, live} {}

    void listen();
    void run();
    void remove_socket() const;

    const ServerSettings settings;
    Pool pool;
    Admission admission;
    Live live;
    mutable std::mutex tls_mutex;  ///< guards is_serving and tls
    bool is_serving = false;
    std::optional<Tls> tls;
    Serving serving;
    std::optional<net::io_context> context;
    std::optional<Tcp::acceptor> tcp;
    std::optional<Local::acceptor> local;
    std::optional<net::executor_work_guard<net::io_context::executor_type>> guard;
    ino_t socket_inode = 0;  ///< of our socket file: another's of the same name isn't ours to remove
    std::uint16_t port = 0;
    std::promise<void> ended;
    std::future<void> has_ended;
    std::thread thread;
};

void Server::Parts::listen() {
    context.emplace(1);
    if (!settings.address.empty()) {
        tcp.emplace(listen_tcp(*context, settings.address, settings.port));
        port = tcp->local_endpoint().port();
    }
    if (!settings.socket.empty()) {
        local.emplace(listen_local(*context, settings.socket));
        struct stat found {};
        if (::stat(settings.socket.c_str(), &found) == 0) socket_inode = found.st_ino;
    }
}

void Server::Parts::run() {
    if (tls) serving.tls = tls->context;
    guard.emplace(net::make_work_guard(*context));
    if (tcp) net::co_spawn(*context, accept_all(*tcp, serving), LogFailure{"http_acceptor_failed"});
    if (local) net::co_spawn(*context, accept_all(*local, serving), LogFailure{"http_acceptor_failed"});
    has_ended = ended.get_future();
    thread = std::thread([this] {
        context->run();
        ended.set_value();
    });
}

void Server::Parts::remove_socket() const {
    struct stat found {};
    if (::stat(settings.socket.c_str(), &found) == 0 && found.st_ino == socket_inode) ::unlink(settings.socket.c_str());
}

Server::Server(ServerSettings settings, const Running& running, std::function<outbox::Instant()> now, Router router)
    : parts_(std::make_unique<Parts>(std::move(settings), running, std::move(now), std::move(router))) {
    const ServerSettings& mine = parts_->settings;
    if (mine.address.empty() || is_loopback(mine.address)) return;
    if (mine.access == Access::open)
        throw Error(Errc::unsuited, "access = \"open\" is for loopback only, not for " + mine.address);
    if (!mine.tls) throw Error(Errc::unsuited, "without a certificate only loopback is served, not " + mine.address);
}

Server::Server(ServerSettings settings, const Running& running, std::function<outbox::Instant()> now)
    : Server(std::move(settings), running, std::move(now), Router(api::routes())) {}

Server::~Server() {
    stop();
}

void Server::start() {
    Parts& parts = *parts_;
    try {
        parts.listen();
    } catch (...) {
        parts.local.reset();
        parts.tcp.reset();
        parts.context.reset();
        parts.port = 0;
        throw;
    }
    parts.pool.start();
    parts.live.start();
    parts.run();
    const std::lock_guard lock(parts.tls_mutex);
    parts.is_serving = true;
}

void Server::stop() {
    Parts& parts = *parts_;
    if (!parts.thread.joinable()) return;
    {
        // From here on nobody posts to what is about to go.
        const std::lock_guard lock(parts.tls_mutex);
        parts.is_serving = false;
    }
    net::post(*parts.context, [&parts] {
        boost::system::error_code ignored;
        parts.serving.is_stopping = true;
        if (parts.tcp) parts.tcp->close(ignored);
        if (parts.local) parts.local->close(ignored);
        parts.serving.connections.close_idle();
        parts.guard.reset();
    });
    const auto timeout = parts.settings.limits.stop_timeout;
    std::jthread last_word([&parts, timeout] {
        if (parts.has_ended.wait_for(timeout) == std::future_status::ready) return;
        net::post(*parts.context, [&parts] { parts.serving.connections.close_all(); });
    });
    parts.live.stop();
    parts.pool.stop();
    last_word.join();
    parts.thread.join();
    parts.local.reset();
    parts.tcp.reset();
    parts.context.reset();
    parts.remove_socket();
}

void Server::renew_tls(const Tls& tls) {
    Parts& parts = *parts_;
    const std::lock_guard lock(parts.tls_mutex);
    if (!parts.is_serving || !parts.tls) return;
    parts.tls = tls;
    net::post(*parts.context, [&parts, context = tls.context] { parts.serving.tls = context; });
}

std::string Server::fingerprint() const {
    const std::lock_guard lock(parts_->tls_mutex);
    return parts_->tls ? parts_->tls->fingerprint : "";
}

std::string Server::open_setup() {
    return parts_->admission.setup.open(std::chrono::steady_clock::now());
}

std::uint16_t Server::port() const {
    return parts_->port;
}

}  // namespace web
