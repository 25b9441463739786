/// ReadOnly: answers the API's questions from a stopped broker's database, without a server.
#include "web/read_only.h"

#include <system_error>
#include <utility>

#include "web/api/routes.h"
#include "web/dispatch.h"
#include "web/problem.h"

namespace web {
namespace {

/// What is known of a broker that doesn't run: the disk.
class StoppedBroker : public BrokerState {
public:
    StoppedBroker(Node node, std::filesystem::path folder) : node_(std::move(node)), folder_(std::move(folder)) {}

    Node node() const override { return node_; }
    Receive receive() const override { return {false, std::nullopt, "the broker is stopped", 0, std::nullopt}; }
    Space space() const override {
        std::error_code failed;
        const auto found = std::filesystem::space(folder_, failed);
        if (failed) return {};
        return {static_cast<std::int64_t>(found.available), static_cast<std::int64_t>(found.capacity), SpoolState::ok,
                std::nullopt};
    }
    std::optional<Lane> lane(const outbox::DestinationView&) const override { return std::nullopt; }

private:
    const Node node_;
    const std::filesystem::path folder_;
};

}  // namespace

struct ReadOnly::Parts {
    explicit Parts(StoppedFolder given)
        : folder(std::move(given)),
          views(folder.database),
          broker(folder.node, folder.database.parent_path()),
          router(api::routes()) {}

    const StoppedFolder folder;
    const outbox::Views views;
    const StoppedBroker broker;
    const Router router;
};

ReadOnly::ReadOnly(StoppedFolder folder) : parts_(std::make_unique<Parts>(std::move(folder))) {}

ReadOnly::~ReadOnly() = default;

Response ReadOnly::answer(std::string_view method, std::string_view target, std::string_view body, const Write& write) {
    const Parts& parts = *parts_;
    auto parsed = parse_target(target);
    if (!parsed) return problem(400, "the target is not a plain path and query");
    Request request;
    request.method = method;
    request.target = std::move(*parsed);
    request.body = body;
    Match match = parts.router.match(method, request.target.segments);
    if (match.route == nullptr) return not_routed(match);
    request.bound = std::move(match.bound);
    const Deps deps{[&parts]() -> const outbox::Views& { return parts.views; },
                    parts.broker,
                    nullptr,
                    parts.folder.limits,
                    Access::users,
                    parts.folder.now(),
                    {}};
    Response response = dispatch(*match.route, request, deps);
    if (response.stream) std::exchange(response.stream, nullptr)(write);
    return response;
}

}  // namespace web
