// Study union: a PUT replaces, so what is PUT has everything that was there and everything of ours.
#include "broker/deliver/satusehat/study_union.h"

#include <doctest/doctest.h>

#include <random>

#include "broker/deliver/satusehat/registered_study.h"
#include "tests/broker/deliver/satusehat/samples.h"

using namespace broker::deliver::satusehat;
using samples::instance;
namespace bj = boost::json;

namespace {

bj::object study(const std::vector<InstanceFacts>& instances) {
    return imaging_study(samples::key(), instances, samples::order(), {samples::jakarta()}).resource;
}
/// As the server has it, with what it adds.
bj::object registered(const std::vector<InstanceFacts>& instances) {
    auto resource = study(instances);
    resource["id"] = "s-1";
    resource["meta"] = samples::json(R"({"versionId": "abc", "lastUpdated": "2026-03-02T02:00:00+00:00"})");
    return resource;
}
Merged changed(const bj::object& existing, const bj::object& ours) {
    Merged merged = merge(existing, ours);
    REQUIRE(merged.merging == Merging::changed);
    // Whatever is merged is merged: doing it again changes nothing.
    CHECK(merge(merged.resource, ours).merging == Merging::same);
    return merged;
}

}  // namespace

TEST_CASE("study union: where everything of ours is there, no PUT is needed") {
    CHECK(merge(registered({instance(1, 1), instance(2, 1)}), study({instance(1, 1), instance(2, 1)})).merging ==
          Merging::same);
    CHECK(merge(registered({instance(1, 1), instance(2, 1)}), study({instance(1, 1)})).merging == Merging::same);
    // Counts as texts are the same counts.
    auto existing = registered({instance(1, 1)});
    existing["numberOfSeries"] = "1";
    existing["numberOfInstances"] = "1";
    CHECK(merge(existing, study({instance(1, 1)})).merging == Merging::same);
}

TEST_CASE("study union: late instances and series are added, and counted") {
    const auto merged = changed(registered({instance(1, 1)}), study({instance(1, 2), instance(2, 1, "SR")})).resource;
    CHECK(instances_in(merged) ==
          std::set<std::string>{"2.25.7700177001.1.1", "2.25.7700177001.1.2", "2.25.7700177001.2.1"});
    CHECK(merged.at("id").as_string() == "s-1");
    CHECK(merged.at("numberOfSeries") == 2);
    CHECK(merged.at("numberOfInstances") == 3);
    CHECK(merged.at("series").as_array()[0].at("numberOfInstances") == 2);
    CHECK(merged.at("modality").as_array().size() == 2);
    CHECK(merged.at("modality").as_array()[1].at("code").as_string() == "SR");
    CHECK(merged.at("identifier").as_array().size() == 2);
    CHECK(merged.at("basedOn").as_array().size() == 1);
}

