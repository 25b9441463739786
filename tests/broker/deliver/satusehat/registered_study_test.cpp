// Registered study: which ImagingStudy is ours (6.1), and when a write has worked (6.2).
#include "broker/deliver/satusehat/registered_study.h"

#include <doctest/doctest.h>

#include "tests/broker/deliver/satusehat/samples.h"

using namespace broker::deliver::satusehat;
using samples::bundle;
namespace bj = boost::json;

namespace {

bj::object study(std::string_view id, std::string_view updated = "2026-03-02T02:00:00+00:00") {
    auto resource = imaging_study(samples::key(), std::vector{samples::instance(1, 1), samples::instance(1, 2)},
                                  samples::order(), {samples::jakarta()})
                        .resource;
    resource["id"] = bj::string_view(id.data(), id.size());
    resource["meta"] = bj::object{{"lastUpdated", bj::string_view(updated.data(), updated.size())}};
    return resource;
}
bj::object with_identifier(std::size_t place, std::string_view system, std::string_view value) {
    auto resource = study("s-1");
    resource["identifier"].as_array()[place] = bj::object{{"system", bj::string_view(system.data(), system.size())},
                                                          {"value", bj::string_view(value.data(), value.size())}};
    return resource;
}

}  // namespace

TEST_CASE("registered study: one with the accession number and the UID is ours") {
    const auto found = find_study(bundle({study("s-1")}), samples::key());
    REQUIRE(std::holds_alternative<RegisteredStudy>(found));
    CHECK(std::get<RegisteredStudy>(found).id == "s-1");
    CHECK(std::get<RegisteredStudy>(found).other_ids.empty());
    CHECK(std::get<RegisteredStudy>(found).resource == study("s-1"));
}

TEST_CASE("registered study: with one of the two only, it is somebody else's") {
    constexpr std::string_view acsn = "http://sys-ids.kemkes.go.id/acsn/100777001";
    for (const bj::object& other :
         {with_identifier(1, "urn:dicom:uid", "urn:oid:2.25.7700177002"), with_identifier(1, "urn:dicom:uid", ""),
          with_identifier(1, "urn:dicom", "urn:oid:2.25.7700177001"), with_identifier(0, acsn, "RS-0077/B"),
          with_identifier(0, acsn, ""), with_identifier(0, "http://sys-ids.kemkes.go.id/acsn/100777002", "RS-0077/A"),
          with_identifier(0, "http://sys-ids.kemkes.go.id/accessionno/100777001", "RS-0077/A")}) {
        CAPTURE(samples::text(other));
        const auto found = find_study(bundle({other}), samples::key());
        REQUIRE(std::holds_alternative<NoStudy>(found));
        CHECK(std::get<NoStudy>(found).is_proven());
        // Behind it, ours is found all the same.
        CHECK(std::get<RegisteredStudy>(find_study(bundle({other, study("s-2")}), samples::key())).id == "s-2");
    }
    // The UID without urn:oid: is the same UID.
    CHECK(std::holds_alternative<RegisteredStudy>(
        find_study(bundle({with_identifier(1, "urn:dicom:uid", "2.25.7700177001")}), samples::key())));
}

TEST_CASE("registered study: of two that are ours the newest counts, and the other is told") {
    const auto older = study("s-1", "2026-03-02T09:00:00+07:00"), newer = study("s-2", "2026-03-02T03:00:00+00:00");
    for (const std::string& body : {bundle({older, newer}), bundle({newer, older})}) {
        const auto found = std::get<RegisteredStudy>(find_study(body, samples::key()));
        CHECK(found.id == "s-2");
        CHECK(found.other_ids == std::vector<std::string>{"s-1"});
    }
    auto undated = study("s-3");
    undated.erase("meta");
    CHECK(std::get<RegisteredStudy>(find_study(bundle({undated, older}), samples::key())).id == "s-1");
}

TEST_CASE("registered study: none is no proof where something is not shown, or not sent") {
    const auto suppressed = std::get<NoStudy>(find_study(bundle({samples::suppressed_entry()}), samples::key()));
    CHECK(suppressed.suppressed_count == 1);
    CHECK_FALSE(suppressed.is_proven());
    auto more = samples::json(bundle({}));
    more.as_object()["link"] = samples::json(R"([{"relation": "next"}])");
    CHECK_FALSE(std::get<NoStudy>(find_study(samples::text(more), samples::key())).is_proven());
    CHECK(std::get<NoStudy>(find_study(bundle({}), samples::key())).is_proven());
}

TEST_CASE("registered study: a body that isn't a Bundle, or ours without an id, is not the same as none") {
    for (const std::string& body : {std::string("<html></html>"), samples::outcome("value", "no"), std::string("{}"),
                                    samples::text(study("s-1")), bundle({study("")}), bundle({study("../x")}),
                                    std::string(R"({"resourceType": "Bundle", "total": 3, "entry": []})")}) {
        CAPTURE(body);
        CHECK(std::holds_alternative<BodyFault>(find_study(body, samples::key())));
    }
}

TEST_CASE("registered study: a write has worked where an ImagingStudy with an id comes back") {
    const auto created = parse_study(samples::text(study("s-1")));
    REQUIRE(std::holds_alternative<RegisteredStudy>(created));
    CHECK(std::get<RegisteredStudy>(created).id == "s-1");
    for (const std::string& body :
         {samples::text(study("")), samples::text(study("a/b")), samples::text(samples::service_request()),
          bundle({study("s-1")}), samples::outcome("duplicate", "no"), std::string(),
          std::string("{\"resourceType\": \"ImagingStudy\""), std::string(R"({"resourceType": "ImagingStudy"})"),
          std::string(R"({"resourceType": "ImagingStudy", "id": null})"),
          std::string(R"([{"resourceType": "ImagingStudy", "id": "s-1"}])")}) {
        CAPTURE(body);
        CHECK(std::holds_alternative<BodyFault>(parse_study(body)));
    }
}

TEST_CASE("registered study: the instances are those of all series, however their UIDs are written") {
    const auto resource = samples::json(R"json({"series": [{"instance": [{"uid": "2.25.1"}, {"uid": "urn:oid:2.25.2"}]},
        {"instance": [{"uid": "2.25.1"}, {"uid": 7}, {"uid": null}, {}, "2.25.9"]}, {"instance": "2.25.8"}, "x", {}]})json");
    CHECK(instances_in(resource.as_object()) == std::set<std::string>{"2.25.1", "2.25.2", "7"});
    CHECK(instances_in({}) == std::set<std::string>{});
    CHECK(instances_in(samples::json(R"({"series": {}})").as_object()).empty());
}
