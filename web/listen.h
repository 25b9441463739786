/// Listen: the sockets the server accepts on: a TCP address, and a Unix socket in the data folder.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <cstdint>
#include <filesystem>
#include <string>

namespace web {

/// Listens on an IP address (not a name); port 0 takes a free one. Throws Error: in_use, unsuited, io.
boost::asio::ip::tcp::acceptor listen_tcp(boost::asio::io_context& context, const std::string& address,
                                          std::uint16_t port);

/// Listens on a Unix socket, mode 0660 before the first connection can be made, of the group dicom-bridge where we may
/// give it that. A socket file that nobody answers on is what a crash left, and is removed.
/// Throws Error: in_use (somebody answers), unsuited (too long a path, or a file that is no socket), io.
boost::asio::local::stream_protocol::acceptor listen_local(boost::asio::io_context& context,
                                                           const std::filesystem::path& path);

}  // namespace web
