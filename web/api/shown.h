/// Shown: one destination as `GET /api/v1/destinations/{name}` and the calls that act on it answer it.
///
/// Any thread, as far as the views allow.
#pragma once

#include "outbox/views.h"
#include "web/deps.h"
#include "web/exchange.h"

namespace web::api {

/// As the lists have it, and how the calls to its webhook stand where it has one.
Response shown(const outbox::DestinationView& view, const Deps& deps);

}  // namespace web::api
