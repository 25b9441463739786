/// Response: a server's whole answer.
///
/// A value; any thread. There is none for an answer that was cut short: that is a Failure.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "broker/http/headers.h"

namespace broker::http {

struct Response {
    unsigned status = 0;  ///< 200 to 599
    Headers headers;
    std::string body;
    /// It began before the last byte of the request had left, and nothing was sent afterwards: a success that it tells
    /// proves nothing.
    bool is_early = false;
    /// Neither length nor chunks: the body went on until the connection ended, so it may have been cut.
    bool ends_with_connection = false;

    /// How long the server asks us to wait, between one second and one hour; nothing where it doesn't say, or not in
    /// one of the forms of RFC 9110 10.2.3.
    std::optional<std::chrono::seconds> retry_after(std::chrono::system_clock::time_point now) const;

    /// When the server says that it made this, by its own clock; nothing where it doesn't, or not as RFC 9110 5.6.7.
    std::optional<std::chrono::sys_seconds> date(std::chrono::sys_seconds now) const;
};

}  // namespace broker::http
