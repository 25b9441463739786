/// Changes: what is found between two configurations, and what is never told of it.
#include "broker/config/changes.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>

#include "broker/config/settings.h"
#include "tests/broker/config/files.h"

namespace broker::config {

namespace {

using What = Change::What;

Config config_of(const std::string& text) {
    Loaded loaded = load_text(text, "bridge.toml");
    CAPTURE(joined(lines(loaded.problems)));
    REQUIRE(loaded.config);
    return *loaded.config;
}

std::string destination(const std::string& name, const std::string& rest) {
    return "[[destination]]\nname = \"" + name + "\"\nae_title = \"A\"\nhost = \"10.0.0.5\"\nport = 104\n" + rest;
}

std::string route(const std::string& name, const std::string& rest = "") {
    return "[[route]]\nname = \"" + name + "\"\nto = [\"a\"]\n" + rest;
}

/// All of it in one text, as a careless writer of logs would have it.
std::string everything(const std::vector<Change>& changes) {
    std::string text;
    for (const Change& each : changes) {
        text += print(each) + "\n";
        for (const KeyChange& key : each.keys) text += key.key + key.from.value_or("") + key.to.value_or("") + "\n";
    }
    return text;
}

}  // namespace

TEST_CASE("changes: between equal configurations there are none") {
    CHECK(changes({}, {}).empty());
    const Config rich = config_of(destination("a", "tls = { ca_file = \"/etc/ca.pem\" }\n") + route("r"));
    CHECK(changes(rich, rich).empty());
}

TEST_CASE("changes: a setting of a section is told with its values, one of a table inside with its whole key") {
    const auto found = changes(
        config_of(destination("a", "tls = { ca_file = \"/etc/a.pem\", server_name = \"x\" }\n")),
        config_of("[retention]\nkeep_for = \"7d\"\n" + destination("a", "tls = { ca_file = \"/etc/b.pem\" }\n")));
    REQUIRE(found.size() == 2);
    CHECK(found[0] == Change{"retention", "", What::changed, {{"keep_for", "\"30d\"", "\"7d\""}}});
    CHECK(found[1] == Change{"destination",
                             "a",
                             What::changed,
                             {{"tls.ca_file", "\"/etc/a.pem\"", "\"/etc/b.pem\""}, {"tls.server_name", "\"x\"", {}}}});
    CHECK(found[0].where() == "[retention]");
    CHECK(found[1].where() == "destination a");
    CHECK(print(found[0]) == "[retention]: keep_for \"30d\" -> \"7d\"");
}

TEST_CASE("changes: tables of an array are known by name, wherever they stand") {
    const auto found = changes(
        config_of(destination("a", "") + destination("b", "") + destination("c", "")),
        config_of(destination("d", "parallel = 9\n") + destination("a", "") + destination("c", "parallel = 3\n")));
    REQUIRE(found.size() == 3);
    CHECK(found[0].where() == "destination d");
    CHECK(found[0].what == What::added);
    const KeyChange parallel{"parallel", {}, "9"};
    CHECK(std::find(found[0].keys.begin(), found[0].keys.end(), parallel) != found[0].keys.end());
    CHECK(found[1] == Change{"destination", "c", What::changed, {{"parallel", "2", "3"}}});
    CHECK(found[2] == Change{"destination", "b", What::removed, {}});
    CHECK(print(found[2]) == "destination b removed");
}

TEST_CASE("changes: routes that change places decide differently, so their order is a change") {
    const std::string to = destination("a", "");
    const auto found = changes(config_of(to + route("x") + route("gone") + route("y")),
                               config_of(to + route("y") + route("new") + route("x")));
    REQUIRE(found.size() == 3);
    CHECK(found[0] == Change{"route", "", What::changed, {{"order", "x, y", "y, x"}}});
    CHECK(found[1].what == What::added);
    CHECK(found[2] == Change{"route", "gone", What::removed, {}});
}

TEST_CASE("changes: what a condition looks for is never told, nor what an edit sets, nor what stands in a URL") {
    const std::string to = destination("a", "");
    const auto conditions = changes(config_of(to + route("r", "when = { PatientName = \"DOE^JANE\" }\n")),
                                    config_of(to + route("r", "when = { PatientName = \"ROE^RICHARD\" }\n") +
                                              route("s", "when = { PatientID = \"SECRET-7\" }\n")));
    REQUIRE(conditions.size() == 2);
    CHECK(conditions[0] == Change{"route", "r", What::changed, {{"when", {}, {}}}});
    CHECK(print(conditions[0]) == "route r: when");
    const auto edits =
        changes(config_of(to + route("r", "edit = [{ set = \"PatientName\", value = \"HIDDEN^1\" }]\n")),
                config_of(to + route("r", "edit = [{ set = \"PatientName\", value = \"HIDDEN^2\" }]\n")));
    REQUIRE(edits.size() == 1);
    CHECK(print(edits[0]) == "route r: edit");
    Config before, after;
    before.heartbeat.emplace().url = "https://user:hidden-1@example.org/";
    after.heartbeat.emplace().url = "https://user:hidden-2@example.org/";
    for (Config* each : {&before, &after}) {
        Destination& cloud = each->destinations.emplace_back();
        cloud.name = "cloud";
        cloud.kind = DestinationKind::dicomweb;
        cloud.url = cloud.proxy = each->heartbeat->url;
        cloud.auth.emplace().token_url = each->heartbeat->url;
    }
    const auto urls = changes(before, after);
    REQUIRE(urls.size() == 2);
    CHECK(urls[0].keys.size() == 3);
    const auto added = changes({}, after);
    const std::string told = everything(conditions) + everything(edits) + everything(urls) + everything(added);
    for (const char* secret : {"DOE", "ROE", "SECRET-7", "HIDDEN", "hidden-1", "hidden-2"})
        CHECK_MESSAGE(told.find(secret) == std::string::npos, secret);
}

TEST_CASE("changes: configurations that differ have a change, whatever it is that differs") {
    // Of each section something, so that none is left out of the comparison.
    std::vector<Config> others(14);
    others[0].node.stop_within = Duration{1};
    others[1].dicom.max_pdu = 65536;
    others[2].senders.emplace_back().name = "ct";
    others[3].http.port = 1;
    others[4].spool.orphans_for = Duration{1};
    others[5].retention.keep_for.reset();
    others[6].preview.enabled = false;
    others[7].delivery.batch = 1;
    others[8].janitor.batch = 1;
    others[9].worker.parallel = 1;
    others[10].uplinks.emplace_back().name = "line";
    others[11].alarm.silent_sender.reset();
    others[12].notify.emplace_back();
    others[13].heartbeat.emplace();
    for (const Config& each : others) {
        CHECK(changes({}, each).size() == 1);
        CHECK(changes(each, {}).size() == 1);
    }
}

TEST_CASE("config: a text that somebody sent learns nothing of this process's environment") {
    ::setenv("BRIDGE_TEST_SECRET", "hunter2", 1);
    const Loaded loaded = load_text("[dicom]\nport = \"${BRIDGE_TEST_SECRET}\"\nae_title = \"$${X}\"\n", "settings");
    REQUIRE(loaded.problems.size() >= 1);
    std::string told;
    for (const Problem& each : loaded.problems) told += print(each) + "\n";
    CHECK(told.find("may not use ${BRIDGE_TEST_SECRET}") != std::string::npos);
    CHECK(told.find("hunter2") == std::string::npos);
    ::unsetenv("BRIDGE_TEST_SECRET");
}

}  // namespace broker::config
