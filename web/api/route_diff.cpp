/// Route diff: what other rules would do to the instances that were received, before anybody takes them.
#include <boost/json/value.hpp>

#include "web/api/long_work.h"
#include "web/api/routes.h"
#include "web/filters.h"
#include "web/json/body.h"
#include "web/json/explanation.h"
#include "web/json/members.h"
#include "web/problem.h"

namespace web::api {
namespace {

using boost::json::object;

constexpr std::int64_t groups_max = 100;

struct Asked {
    Proposal proposal;
    bool is_watched = false;
};

Parsed<std::size_t> read_limit(const object& body) {
    const auto* member = body.if_contains("limit");
    if (member == nullptr) return Proposal().groups_max;
    if (!member->is_int64() || member->get_int64() < 1 || member->get_int64() > groups_max)
        return Fault{"limit", "not a number from 1 to " + std::to_string(groups_max)};
    return static_cast<std::size_t>(member->get_int64());
}

Parsed<Asked> read(const Request& request, outbox::Instant now) {
    const auto body = json::parse_body(request.body);
    if (!body) return body.fault();
    if (const auto fault = json::unknown_member(*body, {"settings", "since", "limit", "progress"})) return *fault;
    const auto settings = json::text_member(*body, "settings", settings_bytes_max);
    if (!settings) return settings.fault();
    if (settings->empty()) return Fault{"settings", "give the whole new configuration, as TOML"};
    const auto since = since_member(*body, now);
    if (!since) return since.fault();
    const auto limit = read_limit(*body);
    if (!limit) return limit.fault();
    const auto is_watched = json::bool_member(*body, "progress");
    if (!is_watched) return is_watched.fault();
    return Asked{{*settings, *since, *limit}, *is_watched};
}

}  // namespace

Response diff_routes(const Request& request, const Deps& deps) {
    if (deps.explain == nullptr)
        return problem(409, "the broker is stopped: there are no present rules to compare with; start it and ask again",
                       {{"state", "stopped"}});
    const auto asked = read(request, deps.now);
    if (!asked) return bad_request(asked.fault());
    const auto comparison = deps.explain->compare(asked->proposal);
    if (!comparison) return bad_request(comparison.fault());
    return long_work(asked->is_watched, deps,
                     [compare = *comparison](const Act::Watch& watch) { return json::routes_diff(compare(watch)); });
}

}  // namespace web::api
