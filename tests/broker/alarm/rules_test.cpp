/// Rules of alarms: for each what raises it, what does not, and what is said; and when it is over.
#include "broker/alarm/rules.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <functional>

#include "broker/alarm/clock_watch.h"
#include "broker/alarm/settling.h"
#include "broker/alarm/whereabouts.h"

using namespace std::chrono_literals;
using broker::alarm::Bringer;
using broker::alarm::ClockReading;
using broker::alarm::Facts;
using broker::alarm::judge;
using broker::alarm::Raised;
using outbox::DestinationView;
using outbox::Reason;
using outbox::State;

namespace {

const outbox::Instant now{std::chrono::sys_days(std::chrono::year(2026) / 3 / 1)};

/// One destination of the configuration, in order.
DestinationView& add(Facts& facts, const std::string& name, const std::string& uplink = "", bool is_outside = false) {
    facts.places.push_back({name, uplink, is_outside});
    DestinationView view;
    view.name = name;
    facts.status.destinations.push_back(view);
    return facts.status.destinations.back();
}

/// "name subject", each.
std::vector<std::string> raised(const Facts& facts, const broker::config::Alarm& settings = {}) {
    std::vector<std::string> all;
    for (const Raised& each : judge(facts, settings, now))
        all.push_back(each.subject.empty() ? each.name : each.name + " " + each.subject);
    return all;
}
using Names = std::vector<std::string>;

Raised only(const Facts& facts, const broker::config::Alarm& settings = {}) {
    const auto all = judge(facts, settings, now);
    REQUIRE(all.size() == 1);
    return all.front();
}

}  // namespace

TEST_CASE("alarms: nothing is raised where all is well") {
    Facts facts;
    add(facts, "pacs");
    facts.certificates.push_back({"dicom.tls", "CN=bridge", now + 31 * 24h});
    CHECK(raised(facts).empty());
}

TEST_CASE("alarms: one destination raises what its row says, and not what is switched off") {
    struct Row {
        const char* what;
        std::function<void(DestinationView&)> change;
        Names expected;
    };
    const std::vector<Row> rows{
        {"queued for less than an hour", [](auto& d) { d.oldest_queued_at = now - 59min; }, {}},
        {"queued for an hour", [](auto& d) { d.oldest_queued_at = now - 1h; }, {"oldest_undelivered pacs"}},
        {"the same, paused",
         [](auto& d) {
             d.oldest_queued_at = now - 2h;
             d.paused_at = now - 1h;
         },
         {}},
        {"fails for less than a quarter of an hour", [](auto& d) { d.failing_since = now - 14min; }, {}},
        {"fails for longer", [](auto& d) { d.failing_since = now - 15min; }, {"breaker_open pacs"}},
        {"fails, paused",
         [](auto& d) {
             d.failing_since = now - 15min;
             d.paused_at = now - 1min;
         },
         {}},
        {"a pause that is over does not count",
         [](auto& d) {
             d.failing_since = now - 15min;
             d.paused_at = now - 1h;
             d.paused_until = now - 1min;
         },
         {"breaker_open pacs"}},
        {"paused since yesterday", [](auto& d) { d.paused_at = now - 24h; }, {"forgotten_pause pacs"}},
        {"paused until next week, as somebody decided",
         [](auto& d) {
             d.paused_at = now - 48h;
             d.paused_until = now + 120h;
         },
         {}},
        {"held",
         [](auto& d) {
             d.held_at = now - 1s;
             d.held_reason = Reason::tls_failed;
         },
         {"held pacs"}},
        {"a job is held",
         [](auto& d) {
             d.by_reason = {{State::held, Reason::damaged, 1}};
         },
         {"held pacs"}},
        {"held as somebody wanted it",
         [](auto& d) {
             d.by_reason = {{State::held, Reason::held_by_operator, 1},
                            {State::held, Reason::held_by_rule, 2},
                            {State::held, Reason::awaiting_release, 3}};
         },
         {}},
        {"left the configuration while it failed",
         [](auto& d) {
             d.is_configured = false;
             d.failing_since = now - 24h;
             d.oldest_queued_at = now - 24h;
             d.by_reason = {{State::held, Reason::destination_removed, 5}};
         },
         {"held pacs"}},
        {"waits, but is not held",
         [](auto& d) {
             d.by_reason = {{State::queued, Reason::no_accession, 5}};
         },
         {}},
    };
    broker::config::Alarm off;
    off.oldest_undelivered.reset();
    off.breaker_open.reset();
    off.forgotten_pause.reset();
    off.held = false;
    for (const Row& row : rows) {
        CAPTURE(row.what);
        Facts facts;
        row.change(add(facts, "pacs"));
        CHECK(raised(facts) == row.expected);
        CHECK(raised(facts, off).empty());
    }
}

