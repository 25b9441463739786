/// Exchange: a request and its response as plain values, whatever carried them.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "outbox/user.h"
#include "web/target.h"

namespace web {

/// Who is at the other end: an IP address, or a user of this machine over the Unix socket.
struct Peer {
    bool is_local = false;  ///< over the Unix socket
    std::string address;    ///< TCP: the IP address, without port
    unsigned user_id = 0;   ///< local: as the kernel says (SO_PEERCRED)
};

/// A user of ours who logged in.
struct LoggedIn {
    outbox::UserId id;
    std::string name;
    outbox::Role role = outbox::Role::viewer;
};

struct Request {
    std::string method;  ///< as sent: "GET"
    Target target;
    std::vector<std::pair<std::string, std::string>> headers;  ///< names in lower case, in the order sent
    std::string body;
    Peer peer;
    std::string actor;                        ///< as the history names them: "local:alice", "user:alice"
    outbox::Role role = outbox::Role::admin;  ///< whose rights they have
    std::string owner;                        ///< of our users whose name it is done in, or ""; a token's, too
    std::optional<LoggedIn> user;             ///< who logged in with a password; else nothing
    std::vector<std::pair<std::string, std::string>> bound;  ///< what the route's {names} stand for

    /// The value of a header field (its name in lower case); nothing when it wasn't sent.
    std::optional<std::string_view> header(std::string_view name) const;
    /// What a {name} of the route's pattern stands for. It must be one of them.
    const std::string& at(std::string_view name) const;
};

/// Takes the next piece of a body; false: the peer is gone, stop.
using Write = std::function<bool(std::string_view piece)>;

struct Response {
    unsigned status = 200;
    std::string content_type;
    std::vector<std::pair<std::string, std::string>> headers;  ///< beside type, length and the security headers
    std::string body;
    /// When set, makes the body piece by piece instead; run once, on the handler's thread, after the handler returned.
    std::function<void(const Write&)> stream;
    /// Instead of a body: what changes from now on (live.h).
    bool is_live = false;
    /// Let go when the response has been sent, or given up.
    std::shared_ptr<const void> held;
};

}  // namespace web
