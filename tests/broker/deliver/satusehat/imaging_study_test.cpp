// Imaging study: the body by the table of 6.3, and what it leaves out rather than invents (6.5).
#include "broker/deliver/satusehat/imaging_study.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>

#include "tests/broker/deliver/satusehat/samples.h"

using namespace broker::deliver::satusehat;
using samples::instance;
namespace bj = boost::json;

namespace {

StudyBody build(const std::vector<InstanceFacts>& instances, Style style = Style::utc, bool with_encounter = false) {
    return imaging_study(samples::key(), instances, samples::order(), {samples::jakarta(), style, with_encounter});
}

/// What is empty, by its path; "" where nothing is.
std::string empty_member(const bj::value& value, const std::string& path = "") {
    if (value.is_null() || (value.is_string() && value.get_string().empty())) return path + " ";
    if (value.is_array()) {
        if (value.get_array().empty()) return path + "[]";
        for (const bj::value& each : value.get_array())
            if (std::string found = empty_member(each, path + "[]"); !found.empty()) return found;
    }
    if (value.is_object()) {
        if (value.get_object().empty()) return path + "{}";
        for (const auto& member : value.get_object())
            if (std::string found = empty_member(member.value(), path + "." + std::string(member.key()));
                !found.empty())
                return found;
    }
    return "";
}

bool has(const StudyBody& body, Remark remark) {
    return std::find(body.remarks.begin(), body.remarks.end(), remark) != body.remarks.end();
}

}  // namespace

TEST_CASE("imaging study: two series are written as the table of 6.3 says, member by member") {
    auto second = instance(2, 1);
    second.title = "";
    const StudyBody body = build({second, instance(1, 2), instance(1, 1)});
    const bj::value expected = samples::json(R"json({
        "resourceType": "ImagingStudy",
        "identifier": [
            {"use": "usual",
             "type": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0203", "code": "ACSN"}]},
             "system": "http://sys-ids.kemkes.go.id/acsn/100777001", "value": "RS-0077/A"},
            {"system": "urn:dicom:uid", "value": "urn:oid:2.25.7700177001"}],
        "status": "available",
        "modality": [{"system": "http://dicom.nema.org/resources/ontology/DCM", "code": "CT"}],
        "subject": {"reference": "Patient/P07770000123"},
        "basedOn": [{"reference": "ServiceRequest/7d4c1f00-0000-4000-8000-000000000001"}],
        "started": "2026-03-02T01:30:07+00:00",
        "description": "KEPALA",
        "numberOfSeries": 2, "numberOfInstances": 3,
        "series": [
            {"uid": "2.25.7700177001.1", "number": 1,
             "modality": {"system": "http://dicom.nema.org/resources/ontology/DCM", "code": "CT"},
             "description": "Seri 1", "numberOfInstances": 2, "started": "2026-03-02T01:31:15+00:00",
             "instance": [
                {"uid": "2.25.7700177001.1.1", "number": 1, "title": "ORIGINAL\\PRIMARY\\AXIAL",
                 "sopClass": {"system": "urn:ietf:rfc:3986", "code": "urn:oid:1.2.840.10008.5.1.4.1.1.2"}},
                {"uid": "2.25.7700177001.1.2", "number": 2, "title": "ORIGINAL\\PRIMARY\\AXIAL",
                 "sopClass": {"system": "urn:ietf:rfc:3986", "code": "urn:oid:1.2.840.10008.5.1.4.1.1.2"}}]},
            {"uid": "2.25.7700177001.2", "number": 2,
             "modality": {"system": "http://dicom.nema.org/resources/ontology/DCM", "code": "CT"},
             "description": "Seri 2", "numberOfInstances": 1, "started": "2026-03-02T01:32:15+00:00",
             "instance": [
                {"uid": "2.25.7700177001.2.1", "number": 1,
                 "sopClass": {"system": "urn:ietf:rfc:3986", "code": "urn:oid:1.2.840.10008.5.1.4.1.1.2"}}]}]})json");
    CHECK(samples::text(body.resource) != "");
    CHECK_MESSAGE(bj::value(body.resource) == expected, samples::text(body.resource));
    CHECK(body.remarks.empty());
    CHECK(body.left_out.empty());
    CHECK(print(body.started.value(), Style::utc) == "2026-03-02T01:30:07+00:00");
}

TEST_CASE("imaging study: the same instances give the same bytes in whatever order they come") {
    std::vector<InstanceFacts> instances;
    for (int series = 1; series <= 4; ++series)
        for (int i = 1; i <= 4; ++i) instances.push_back(instance(series, i));
    instances[3].series_number = {};
    instances[5].instance_number = {};
    instances[6].instance_number = {};
    for (auto& each : instances)
        if (each.series_uid.ends_with(".3")) each.series_number = {};
    const std::string expected = samples::text(build(instances).resource);
    const unsigned seed = std::random_device{}();
    CAPTURE(seed);
    std::mt19937 random(seed);
    for (int i = 0; i < 50; ++i) {
        std::shuffle(instances.begin(), instances.end(), random);
        CHECK(samples::text(build(instances).resource) == expected);
    }
}

TEST_CASE("imaging study: series and instances without a number come last, and have none") {
    auto none = instance(1, 1);
    none.series_uid = "2.25.1";
    none.series_number = {};
    none.instance_number = {};
    auto later = none;
    later.sop_instance_uid = "2.25.99.2";
    later.instance_number = 7;
    const auto series = build({none, later, instance(9, 1)}).resource.at("series").as_array();
    CHECK(series[0].at("uid").as_string() == "2.25.7700177001.9");
    CHECK(series[1].at("uid").as_string() == "2.25.1");
    CHECK_FALSE(series[1].as_object().contains("number"));
    CHECK(series[1].at("instance").at(0).at("number") == 7);
    CHECK_FALSE(series[1].at("instance").at(1).as_object().contains("number"));
}

