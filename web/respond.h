/// Respond: from a request that came whole to its answer: the gate, the route, and a thread to run the handler on.
#pragma once

#include <functional>
#include <memory>

#include "web/channel.h"
#include "web/exchange.h"
#include "web/serving.h"

namespace web {

/// A response, and where its pieces come from when it is streamed.
struct Answer {
    Response response;
    std::shared_ptr<Channel> pieces;  ///< null: the body is whole
};

/// Called once, from any thread.
using Reply = std::function<void(Answer)>;

/// Answers at once, or later from a thread of the pool. The server's thread.
void respond(Serving& serving, Request request, Reply reply);

}  // namespace web
