/// What operators do to many jobs at once, over a real server and a real outbox: studies, sending, moving, retrying.
#include <doctest/doctest.h>

#include <array>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <set>

#include "client.h"
#include "rig.h"

namespace {

using boost::json::value;
using test::get;
using test::post;

value json_of(const test::Got& got) {
    return boost::json::parse(got.body);
}

const std::string backfill = "/api/v1/destinations/archive/backfill";
const std::string move = "/api/v1/destinations/pacs-a/move";

}  // namespace

TEST_CASE("operators: a study is shown with n of m delivered per destination, and its series") {
    test::Rig rig;
    rig.receive({"1.2.3.1", "1.2.3", "Doe^Jane", {"pacs-a", "archive"}});
    const auto cancelled = rig.receive({"1.2.3.2"}).front();
    rig.receive({"1.2.4.1", "1.2.4", "Roe^Rick"});
    CHECK(post(rig.port(), "/api/v1/jobs/" + std::to_string(cancelled.value) + "/cancel", "{}").status == 200);

    const value list = json_of(get(rig.port(), "/api/v1/studies"));
    REQUIRE(list.at("items").as_array().size() == 2);
    CHECK(list.at("items").at(0).at("study_instance_uid") == "1.2.4");
    const value study = json_of(get(rig.port(), "/api/v1/studies/1.2.3"));
    CHECK(study.at("instances") == 2);
    CHECK(study.at("state") == "arriving");  // it has just come
    CHECK(study.at("unrouted") == 0);
    CHECK(study.at("modalities").at(0) == "CT");
    CHECK(study.at("destinations").at(1).at("name") == "pacs-a");
    CHECK(study.at("destinations").at(1).at("delivered") == 0);
    CHECK(study.at("destinations").at(1).at("of") == 1);
    CHECK(study.at("destinations").at(1).at("jobs").at("cancelled") == 1);
    REQUIRE(study.at("series").as_array().size() == 1);
    CHECK(study.at("series").at(0).at("instances") == 2);
    CHECK(study.at("series").at(0).at("kept") == 2);
    CHECK(get(rig.port(), "/api/v1/studies/1.2.5").status == 404);
}

TEST_CASE("operators: studies are found by patient, accession number, modality, day and words, page by page") {
    test::Rig rig;
    for (int i = 1; i <= 5; ++i) {
        const std::string study = "1.2." + std::to_string(i);
        rig.receive({study + ".1", study, i == 3 ? "Roe^Rick" : "Doe^Jane"});
    }
    const auto count = [&](const std::string& query) {
        const test::Got got = get(rig.port(), "/api/v1/studies?" + query);
        return got.status == 200 ? static_cast<int>(json_of(got).at("items").as_array().size())
                                 : -static_cast<int>(got.status);
    };
    CHECK(count("patient=P1") == 5);
    CHECK(count("accession=A1&modality=CT") == 5);
    CHECK(count("modality=C") == 0);
    CHECK(count("q=roe") == 1);
    CHECK(count("q=1.2.4") == 1);
    CHECK(count("date=2026-01-15") == 5);
    CHECK(count("date=20260115") == 5);
    CHECK(count("date=2026-01-17") == 0);
    CHECK(count("date=1h") == -400);
    CHECK(count("colour=red") == -400);
    std::set<std::string> seen;
    std::string cursor;
    do {
        const value page = json_of(get(rig.port(), "/api/v1/studies?limit=2" + cursor));
        for (const value& each : page.at("items").as_array()) seen.emplace(each.at("study_instance_uid").as_string());
        cursor = page.at("next").is_null() ? "" : "&cursor=" + std::string(page.at("next").as_string());
    } while (!cursor.empty());
    CHECK(seen.size() == 5);
}

TEST_CASE("operators: a backfill counts first, adds what is missing once, and shows how far it is to who watches") {
    test::Rig rig;
    for (int i = 1; i <= 3; ++i) rig.receive({"1.2.3." + std::to_string(i)});
    CHECK(json_of(post(rig.port(), backfill, R"({"dry_run":true})")).at("count") == 3);
    CHECK(json_of(get(rig.port(), "/api/v1/jobs?destination=archive")).at("items").as_array().empty());
    const test::Got watched = post(rig.port(), backfill, R"({"progress":true})");
    CHECK(watched.status == 200);
    CHECK(watched.body.starts_with(R"({"done":1,"total":100})"
                                   "\n"));
    CHECK(watched.body.find(R"({"result":{"count":3,"added":3)") != std::string::npos);
    const value again = json_of(post(rig.port(), backfill, "{}"));
    CHECK(again.at("added") == 0);
    CHECK(again.at("destination").at("jobs").at("queued") == 3);
    const value jobs = json_of(get(rig.port(), "/api/v1/jobs?destination=archive"));
    CHECK(jobs.at("items").at(0).at("priority") == "low");
    CHECK(rig.act.last_actor() == "open:127.0.0.1");
    CHECK(post(rig.port(), backfill, R"({"since":"yesterday"})").status == 400);
    CHECK(post(rig.port(), backfill, R"({"everything":true})").status == 400);
    CHECK(post(rig.port(), "/api/v1/destinations/nowhere/backfill", "{}").status == 404);
}

