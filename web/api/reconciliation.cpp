/// Reconciliation: what was received on a day or in a month, or ever, and what became of it.
#include <atomic>

#include "outbox/reconciliation.h"

#include "web/api/routes.h"
#include "web/api/subject.h"
#include "web/error.h"
#include "web/filters.h"
#include "web/json/reconciliation.h"
#include "web/json/respond.h"
#include "web/problem.h"
#include "web/times.h"

namespace web::api {
namespace {

using outbox::ReconciliationFilter;

/// "2026-01-15": the node's day.
bool read_day(const std::string& text, outbox::Instant now, ReconciliationFilter& filter) {
    if (text.size() != 10) return false;
    filter.since = parse_instant(text, now, DayEnd::begin);
    filter.until = parse_instant(text, now, DayEnd::end);
    return filter.since && filter.until;
}

/// "2026-01": from its first day to that of the next month.
bool read_month(const std::string& text, outbox::Instant now, ReconciliationFilter& filter) {
    if (text.size() != 7) return false;
    filter.since = parse_instant(text + "-01", now, DayEnd::begin);
    // A month has 28 days at least: the last of them is found from there on.
    for (const char* last : {"-31", "-30", "-29", "-28"}) {
        filter.until = parse_instant(text + last, now, DayEnd::end);
        if (filter.until) break;
    }
    return filter.since && filter.until;
}

Parsed<ReconciliationFilter> read_filter(const Terms& terms, const Deps& deps) {
    if (const auto fault = unknown_term(terms, {"date", "month", "destination"})) return *fault;
    ReconciliationFilter filter;
    filter.studies_max = deps.limits.rows_max;
    for (const auto& [name, value] : terms) {
        if (name == "destination") {
            filter.destination = value;
            continue;
        }
        if (filter.since) return Fault{name, "date and month at once; give one of them"};
        const bool is_day = name == "date";
        if (!(is_day ? read_day : read_month)(value, deps.now, filter))
            return Fault{name, is_day ? "not a date like 2026-01-15" : "not a month like 2026-01"};
    }
    if (const auto fault = unknown_destination(deps.views(), filter.destination)) return *fault;
    return filter;
}

/// One walk at a time: two would fill the places of slow work, and whatever acts on many jobs would wait for them.
class Turn {
public:
    Turn() : is_mine_(!is_taken.exchange(true)) {}
    ~Turn() {
        if (is_mine_) is_taken = false;
    }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;
    explicit operator bool() const { return is_mine_; }

private:
    static inline std::atomic<bool> is_taken = false;
    const bool is_mine_;
};

Response busy() {
    Response response = problem(429, "somebody else has it counted at this moment; ask again when that is done");
    response.headers.emplace_back("Retry-After", "10");
    return response;
}

outbox::Reconciliation reconcile(const ReconciliationFilter& filter, const Deps& deps) {
    auto result = deps.views().reconcile(filter, [&deps] { return !deps.stop.stop_requested(); });
    if (!result) throw Error(Errc::unavailable, "the broker is stopping");
    return std::move(*result);
}

}  // namespace

Response reconciliation(const Request& request, const Deps& deps) {
    const auto filter = read_filter(request.target.query, deps);
    if (!filter) return bad_request(filter.fault());
    const Turn turn;
    if (!turn) return busy();
    return json::ok(json::reconciliation(reconcile(*filter, deps), *filter));
}

Response reconciliation_csv(const Request& request, const Deps& deps) {
    const auto filter = read_filter(request.target.query, deps);
    if (!filter) return bad_request(filter.fault());
    const Turn turn;
    if (!turn) return busy();
    Response response;
    response.content_type = "text/csv; charset=utf-8; header=present";
    response.headers.emplace_back("Content-Disposition", "attachment; filename=\"reconciliation.csv\"");
    response.body = json::reconciliation_csv(reconcile(*filter, deps));
    return response;
}

}  // namespace web::api
