/// Request: what is asked of a server, with a body that need not be in memory.
///
/// Values; BodySource: one thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "broker/http/headers.h"
#include "broker/http/url.h"

namespace broker::http {

enum class Method { get, head, post, put, patch, del, options };

/// Like "GET".
std::string_view to_string(Method method);

/// A body that is read while it is sent. What its functions throw ends the request, whose connection is cut: the peer
/// never has the whole body then. It comes out of `Client::perform` as it is.
class BodySource {
public:
    virtual ~BodySource() = default;

    /// Of the whole body, known before the first byte and the same always.
    virtual std::uint64_t size() const = 0;
    /// The next bytes, at least one and at most `into.size()`. Called no more once `size` bytes have come.
    virtual std::size_t read(std::span<std::byte> into) = 0;
    /// Goes back to the first byte. Called before each try.
    virtual void rewind() = 0;
};

struct Request {
    Method method = Method::get;
    Target target;
    /// Without those that the client writes: Host, User-Agent, Accept-Encoding, Connection, Content-Length and whatever
    /// else says how the body is framed or what happens to the connection.
    Headers headers;
    /// A source outlives the call. Neither a text nor a source is ever sent in chunks.
    std::variant<std::monostate, std::string, BodySource*> body;
    /// Doing it twice does no harm: GET and HEAD always are. Then a connection that the server closed while it was kept
    /// is replaced once.
    bool is_repeatable = false;
    /// Asked before so many bytes leave, head included; may block for as long as it likes, and false is an interrupt.
    /// What it throws comes out of `Client::perform`.
    std::function<bool(std::size_t bytes)> pace;
    /// Bytes of the body that leave at once, at most; no more than 64 KiB ever do.
    std::size_t piece_bytes_max = std::numeric_limits<std::size_t>::max();
};

}  // namespace broker::http