TEST_CASE("imaging study: numbers are integers of JSON, never texts") {
    const auto resource = build({instance(1, 1)}).resource;
    CHECK(resource.at("numberOfSeries").is_int64());
    CHECK(resource.at("numberOfInstances").is_int64());
    const auto& series = resource.at("series").as_array()[0].as_object();
    CHECK(series.at("number").is_int64());
    CHECK(series.at("numberOfInstances").is_int64());
    CHECK(series.at("instance").as_array()[0].at("number").is_int64());
}

TEST_CASE("imaging study: what an instance lacks is left out: no empty text, no empty list") {
    InstanceFacts bare;
    bare.study_uid = std::string(samples::study_uid);
    bare.series_uid = "2.25.1";
    bare.sop_class_uid = "1.2.840.10008.5.1.4.1.1.7";
    bare.sop_instance_uid = "2.25.2";
    const StudyBody body = build({bare});
    CHECK(empty_member(body.resource) == "");
    CHECK(has(body, Remark::no_start));
    CHECK(has(body, Remark::no_modality));
    CHECK_FALSE(body.resource.contains("started"));
    CHECK_FALSE(body.resource.contains("modality"));
    CHECK_FALSE(body.resource.contains("description"));
    CHECK_FALSE(body.started);
    CHECK(empty_member(build({}).resource) == "");
    CHECK_FALSE(body.resource.contains("id"));
    CHECK_FALSE(body.resource.contains("endpoint"));
}

TEST_CASE("imaging study: a series takes what it has from any of its instances") {
    auto first = instance(1, 1), second = instance(1, 2);
    first.modality = first.series_description = first.study_description = "";
    first.series_number = {};
    first.series = {};
    const StudyBody body = build({first, second});
    const auto& series = body.resource.at("series").as_array()[0].as_object();
    CHECK(series.at("modality").at("code").as_string() == "CT");
    CHECK(series.at("description").as_string() == "Seri 1");
    CHECK(series.at("number") == 1);
    CHECK(series.at("started").as_string() == "2026-03-02T01:31:15+00:00");
    CHECK(body.resource.at("description").as_string() == "KEPALA");
    CHECK(body.remarks.empty());
}

TEST_CASE("imaging study: each modality stands once, in the order of the series") {
    const auto modality = build({instance(3, 1, "SR"), instance(1, 1, "PT"), instance(2, 1, "CT"), instance(4, 1, "PT"),
                                 instance(5, 1, "RG")})
                              .resource.at("modality");
    std::string all;
    for (const bj::value& each : modality.as_array()) all += std::string(each.at("code").as_string()) + " ";
    CHECK(all == "PT CT SR RG ");
}

TEST_CASE("imaging study: it started when its earliest instance says so; a time that was assumed is told") {
    auto early = instance(1, 2), late = instance(1, 1), day = instance(1, 3);
    early.study.time = "070000";
    day.study.time = "";
    StudyBody body = build({late, day, early});
    CHECK(body.resource.at("started").as_string() == "2026-03-02T00:00:00+00:00");
    CHECK_FALSE(has(body, Remark::start_time_assumed));
    body = build({day});
    CHECK(body.resource.at("started").as_string() == "2026-03-01T17:00:00+00:00");
    CHECK(has(body, Remark::start_time_assumed));
    CHECK(body.started->is_time_assumed);
    // The study's own date counts before an earlier one of an acquisition.
    auto acquired = instance(1, 4);
    acquired.study = acquired.series = {};
    acquired.acquisition = {"20260301", "120000"};
    CHECK(build({acquired, late}).resource.at("started").as_string() == "2026-03-02T01:30:07+00:00");
    CHECK(build({acquired}).resource.at("started").as_string() == "2026-03-01T05:00:00+00:00");
    CHECK_FALSE(build({acquired}).resource.at("series").as_array()[0].as_object().contains("started"));
}

TEST_CASE("imaging study: offset and encounter as the settings say") {
    const auto resource = build({instance(1, 1)}, Style::offset, true).resource;
    CHECK(resource.at("started").as_string() == "2026-03-02T08:30:07+07:00");
    CHECK(resource.at("series").as_array()[0].at("started").as_string() == "2026-03-02T08:31:15+07:00");
    CHECK(resource.at("encounter").at("reference").as_string() == "Encounter/9e000000-0000-4000-8000-0000000000e1");
    CHECK_FALSE(build({instance(1, 1)}).resource.contains("encounter"));
}

TEST_CASE("imaging study: what cannot be described is told, not dropped in silence") {
    auto other = instance(1, 5), homeless = instance(1, 6);
    other.study_uid = "2.25.4";
    homeless.series_uid = "";
    const StudyBody body = build({homeless, other, instance(1, 1), instance(1, 1)});
    CHECK(body.left_out == std::vector<std::string>{other.sop_instance_uid, homeless.sop_instance_uid});
    CHECK(has(body, Remark::not_all_described));
    CHECK(body.resource.at("numberOfInstances") == 1);
}

TEST_CASE("imaging study: text is UTF-8") {
    auto facts = instance(1, 1);
    facts.study_description = "Foto toraks – \"PA\" \\ 日本";
    CHECK(samples::text(build({facts}).resource).find("Foto toraks – \\\"PA\\\" \\\\ 日本") != std::string::npos);
}
