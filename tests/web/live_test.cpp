/// What listeners are told of what changes.
#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <vector>

#include "tests/web/client.h"
#include "tests/web/rig.h"
#include "web/limits.h"
#include "web/live.h"

namespace {

/// Somebody who listens, from the first words on.
class Listener {
public:
    explicit Listener(const test::Rig& rig) : client_(rig.port()) {
        client_.send("GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n");
        wait_for(": listening");
    }
    /// Reads on until these words have come; the client's deadline ends it otherwise.
    void wait_for(const std::string& words) {
        while (heard.find(words) == std::string::npos) {
            const std::string some = client_.read_some();
            REQUIRE_MESSAGE(!some.empty(), "the stream ended before: " << words);
            heard += some;
        }
    }
    std::string to_end() { return heard += client_.read_to_end(); }

    std::string heard;

private:
    test::Client client_;
};

}  // namespace

TEST_CASE("live: whoever listens hears how things are, and then of jobs, of a paused destination and of alarms") {
    test::Rig rig;
    Listener listener(rig);
    CHECK(listener.heard.find("Content-Type: text/event-stream") != std::string::npos);
    CHECK(listener.heard.find("retry: 2000") != std::string::npos);
    listener.wait_for("event: destination\ndata: {\"name\":\"pacs-a\",\"state\":\"ok\"");
    rig.act.pause("pacs-a", "a test", std::nullopt, {"local:alice", ""});
    listener.wait_for(R"(data: {"name":"pacs-a","state":"paused")");
    rig.receive({.sop_instance_uid = "1.2.3.1"});
    listener.wait_for("event: job\ndata: {\"destination\":\"\",\"changes\":{\"received\":1}}");
    rig.books.commit([&] {
        return rig.outbox.raise_alarm({"held", "pacs-a", test::now, 1, "1 job waits for a person", ""}, test::now);
    });
    listener.wait_for(R"("name":"held","is_raised":true,"subject":"pacs-a")");
    rig.books.commit(
        [&] { return rig.outbox.clear_alarm(outbox::Views(rig.database()).alarms().at(0).id, test::now); });
    listener.wait_for(R"("is_raised":false)");
}

TEST_CASE("live: one that listens does not keep the server from ending, and its stream ends whole") {
    test::Rig rig;
    Listener listener(rig);
    rig.server->stop();
    CHECK(listener.to_end().ends_with("0\r\n\r\n"));
}

TEST_CASE("live: so many may listen and no more, and who went makes room") {
    test::Rig rig;
    web::Live live(rig.database(), rig.broker, [] { return test::now; });
    std::vector<std::shared_ptr<web::Channel>> all;
    const auto who = [](std::size_t number) { return "user:" + std::to_string(number / 16); };
    for (std::size_t each = 0; each < web::live_listeners_max; ++each) all.push_back(live.subscribe(who(each)));
    CHECK(all.back() != nullptr);
    CHECK(live.subscribe("user:other") == nullptr);
    all.front()->abandon();
    CHECK(live.subscribe("user:1") == nullptr);  // has as many as one may have
    CHECK(live.subscribe("user:other") != nullptr);
    live.stop();
    CHECK(live.subscribe("user:other") == nullptr);
}

TEST_CASE("channel: what is offered never waits") {
    web::Channel channel(2);
    CHECK(channel.offer("a"));
    CHECK(channel.offer("b"));
    CHECK_FALSE(channel.offer("c"));
    channel.abandon();
    CHECK(channel.is_abandoned());
    CHECK_FALSE(channel.offer("d"));
}
