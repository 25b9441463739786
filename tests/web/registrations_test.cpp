/// Registrations over the API: the list with its pages, the summary, the file.
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include "client.h"
#include "rig.h"

namespace {

using boost::json::value;
using outbox::Reason;
using test::get;

value json_of(const test::Got& got) {
    return boost::json::parse(got.body);
}

const std::string list = "/api/v1/registrations";

/// With a destination "satusehat" that registers, and four studies there: 1.1 waits for an order, 1.2 is objected to,
/// 1.3 and 1.4 were not looked at.
struct Nation {
    Nation() {
        const std::array<outbox::DestinationSpec, 3> destinations{
            {{"pacs-a", "dicom"},
             {"archive", "folder"},
             {.name = "satusehat", .kind = "satusehat", .registers = true}}};
        change([&] { rig.outbox.configure(destinations, test::now); });
        for (const char* study : {"1.1", "1.2", "1.3", "1.4"})
            rig.receive(
                {study + std::string(".1"), study, study == std::string("1.4") ? "=1+1" : "Doe^Jane", {"satusehat"}});
        change([&] {
            rig.outbox.put_off_study(at("1.1"), Reason::order_not_found, test::now + std::chrono::hours(6), "",
                                     test::now);
            rig.outbox.object(at("1.2"), {Reason::patient_doubtful, "doubt:1", ""}, test::now);
        });
    }

    template <class Work>
    void change(Work work) {
        outbox::Outbox::Transaction transaction(rig.outbox);
        work();
        transaction.commit();
    }
    outbox::StudyAt at(const std::string& study) { return {rig.outbox.destination("satusehat").value(), study}; }

    test::Rig rig;
};

}  // namespace

TEST_CASE("registrations: a study says its stage, its number, why, and when it is looked at again") {
    Nation nation;
    const value items = json_of(get(nation.rig.port(), list)).at("items");
    REQUIRE(items.as_array().size() == 4);
    const value& waits = items.at(0);
    CHECK(waits.at("destination") == "satusehat");
    CHECK(waits.at("study_instance_uid") == "1.1");
    CHECK(waits.at("stage") == "order_not_found");
    CHECK(waits.at("stage_at") == "2026-01-15T08:30:00.250Z");
    CHECK(waits.at("accession_number") == "A1");  // its own: an order was not found with it
    CHECK(waits.at("objection").is_null());
    CHECK(waits.at("objection_text").is_null());
    CHECK(waits.at("miss_count") == 1);
    CHECK(waits.at("next_look_at") == "2026-01-15T14:30:00.250Z");
    CHECK(waits.at("patient_name") == "Doe^Jane");
    CHECK(waits.at("modalities").at(0) == "CT");
    CHECK(waits.at("instances") == 1);
    CHECK(waits.at("jobs").at("waiting") == 1);
    CHECK(items.at(1).at("objection") == "patient_doubtful");
    CHECK(items.at(1).at("objection_text").as_string().find("patient") != std::string::npos);
    CHECK(items.at(1).at("jobs").at("held") == 1);
    CHECK(items.at(1).at("next_look_at").is_null());
    CHECK(items.at(2).at("stage").is_null());
    CHECK(items.at(3).at("study_instance_uid") == "1.4");
}

TEST_CASE("registrations: pages follow each other through both halves, and a cursor leads nowhere else") {
    Nation nation;
    std::string seen, cursor;
    for (int page = 0; page < 4; ++page) {
        const value got = json_of(get(nation.rig.port(), list + "?limit=1" + cursor));
        REQUIRE(got.at("items").as_array().size() == 1);
        seen += std::string(got.at("items").at(0).at("study_instance_uid").as_string()) + " ";
        if (page == 3) {
            CHECK(got.at("next").is_null());
        } else {
            cursor = "&cursor=" + std::string(got.at("next").as_string());
        }
    }
    CHECK(seen == "1.1 1.2 1.3 1.4 ");
    CHECK(get(nation.rig.port(), list + "?stage=none" + cursor).status == 400);
    CHECK(get(nation.rig.port(), "/api/v1/jobs?limit=1" + cursor).status == 400);
    for (const char* bad : {"r-", "rs1~1~1-", "rx1~1~1.2-00000000", "rs1~1-00000000", "rs1~1~-00000000"})
        CHECK(get(nation.rig.port(), list + "?cursor=" + bad).status == 400);
}

TEST_CASE("registrations: filters are refused by name where they mean nothing") {
    Nation nation;
    CHECK(json_of(get(nation.rig.port(), list + "?stage=none")).at("items").as_array().size() == 2);
    CHECK(json_of(get(nation.rig.port(), list + "?accession=A1&stage=objected")).at("items").as_array().size() == 1);
    for (const auto& [query, parameter] : {std::pair{"stage=lost", "stage"},
                                           {"objection=nothing", "objection"},
                                           {"destination=nowhere", "destination"},
                                           {"patient=P1", "patient"}}) {
        for (const std::string& path : {list, list + ".csv"}) {
            const test::Got got = get(nation.rig.port(), path + "?" + query);
            CAPTURE(query);
            CHECK(got.status == 400);
            CHECK(json_of(got).at("parameter") == value(parameter));
        }
    }
    CHECK(get(nation.rig.port(), list + ".csv?limit=3").status == 400);
    CHECK(get(nation.rig.port(), list + "/summary?stage=none").status == 400);
}

TEST_CASE("registrations: the summary counts studies by stage and objection") {
    Nation nation;
    const value items = json_of(get(nation.rig.port(), list + "/summary?destination=satusehat")).at("items");
    REQUIRE(items.as_array().size() == 3);
    std::int64_t unseen = 0, doubtful = 0;
    for (const value& each : items.as_array()) {
        CHECK(each.at("oldest_at") == "2026-01-15T08:30:00.250Z");
        if (each.at("stage").is_null()) unseen = each.at("studies").as_int64();
        if (each.at("objection") == "patient_doubtful") doubtful = each.at("studies").as_int64();
    }
    CHECK(unseen == 2);
    CHECK(doubtful == 1);
    CHECK(json_of(get(nation.rig.port(), list + "/summary?destination=pacs-a")).at("items").as_array().empty());
}

TEST_CASE("registrations: the file has every study, and runs no formula") {
    Nation nation;
    const test::Got got = get(nation.rig.port(), list + ".csv");
    CHECK(got.status == 200);
    CHECK(got.headers.at("content-type").starts_with("text/csv"));
    CHECK(got.body.starts_with("destination,study_instance_uid,stage,stage_at,"));
    CHECK(std::ranges::count(got.body, '\n') == 5);
    CHECK(got.body.find("\r\nsatusehat,1.1,order_not_found,2026-01-15T08:30:00.250Z,A1,") != std::string::npos);
    CHECK(got.body.find(",'=1+1,") != std::string::npos);
    const test::Got one = get(nation.rig.port(), list + ".csv?stage=objected");
    CHECK(std::ranges::count(one.body, '\n') == 2);
}
