// What `check` says of the names of destinations.
#include "broker/host_names.h"

#include <doctest/doctest.h>

#include <atomic>
#include <condition_variable>
#include <mutex>

using namespace std::chrono_literals;
using broker::check_host_names;
using broker::config::Config;

namespace {

Config config_with(std::initializer_list<std::pair<const char*, std::uint16_t>> hosts) {
    Config config;
    config.dicom.bind = "10.9.8.7";
    config.dicom.port = {104};
    for (const auto& [host, port] : hosts) {
        auto& destination = config.destinations.emplace_back();
        destination.name = "to " + std::string(host);
        destination.host = host;
        destination.port = port;
    }
    return config;
}

}  // namespace

TEST_CASE("host names: one that leads nowhere is a remark, one that leads to ourselves a problem") {
    std::atomic<int> asked = 0;
    const auto found = check_host_names(config_with({{"pacs.example", 104},
                                                     {"bridge.example", 104},
                                                     {"bridge.example", 105},
                                                     {"none.example", 104},
                                                     {"10.0.0.1", 104},
                                                     {"localhost", 104}}),
                                        20s, [&](const std::string& name) -> std::vector<std::string> {
                                            ++asked;
                                            if (name == "bridge.example") return {"192.0.2.1", "10.9.8.7"};
                                            if (name == "pacs.example") return {"192.0.2.7"};
                                            return {};
                                        });
    CHECK(asked == 3);
    REQUIRE(found.problems.size() == 1);
    CHECK(found.problems.front().key == "destination[to bridge.example].host");
    CHECK(found.problems.front().text.find("10.9.8.7") != std::string::npos);
    CHECK(found.problems.front().text.find("this bridge itself") != std::string::npos);
    REQUIRE(found.remarks.size() == 1);
    CHECK(found.remarks.front().starts_with("destination to none.example: the host name none.example is not known"));
}

TEST_CASE("host names: a resolver that hangs is waited for no longer than that, and holds up no other name") {
    struct Gate {
        std::mutex mutex;
        std::condition_variable opened;
        bool is_open = false;
    };
    // It outlives the test: nobody waits for the thread that asks.
    const auto gate = std::make_shared<Gate>();
    const auto found = check_host_names(config_with({{"slow.example", 104}, {"bridge.example", 104}}), 300ms,
                                        [gate](const std::string& name) -> std::vector<std::string> {
                                            if (name == "bridge.example") return {"10.9.8.7"};
                                            std::unique_lock lock(gate->mutex);
                                            gate->opened.wait(lock, [&] { return gate->is_open; });
                                            return {};
                                        });
    CHECK(found.problems.size() == 1);
    REQUIRE(found.remarks.size() == 1);
    CHECK(found.remarks.front().find("not resolved in time") != std::string::npos);
    std::lock_guard lock(gate->mutex);
    gate->is_open = true;
    gate->opened.notify_all();
}

TEST_CASE("host names: the system's resolver knows this machine, and what cannot be a name") {
    const auto own = broker::resolve("localhost");
    CHECK((std::find(own.begin(), own.end(), "127.0.0.1") != own.end() ||
           std::find(own.begin(), own.end(), "::1") != own.end()));
    CHECK(broker::resolve("no such name").empty());
}
