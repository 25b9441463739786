/// Json responses: an object as the whole body of an answer.
#include "web/json/respond.h"

#include <boost/json.hpp>

namespace web::json {

Response ok(const boost::json::object& body) {
    Response response;
    response.content_type = "application/json";
    response.body = boost::json::serialize(body);
    return response;
}

Response list(boost::json::array items, const std::optional<std::string>& next) {
    return ok({{"items", std::move(items)}, {"next", next ? boost::json::value(*next) : boost::json::value(nullptr)}});
}

}  // namespace web::json
