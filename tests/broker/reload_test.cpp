// A running broker takes another configuration whole, or not at all; and what became of it is in the books.
#include "broker/reload.h"

#include <doctest/doctest.h>
#include <spdlog/spdlog.h>

#include <boost/json.hpp>
#include <thread>

#include "broker/broker.h"
#include "broker/config/load.h"
#include "tests/support/certificates.h"
#include "tests/support/raw_association.h"
#include "tests/support/synthetic.h"
#include "tests/support/temp_folder.h"

using namespace std::chrono_literals;
using broker::Broker;
using broker::Reload;
using broker::config::Config;
using outbox::State;

namespace {

const std::string ct{support::ct_image_storage};

/// A destination whose port nobody listens on.
broker::config::Destination dead(const std::string& name) {
    broker::config::Destination destination;
    destination.name = name;
    destination.host = "127.0.0.1";
    destination.port = 1;
    destination.ae_title = "DEAD";
    return destination;
}

broker::route::Route all_to(const std::string& destination) {
    broker::route::Route route;
    route.name = "all to " + destination;
    route.to = {destination};
    return route;
}

/// A broker with all its threads, in a folder of its own.
struct House {
    explicit House(const std::function<void(Config&)>& change = {}) {
        spdlog::set_level(spdlog::level::off);
        config.node.data_dir = folder.path() / "data";
        config.dicom.port = {0};
        config.spool.refuse_below = config.spool.warn_below = std::uint64_t{0};
        config.spool.ballast = 0;
        config.node.stop_within = 2s;
        config.destinations = {dead("pacs"), dead("gone")};
        config.routes.push_back(all_to("gone"));
        if (change) change(config);
        broker = std::make_unique<Broker>(config, clock, [](const std::string& why) { FAIL_CHECK(why); });
        broker->start();
    }
    Reload reload(const Config& wanted, bool is_dry_run = false) {
        return broker->reload(wanted, {is_dry_run, {"local:alice", "the new PACS"}});
    }
    void store(int number) {
        support::Identity identity;
        identity.sop_instance_uid += "." + std::to_string(number);
        support::RawRequest request;
        request.contexts = {{1, ct, {"1.2.840.10008.1.2.1"}}};
        support::RawAssociation peer(broker->dicom_ports().front());
        REQUIRE(peer.associate(request)->type == 2);
        CHECK(peer.store(1, {ct, identity.sop_instance_uid}, support::ct_image(identity).text()) == 0x0000);
        CHECK(peer.release());
    }
    std::vector<boost::json::object> rows() const {
        outbox::HistoryFilter filter;
        filter.event = "configuration";
        std::vector<boost::json::object> all;
        for (const auto& row : views().history(filter, std::nullopt, 100).rows)
            all.push_back(boost::json::parse(row.detail).as_object());
        return all;
    }
    outbox::DestinationView destination(const std::string& name) const { return views().destination(name).value(); }
    outbox::Views views() const { return outbox::Views(broker->database()); }

    support::TempFolder folder;
    broker::SystemClock clock;
    Config config;
    std::unique_ptr<Broker> broker;
};

}  // namespace

TEST_CASE("reload: what changes is counted first, taken whole, and one row of the history says it") {
    House house;
    for (int n = 0; n < 3; ++n) house.store(n);
    auto wanted = house.config;
    wanted.destinations = {dead("pacs"), dead("fresh")};
    wanted.routes = broker::config::load_text(
                        "[[destination]]\nname = \"fresh\"\nhost = \"10.0.0.1\"\nport = 1\nae_title = \"F\"\n"
                        "[[route]]\nname = \"some\"\nto = [\"fresh\"]\nwhen = { PatientName = \"Contoh*\" }\n",
                        "x.toml")
                        .config.value()
                        .routes;
    wanted.retention.keep_for = 24h;

    const Reload plan = house.reload(wanted, true);
    CHECK_FALSE(plan.is_applied);
    REQUIRE(plan.removed.size() == 1);
    CHECK(plan.removed.front().name == "gone");
    CHECK(plan.removed.front().jobs == 3);
    CHECK(plan.jobs_held == 3);
    CHECK(plan.changes.size() == 5);
    CHECK(house.rows().size() == 1);
    CHECK(house.broker->config()->retention.keep_for != wanted.retention.keep_for);
    CHECK(house.destination("gone").is_configured);

    const auto before = house.broker->config();
    const Reload done = house.reload(wanted);
    CHECK(done.is_applied);
    CHECK(done.jobs_held == 3);
    CHECK(done.ending.empty());
    CHECK(*house.broker->config() == wanted);
    CHECK(*before == house.config);
    CHECK(house.broker->in_force().since >= house.broker->started_at());
    CHECK(house.broker->lanes().breaker("fresh"));
    CHECK_FALSE(house.broker->lanes().breaker("gone"));
    const auto gone = house.destination("gone");
    CHECK_FALSE(gone.is_configured);
    CHECK(gone.jobs.held == 3);
    REQUIRE(gone.by_reason.size() == 1);
    CHECK(gone.by_reason.front().reason == outbox::Reason::destination_removed);

    const auto rows = house.rows();
    REQUIRE(rows.size() == 2);
    CHECK(rows.front().at("sha256").as_string() == broker::digest_of(wanted));
    CHECK(rows.front().at("note") == "the new PACS");
    CHECK(rows.front().at("removed").at(0).at("jobs") == 3);
    CHECK(rows.front().at("changes").as_array().size() == 5);
    CHECK(rows.front().at("changes").at(0).at("where") == "[retention]");
    CHECK(rows.front().at("changes").at(0).at("keys").at(0).at("to") == "\"1d\"");
    CHECK(boost::json::serialize(rows.front()).find("Contoh") == std::string::npos);

    house.store(10);
    CHECK(house.destination("fresh").jobs.queued + house.destination("fresh").jobs.sending == 1);
    CHECK(house.destination("gone").jobs.held == 3);
}

