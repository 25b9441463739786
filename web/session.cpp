/// Session: one connection's life: requests read within limits and deadlines, answered one after the other.
#include "web/session.h"

#include <fmt/chrono.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/experimental/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>
#include <memory>
#include <utility>

#include "web/ascii.h"
#include "web/head_guard.h"
#include "web/headers.h"
#include "web/problem.h"
#include "web/respond.h"

namespace web {
namespace {

namespace net = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using boost::system::error_code;

using Plain = beast::basic_stream<net::generic::stream_protocol>;
using Encrypted = beast::ssl_stream<Plain&>;
constexpr auto as_tuple = net::experimental::as_tuple(net::use_awaitable);

/// Waits for a value that is handed over once, from any thread; goes on on the server's thread.
template <class Value>
net::awaitable<Value> handed_over(std::function<void(std::function<void(Value)>)> start) {
    const auto executor = co_await net::this_coro::executor;
    auto initiate = [executor, start = std::move(start)](auto handler) {
        auto kept = std::make_shared<decltype(handler)>(std::move(handler));
        start([kept = std::move(kept), executor](Value value) mutable {
            net::post(executor,
                      [kept = std::move(kept), value = std::move(value)]() mutable { (*kept)(std::move(value)); });
        });
    };
    co_return co_await net::async_initiate<decltype(net::use_awaitable), void(Value)>(std::move(initiate),
                                                                                      net::use_awaitable);
}

/// What came of waiting for a request.
struct Incoming {
    std::optional<Request> request;
    std::optional<Response> refusal;  ///< to be sent before closing; neither: the connection is over
    bool is_http_1_0 = false;
    bool wants_more = false;  ///< keep-alive
};

/// `Wire` carries the bytes: the socket itself, or TLS over it. Deadlines are always the socket's.
template <class Wire>
class Session {
public:
    Session(Wire& wire, Plain& plain, Peer peer, Serving& serving, Connections::Number number)
        : wire_(wire), plain_(plain), peer_(std::move(peer)), serving_(serving), number_(number) {}

    net::awaitable<void> run();

private:
    net::awaitable<Incoming> read_request(bool is_first);
    net::awaitable<Incoming> read_head(bool is_first, std::size_t& head_size);
    net::awaitable<Incoming> read_body(http::request_parser<http::string_body>& parser, Incoming incoming);
    std::size_t body_limit(const Request& request) const;
    net::awaitable<bool> send(const Incoming& incoming, Answer answer, bool is_last);
    net::awaitable<bool> send_whole(const Incoming& incoming, Response response, bool is_last);
    net::awaitable<bool> send_pieces(const Incoming& incoming, Response response, Channel& pieces, bool is_last);
    net::awaitable<void> linger();

