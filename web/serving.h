/// Serving: what all connections of one server share.
#pragma once

#include <functional>
#include <memory>

#include "web/admission.h"
#include "web/ages.h"
#include "web/connections.h"
#include "web/gate.h"
#include "web/limits.h"
#include "web/live.h"
#include "web/pool.h"
#include "web/recent.h"
#include "web/room.h"
#include "web/router.h"
#include "web/running.h"
#include "web/timings.h"

namespace boost::asio::ssl {
class context;
}

namespace web {

/// Outlives every connection. All but the constants belong to the server's thread.
struct Serving {
    const Limits limits;
    const Door door;
    const Router router;
    const Running running;
    const std::function<outbox::Instant()> now;
    Pool& pool;
    Admission& admission;
    Live& live;
    Connections connections{limits};
    mutable Recent retried{retry_pause};  ///< any thread
    mutable Ages ages{};                  ///< any thread
    mutable Room room{limits.pictures_bytes_max};
    bool is_stopping = false;
    std::shared_ptr<boost::asio::ssl::context> tls = {};  ///< for what comes over TCP from now on; null: none
    const std::unique_ptr<Timings> timings = std::make_unique<Timings>(router.routes());  ///< any thread
};

}  // namespace web
