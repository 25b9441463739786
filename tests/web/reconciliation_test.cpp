/// Reconciliation over the API: days, months, the file.
#include <doctest/doctest.h>

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include "client.h"
#include "rig.h"

namespace {

using boost::json::value;
using test::get;

value json_of(const test::Got& got) {
    return boost::json::parse(got.body);
}

}  // namespace

TEST_CASE("reconciliation: a day, a month and everything have what was received then, and it adds up") {
    test::Rig rig;
    rig.receive({});
    rig.receive({.sop_instance_uid = "1.2.3.2", .destinations = {"pacs-a", "archive"}});
    rig.receive({.sop_instance_uid = "1.2.3.3", .destinations = {}});
    for (const char* period : {"", "?date=2026-01-15", "?month=2026-01"}) {
        CAPTURE(period);
        const value found = json_of(get(rig.port(), "/api/v1/reconciliation" + std::string(period)));
        CHECK(found.at("instances").at("received") == 3);
        CHECK(found.at("instances").at("routed") == 2);
        CHECK(found.at("instances").at("unrouted") == 1);
        REQUIRE(found.at("destinations").as_array().size() == 2);
        CHECK(found.at("destinations").at(1).at("name") == "pacs-a");
        CHECK(found.at("destinations").at(1).at("jobs") == 2);
        CHECK(found.at("destinations").at(1).at("queued") == 2);
        CHECK(found.at("studies").at(0).at("study_instance_uid") == "1.2.3");
        CHECK(found.at("studies").at(0).at("unrouted") == 1);
        CHECK(found.at("truncated") == false);
        CHECK(found.at("differences").as_array().empty());
    }
    const value none = json_of(get(rig.port(), "/api/v1/reconciliation?month=2026-02"));
    CHECK(none.at("instances").at("received") == 0);
    CHECK(none.at("studies").as_array().empty());
    const value one = json_of(get(rig.port(), "/api/v1/reconciliation?destination=archive"));
    CHECK(one.at("destinations").as_array().size() == 1);
    CHECK(one.at("instances").at("received") == 3);
}

TEST_CASE("reconciliation: a month ends where the next one begins, in whatever month") {
    test::Rig rig;
    const auto end_of = [&](const std::string& month) {
        return json_of(get(rig.port(), "/api/v1/reconciliation?month=" + month)).at("to");
    };
    const auto begin_of = [&](const std::string& month) {
        return json_of(get(rig.port(), "/api/v1/reconciliation?month=" + month)).at("from");
    };
    CHECK(end_of("2026-01") == begin_of("2026-02"));
    CHECK(end_of("2026-02") == begin_of("2026-03"));
    CHECK(end_of("2028-02") == begin_of("2028-03"));
    CHECK(end_of("2026-04") == begin_of("2026-05"));
    CHECK(end_of("2026-12") == begin_of("2027-01"));
    CHECK(json_of(get(rig.port(), "/api/v1/reconciliation?date=2026-12-31")).at("to") == begin_of("2027-01"));
}

TEST_CASE("reconciliation: a wrong period is refused with its name") {
    test::Rig rig;
    for (const auto& [query, parameter] : {std::pair{"date=2026-01", "date"},
                                           {"date=2026-02-30", "date"},
                                           {"date=2h", "date"},
                                           {"month=2026-13", "month"},
                                           {"month=2026-01-01", "month"},
                                           {"date=2026-01-15&month=2026-01", "month"},
                                           {"destination=nowhere", "destination"},
                                           {"limit=3", "limit"}}) {
        for (const char* path : {"/api/v1/reconciliation?", "/api/v1/reconciliation.csv?"}) {
            const test::Got got = get(rig.port(), path + std::string(query));
            CAPTURE(query);
            CHECK(got.status == 400);
            CHECK(json_of(got).at("parameter") == value(parameter));
        }
    }
}

TEST_CASE("reconciliation: the file has one count per line") {
    test::Rig rig;
    rig.receive({});
    rig.receive({.sop_instance_uid = "1.2.3.2", .destinations = {}});
    const test::Got got = get(rig.port(), "/api/v1/reconciliation.csv");
    CHECK(got.status == 200);
    CHECK(got.headers.at("content-type").starts_with("text/csv"));
    CHECK(got.headers.at("content-disposition") == "attachment; filename=\"reconciliation.csv\"");
    for (const char* line : {"what,destination,state,reason,study_instance_uid,accession_number,modalities,received_at,"
                             "count\r\n",
                             "\r\ninstances received,,,,,,,,2\r\n", "\r\ninstances unrouted,,,,,,,,1\r\n",
                             "\r\njobs,pacs-a,,,,,,,1\r\n", "\r\njobs,pacs-a,queued,,,,,,1\r\n",
                             "\r\n\"study, instances unrouted\",,,,1.2.3,A1,CT,2026-01-15T08:30:00.250Z,1\r\n",
                             "\r\n\"study, jobs\",pacs-a,queued,,1.2.3,A1,CT,2026-01-15T08:30:00.250Z,1\r\n"}) {
        CAPTURE(line);
        CHECK(got.body.find(line) != std::string::npos);
    }
}
