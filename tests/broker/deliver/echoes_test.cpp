// Echoes that people ask for while the peer is silent: one at a time, and none that holds up a stop.
#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <future>

#include "tests/broker/deliver/rig.h"
#include "tests/support/storage_scp.h"

using namespace std::chrono_literals;
using broker::deliver::Echo;
using broker::deliver::Lanes;
using support::Rig;

namespace {

/// A port of loopback where the system accepts connections and nobody ever says a word.
class SilentPort {
public:
    SilentPort() : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        auto* generic = reinterpret_cast<sockaddr*>(&address);
        REQUIRE(::bind(listener_, generic, size) == 0);
        REQUIRE(::listen(listener_, 16) == 0);
        REQUIRE(::getsockname(listener_, generic, &size) == 0);
        number = ntohs(address.sin_port);
    }
    ~SilentPort() { ::close(listener_); }
    SilentPort(const SilentPort&) = delete;
    SilentPort& operator=(const SilentPort&) = delete;

    /// Waits until somebody has connected.
    bool wait_connected() const {
        pollfd watched{listener_, POLLIN, 0};
        return ::poll(&watched, 1, 20'000) == 1;
    }

    std::uint16_t number = 0;

private:
    const int listener_;
};

/// Lanes to "silent", whose time-outs are longer than these tests may take, and to "pacs", which answers.
struct Site {
    Site() : rig(good.port()) {
        auto slow = rig.destination;
        slow.name = "silent";
        slow.port = silent.number;
        slow.timeout = 60s;
        rig.config.delivery.connect_timeout = 60s;
        rig.config.destinations = {rig.destination, slow};
        const std::vector<outbox::DestinationSpec> specs{{"pacs", "dicom"}, {"silent", "dicom"}};
        rig.run([&](outbox::Outbox& outbox) { outbox.configure(specs, rig.clock.now()); });
        lanes = std::make_unique<Lanes>(
            rig.config, broker::deliver::LanesParts{rig.clock, rig.ledger.spool(), rig.committer, rig.database});
    }

    std::future<std::optional<Echo>> echo_silent() {
        return std::async(std::launch::async, [this] { return lanes->echo("silent"); });
    }

    support::StorageScp good;
    SilentPort silent;
    Rig rig;
    std::unique_ptr<Lanes> lanes;
};

}  // namespace

TEST_CASE("echoes: a stop cuts an echo short that nobody answers, tells whoever waits why, and refuses the next") {
    Site site;
    auto waiting = site.echo_silent();
    REQUIRE(site.silent.wait_connected());
    site.lanes->stop(site.rig.clock.monotonic());
    REQUIRE(waiting.wait_for(10s) == std::future_status::ready);
    const auto cut_short = waiting.get();
    REQUIRE(cut_short);
    CHECK(cut_short->refusal == Echo::Refusal::stopping);
    CHECK_FALSE(cut_short->is_alive);
    CHECK(site.lanes->echo("pacs")->refusal == Echo::Refusal::stopping);
    CHECK(site.good.echo_count() == 0);
}

TEST_CASE("echoes: while one waits, another of the same destination is refused at once, one of another is not") {
    Site site;
    auto waiting = site.echo_silent();
    REQUIRE(site.silent.wait_connected());
    for (int n = 0; n < 3; ++n) {
        auto second = site.echo_silent();
        REQUIRE(second.wait_for(10s) == std::future_status::ready);
        CHECK(second.get()->refusal == Echo::Refusal::under_way);
    }
    for (int n = 0; n < 2; ++n) {
        const auto other = site.lanes->echo("pacs");
        CHECK(other->refusal == Echo::Refusal::none);
        CHECK(other->is_alive);
    }
    CHECK(waiting.wait_for(0s) == std::future_status::timeout);
    site.lanes->stop(site.rig.clock.monotonic());
}
