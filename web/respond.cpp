/// Respond: from a request that came whole to its answer: the gate, the route, and a thread to run the handler on.
#include "web/respond.h"

#include <spdlog/spdlog.h>

#include <chrono>
#include <utility>

#include "web/dispatch.h"
#include "web/error.h"
#include "web/problem.h"

namespace web {
namespace {

Response stopping() {
    return problem(503, "the broker is stopping");
}

Deps deps_of(const Serving& serving, std::function<const outbox::Views&()> views, std::stop_token stop) {
    const Running& running = serving.running;
    return {.views = std::move(views),
            .broker = running.state,
            .act = running.act,
            .limits = serving.limits,
            .access = serving.door.access,
            .now = serving.now(),
            .stop = std::move(stop),
            .retried = &serving.retried,
            .configure = running.configure,
            .explain = running.explain,
            .doctor = running.doctor,
            .render = running.render,
            .room = &serving.room,
            .accounts = running.accounts,
            .admission = &serving.admission,
            .timings = serving.timings.get(),
            .is_tls = serving.door.is_tls,
            .ages = &serving.ages};
}

/// The server's own thread must not wait for a disk, so what runs there has no database.
const outbox::Views& no_views() {
    throw Error(Errc::unavailable, "this is answered without the database");
}

/// What stands between a request and its handler and may have to wait for a disk.
std::optional<Response> pass(const Route& route, Request& request, const Deps& deps) {
    try {
        if (auto refusal = admit(route, request, deps)) return refusal;
        note_look(route, request, deps);
        return std::nullopt;
    } catch (const std::exception& error) {
        spdlog::error("event=http_failed method={} route={} status=503 error=\"{}\"", route.method, route.pattern,
                      error.what());
        return problem(503, "who asks could not be looked up; the bridge's log says why");
    }
}

void run_stream(const Route& route, Response response, const Reply& reply) {
    const auto pieces = std::make_shared<Channel>(stream_pieces_max);
    const auto stream = std::exchange(response.stream, nullptr);
    reply({std::move(response), pieces});
    bool is_whole = true;
    try {
        stream([&](std::string_view bytes) { return pieces->write(std::string(bytes)); });
    } catch (const std::exception& error) {
        is_whole = false;
        spdlog::error("event=http_stream_broken route={} error=\"{}\"", route.pattern, error.what());
    }
    pieces->end(is_whole);
}

Answer listen(const Serving& serving, const std::string& who, Response response) {
    const auto channel = serving.live.subscribe(who);
    if (channel) return {std::move(response), channel};
    Answer busy{problem(503, "too many pages listen already; they go on asking every few seconds"), nullptr};
    busy.response.headers.emplace_back("Retry-After", "60");
    return busy;
}

/// On a thread of the pool.
void work(const Serving& serving, const Route& route, Request request, const Pool::Desk& desk, const Reply& reply) {
    if (desk.stop.stop_requested()) return reply({stopping(), nullptr});
    const Deps deps = deps_of(serving, desk.views, desk.stop);
    if (auto refusal = pass(route, request, deps)) return reply({std::move(*refusal), nullptr});
    Response response = dispatch(route, request, deps);
    if (response.stream && request.method != "HEAD") return run_stream(route, std::move(response), reply);
    if (response.is_live && request.method != "HEAD") return reply(listen(serving, request.actor, std::move(response)));
    response.stream = nullptr;
    reply({std::move(response), nullptr});
}

}  // namespace

void respond(Serving& serving, Request request, Reply reply) {
    Match match = serving.router.match(request.method, request.target.segments);
    if (auto refusal = refuse(request, match.route, serving.door)) return reply({std::move(*refusal), nullptr});
    if (match.route == nullptr) return reply({not_routed(match), nullptr});
    const Route& route = *match.route;
    request.bound = std::move(match.bound);
    if (route.kind == Kind::health) return reply({dispatch(route, request, deps_of(serving, no_views, {})), nullptr});
    const auto shared = std::make_shared<Request>(std::move(request));
    const Reply timed = [&serving, &route, reply, began_at = std::chrono::steady_clock::now()](Answer answer) {
        serving.timings->note(route, std::chrono::steady_clock::now() - began_at);
        reply(std::move(answer));
    };
    const bool is_taken = serving.pool.submit(route.pace, [&serving, &route, shared, timed](const Pool::Desk& desk) {
        work(serving, route, std::move(*shared), desk, timed);
    });
    if (!is_taken) {
        Answer busy{problem(503, "too many questions wait for an answer; ask again in a moment"), nullptr};
        busy.response.headers.emplace_back("Retry-After", "1");
        reply(std::move(busy));
    }
}

}  // namespace web
