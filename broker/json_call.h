/// JsonCall: one POST of JSON to somebody else's server, and what its answer means for the next one.
///
/// Any thread; blocks until the answer is there, or the call was interrupted.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "broker/http/client.h"
#include "outbox/ids.h"

namespace broker {

struct JsonCall {
    http::Target target;
    std::string body;
    std::string idempotency_key = {};  ///< of all its tries; "": it has none
    std::string authorization = {};    ///< the whole value of the header field, or ""
};

/// What came of one try.
struct Tried {
    enum class What {
        taken,        ///< 2xx, after it had heard everything
        refused,      ///< for a reason that may be the call's own
        no_use,       ///< the next call would meet the same
        interrupted,  ///< by us
    };
    What what = What::interrupted;
    std::optional<std::int32_t> status = std::nullopt;  ///< HTTP; nothing: no answer
    std::string error = {};                             ///< ours, nothing of a peer's words
    std::optional<std::chrono::seconds> retry_after = std::nullopt;
};

Tried call(http::Client& client, const JsonCall& call, const http::Interrupt& interrupt, outbox::Instant now);

}  // namespace broker
