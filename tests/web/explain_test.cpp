/// Why an instance goes where it goes, and what other rules would do, over a real server and a scripted set of rules.
#include <doctest/doctest.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "client.h"
#include "rig.h"

namespace {

using boost::json::object;
using boost::json::value;
using test::get;
using test::post;

value json_of(const test::Got& got) {
    return boost::json::parse(got.body);
}

const std::string of_instance = "/api/v1/instances/1.2.3.1/routes";
const std::string what_if = "/api/v1/routes/explain";
const std::string diff = "/api/v1/routes/diff";

void damage(test::Rig& rig, const std::string& uid) {
    const auto digest = outbox::Views(rig.database()).instance(uid).front().facts.digest;
    outbox::Outbox::Transaction transaction(rig.outbox);
    rig.outbox.damage(digest, test::now);
    transaction.commit();
}

}  // namespace

TEST_CASE("explain: an instance's present routes with their reasons, and what was recorded when it came") {
    test::Rig rig;
    rig.receive({});
    const test::Got got = get(rig.port(), of_instance);
    REQUIRE(got.status == 200);
    const value shown = json_of(got);
    CHECK(shown.at("sop_instance_uid") == "1.2.3.1");
    CHECK(shown.at("version") == 1);
    CHECK(shown.at("blob_state") == "kept");
    CHECK(shown.at("more_receipts") == false);
    REQUIRE(shown.at("receipts").as_array().size() == 1);
    const value& receipt = shown.at("receipts").at(0);
    CHECK(receipt.at("received_at") == "2026-01-15T08:30:00.250Z");
    CHECK(receipt.at("destinations").at(0) == "pacs-a");
    CHECK(receipt.at("calling_ae_title") == "CT1");
    CHECK(receipt.at("sender").is_null());
    const value& now = shown.at("now");
    CHECK(now.at("calling_ae_title") == "CT1");
    CHECK(now.at("called_ae_title") == "BRIDGE");
    CHECK(now.at("address") == "10.1.0.20");
    CHECK(now.at("sender") == "found");
    CHECK(now.at("unrouted") == false);
    CHECK(now.at("destinations").at(0).at("destination") == "pacs-a");
    CHECK(now.at("destinations").at(0).at("priority") == "high");
    CHECK(now.at("destinations").at(0).at("came_from_there") == false);
    CHECK(now.at("routes").at(0).at("verdict") == "matched");
    CHECK(now.at("routes").at(0).at("findings").at(0).at("values").at(0) == "CT");
    CHECK(now.at("routes").at(1).at("verdict") == "after_last");
    CHECK(now.at("routes").at(1).at("because") == "ct");
    CHECK(get(rig.port(), of_instance + "?version=1").status == 200);
    CHECK(get(rig.port(), of_instance + "?version=2").status == 404);
    CHECK(get(rig.port(), of_instance + "?version=x").status == 400);
    CHECK(get(rig.port(), of_instance + "?colour=red").status == 400);
    CHECK(get(rig.port(), "/api/v1/instances/1.2.9/routes").status == 404);
}

TEST_CASE("explain: where the bytes are damaged or gone, what was recorded is told all the same") {
    test::Rig rig;
    rig.receive({});
    rig.explain.is_readable = false;
    const test::Got missing = get(rig.port(), of_instance);
    CHECK(missing.status == 409);
    CHECK(json_of(missing).at("state") == "unreadable");
    CHECK(json_of(missing).at("receipts").at(0).at("destinations").at(0) == "pacs-a");
    damage(rig, "1.2.3.1");
    const test::Got damaged = get(rig.port(), of_instance);
    CHECK(damaged.status == 409);
    CHECK(damaged.headers.at("content-type") == "application/problem+json");
    CHECK(json_of(damaged).at("state") == "damaged");
    CHECK(json_of(damaged).at("blob_state") == "damaged");
    CHECK(json_of(damaged).at("receipts").as_array().size() == 1);
    CHECK_FALSE(json_of(damaged).as_object().contains("now"));
}

