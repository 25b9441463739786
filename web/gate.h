/// Gate: whether a request may pass at all, before any handler: who asks, under which name, from which page.
///
/// Pure functions; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "web/deps.h"
#include "web/exchange.h"
#include "web/router.h"

namespace web {

/// What the server listens on and whom it lets in.
struct Door {
    Access access = Access::users;
    std::string bound_address;            ///< the IP address that TCP listens on
    std::vector<std::string> names = {};  ///< host names that people reach it by, in lower case
    bool is_tls = false;
    bool is_strict = false;  ///< its certificate is one that others vouch for: browsers may insist on it
};

/// The refusal, or nothing. `route` is null where nothing matches: strangers learn that no sooner than what exists.
/// Checks: Host against DNS rebinding, forwarded requests under open access, that there is something to know them by
/// where people log in (who they are is for admission.h to find out), and for acting calls that the request comes from
/// a page of ours or from no page (CSRF).
std::optional<Response> refuse(const Request& request, const Route* route, const Door& door);

/// True for a Host that means this machine: localhost, a loopback literal, the bound address, a name of the door; where
/// people log in also any other IP address, since no rebound name is one. Any port.
bool is_our_host(std::string_view host, const Door& door);

/// True for an IP address that only this machine reaches.
bool is_loopback(std::string_view address);

}  // namespace web