TEST_CASE("alarms: held jobs are told by their reasons, and only those that wait for a person") {
    Facts facts;
    auto& pacs = add(facts, "pacs");
    pacs.by_reason = {{State::held, Reason::damaged, 2},
                      {State::held, Reason::held_by_operator, 4},
                      {State::held, Reason::too_large, 1}};
    const Raised alarm = only(facts);
    CHECK(alarm.count == 3);
    CHECK(alarm.text == "3 jobs for pacs wait for a person: damaged (2), too_large (1)");
    CHECK_FALSE(alarm.since);
    CHECK(alarm.hint.find("--destination pacs --state held") != std::string::npos);
}

TEST_CASE("alarms: several outside destinations that fail at once are one alarm about the way out") {
    struct Member {
        std::string uplink;
        bool is_outside = true;
        std::optional<outbox::Instant> failing_since = {}, last_delivered_at = {};
    };
    struct Row {
        const char* what;
        std::vector<Member> members;  // named a, b, c, …
        Names expected;
    };
    const auto long_ago = now - 20min, lately = now - 1min;
    const std::vector<Row> rows{
        {"two outside, without an uplink", {{"", true, long_ago}, {"", true, long_ago}}, {"uplink"}},
        {"one that was dead before, and one that stumbles",
         {{"", true, long_ago}, {"", true, lately}},
         {"breaker_open a"}},
        {"two inside are two", {{"", false, long_ago}, {"", false, long_ago}}, {"breaker_open a", "breaker_open b"}},
        {"one alone is itself", {{"", true, long_ago}, {"", true}}, {"breaker_open a"}},
        {"an uplink names itself, inside or not",
         {{"internet", false, long_ago}, {"internet", true, long_ago}},
         {"uplink internet"}},
        {"nobody has been failing for long enough", {{"", true, lately}, {"", true, lately}}, {}},
        {"a third one that was delivered to since shows that the link works",
         {{"internet", true, long_ago}, {"internet", true, long_ago}, {"internet", true, {}, now - 10s}},
         {"breaker_open a", "breaker_open b"}},
        {"one that has nothing to do shows nothing",
         {{"internet", true, long_ago}, {"internet", true, long_ago}, {"internet", true, {}, now - 30min}},
         {"uplink internet"}},
        {"what an uplink tells of is not told again for the outside",
         {{"internet", true, long_ago}, {"internet", true, long_ago}, {"", true, long_ago}},
         {"uplink internet", "breaker_open c"}},
        {"two uplinks are two",
         {{"a", true, long_ago}, {"a", true, long_ago}, {"b", true, long_ago}, {"b", true, long_ago}},
         {"uplink a", "uplink b"}},
    };
    for (const Row& row : rows) {
        CAPTURE(row.what);
        Facts facts;
        char name = 'a';
        for (const Member& each : row.members) {
            auto& view = add(facts, std::string(1, name++), each.uplink, each.is_outside);
            view.failing_since = each.failing_since;
            view.last_delivered_at = each.last_delivered_at;
            // What cannot be sent is old as well, and no news beside the link.
            if (each.failing_since && row.expected.size() == 1 && row.expected[0].starts_with("uplink"))
                view.oldest_queued_at = now - 24h;
        }
        CHECK(raised(facts) == row.expected);
    }
    Facts facts;
    add(facts, "cloud", "internet", true).failing_since = now - 60min;
    add(facts, "national", "internet", true).failing_since = long_ago;
    const Raised alarm = only(facts);
    CHECK(alarm.since == long_ago);
    CHECK(alarm.count == 2);
    CHECK(alarm.text == "2 destinations behind the uplink internet fail at once: cloud, national");
    broker::config::Alarm off;
    off.breaker_open.reset();
    CHECK(raised(facts, off).empty());
}

