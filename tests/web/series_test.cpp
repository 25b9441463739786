/// A series over the API: its facts, and its instances page by page.
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

TEST_CASE("series: its facts, and of each instance the newest version, in order of instance number") {
    test::Rig rig;
    const char* numbers[] = {"10", "9", "", "-1", "A2", "9"};
    int uid = 0;
    for (const char* number : numbers)
        rig.receive({.sop_instance_uid = std::to_string(++uid), .instance_number = number, .series_number = "4"});
    rig.receive({.sop_instance_uid = "1",
                 .destinations = {},
                 .sop_class_uid = "1.2.840.10008.5.1.4.1.1.88.11",
                 .instance_number = "10",
                 .series_number = "4"});
    rig.receive({.sop_instance_uid = "99", .series_instance_uid = "1.2.3.9"});
    const value got = json_of(get(rig.port(), "/api/v1/series/1.2.3.1"));
    CHECK(got.at("series_instance_uid") == "1.2.3.1");
    CHECK(got.at("study_instance_uid") == "1.2.3");
    CHECK(got.at("modality") == "CT");
    CHECK(got.at("series_number") == "4");
    CHECK(got.at("instances") == 6);
    CHECK(got.at("versions") == 7);
    CHECK(got.at("next").is_null());
    std::string order;
    for (const value& each : got.at("items").as_array()) order += std::string(each.at("sop_instance_uid").as_string());
    CHECK(order == "426135");  // -1, 9, 9, 10, and what is no number as it came
    const value& newest = got.at("items").at(3);
    CHECK(newest.at("version") == 2);
    CHECK(newest.at("versions") == 2);
    CHECK(newest.at("instance_number") == "10");
    CHECK(newest.at("has_pixels") == false);
    CHECK(newest.at("job_count") == 0);
    const value& first = got.at("items").at(0);
    CHECK(first.at("has_pixels") == true);
    CHECK(first.at("blob_state") == "kept");
    CHECK(first.at("bytes") == 1000);
    CHECK(first.at("sop_class_uid") == "1.2.840.10008.5.1.4.1.1.2");
    CHECK(first.at("transfer_syntax_uid") == "1.2.840.10008.1.2.1");
    CHECK(first.at("received_at") == "2026-01-15T08:30:00.250Z");
    CHECK(first.at("job_count") == 1);
    CHECK(first.at("unfinished_count") == 1);
    CHECK(got.at("items").at(4).at("instance_number").is_null());
    CHECK(get(rig.port(), "/api/v1/series/1.2.3.1").body.find("Doe") == std::string::npos);
}

TEST_CASE("series: pages give every instance once, and a cursor leads nowhere else") {
    test::Rig rig;
    for (int i = 1; i <= 7; ++i)
        rig.receive({.sop_instance_uid = std::to_string(i), .instance_number = std::to_string(i % 3)});
    rig.receive({.sop_instance_uid = "8", .series_instance_uid = "1.2.3.9"});
    const std::string target = "/api/v1/series/1.2.3.1?limit=2";
    std::string order, cursor;
    int pages = 0;
    do {
        const value page = json_of(get(rig.port(), target + cursor));
        for (const value& each : page.at("items").as_array())
            order += std::string(each.at("sop_instance_uid").as_string());
        cursor = page.at("next").is_null() ? "" : "&cursor=" + std::string(page.at("next").as_string());
        ++pages;
    } while (!cursor.empty());
    CHECK(order == "3614725");
    CHECK(pages == 4);
    const std::string next(json_of(get(rig.port(), target)).at("next").as_string());
    for (const std::string& other : {"1.2.3.9?cursor=" + next, "1.2.3.1?study=1.2.3&cursor=" + next})
        CHECK(json_of(get(rig.port(), "/api/v1/series/" + other)).at("parameter") == "cursor");
    CHECK(json_of(get(rig.port(), target + "&colour=red")).at("parameter") == "colour");
    CHECK(json_of(get(rig.port(), "/api/v1/series/1.2.3.1?limit=0")).at("parameter") == "limit");
    CHECK(json_of(get(rig.port(), "/api/v1/series/1.2.3.1?study=")).at("parameter") == "study");
    CHECK(get(rig.port(), "/api/v1/series/1.2.3.77").status == 404);
}

TEST_CASE("series: the largest page that may be asked for says that there is more") {
    test::Rig rig;
    rig.receive_many(1001);
    for (const std::string list : {"/api/v1/series/1.2.3.1", "/api/v1/unrouted"}) {
        CAPTURE(list);
        const std::string target = list + "?limit=1000";
        const value page = json_of(get(rig.port(), target));
        CHECK(page.at("items").as_array().size() == 1000);
        REQUIRE(page.at("next").is_string());
        const std::string next(page.at("next").as_string());
        const value last = json_of(get(rig.port(), target + "&cursor=" + next));
        CHECK(last.at("items").as_array().size() == 1);
        CHECK(last.at("next").is_null());
    }
}

TEST_CASE("series: a limit that the configuration raised beyond a page gives pages, and all of them") {
    web::Limits limits;
    limits.rows_max = 5000;
    test::Rig rig(web::Access::open, limits);
    rig.receive_many(1001);
    const value page = json_of(get(rig.port(), "/api/v1/series/1.2.3.1?limit=5000"));
    CHECK(page.at("items").as_array().size() == 1000);
    CHECK(page.at("next").is_string());
}

TEST_CASE("series: one UID in two studies is the first study's, unless another is named") {
    test::Rig rig;
    rig.receive({.sop_instance_uid = "1", .study_instance_uid = "1.2.8", .series_instance_uid = "7"});
    rig.receive({.sop_instance_uid = "2", .study_instance_uid = "1.2.7", .series_instance_uid = "7"});
    CHECK(json_of(get(rig.port(), "/api/v1/series/7")).at("study_instance_uid") == "1.2.8");
    const value other = json_of(get(rig.port(), "/api/v1/series/7?study=1.2.7"));
    CHECK(other.at("study_instance_uid") == "1.2.7");
    CHECK(other.at("items").at(0).at("sop_instance_uid") == "2");
    CHECK(get(rig.port(), "/api/v1/series/7?study=1.2.6").status == 404);
}
