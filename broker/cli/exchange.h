/// Exchange: one HTTP/1.1 request and its response over a connection of its own.
///
/// Any thread. Opens, asks, reads and closes; nothing is kept between two exchanges.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <variant>

#include "broker/cli/api.h"

namespace broker::cli {

struct TcpAddress {
    std::string host;
    std::uint16_t port = 80;
    bool is_tls = false;                 ///< https: its certificate must be for the host
    std::filesystem::path ca_file = {};  ///< whom to trust for that; "": whom this system trusts
};

/// Whom to ask: the socket of a broker on this machine, or an address.
using Where = std::variant<std::filesystem::path, TcpAddress>;

struct Peer {
    Where where;
    std::string host_header;
    std::string bearer_token;  ///< empty: none is sent
};

/// The largest header that is read.
inline constexpr std::size_t header_bytes_max = 64U << 10;

/// Asks `peer`. With a sink, the body of a 2xx answer goes there in pieces; without one, up to reply_bytes_max are
/// taken into the reply. Throws std::system_error when the connection cannot be opened, breaks, isn't trusted, or
/// `call.timeout` passes.
Reply exchange(const Peer& peer, const Call& call, const Api::Sink* sink);

}  // namespace broker::cli