TEST_CASE("reload: a destination that comes back gets its jobs again") {
    House house;
    house.store(1);
    auto without = house.config;
    without.destinations.pop_back();
    without.routes.clear();
    CHECK(house.reload(without).jobs_held == 1);
    const Reload plan = house.reload(house.config, true);
    REQUIRE(plan.returned.size() == 1);
    CHECK(plan.returned.front().jobs == 1);
    CHECK(house.reload(house.config).is_applied);
    const auto back = house.destination("gone");
    CHECK(back.jobs.held == 0);
    CHECK(back.jobs.queued + back.jobs.sending == 1);
    CHECK(house.rows().size() == 3);
}

TEST_CASE("reload: what a running broker cannot take is refused whole, by name") {
    House house;
    auto wanted = house.config;
    wanted.node.name = "other";
    wanted.http.port = 9;
    wanted.retention.keep_for.reset();
    wanted.destinations.pop_back();
    const Reload refused = house.reload(wanted);
    CHECK(refused.is_refused());
    CHECK_FALSE(refused.is_applied);
    REQUIRE(refused.restart.size() == 2);
    CHECK(refused.restart[0] == broker::config::KeyChange{"node.name", "\"dicom-bridge\"", "\"other\""});
    CHECK(refused.restart[1] == broker::config::KeyChange{"http.port", "8080", "9"});
    CHECK(*house.broker->config() == house.config);
    CHECK(house.rows().size() == 1);
    CHECK(house.destination("gone").is_configured);
    CHECK(house.broker->lanes().breaker("gone"));
}

TEST_CASE("reload: a certificate that cannot be read keeps all as it is") {
    House house;
    auto wanted = house.config;
    wanted.destinations[0].tls.emplace().ca_file = house.folder.path() / "none.pem";
    wanted.destinations.pop_back();
    const Reload refused = house.reload(wanted);
    REQUIRE(refused.problems.size() == 1);
    CHECK(refused.problems.front().key == "destination[pacs].tls.ca_file");
    CHECK_FALSE(refused.is_applied);
    CHECK(*house.broker->config() == house.config);
    CHECK(house.rows().size() == 1);
}

TEST_CASE("reload: an equal configuration is in force already, and no news") {
    House house;
    const auto since = house.broker->in_force().since;
    const Reload same = house.reload(house.config);
    CHECK(same.is_applied);
    CHECK(same.changes.empty());
    CHECK(house.rows().size() == 1);
    CHECK(house.broker->in_force().since == since);
}

TEST_CASE("reload: certificates that were renewed under their names are a change, and are shown from then on") {
    support::TempFolder folder;
    support::Authority authority(folder.path(), "hospital");
    const auto own = authority.issue({"bridge", "IP:127.0.0.1", -1, 10}), client = authority.issue();
    House house([&](Config& config) {
        config.dicom.tls = broker::config::ServerTls{0, own.certificate_file, own.key_file, {}};
        config.destinations[0].tls.emplace().ca_file = client.ca_file;
    });
    const auto renewed = authority.issue({"renewed", "IP:127.0.0.1", -1, 400});
    const auto over = std::filesystem::copy_options::overwrite_existing;
    std::filesystem::copy_file(renewed.certificate_file, own.certificate_file, over);
    std::filesystem::copy_file(renewed.key_file, own.key_file, over);
    const Reload done = house.reload(house.config);
    CHECK(done.is_applied);
    REQUIRE(done.changes.size() == 1);
    CHECK(done.changes.front().where() == "[dicom]");
    CHECK(done.changes.front().keys == std::vector{broker::config::KeyChange{"tls files", {}, {}}});
    CHECK(house.broker->in_force().certificates->own.front().subject == "CN=renewed");
    CHECK(house.rows().size() == 2);
    std::filesystem::copy_file(renewed.certificate_file, client.ca_file, over);
    const Reload again = house.reload(house.config);
    REQUIRE(again.changes.size() == 1);
    CHECK(again.changes.front().where() == "destination pacs");
}

TEST_CASE("reload: many at once are taken one after the other, and none after a stop") {
    House house;
    auto other = house.config;
    other.destinations.pop_back();
    other.routes.clear();
    std::vector<std::thread> callers;
    for (int n = 0; n < 6; ++n)
        callers.emplace_back([&, n] { CHECK(house.reload(n % 2 == 0 ? other : house.config).is_applied); });
    for (std::thread& each : callers) each.join();
    CHECK(house.reload(house.config).is_applied);
    CHECK(*house.broker->config() == house.config);
    CHECK(house.destination("gone").is_configured);
    CHECK(house.views().verify_history().broken_at == std::nullopt);
    house.broker->stop();
    CHECK_THROWS_AS(house.reload(other), broker::Stopped);
    CHECK(*house.broker->config() == house.config);
}