TEST_CASE("study union: what others wrote stays, known or not") {
    auto existing = registered({instance(1, 1), instance(2, 1)});
    existing["interpreter"] = samples::json(R"([{"reference": "Practitioner/10077700001"}])");
    existing["vendorThing"] = samples::json(R"({"a": [1, 2.5, null, {"b": "c"}]})");
    existing["description"] = "ditulis orang lain";
    existing["started"] = "2026-03-02T08:30:07+07:00";
    auto& series = existing["series"].as_array()[0].as_object();
    series["performer"] = samples::json(R"([{"actor": {"reference": "Practitioner/10077700002"}}])");
    series["description"] = "lain";
    series["instance"].as_array()[0].as_object()["vendorMark"] = true;
    existing["series"].as_array().push_back(samples::json(R"({"uid": "2.25.5", "numberOfInstances": 4})"));
    existing["identifier"].as_array().push_back(samples::json(R"({"system": "http://example.invalid", "value": "7"})"));
    const auto merged = changed(existing, study({instance(1, 2)})).resource;

    bj::object expected = existing;
    auto& expected_series = expected["series"].as_array()[0].as_object();
    expected_series["instance"].as_array().push_back(
        study({instance(1, 2)}).at("series").as_array()[0].at("instance").as_array()[0]);
    expected_series["numberOfInstances"] = 2;
    expected["numberOfSeries"] = 3;
    expected["numberOfInstances"] = 7;
    CHECK_MESSAGE(merged == expected, samples::text(merged));
}

TEST_CASE("study union: what is missing there is filled in, what differs stays") {
    auto existing = registered({instance(1, 1)});
    existing.erase("started");
    existing.erase("description");
    existing["series"].as_array()[0].as_object().erase("number");
    existing["series"].as_array()[0].at("instance").as_array()[0].as_object().erase("title");
    existing["series"].as_array()[0].as_object()["description"] = "lain";
    const auto merged = changed(existing, study({instance(1, 1)})).resource;
    CHECK(merged.at("started").as_string() == "2026-03-02T01:30:07+00:00");
    CHECK(merged.at("description").as_string() == "KEPALA");
    const auto& series = merged.at("series").as_array()[0];
    CHECK(series.at("number") == 1);
    CHECK(series.at("description").as_string() == "lain");
    CHECK(series.at("instance").as_array()[0].at("title").as_string() == "ORIGINAL\\PRIMARY\\AXIAL");
}

TEST_CASE("study union: a resource without lists gets ours") {
    auto existing = registered({instance(1, 1)});
    for (const char* key : {"series", "modality", "numberOfSeries", "numberOfInstances"}) existing.erase(key);
    const auto merged = changed(existing, study({instance(1, 1), instance(1, 2)})).resource;
    CHECK(instances_in(merged).size() == 2);
    CHECK(merged.at("numberOfInstances") == 2);
    CHECK(merged.at("modality").as_array().size() == 1);
}

TEST_CASE("study union: wrong counts are put right, but a series may count more than it lists") {
    auto existing = registered({instance(1, 1), instance(1, 2)});
    existing["numberOfInstances"] = 9;
    existing["numberOfSeries"] = 9;
    existing["series"].as_array()[0].as_object()["numberOfInstances"] = 1;
    CHECK(changed(existing, study({instance(1, 1)})).resource == registered({instance(1, 1), instance(1, 2)}));

    existing["series"].as_array()[0].as_object()["numberOfInstances"] = 9;
    existing["series"].as_array()[0].as_object().erase("instance");
    const auto merged = changed(existing, study({instance(1, 1)})).resource;
    CHECK(merged.at("series").as_array()[0].at("numberOfInstances") == 9);
    CHECK(merged.at("numberOfInstances") == 9);
    CHECK(merged.at("numberOfSeries") == 1);
}

TEST_CASE("study union: UIDs with urn:oid: are the same UIDs") {
    auto existing = registered({instance(1, 1)});
    auto& series = existing["series"].as_array()[0].as_object();
    series["uid"] = "urn:oid:2.25.7700177001.1";
    series["instance"].as_array()[0].as_object()["uid"] = "urn:oid:2.25.7700177001.1.1";
    CHECK(merge(existing, study({instance(1, 1)})).merging == Merging::same);
}

TEST_CASE("study union: a study of another patient is never touched") {
    auto existing = registered({instance(1, 1)});
    existing["subject"] = samples::json(R"({"reference": "Patient/P07770000999"})");
    const Merged merged = merge(existing, study({instance(1, 2)}));
    CHECK(merged.merging == Merging::other_patient);
    CHECK(merged.resource == existing);
    // One without a subject gets ours.
    existing.erase("subject");
    CHECK(changed(existing, study({instance(1, 2)})).resource.at("subject").at("reference").as_string() ==
          samples::patient);
}

TEST_CASE("study union: a study that was withdrawn isn't brought back; one that was announced is available") {
    auto existing = registered({instance(1, 1)});
    for (const char* status : {"cancelled", "entered-in-error"}) {
        existing["status"] = status;
        const Merged merged = merge(existing, study({instance(1, 2)}));
        CHECK(merged.merging == Merging::withdrawn);
        CHECK(merged.resource == existing);
    }
    for (const char* status : {"registered", "unknown"}) {
        existing["status"] = status;
        CHECK(changed(existing, study({instance(1, 1)})).resource.at("status").as_string() == "available");
    }
}

TEST_CASE("study union: an order that was sent again is added to the other") {
    auto ours = study({instance(1, 1)});
    ours["basedOn"].as_array()[0].as_object()["reference"] = "ServiceRequest/7d4c1f00-0000-4000-8000-000000000002";
    CHECK(changed(registered({instance(1, 1)}), ours).resource.at("basedOn").as_array().size() == 2);
}

TEST_CASE("study union: where lists are no lists nothing is merged, rather than something lost") {
    for (const char* key : {"series", "identifier", "modality", "basedOn"}) {
        CAPTURE(key);
        auto existing = registered({instance(1, 1)});
        existing[key] = "text";
        const Merged merged = merge(existing, study({instance(1, 2)}));
        CHECK(merged.merging == Merging::unreadable);
        CHECK(merged.resource == existing);
    }
    auto existing = registered({instance(1, 1)});
    existing["series"].as_array()[0].as_object()["instance"] = bj::object{};
    CHECK(merge(existing, study({instance(1, 2)})).merging == Merging::unreadable);
    existing["series"].as_array()[0] = "2.25.1";
    CHECK(merge(existing, study({instance(1, 2)})).merging == Merging::unreadable);
    // Elements that are no instances are kept as they are.
    existing = registered({instance(1, 1)});
    existing["series"].as_array()[0].as_object()["instance"].as_array().push_back("odd");
    CHECK(changed(existing, study({instance(1, 2)}))
              .resource.at("series")
              .as_array()[0]
              .at("instance")
              .as_array()
              .size() == 3);
}

TEST_CASE("study union: random studies lose nothing and gain everything") {
    const unsigned seed = std::random_device{}();
    CAPTURE(seed);
    std::mt19937 random(seed);
    const auto some = [&] {
        std::vector<InstanceFacts> instances;
        for (int i = 0; i < 12; ++i)
            instances.push_back(instance(1 + static_cast<int>(random() % 3), 1 + static_cast<int>(random() % 6)));
        return instances;
    };
    for (int i = 0; i < 200; ++i) {
        const auto existing = registered(some());
        const auto ours = study(some());
        const Merged merged = merge(existing, ours);
        auto all = instances_in(existing);
        all.merge(instances_in(ours));
        CHECK(instances_in(merged.resource) == all);
        CHECK(merged.resource.at("numberOfInstances") == static_cast<std::int64_t>(all.size()));
        CHECK((merged.merging == Merging::same) == (merged.resource == existing));
    }
}
