/// Questions to a stopped broker's folder.
#include "web/read_only.h"

#include <doctest/doctest.h>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include "rig.h"

namespace {

const web::Write no_stream = [](std::string_view) { return true; };

web::StoppedFolder folder_of(const test::Rig& rig) {
    return {rig.database(), {"rs-contoh", "0.1.0", "Asia/Jakarta", std::nullopt}, [] { return test::now; }, {}};
}

}  // namespace

TEST_CASE("read only: the status says what the database knows and that the broker is stopped") {
    test::Rig rig;
    rig.receive({});
    {
        outbox::Outbox::Transaction transaction(rig.outbox);
        rig.outbox.record("refused", {"bridge", ""}, R"({"count":5})", test::now);
        transaction.commit();
    }
    web::ReadOnly stopped(folder_of(rig));
    const auto response = stopped.answer("GET", "/api/v1/status", "", no_stream);
    REQUIRE(response.status == 200);
    const auto status = boost::json::parse(response.body);
    CHECK(status.at("node") == "rs-contoh");
    CHECK(status.at("started_at").is_null());
    CHECK(status.at("accepting").at("ok") == false);
    CHECK(status.at("accepting").at("why") == "the broker is stopped");
    CHECK(status.at("accepting").at("refused") == 5);
    CHECK(status.at("received").at("instances") == 1);
    CHECK(status.at("destinations").as_array().size() >= 1);
    CHECK(status.at("spool").at("free_bytes").as_int64() > 0);
    CHECK(stopped.answer("GET", "/readyz", "", no_stream).status == 503);
    CHECK(stopped.answer("GET", "/api/v1/jobs?state=queued", "", no_stream).status == 200);
}

TEST_CASE("read only: acting is 409, the broker is stopped") {
    test::Rig rig;
    const auto jobs = rig.receive({});
    web::ReadOnly stopped(folder_of(rig));
    for (const std::string& target :
         {"/api/v1/jobs/" + std::to_string(jobs.front().value) + "/hold", std::string("/api/v1/jobs/actions"),
          std::string("/api/v1/destinations/pacs-a/pause")}) {
        const auto response = stopped.answer("POST", target, "{}", no_stream);
        CHECK(response.status == 409);
        CHECK(boost::json::parse(response.body).at("state") == "stopped");
    }
}

TEST_CASE("read only: a streamed export comes piece by piece, and errors are problems") {
    test::Rig rig;
    rig.receive({});
    web::ReadOnly stopped(folder_of(rig));
    std::string all;
    const auto response = stopped.answer("GET", "/api/v1/history.csv", "", [&](std::string_view piece) {
        all += piece;
        return true;
    });
    CHECK(response.status == 200);
    CHECK(response.body.empty());
    CHECK(all.starts_with("sequence,node,at,event,"));
    CHECK(all.find("received") != std::string::npos);
    CHECK(stopped.answer("GET", "/nope", "", no_stream).status == 404);
    CHECK(stopped.answer("GET", "nope", "", no_stream).status == 400);
    CHECK(stopped.answer("PUT", "/api/v1/status", "", no_stream).status == 405);
}

TEST_CASE("read only: a folder without a database is an error, not an empty answer") {
    support::TempFolder empty;
    const web::StoppedFolder folder{empty.path() / "outbox.db", {}, [] { return test::now; }, {}};
    CHECK_THROWS_AS(web::ReadOnly{folder}, outbox::Error);
}

TEST_CASE("read only: what the rules of a stopped broker say is not known, what was recorded is told") {
    test::Rig rig;
    rig.receive({});
    web::ReadOnly stopped(folder_of(rig));
    const auto routes = stopped.answer("GET", "/api/v1/instances/1.2.3.1/routes", "", no_stream);
    CHECK(routes.status == 409);
    CHECK(boost::json::parse(routes.body).at("state") == "stopped");
    CHECK(boost::json::parse(routes.body).at("receipts").at(0).at("destinations").at(0) == "pacs-a");
    for (const char* target : {"/api/v1/routes/explain", "/api/v1/routes/diff"}) {
        const auto response = stopped.answer("POST", target, "{}", no_stream);
        CHECK(response.status == 409);
        CHECK(boost::json::parse(response.body).at("state") == "stopped");
    }
}