TEST_CASE("alarms: of senders the named ones and those seen regularly are missed, and no stranger") {
    struct Row {
        const char* what;
        Bringer sender;
        bool is_raised;
    };
    const auto first = now - 30 * 24h;
    const std::vector<Row> rows{
        {"named, and silent for long enough", {"ct", true, first, now - 12h, 1}, true},
        {"named, and heard since", {"ct", true, first, now - 11h, 30}, false},
        {"named, and silent for ever: it is in the configuration", {"ct", true, first, now - 28 * 24h, 1}, true},
        {"a stranger who came once", {"X", false, now - 20h, now - 20h, 1}, false},
        {"one who came twice", {"X", false, first, now - 20h, 2}, false},
        {"a regular one, day by day", {"X", false, now - 10 * 24h, now - 50h, 10}, true},
        {"a regular one who comes once a week", {"X", false, now - 30 * 24h, now - 9 * 24h, 4}, false},
        {"the same, for longer than two of its weeks", {"X", false, now - 36 * 24h, now - 15 * 24h, 4}, true},
        {"a regular one who was taken away", {"X", false, now - 60 * 24h, now - 20 * 24h, 40}, false},
        {"one whose last image lies ahead: a clock was wrong", {"ct", true, first, now + 24h, 9}, false},
    };
    broker::config::Alarm off;
    off.silent_sender.reset();
    for (const Row& row : rows) {
        CAPTURE(row.what);
        Facts facts;
        facts.bringers = {row.sender};
        CHECK(raised(facts) == (row.is_raised ? Names{"silent_sender " + row.sender.name} : Names{}));
        CHECK(raised(facts, off).empty());
    }
    Facts facts;
    facts.bringers = {{"ct", true, first, now - 13h, 1}};
    CHECK(only(facts).since == now - 13h);
    CHECK(only(facts).text == "ct has sent nothing for longer than 12h");
}

TEST_CASE("alarms: the node's own troubles") {
    Facts facts;
    facts.status.unrouted = 2;
    facts.status.unrouted_since = now - 3h;
    CHECK(only(facts).since == now - 3h);
    CHECK(only(facts).count == 2);
    CHECK(only(facts).text == "2 instances match no route: they are kept, and sent nowhere");
    broker::config::Alarm off;
    off.unrouted = false;
    CHECK(raised(facts, off).empty());

    facts = {};
    facts.refusing = broker::alarm::Refusing{now - 1min, "the disk is full"};
    CHECK(only(facts).text == "no instance is taken in: the disk is full");
    CHECK(only(facts).since == now - 1min);
    off = {};
    off.refusing = false;
    CHECK(raised(facts, off).empty());

    facts = {};
    facts.forecast.full_at = now + 14 * 24h;
    facts.forecast.growing = {{"unfinished", 5}, {"retained", 1}};
    CHECK(only(facts).text == "the disk will be full on about 2026-03-15, as it has filled until now");
    CHECK(only(facts).hint.find("unfinished") != std::string::npos);
    facts.forecast.full_at = now + 14 * 24h + 1h;
    CHECK(raised(facts).empty());

    facts = {};
    facts.certificates = {{"dicom.tls", "CN=bridge", now + 30 * 24h}, {"destination pacs", "CN=us", now - 1h}};
    CHECK(raised(facts) ==
          Names{"certificate_expires_within dicom.tls", "certificate_expires_within destination pacs"});
    const auto certificates = judge(facts, {}, now);
    CHECK(certificates[0].text == "the certificate of dicom.tls (CN=bridge) expires on 2026-03-31");
    CHECK(certificates[1].text.find("expired on 2026-02-28") != std::string::npos);
}

