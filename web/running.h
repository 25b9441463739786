/// Running: the parts of a running broker that web works with.
#pragma once

#include "web/accounts.h"
#include "web/act.h"
#include "web/broker_state.h"
#include "web/configure.h"
#include "web/doctor.h"
#include "web/explain.h"
#include "web/render.h"

namespace web {

/// What is null is not there: of a broker that is stopped there is only the state.
struct Running {
    const BrokerState& state;
    Act* act = nullptr;
    Configure* configure = nullptr;  ///< null, too, where there is no file to read
    const Explain* explain = nullptr;
    Doctor* doctor = nullptr;
    Render* render = nullptr;
    Accounts* accounts = nullptr;
};

}  // namespace web
