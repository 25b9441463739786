/// Router: the table of what can be asked: method, path, who answers, and what that needs.
///
/// Built once, then read by any thread.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "web/deps.h"
#include "web/exchange.h"
#include "web/pace.h"
#include "web/permission.h"

namespace web {

using Handler = Response (*)(const Request&, const Deps&);

enum class Kind {
    health,  ///< answered at once on the server's own thread, to everybody, without the database
    page,    ///< fixed bytes of ours, without anybody's data
    read,    ///< a question
    ask,     ///< a question whose words are a body: POST with JSON; changes nothing
    act,     ///< changes something: POST with JSON, by a named actor
    follow,  ///< a question that is answered for as long as somebody listens, which is no use of a login
};

/// Whose data an answer shows: then it is in the history who looked (looks.h).
enum class Shows { nothing, list, study, series, instance, job };

struct Route {
    std::string_view method;
    std::string_view pattern;  ///< "/api/v1/jobs/{id}": a {name} stands for one segment
    Handler handler = nullptr;
    Needs needs;
    Kind kind = Kind::read;
    Shows shows = Shows::nothing;
    Pace pace = Pace::quick;
    std::size_t body_bytes_max = 0;  ///< where more is allowed than Limits::body_bytes_max
};

struct Match {
    const Route* route = nullptr;                            ///< null: no such path, or not with this method
    std::vector<std::pair<std::string, std::string>> bound;  ///< the {names} and what they stand for
    std::vector<std::string> allowed;                        ///< methods of this path; none: no such path
};

class Router {
public:
    explicit Router(std::vector<Route> routes);

    /// HEAD finds what GET finds. A pattern without {names} goes before one with.
    Match match(std::string_view method, const std::vector<std::string>& segments) const;

    const std::vector<Route>& routes() const { return routes_; }
    /// The most that any route allows beyond the limit of all.
    std::size_t body_bytes_max() const { return body_bytes_max_; }

private:
    std::vector<Route> routes_;
    std::size_t body_bytes_max_ = 0;
};

/// 404, or 405 with Allow.
Response not_routed(const Match& match);

}  // namespace web