    Wire& wire_;
    Plain& plain_;
    const Peer peer_;
    Serving& serving_;
    const Connections::Number number_;
    beast::flat_buffer buffer_;
};

std::string_view bytes_of(const beast::flat_buffer& buffer) {
    return {static_cast<const char*>(buffer.data().data()), buffer.data().size()};
}

std::string too_long(std::size_t bytes_max) {
    return fmt::format("the body is too long: this call takes {} bytes", bytes_max);
}

Incoming refused(unsigned status, std::string_view why) {
    Incoming incoming;
    incoming.refusal = problem(status, why);
    return incoming;
}

/// Copies what handlers need, before a body's trailer could add to the fields.
std::optional<Request> request_of(const http::request<http::string_body>& message, const Peer& peer) {
    auto target = parse_target({message.target().data(), message.target().size()});
    if (!target) return std::nullopt;
    Request request;
    request.method = std::string(message.method_string());
    request.target = std::move(*target);
    request.peer = peer;
    for (const auto& field : message)
        request.headers.emplace_back(lower_case({field.name_string().data(), field.name_string().size()}),
                                     std::string(field.value()));
    return request;
}

template <class Body>
void set_fields(http::response<Body>& message, const Response& response, const Serving& serving, bool is_last) {
    message.result(response.status);
    message.set(http::field::date, fmt::format("{:%a, %d %b %Y %H:%M:%S} GMT",
                                               fmt::gmtime(std::chrono::system_clock::to_time_t(serving.now()))));
    if (!response.content_type.empty()) message.set(http::field::content_type, response.content_type);
    for (const auto& [name, value] : security_headers(serving.door.is_strict)) message.set(name, value);
    for (const auto& [name, value] : response.headers) message.set(name, value);
    message.keep_alive(!is_last);
}

template <class Wire>
net::awaitable<void> Session<Wire>::run() {
    for (std::size_t count = 1;; ++count) {
        Incoming incoming = co_await read_request(count == 1);
        serving_.connections.set_idle(number_, false);
        if (incoming.refusal) {
            Answer refusal{std::move(*incoming.refusal), nullptr};
            co_await send(incoming, std::move(refusal), true);
            co_await linger();
            co_return;
        }
        if (!incoming.request) co_return;
        const std::function<void(Reply)> ask = [this, &incoming](Reply reply) {
            respond(serving_, *incoming.request, std::move(reply));
        };
        Answer answer = co_await handed_over<Answer>(ask);
        const bool is_last =
            !incoming.wants_more || serving_.is_stopping || count >= serving_.limits.requests_per_connection_max;
        const bool is_sent = co_await send(incoming, std::move(answer), is_last);
        // A stream may have lasted until the server began to end.
        if (!is_sent || is_last || serving_.is_stopping) co_return;
        serving_.connections.set_idle(number_, true);
    }
}

/// Reads until the head is whole. An Incoming without refusal: it is, of `head_size` bytes; 0: the connection is over.
template <class Wire>
net::awaitable<Incoming> Session<Wire>::read_head(bool is_first, std::size_t& head_size) {
    head_size = 0;
    bool has_begun = is_first || buffer_.size() > 0;
    plain_.expires_after(has_begun ? serving_.limits.header_timeout : serving_.limits.keep_alive_timeout);
    while (true) {
        const HeadScan scan = scan_head(bytes_of(buffer_));
        if (!scan.fault.empty()) co_return refused(400, scan.fault);
        if (scan.size.value_or(buffer_.size()) > serving_.limits.header_bytes_max ||
            (!scan.size && buffer_.size() == serving_.limits.header_bytes_max))
            co_return refused(431, "the request line and header fields are too long");
        if (scan.size) {
            head_size = *scan.size;
            co_return Incoming();
        }
        const std::size_t room = serving_.limits.header_bytes_max - buffer_.size();
        const auto [code, size] = co_await wire_.async_read_some(buffer_.prepare(room), as_tuple);
        if (code)
            co_return Incoming();  // gone, or late: then Beast has closed the socket, and nothing more can be said
        buffer_.commit(size);
        if (!std::exchange(has_begun, true)) plain_.expires_after(serving_.limits.header_timeout);
    }
}

/// Of this request's body. A path that isn't one of ours gets the least.
template <class Wire>
std::size_t Session<Wire>::body_limit(const Request& request) const {
    const Match match = serving_.router.match(request.method, request.target.segments);
    return std::max(serving_.limits.body_bytes_max, match.route != nullptr ? match.route->body_bytes_max : 0);
}

template <class Wire>
net::awaitable<Incoming> Session<Wire>::read_request(bool is_first) {
    std::size_t head_size = 0;
    Incoming incoming = co_await read_head(is_first, head_size);
    if (head_size == 0) co_return incoming;
    const std::string fault = check_head(bytes_of(buffer_).substr(0, head_size));
    if (!fault.empty()) co_return refused(400, fault);

    http::request_parser<http::string_body> parser;
    parser.header_limit(static_cast<std::uint32_t>(serving_.limits.header_bytes_max));
    parser.body_limit(std::max(serving_.limits.body_bytes_max, serving_.router.body_bytes_max()));
    error_code code;
    const std::size_t taken = parser.put(net::const_buffer(buffer_.data().data(), head_size), code);
    if (code == http::error::body_limit) co_return refused(413, too_long(serving_.limits.body_bytes_max));
    if (code || taken != head_size) co_return refused(400, "the request is not HTTP");
    buffer_.consume(head_size);
    incoming.is_http_1_0 = parser.get().version() == 10;
    incoming.wants_more = parser.get().keep_alive();
    incoming.request = request_of(parser.get(), peer_);
    if (!incoming.request) co_return refused(400, "the target is not a plain path and query");
    const std::size_t body_bytes_max = body_limit(*incoming.request);
    if (parser.content_length().value_or(0) > body_bytes_max) co_return refused(413, too_long(body_bytes_max));
    parser.body_limit(body_bytes_max);
    if (parser.is_done()) co_return incoming;
    co_return co_await read_body(parser, std::move(incoming));
}

template <class Wire>
net::awaitable<Incoming> Session<Wire>::read_body(http::request_parser<http::string_body>& parser, Incoming incoming) {
    plain_.expires_after(serving_.limits.body_timeout);
    if (lower_case(incoming.request->header("expect").value_or("")) == "100-continue") {
        static constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";
        const auto [failed, sent] = co_await net::async_write(wire_, net::buffer(go_on), as_tuple);
        if (failed) co_return Incoming();
    }
    const auto [code, size] = co_await http::async_read(wire_, buffer_, parser, as_tuple);
    if (code == http::error::body_limit) co_return refused(413, too_long(body_limit(*incoming.request)));
    if (code == http::error::end_of_stream || code == http::error::partial_message) co_return Incoming();
    if (code.category() == make_error_code(http::error::bad_chunk).category())
        co_return refused(400, "the body is not framed as HTTP says");
    if (code) co_return Incoming();
    incoming.request->body = std::move(parser.get().body());
    co_return incoming;
}

template <class Wire>
net::awaitable<bool> Session<Wire>::send(const Incoming& incoming, Answer answer, bool is_last) {
    if (answer.pieces == nullptr) co_return co_await send_whole(incoming, std::move(answer.response), is_last);
    const auto pieces = answer.pieces;
    bool is_sent = false;
    try {
        is_sent = co_await send_pieces(incoming, std::move(answer.response), *pieces, is_last);
    } catch (...) {
        pieces->abandon();
        throw;
    }
    pieces->abandon();
    co_return is_sent;
}

template <class Wire>
net::awaitable<bool> Session<Wire>::send_whole(const Incoming& incoming, Response response, bool is_last) {
    const bool is_head = incoming.request && incoming.request->method == "HEAD";
    http::response<http::string_body> message;
    set_fields(message, response, serving_, is_last);
    if (response.status != 304) message.content_length(response.body.size());
    if (!is_head && response.status != 304) message.body() = std::move(response.body);
    // Whoever goes on reading gets a large answer to its end, at a pace that a thin line has.
    const std::chrono::seconds more{message.body().size() / serving_.limits.write_bytes_per_second_min};
    const auto until = std::chrono::steady_clock::now() + serving_.limits.write_timeout + more;
    http::response_serializer<http::string_body> serializer(message);
    while (!serializer.is_done()) {
        serving_.connections.set_writing(number_);
        plain_.expires_at(std::min(until, std::chrono::steady_clock::now() + serving_.limits.write_timeout));
        const auto [code, size] = co_await http::async_write_some(wire_, serializer, as_tuple);
        if (code) co_return false;
    }
    co_return true;
}

template <class Wire>
net::awaitable<bool> Session<Wire>::send_pieces(const Incoming& incoming, Response response, Channel& pieces,
                                                bool is_last) {
    // HTTP/1.0 has no chunks: there the connection's end is the body's end.
    const bool is_chunked = !incoming.is_http_1_0;
    http::response<http::empty_body> message;
    set_fields(message, response, serving_, is_last || !is_chunked);
    message.chunked(is_chunked);
    http::response_serializer<http::empty_body> serializer(message);
    plain_.expires_after(serving_.limits.write_timeout);
    const auto [code, size] = co_await http::async_write_header(wire_, serializer, as_tuple);
    if (code) co_return false;
    const std::function<void(std::function<void(Piece)>)> ask = [&pieces](std::function<void(Piece)> take) {
        pieces.next(std::move(take));
    };
    while (true) {
        const Piece piece = co_await handed_over<Piece>(ask);
        // A body that broke off must not look whole: no last chunk, and the connection goes.
        if (piece.is_broken) co_return false;
        if (piece.is_last) break;
        if (piece.bytes.empty()) continue;
        serving_.connections.set_writing(number_);
        plain_.expires_after(serving_.limits.write_timeout);
        const std::string head = is_chunked ? fmt::format("{:x}\r\n", piece.bytes.size()) : "";
        const std::string_view tail = is_chunked ? "\r\n" : "";
        const std::array framed{net::buffer(head), net::buffer(piece.bytes), net::buffer(tail)};
        const auto [failed, sent] = co_await net::async_write(wire_, framed, as_tuple);
        if (failed) co_return false;
    }
    if (!is_chunked) co_return false;
    plain_.expires_after(serving_.limits.write_timeout);
    static constexpr std::string_view end = "0\r\n\r\n";
    const auto [failed, sent] = co_await net::async_write(wire_, net::buffer(end), as_tuple);
    co_return !failed;
}

/// Closing with unread bytes resets the connection, and the peer would lose our refusal: read them first, a little.
template <class Wire>
net::awaitable<void> Session<Wire>::linger() {
    error_code ignored;
    plain_.socket().shutdown(net::socket_base::shutdown_send, ignored);
    plain_.expires_after(serving_.limits.linger_timeout);
    std::size_t left = std::max(serving_.limits.body_bytes_max, serving_.router.body_bytes_max());
    while (left > 0) {
        buffer_.clear();
        const auto [code, size] = co_await plain_.async_read_some(buffer_.prepare(4096), as_tuple);
        if (code) co_return;
        left -= std::min(left, size);
    }
}

/// What was said under TLS ends under TLS, so that nobody in between can cut it short unseen.
net::awaitable<void> end_encryption(Encrypted& wire, Plain& plain, std::chrono::milliseconds timeout) {
    plain.expires_after(timeout);
    co_await wire.async_shutdown(as_tuple);
}

net::awaitable<void> serve_encrypted(Plain& plain, const Peer& peer, Serving& serving, Connections::Number number) {
    // It keeps its context, should another one take its place meanwhile.
    const auto context = serving.tls;
    Encrypted wire(plain, *context);
    plain.expires_after(serving.limits.header_timeout);
    const auto [code] = co_await wire.async_handshake(net::ssl::stream_base::server, as_tuple);
    // Whoever doesn't speak TLS, or doesn't trust us, is a peer's trouble.
    if (code) co_return;
    Session<Encrypted> session(wire, plain, peer, serving, number);
    co_await session.run();
    co_await end_encryption(wire, plain, serving.limits.linger_timeout);
}

net::awaitable<void> serve_plain(Plain& plain, const Peer& peer, Serving& serving, Connections::Number number) {
    Session<Plain> session(plain, plain, peer, serving, number);
    co_await session.run();
}

}  // namespace

net::awaitable<void> serve(net::generic::stream_protocol::socket socket, Peer peer, Serving& serving) {
    const auto plain = std::make_shared<Plain>(std::move(socket));
    const auto number = serving.connections.admit(peer.is_local ? std::string(local_address) : peer.address,
                                                  [plain] { plain->close(); });
    if (!number) {
        spdlog::warn("event=http_connection_refused reason=too_many address={}",
                     peer.is_local ? "local" : peer.address);
        co_return;
    }
    std::exception_ptr thrown;
    try {
        if (serving.tls && !peer.is_local) {
            co_await serve_encrypted(*plain, peer, serving, *number);
        } else {
            co_await serve_plain(*plain, peer, serving, *number);
        }
    } catch (...) {
        thrown = std::current_exception();
    }
    serving.connections.leave(*number);
    if (thrown) std::rethrow_exception(thrown);
}

}  // namespace web
