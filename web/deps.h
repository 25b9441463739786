/// Deps: what a handler may use besides its request.
#pragma once

#include <functional>
#include <stop_token>

#include "outbox/views.h"
#include "web/accounts.h"
#include "web/act.h"
#include "web/broker_state.h"
#include "web/configure.h"
#include "web/doctor.h"
#include "web/explain.h"
#include "web/limits.h"
#include "web/recent.h"
#include "web/render.h"
#include "web/room.h"

namespace web {

struct Admission;
class Ages;
class Timings;

enum class Access {
    users,  ///< people log in, programs come with a token
    open,   ///< no login, on loopback only
};

/// Lives for one request, on one thread.
struct Deps {
    /// The thread's own read-only view of the database, opened at the first call. Throws outbox::Error.
    std::function<const outbox::Views&()> views;
    const BrokerState& broker;
    Act* act = nullptr;  ///< null: the broker is stopped, nothing can be changed
    const Limits& limits;
    Access access = Access::users;
    outbox::Instant now;
    std::stop_token stop;              ///< long work asks it: the server wants to end
    Recent* retried = nullptr;         ///< by filter, a moment ago; null: the broker is stopped
    Configure* configure = nullptr;    ///< null: the broker is stopped, or was not started from a file
    const Explain* explain = nullptr;  ///< null: the broker is stopped, its rules are not known
    Doctor* doctor = nullptr;          ///< null: the broker is stopped
    Render* render = nullptr;          ///< null: the broker is stopped
    Room* room = nullptr;              ///< for large answers; null: nobody else is asked beside this
    Accounts* accounts = nullptr;      ///< null: the broker is stopped
    Admission* admission = nullptr;    ///< null: nobody else is asked beside this
    const Timings* timings = nullptr;  ///< of the requests until now; null: nobody else is asked beside this
    bool is_tls = false;               ///< what comes over TCP is encrypted
    Ages* ages = nullptr;              ///< null: nobody else is asked beside this
};

}  // namespace web