TEST_CASE("alarms: the clock is doubted where most servers that told a date differ, and what is known of it is said") {
    struct Row {
        const char* what;
        std::vector<ClockReading> clock;
        bool is_raised;
    };
    const std::vector<Row> rows{
        {"nobody told a date", {}, false},
        {"two minutes are allowed", {{"a", now, 120s}}, false},
        {"behind", {{"a", now, 121s}}, true},
        {"ahead", {{"a", now, -121s}}, true},
        {"one of two is wrong itself, as far as we know", {{"a", now, 500s}, {"b", now, 0s}}, false},
        {"two of three are not", {{"a", now, 500s}, {"b", now, 500s}, {"c", now, 0s}}, true},
        {"what was told the day before yesterday", {{"a", now - 25h, 500s}}, false},
    };
    for (const Row& row : rows) {
        CAPTURE(row.what);
        Facts facts;
        facts.clock = row.clock;
        CHECK(raised(facts) == (row.is_raised ? Names{"clock_skew"} : Names{}));
    }
    Facts facts;
    facts.clock = {{"api.example", now, 500s}};
    CHECK(only(facts).text == "the clock of this node is more than 2m behind that of 1 of 1 servers: api.example");
    CHECK(only(facts).hint.find("does not tell") != std::string::npos);
    facts.is_clock_kept = false;
    CHECK(only(facts).hint.find("as far as the kernel knows, none does") != std::string::npos);
    facts.is_clock_kept = true;
    facts.clock[0].ahead = -500s;
    CHECK(only(facts).text.find("ahead of") != std::string::npos);
    CHECK(only(facts).hint.find("a time service keeps it") != std::string::npos);
    broker::config::Alarm off;
    off.clock_skew.reset();
    CHECK(raised(facts, off).empty());
}

TEST_CASE("alarms: an address tells whether it is outside") {
    for (const char* inside : {"", "10.1.2.3", "172.31.0.1", "192.168.0.9", "127.0.0.1", "::1", "fd12::1", "fe80::1",
                               "100.64.0.1", "pacs", "localhost", "pacs.local", "pacs.rs.lan", "x.home.arpa"})
        CHECK_MESSAGE(!broker::alarm::is_outside(inside), inside);
    for (const char* outside : {"8.8.8.8", "172.32.0.1", "2001:db8::1", "pacs.example", "api-satusehat.kemkes.go.id"})
        CHECK_MESSAGE(broker::alarm::is_outside(outside), outside);
    broker::config::Config config;
    broker::config::Destination pacs, cloud, national, folder;
    pacs.name = "pacs";
    pacs.host = "10.0.0.5";
    pacs.uplink = "internet";
    cloud.name = "cloud";
    cloud.kind = broker::config::DestinationKind::dicomweb;
    cloud.url = "https://pacs.example/dicom-web";
    national.name = "national";
    national.kind = broker::config::DestinationKind::satusehat;
    national.base_url = "http://127.0.0.1:8080";
    folder.name = "folder";
    folder.kind = broker::config::DestinationKind::folder;
    config.destinations = {pacs, cloud, national, folder};
    using broker::alarm::Whereabouts;
    CHECK(broker::alarm::whereabouts(config) ==
          std::vector<Whereabouts>{
              {"pacs", "internet", false}, {"cloud", "", true}, {"national", "", false}, {"folder", "", false}});
    config.destinations[2].environment = broker::config::Environment::production;
    CHECK(broker::alarm::whereabouts(config)[2].is_outside);
}

