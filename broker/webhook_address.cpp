// The address up to its query, and the query.
#include "broker/webhook_address.h"

#include <stdexcept>

namespace broker {

WebhookAddress webhook_address(const std::string& url) {
    const auto query = url.find('?');
    const auto server = http::Url::parse(url.substr(0, query));
    if (!server) throw std::invalid_argument("url cannot be used as the address of a webhook");
    const auto target = http::Target::parse(server->path() + (query == std::string::npos ? "" : url.substr(query)));
    if (!target) throw std::invalid_argument("url has signs that must be percent-encoded");
    return {*server, *target};
}

}  // namespace broker
