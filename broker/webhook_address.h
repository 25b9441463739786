/// WebhookAddress: where a webhook is called.
///
/// A value and a pure function; any thread.
#pragma once

#include <string>

#include "broker/http/url.h"

namespace broker {

struct WebhookAddress {
    http::Url server;
    http::Target target;
};

/// A webhook's address may have a query, unlike a server's. Throws std::invalid_argument, without the address in its
/// text, where it cannot be used.
WebhookAddress webhook_address(const std::string& url);

}  // namespace broker
