/// Dispatch: runs a matched route's handler and makes its failures and repetitions proper answers.
#pragma once

#include "web/router.h"

namespace web {

/// The handler's response. An exception becomes a problem (503 where the same call may work later, else 500) and a log
/// line; a GET that is answered whole gets an ETag, and 304 where the peer has those bytes already. Acting without
/// `deps.act` is 409: the broker is stopped. Throws nothing; a response's `stream` may throw when it is run.
Response dispatch(const Route& route, const Request& request, const Deps& deps);

}  // namespace web
