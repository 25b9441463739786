/// Session: one connection's life: requests read within limits and deadlines, answered one after the other.
///
/// The server's thread. Beast stops here: everything above deals in Request and Response.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/generic/stream_protocol.hpp>

#include "web/exchange.h"
#include "web/serving.h"

namespace web {

/// Serves a connected socket until either side is done with it. Ends without a word when the limits of `serving` leave
/// no room for it. Throws only what is our own fault; a peer's trouble ends the session quietly.
boost::asio::awaitable<void> serve(boost::asio::generic::stream_protocol::socket socket, Peer peer, Serving& serving);

}  // namespace web
