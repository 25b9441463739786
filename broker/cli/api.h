/// Api: the broker's HTTP interface as the commands see it, whatever carries the call.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <string_view>

namespace broker::cli {

/// How long a call may take until its answer is whole. Long enough for an echo that waits out `timeout = "60s"`.
inline constexpr std::chrono::milliseconds call_timeout = std::chrono::seconds(90);

/// How long the broker may take over work that reads the whole history.
inline constexpr std::chrono::milliseconds long_call_timeout = std::chrono::hours(4);

/// The largest answer that is taken into memory. Exports don't count: they are passed on piece by piece.
inline constexpr std::size_t reply_bytes_max = 64U << 20;

struct Call {
    std::string method;  ///< "GET" or "POST"
    std::string target;  ///< path and query, encoded
    std::string body;    ///< JSON, or empty
    std::chrono::milliseconds timeout = call_timeout;
};

struct Reply {
    int status = 0;  ///< of HTTP
    std::string body;
    std::string content_type;
};

/// One thread at a time.
class Api {
public:
    using Sink = std::function<void(std::string_view)>;

    Api() = default;
    Api(const Api&) = delete;
    Api& operator=(const Api&) = delete;
    virtual ~Api() = default;

    /// Asks, and returns the whole answer, errors of HTTP included.
    /// Throws cli::Error, failed: there is nobody to ask, or the answer didn't come whole in time.
    virtual Reply call(const Call& call) = 0;

    /// The same, but the body of a 2xx answer goes to `sink` as it comes and `Reply::body` stays empty; that of any
    /// other answer is in the reply. When it throws, the sink may have had a part of the body.
    virtual Reply stream(const Call& asked, const Sink& sink) {
        Reply reply = call(asked);
        if (reply.status / 100 == 2) {
            sink(reply.body);
            reply.body.clear();
        }
        return reply;
    }
};

}  // namespace broker::cli
