/// LongWork: work of many slices, whose caller may watch how far it is.
#include "web/api/long_work.h"

#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include "web/error.h"
#include "web/json/respond.h"
#include "web/problem.h"

namespace web::api {
namespace {

std::string line(const boost::json::object& object) {
    return boost::json::serialize(object) + "\n";
}

boost::json::object problem_of(unsigned status, const char* why) {
    return {{"problem", boost::json::object{{"title", title_of(status)}, {"status", status}, {"detail", why}}}};
}

/// The head of the answer is gone when the work fails, so its end says what the status would have said. Any other
/// exception breaks the body off, and is logged.
void write_all(const Deps& deps, const LongWork& work, const Write& write) {
    try {
        const auto result = work([&](std::int64_t done, std::int64_t total) {
            return write(line({{"done", done}, {"total", total}})) && !deps.stop.stop_requested();
        });
        write(line({{"result", result}}));
    } catch (const Error& error) {
        write(line(problem_of(error.code() == Errc::unavailable ? 503 : 500, error.what())));
    } catch (const outbox::Error& error) {
        if (error.code() != outbox::Errc::no_space) throw;
        write(line(problem_of(503, error.what())));
    }
}

}  // namespace

Response long_work(bool is_watched, const Deps& deps, LongWork work) {
    if (!is_watched) return json::ok(work([&deps](std::int64_t, std::int64_t) { return !deps.stop.stop_requested(); }));
    Response response;
    response.content_type = "application/jsonl";
    response.stream = [&deps, work = std::move(work)](const Write& write) { write_all(deps, work, write); };
    return response;
}

}  // namespace web::api
