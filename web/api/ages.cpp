/// Outbox ages: what is owed and doesn't wait by design, of each destination by age, for a table whose cells lead to
/// their lists.
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "web/ages.h"
#include "web/api/routes.h"
#include "web/filters.h"
#include "web/json/respond.h"
#include "web/json/values.h"
#include "web/problem.h"

namespace web::api {
namespace {

using boost::json::array;
using boost::json::object;

template <class Numbers>
array list_of(const Numbers& numbers) {
    array list;
    for (const std::int64_t each : numbers) list.emplace_back(each);
    return list;
}

object shown(const outbox::AgesView& ages) {
    array bounds, destinations;
    for (std::size_t column = 0; column <= outbox::age_minutes.size(); ++column)
        bounds.emplace_back(
            object{{"since", json::or_null(ages.since(column))}, {"until", json::or_null(ages.until(column))}});
    for (const outbox::DestinationAges& each : ages.destinations)
        destinations.emplace_back(
            object{{"name", each.name}, {"undelivered", list_of(each.undelivered)}, {"waiting", each.waiting}});
    return {{"at", json::text_of(ages.at)},
            {"minutes", list_of(outbox::age_minutes)},
            {"bounds", std::move(bounds)},
            {"destinations", std::move(destinations)}};
}

}  // namespace

Response outbox_ages(const Request& request, const Deps& deps) {
    if (const auto fault = unknown_term(request.target.query, {})) return bad_request(*fault);
    const auto count = [&deps] { return deps.views().ages(deps.now); };
    return json::ok(shown(deps.ages == nullptr ? count() : deps.ages->get(deps.now, count)));
}

}  // namespace web::api
