// A hash of where it is.
#include "broker/alarm/recipients.h"

#include <algorithm>
#include <span>
#include <string_view>

#include "broker/http/url.h"
#include "spool/digest.h"

namespace broker::alarm {

outbox::RecipientSpec recipient_of(const config::Notify& notify) {
    spool::Hasher hasher;
    // A zero between them: no two lists of texts are the same bytes.
    const auto add = [&](std::string_view text) {
        hasher.update(std::as_bytes(std::span(text)));
        hasher.update(std::as_bytes(std::span(std::string_view("\0", 1))));
    };
    outbox::RecipientSpec recipient;
    if (notify.kind == config::NotifyKind::webhook) {
        add("webhook");
        add(notify.url);
        const auto server = http::Url::parse(notify.url.substr(0, notify.url.find('?')));
        recipient.label = "webhook " + (server ? server->host() : std::string("(no address)"));
    } else {
        add("smtp");
        add(notify.host);
        add(std::to_string(notify.port));
        add(notify.from);
        for (const std::string& each : notify.to) add(each);
        recipient.label = "smtp " + notify.host;
    }
    recipient.key = hasher.finish().bytes();
    return recipient;
}

std::vector<outbox::RecipientSpec> recipients_of(const config::Config& config) {
    std::vector<outbox::RecipientSpec> all;
    for (const config::Notify& each : config.notify) {
        const auto recipient = recipient_of(each);
        const bool is_known =
            std::any_of(all.begin(), all.end(), [&](const auto& other) { return other.key == recipient.key; });
        if (!is_known) all.push_back(recipient);
    }
    return all;
}

}  // namespace broker::alarm
