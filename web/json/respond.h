/// Json responses: an object as the whole body of an answer.
#pragma once

#include <boost/json/fwd.hpp>
#include <optional>

#include "web/exchange.h"

namespace web::json {

/// 200 with the object.
Response ok(const boost::json::object& body);

/// 200 with {"items": …, "next": …}; `next` null after the last page.
Response list(boost::json::array items, const std::optional<std::string>& next);

}  // namespace web::json