TEST_CASE("explain: tags that nobody sent are put to the present rules") {
    test::Rig rig;
    const test::Got got =
        post(rig.port(), what_if,
             R"({"tags":{"Modality":["CT","SR"],"PatientID":"P1"},"calling_ae_title":"CT9","called_ae_title":"B",)"
             R"("address":"10.0.0.1","sender":"named"})");
    REQUIRE(got.status == 200);
    CHECK(json_of(got).at("calling_ae_title") == "CT9");
    CHECK(json_of(got).at("sender") == "named");
    CHECK(rig.explain.last_tags() == web::Tags{{"Modality", {"CT", "SR"}}, {"PatientID", {"P1"}}});
    CHECK(post(rig.port(), what_if, "{}").status == 200);
    CHECK(json_of(post(rig.port(), what_if, "{}")).at("sender") == "found");
    for (const char* wrong : {R"({"tags":["CT"]})", R"({"tags":{"Modality":7}})", R"({"tags":{"Modality":[7]}})",
                              R"({"colour":"red"})", R"({"address":7})", R"({"tags":{"NoSuchTag":"x"}})"}) {
        CAPTURE(wrong);
        CHECK(post(rig.port(), what_if, wrong).status == 400);
    }
    CHECK(get(rig.port(), what_if).status == 405);
}

TEST_CASE("explain: other rules are compared, with the progress for who wants it; what they were is not kept") {
    test::Rig rig;
    const test::Got got = post(rig.port(), diff, R"({"settings":"[node]","since":"1h","limit":5})");
    REQUIRE(got.status == 200);
    const value shown = json_of(got);
    CHECK(shown.at("instances") == 3);
    CHECK(shown.at("changed") == 2);
    CHECK(shown.at("destinations").at(0).at("gains") == 2);
    CHECK(shown.at("groups").at(0).at("from").at(0).at("destination") == "pacs-a");
    CHECK(shown.at("groups").at(0).at("examples").at(0).at("routes_then").at(0) == "copies");
    CHECK(shown.at("whole") == true);
    CHECK(rig.explain.last_proposal().since == test::now - std::chrono::hours(1));
    CHECK(rig.explain.last_proposal().groups_max == 5);
    const test::Got watched = post(rig.port(), diff, R"({"settings":"[node]","progress":true})");
    CHECK(watched.headers.at("content-type") == "application/jsonl");
    CHECK(watched.body.starts_with("{\"done\":1,\"total\":3}\n"));
    CHECK(watched.body.find("{\"result\":{\"instances\":3") != std::string::npos);
    CHECK_FALSE(rig.explain.last_proposal().since);
    for (const char* wrong : {R"({})", R"({"settings":""})", R"({"settings":7})", R"({"settings":"bad"})",
                              R"({"settings":"[node]","limit":0})", R"({"settings":"[node]","since":"soon"})"}) {
        CAPTURE(wrong);
        CHECK(post(rig.port(), diff, wrong).status == 400);
    }
    CHECK(json_of(post(rig.port(), diff, R"({"settings":"bad"})")).at("parameter") == "settings");
    CHECK(outbox::Views(rig.database()).history({}, std::nullopt, 10).rows.empty());
}

TEST_CASE("explain: settings may be longer than other bodies, and longer ones are told how long they may be") {
    test::Rig rig;
    const auto settings = [](std::size_t bytes) {
        return boost::json::serialize(object{{"settings", std::string(bytes, '#')}});
    };
    CHECK(post(rig.port(), diff, settings(500'000)).status == 200);
    CHECK(rig.explain.last_proposal().settings.size() == 500'000);
    const test::Got longer = post(rig.port(), diff, settings(web::settings_bytes_max + 1));
    CHECK(longer.status == 400);
    CHECK(longer.body.find("longer than 1048576 bytes") != std::string::npos);
    const test::Got elsewhere = post(rig.port(), what_if, settings(100'000));
    CHECK(elsewhere.status == 413);
    CHECK(elsewhere.body.find("this call takes 65536 bytes") != std::string::npos);
}
