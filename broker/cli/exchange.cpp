/// Exchange: one HTTP/1.1 request and its response over a connection of its own.
#include "broker/cli/exchange.h"

#include <array>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <boost/optional/optional.hpp>
#include <exception>
#include <system_error>

namespace broker::cli {
namespace {

namespace net = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
namespace ssl = net::ssl;

http::request<http::string_body> request_for(const Peer& peer, const Call& call) {
    http::request<http::string_body> request{http::string_to_verb(call.method), call.target, 11};
    request.set(http::field::host, peer.host_header);
    request.set(http::field::user_agent, "dicom-bridge");
    request.set(http::field::accept, "application/json, */*");
    request.keep_alive(false);
    if (!peer.bearer_token.empty()) {
        request.set(http::field::authorization, "Bearer " + peer.bearer_token);
    }
    if (!call.body.empty()) {
        request.set(http::field::content_type, "application/json");
        request.body() = call.body;
    }
    request.prepare_payload();
    return request;
}

/// Reads a body piece by piece, so that an export of any length needs one buffer.
template <class Stream>
net::awaitable<void> read_body(Stream& stream, beast::flat_buffer& buffer,
                               http::response_parser<http::buffer_body>& parser, const Api::Sink& sink) {
    std::array<char, 64U << 10> piece{};
    while (!parser.is_done()) {
        auto& body = parser.get().body();
        body.data = piece.data();
        body.size = piece.size();
        body.more = true;
        try {
            co_await http::async_read(stream, buffer, parser, net::use_awaitable);
        } catch (const boost::system::system_error& error) {
            // need_buffer only says that the piece is full.
            if (error.code() != http::error::need_buffer) {
                throw;
            }
        }
        sink({piece.data(), piece.size() - body.size});
    }
}

template <class Stream>
net::awaitable<void> ask(Stream& stream, const Peer& peer, const Call& call, const Api::Sink* sink, Reply& reply) {
    const auto request = request_for(peer, call);
    co_await http::async_write(stream, request, net::use_awaitable);

    beast::flat_buffer buffer;
    http::response_parser<http::buffer_body> parser;
    parser.header_limit(header_bytes_max);
    parser.body_limit(boost::none);
    co_await http::async_read_header(stream, buffer, parser, net::use_awaitable);
    reply.status = parser.get().result_int();
    reply.content_type = std::string(parser.get()[http::field::content_type]);

    const bool passes_on = sink != nullptr && reply.status / 100 == 2;
    const Api::Sink take = [&reply](std::string_view piece) {
        if (reply.body.size() + piece.size() > reply_bytes_max) {
            throw std::system_error(std::make_error_code(std::errc::message_size));
        }
        reply.body.append(piece);
    };
    co_await read_body(stream, buffer, parser, passes_on ? *sink : take);
}

net::awaitable<void> over_socket(const std::filesystem::path& path, const Peer& peer, const Call& call,
                                 const Api::Sink* sink, Reply& reply) {
    using Protocol = net::local::stream_protocol;
    beast::basic_stream<Protocol> stream(co_await net::this_coro::executor);
    stream.expires_after(call.timeout);
    co_await stream.async_connect(Protocol::endpoint(path.string()), net::use_awaitable);
    co_await ask(stream, peer, call, sink, reply);
}

/// Nothing is sent before the certificate was found to be the host's.
template <class Plain>
net::awaitable<void> over_tls(Plain& plain, const TcpAddress& address, const Peer& peer, const Call& call,
                              const Api::Sink* sink, Reply& reply) {
    ssl::context context(ssl::context::tls_client);
    SSL_CTX_set_min_proto_version(context.native_handle(), TLS1_2_VERSION);
    if (address.ca_file.empty()) {
        context.set_default_verify_paths();
    } else {
        context.load_verify_file(address.ca_file.string());
    }
    ssl::stream<Plain&> stream(plain, context);
    stream.set_verify_mode(ssl::verify_peer);
    stream.set_verify_callback(ssl::host_name_verification(address.host));
    boost::system::error_code is_no_address;
    net::ip::make_address(address.host, is_no_address);
    if (is_no_address) {
        SSL_ctrl(stream.native_handle(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
                 const_cast<char*>(address.host.c_str()));
    }
    co_await stream.async_handshake(ssl::stream_base::client, net::use_awaitable);
    co_await ask(stream, peer, call, sink, reply);
}

net::awaitable<void> over_tcp(const TcpAddress& address, const Peer& peer, const Call& call, const Api::Sink* sink,
                              Reply& reply) {
    using Protocol = net::ip::tcp;
    const auto executor = co_await net::this_coro::executor;
    Protocol::resolver resolver(executor);
    const auto found = co_await resolver.async_resolve(address.host, std::to_string(address.port), net::use_awaitable);
    beast::basic_stream<Protocol> stream(executor);
    stream.expires_after(call.timeout);
    co_await stream.async_connect(found, net::use_awaitable);
    if (address.is_tls) {
        co_await over_tls(stream, address, peer, call, sink, reply);
    } else {
        co_await ask(stream, peer, call, sink, reply);
    }
}

}  // namespace

Reply exchange(const Peer& peer, const Call& call, const Api::Sink* sink) {
    Reply reply;
    std::exception_ptr failure;
    net::io_context context(1);
    const auto keep = [&failure](std::exception_ptr thrown) { failure = std::move(thrown); };
    if (const auto* path = std::get_if<std::filesystem::path>(&peer.where)) {
        net::co_spawn(context, over_socket(*path, peer, call, sink, reply), keep);
    } else {
        net::co_spawn(context, over_tcp(std::get<TcpAddress>(peer.where), peer, call, sink, reply), keep);
    }
    context.run();
    try {
        if (failure) {
            std::rethrow_exception(failure);
        }
    } catch (const boost::system::system_error& error) {
        // Boost's own class, which callers that don't know Boost can't catch.
        throw std::system_error(error.code());
    }
    return reply;
}

}  // namespace broker::cli