TEST_CASE("operators: a study is sent where it has no job, and what is there already is said") {
    test::Rig rig;
    for (int i = 1; i <= 3; ++i) rig.receive({"1.2.3." + std::to_string(i)});
    rig.receive({"1.2.3.4", "1.2.3", "Doe^Jane", {"archive"}});
    const std::string send = "/api/v1/studies/1.2.3/send";
    const value sent = json_of(post(rig.port(), send, R"({"destination":"archive"})"));
    CHECK(sent.at("added") == 3);
    CHECK(sent.at("there").at("queued") == 1);
    CHECK(json_of(post(rig.port(), send, R"({"destination":"archive"})")).at("added") == 0);
    CHECK(post(rig.port(), send, R"({"destination":"nowhere"})").status == 400);
    CHECK(post(rig.port(), send, "{}").status == 400);
    CHECK(post(rig.port(), "/api/v1/studies/1.9/send", R"({"destination":"archive"})").status == 404);
}

TEST_CASE("operators: a destination that left the configuration takes nothing new, but can be moved away from") {
    test::Rig rig;
    rig.receive({});
    {
        const std::array<outbox::DestinationSpec, 1> left{{{"archive", "folder"}}};
        outbox::Outbox::Transaction transaction(rig.outbox);
        rig.outbox.configure(left, test::now);
        rig.outbox.settle_removed(100, test::now);
        transaction.commit();
    }
    const test::Got refused = post(rig.port(), "/api/v1/studies/1.2.3/send", R"({"destination":"pacs-a"})");
    CHECK(refused.status == 409);
    CHECK(json_of(refused).at("state") == "removed");
    CHECK(post(rig.port(), "/api/v1/destinations/pacs-a/backfill", "{}").status == 409);
    CHECK(post(rig.port(), "/api/v1/destinations/archive/move", R"({"to":"pacs-a"})").status == 400);
    const value plan = json_of(post(rig.port(), move, R"({"to":"archive","dry_run":true})"));
    CHECK(plan.at("held") == 1);
    CHECK(plan.at("count") == 1);
}

TEST_CASE("operators: a move says what it would move, and where it goes") {
    test::Rig rig;
    for (int i = 1; i <= 2; ++i) rig.receive({"1.2.3." + std::to_string(i)});
    const value plan = json_of(post(rig.port(), move, R"({"to":"archive","dry_run":true})"));
    CHECK(plan.at("count") == 2);
    CHECK(plan.at("queued") == 2);
    CHECK(plan.at("uncertain") == 0);
    CHECK(post(rig.port(), move, "{}").status == 400);
    CHECK(post(rig.port(), move, R"({"to":"pacs-a"})").status == 400);
    CHECK(post(rig.port(), move, R"({"to":"nowhere"})").status == 400);
    CHECK(post(rig.port(), move, R"({"to":"archive","filter":{"destination":"pacs-a"}})").status == 400);
    const value done = json_of(post(rig.port(), move, R"({"to":"archive","filter":{"study":"1.2.3"}})"));
    CHECK(done.at("changed") == 2);
    CHECK(done.at("left").at("count") == 0);
    CHECK(done.at("to").at("jobs").at("queued") == 2);
    const value old = json_of(get(rig.port(), "/api/v1/jobs?destination=pacs-a"));
    CHECK(old.at("items").at(0).at("state") == "cancelled");
    CHECK(old.at("items").at(0).at("reason") == "moved");
}

TEST_CASE("operators: the same jobs are not all retried twice in a moment") {
    test::Rig rig;
    rig.receive({});
    const std::string actions = "/api/v1/jobs/actions";
    const std::string retry = R"({"action":"retry","filter":{"destination":"pacs-a"}})";
    CHECK(post(rig.port(), actions, retry).status == 200);
    const test::Got again = post(rig.port(), actions, retry);
    CHECK(again.status == 429);
    CHECK(again.headers.at("retry-after") == "10");
    CHECK(post(rig.port(), actions, R"({"action":"retry","filter":{"destination":"archive"}})").status == 200);
    CHECK(post(rig.port(), actions, R"({"action":"retry","filter":{"destination":"pacs-a"},"dry_run":true})").status ==
          200);
    CHECK(post(rig.port(), actions, R"({"action":"hold","filter":{"destination":"pacs-a"}})").status == 200);
}

TEST_CASE("operators: asking the destinations about a study reaches what was sent, and only that") {
    test::Rig rig;
    rig.receive({});
    const value none = json_of(post(rig.port(), "/api/v1/studies/1.2.3/verify", R"({"dry_run":true})"));
    CHECK(none.at("count") == 0);
    {
        outbox::Outbox::Transaction transaction(rig.outbox);
        const auto claimed = rig.outbox.claim(rig.outbox.destination("pacs-a").value(), 1, test::now);
        REQUIRE(claimed.size() == 1);
        const outbox::Settlement settlement{claimed.front().job, claimed.front().attempt, test::now, 0, "", 1000};
        CHECK(rig.outbox.deliver(settlement, outbox::Evidence::response, false));
        transaction.commit();
    }
    const value done = json_of(post(rig.port(), "/api/v1/studies/1.2.3/verify", "{}"));
    CHECK(done.at("count") == 1);
    CHECK(done.at("asked_at") == "2026-01-15T08:30:00.250Z");
    const value jobs = json_of(get(rig.port(), "/api/v1/jobs?study=1.2.3"));
    CHECK(jobs.at("items").at(0).at("confirm_due_at") == "2026-01-15T08:30:00.250Z");
    const std::string by_filter = R"({"action":"verify","filter":{"study":"1.2.3"},"dry_run":true})";
    CHECK(json_of(post(rig.port(), "/api/v1/jobs/actions", by_filter)).at("count") == 1);
    CHECK(post(rig.port(), "/api/v1/studies/1.9/verify", "{}").status == 404);
}