TEST_CASE("alarms: rows of one name are one sender, and strangers go by their AE title") {
    outbox::SenderView one{.calling_ae_title = "CT1",
                           .address = "10.0.0.1",
                           .name = "",
                           .first_seen_at = now - 9h,
                           .last_seen_at = now,
                           .last_received_at = now - 8h,
                           .receipts = 5,
                           .refused = 0,
                           .refused_reason = "",
                           .day_count = 4};
    outbox::SenderView moved = one, stranger = one, visitor = one;
    moved.address = "10.0.0.2";
    moved.last_received_at = now - 1h;
    moved.first_seen_at = now - 2h;
    moved.day_count = 1;
    stranger.calling_ae_title = "MR9";
    visitor.calling_ae_title = "ECHO";
    visitor.last_received_at.reset();
    broker::config::Sender ct;
    ct.name = "ct";
    ct.ae_title = "CT1";
    const auto all = broker::alarm::bringers(std::vector{one, moved, stranger, visitor}, {ct});
    CHECK(all == std::vector<Bringer>{{"MR9", false, now - 9h, now - 8h, 4}, {"ct", true, now - 9h, now - 1h, 4}});
}

TEST_CASE("alarms: the last date of each server counts, by our clock") {
    struct FixedClock : broker::Clock {
        outbox::Instant now() const override { return at; }
        broker::Monotonic monotonic() const override { return {}; }
        outbox::Instant at = ::now;
    } clock;
    broker::alarm::ClockWatch watch(clock);
    const auto date = std::chrono::floor<std::chrono::seconds>(now);
    watch.heard("a", date + 300s);
    watch.heard("a", date);
    watch.heard("b", date - 60s);
    CHECK(watch.readings() == std::vector<ClockReading>{{"a", now, 500ms}, {"b", now, -59500ms}});
    for (int i = 0; i < 100; ++i) watch.heard("server" + std::to_string(i), date);
    CHECK(watch.readings().size() == broker::alarm::ClockWatch::servers_max);
    clock.at += 1h;
    watch.heard("a", date);
    CHECK(watch.readings().front() == ClockReading{"a", now + 1h, 500ms - 3600s});
}

TEST_CASE("alarms: what is over is cleared once it has been away for long enough, and what comes back never went") {
    broker::alarm::Settling settling;
    const Raised unrouted{"unrouted", "", now - 1h, 3, "three", "do"}, held{"held", "pacs", std::nullopt, 1, "one", ""};
    const auto at = [](std::chrono::seconds later) {
        return broker::alarm::Times{now + later, broker::Monotonic(later)};
    };
    auto changes = settling.settle({}, std::vector{unrouted, held}, 2min, at(0s));
    REQUIRE(changes.raised.size() == 2);
    CHECK(changes.raised[0] == outbox::Alarm{"unrouted", "", now - 1h, 3, "three", "do"});
    CHECK(changes.raised[1].since == now);

    std::vector<outbox::AlarmView> open{{outbox::AlarmId{1}, changes.raised[0], now},
                                        {outbox::AlarmId{2}, changes.raised[1], now}};
    CHECK(settling.settle(open, std::vector{unrouted, held}, 2min, at(10s)).empty());
    // A wall clock that jumps clears nothing.
    CHECK(settling.settle(open, std::vector{held}, 2min, {now + 24h, broker::Monotonic(20s)}).empty());
    CHECK(settling.settle(open, std::vector{unrouted, held}, 2min, at(100s)).empty());
    CHECK(settling.settle(open, std::vector{held}, 2min, at(130s)).empty());
    CHECK(settling.settle(open, std::vector{held}, 2min, at(249s)).empty());
    changes = settling.settle(open, std::vector{held}, 2min, at(250s));
    REQUIRE(changes.cleared.size() == 1);
    CHECK(changes.cleared[0].id == outbox::AlarmId{1});
    CHECK(changes.raised.empty());

    // What changes is no news, and began when it began.
    Raised more = held;
    more.count = 2;
    changes = settling.settle(open, std::vector{unrouted, more}, 2min, at(260s));
    REQUIRE(changes.changed.size() == 1);
    CHECK(changes.changed[0].first == outbox::AlarmId{2});
    CHECK(changes.changed[0].second.since == now);
    CHECK(changes.changed[0].second.count == 2);
    CHECK(settling.settle(open, std::vector<Raised>{}, 0s, at(270s)).cleared.size() == 2);
}
