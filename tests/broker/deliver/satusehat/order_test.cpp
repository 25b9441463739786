// Order: which order an accession number leads to, and every way in which a search tells less than that (5.2).
#include "broker/deliver/satusehat/order.h"

#include <doctest/doctest.h>

#include "tests/broker/deliver/satusehat/samples.h"

using namespace broker::deliver::satusehat;
using samples::bundle;
using samples::Request;
using samples::service_request;

namespace {

std::variant<Orders, BodyFault> parse(std::string_view body) {
    return parse_orders(body, samples::organization, samples::number());
}
Orders orders(std::string_view body) {
    auto parsed = parse(body);
    REQUIRE(std::holds_alternative<Orders>(parsed));
    return std::get<Orders>(std::move(parsed));
}
OrderChoice choice(std::string_view body) {
    return choose(orders(body));
}

constexpr std::string_view first = "7d4c1f00-0000-4000-8000-000000000001",
                           second = "7d4c1f00-0000-4000-8000-000000000002";

Request updated(std::string_view id, std::string_view at) {
    Request request;
    request.id = std::string(id);
    request.updated = std::string(at);
    return request;
}

}  // namespace

TEST_CASE("order: one that carries the accession number exactly is found, with all that is kept of it") {
    const auto found = std::get<ChosenOrder>(choice(bundle({service_request()})));
    CHECK(found.others.empty());
    Order expected = samples::order();
    expected.last_updated = "2026-03-02T01:00:00.000000+00:00";
    CHECK(found.order == expected);
}

TEST_CASE("order: one that the server sends for another number, system or case is none") {
    for (const auto& [system, value] : {std::pair{"http://sys-ids.kemkes.go.id/acsn/100777001", "RS-0077/B"},
                                        {"http://sys-ids.kemkes.go.id/acsn/100777001", "rs-0077/a"},
                                        {"http://sys-ids.kemkes.go.id/acsn/100777001", "RS-0077/A "},
                                        {"http://sys-ids.kemkes.go.id/acsn/100777001", ""},
                                        {"http://sys-ids.kemkes.go.id/acsn/100777002", "RS-0077/A"},
                                        {"https://sys-ids.kemkes.go.id/acsn/100777001", "RS-0077/A"},
                                        {"", "RS-0077/A"}}) {
        CAPTURE(system);
        CAPTURE(value);
        Request request;
        request.system = system;
        request.value = value;
        CHECK(std::holds_alternative<NoOrder>(choice(bundle({service_request(request)}))));
    }
}

TEST_CASE("order: a number written as a JSON number is the same number") {
    auto request = service_request();
    request["identifier"].as_array()[1].as_object()["value"] = 2603020077;
    const auto parsed = parse_orders(bundle({request}), samples::organization, samples::number("2603020077"));
    CHECK(std::get<Orders>(parsed).all.size() == 1);
}

TEST_CASE("order: none, with or without an entry, is none") {
    for (const std::string_view body :
         {R"({"resourceType": "Bundle", "type": "searchset", "total": 0, "entry": []})",
          R"({"resourceType": "Bundle", "total": 0})", R"({"resourceType": "Bundle", "total": "0", "entry": null})",
          R"({"resourceType": "Bundle"})", "\xEF\xBB\xBF{\"resourceType\": \"Bundle\", \"total\": 0}"}) {
        CAPTURE(body);
        CHECK(std::holds_alternative<NoOrder>(choice(body)));
    }
}

TEST_CASE("order: with and without `search`, and numbers as texts, it is the same Bundle") {
    std::string body = bundle({service_request()});
    auto value = samples::json(body);
    value.as_object()["total"] = "1";
    value.as_object()["entry"].as_array()[0].as_object()["search"] = samples::json(R"({"mode": "match"})");
    CHECK(orders(samples::text(value)) == orders(body));
}

TEST_CASE("order: suppressed entries are counted, and a real one behind them is found") {
    const auto only = choice(bundle({samples::suppressed_entry(), samples::suppressed_entry()}));
    REQUIRE(std::holds_alternative<OnlySuppressed>(only));
    CHECK(std::get<OnlySuppressed>(only).count == 2);
    const Orders both = orders(bundle({samples::suppressed_entry(), service_request()}));
    CHECK(both.suppressed_count == 1);
    CHECK(std::holds_alternative<ChosenOrder>(choose(both)));
}

TEST_CASE("order: of several for one patient the newest counts, by instant and not by text") {
    const auto a = updated(first, "2026-03-02T09:00:00+07:00"), b = updated(second, "2026-03-02T03:00:00.5+00:00");
    for (const std::string& body :
         {bundle({service_request(a), service_request(b)}), bundle({service_request(b), service_request(a)})}) {
        const auto found = std::get<ChosenOrder>(choice(body));
        CHECK(found.order.service_request_id == second);
        REQUIRE(found.others.size() == 1);
        CHECK(found.others[0].service_request_id == first);
    }
    // One that doesn't say when is older than any.
    const auto undated = std::get<ChosenOrder>(choice(
        bundle({service_request(updated(first, "")), service_request(updated(second, "2020-01-01T00:00:00Z"))})));
    CHECK(undated.order.service_request_id == second);
    // Of two that are as new, the server's first.
    const auto equal =
        std::get<ChosenOrder>(choice(bundle({service_request(updated(second, "2026-03-02T00:00:00Z")),
                                             service_request(updated(first, "2026-03-02T07:00:00+07:00"))})));
    CHECK(equal.order.service_request_id == second);
}

TEST_CASE("order: several for different patients are for a person, cancelled or not") {
    for (const std::string_view status : {"active", "revoked"}) {
        CAPTURE(status);
        Request other = updated(second, "2026-03-05T00:00:00Z");
        other.subject = "Patient/P07770000999";
        other.status = std::string(status);
        const auto found = choice(bundle({service_request(), service_request(other)}));
        REQUIRE(std::holds_alternative<DifferentPatients>(found));
        const auto& different = std::get<DifferentPatients>(found);
        CHECK(different.newest.service_request_id == (status == "active" ? second : first));
        CHECK(different.others.size() == 1);
    }
}

TEST_CASE("order: a cancelled one is told, unless another for the same patient is not") {
    for (const std::string_view status : {"revoked", "entered-in-error"}) {
        CAPTURE(status);
        Request cancelled = updated(second, "2026-03-05T00:00:00Z");
        cancelled.status = std::string(status);
        const auto alone = choice(bundle({service_request(cancelled)}));
        REQUIRE(std::holds_alternative<CancelledOrder>(alone));
        CHECK(std::get<CancelledOrder>(alone).order.service_request_id == second);
        const auto both = std::get<ChosenOrder>(choice(bundle({service_request(cancelled), service_request()})));
        CHECK(both.order.service_request_id == first);
        CHECK(both.others.size() == 1);
    }
    for (const std::string_view status : {"active", "completed", "on-hold", "draft", ""}) {
        CAPTURE(status);
        Request request;
        request.status = std::string(status);
        CHECK(std::holds_alternative<ChosenOrder>(choice(bundle({service_request(request)}))));
    }
}

TEST_CASE("order: one that names no patient, or has no id, cannot be used") {
    for (const std::string_view subject : {"", "Group/P07770000123", "P07770000123", "Patient/", "Patient/a/b",
                                           "patient/P07770000123", "Patient/../x", "Patient/P07770000123/_history/1",
                                           "https://example.invalid/Patient/P07770000123", "Patient/P0777?x=1", "#p"}) {
        CAPTURE(subject);
        Request request;
        request.subject = std::string(subject);
        CHECK(std::holds_alternative<UnusableOrder>(choice(bundle({service_request(request)}))));
    }
    for (const std::string_view id : {"", "a/b", "..", "a b", "%2e"}) {
        CAPTURE(id);
        Request request;
        request.id = std::string(id);
        CHECK(std::holds_alternative<UnusableOrder>(choice(bundle({service_request(request)}))));
    }
}

TEST_CASE("order: an encounter is kept only where it can be referred to") {
    auto request = service_request();
    request["encounter"] = samples::json(R"({"reference": "Encounter/x?y"})");
    CHECK(orders(bundle({request})).all.front().encounter_reference == "");
}

TEST_CASE("order: what is wished of it is read whatever its form") {
    auto request = service_request();
    request["orderDetail"] = samples::json(R"json([{"coding": [
        {"system": "http://dicom.nema.org/resources/ontology/DCM", "code": " DX "},
        {"system": "http://dicom.nema.org/resources/ontology/DCM", "code": "DX"},
        {"system": "http://dicom.nema.org/resources/ontology/DCM", "code": "<script>"},
        {"system": "http://snomed.info/sct", "code": "MR"}, {"code": "US"}, 7]},
        {"coding": "CT"}, null, {"coding": [{"system": "http://dicom.nema.org/resources/ontology/DCM", "code": "CR"}]}])json");
    request.erase("occurrenceDateTime");
    request["occurrencePeriod"] = samples::json(R"({"start": "2026-03-04"})");
    const Order order = orders(bundle({request})).all.front();
    CHECK(order.modalities == std::vector<std::string>{"DX", "CR"});
    CHECK(order.occurrence == "2026-03-04");
}

TEST_CASE("order: a body that isn't what was promised is not the same as none") {
    struct Row {
        std::string body;
        BodyFault fault;
    };
    const std::string whole = bundle({service_request()});
    std::string deep;
    for (int i = 0; i < 40; ++i) deep += "[";
    for (const Row& row : {Row{"", BodyFault::not_json},
                           {"<html><body>Masuk</body></html>", BodyFault::not_json},
                           {"Gateway Timeout", BodyFault::not_json},
                           {whole.substr(0, whole.size() - 1), BodyFault::not_json},
                           {whole + whole, BodyFault::not_json},
                           {"{\"resourceType\": \"Bundle\", \"x\": \"\xFF\"}", BodyFault::not_json},
                           {deep, BodyFault::not_json},
                           {"[]", BodyFault::other_type},
                           {"null", BodyFault::other_type},
                           {"{}", BodyFault::other_type},
                           {R"({"resourceType": 7})", BodyFault::other_type},
                           {samples::text(service_request()), BodyFault::other_type},
                           {samples::outcome("value", "no", "invalid"), BodyFault::error_outcome},
                           {bundle({samples::json(samples::outcome("exception", "broken")), service_request()}),
                            BodyFault::error_outcome},
                           {R"({"resourceType": "Bundle", "total": 1})", BodyFault::contradiction},
                           {R"({"resourceType": "Bundle", "total": "2", "entry": []})", BodyFault::contradiction},
                           {R"({"resourceType": "Bundle", "total": "many"})", BodyFault::contradiction},
                           {R"({"resourceType": "Bundle", "total": -1})", BodyFault::contradiction},
                           {R"({"resourceType": "Bundle", "entry": {}})", BodyFault::contradiction},
                           {R"({"resourceType": "Bundle", "entry": [null]})", BodyFault::contradiction},
                           {R"({"resourceType": "Bundle", "entry": [{"fullUrl": "x"}]})", BodyFault::contradiction}}) {
        CAPTURE(row.body);
        const auto parsed = parse(row.body);
        REQUIRE(std::holds_alternative<BodyFault>(parsed));
        CHECK(static_cast<int>(std::get<BodyFault>(parsed)) == static_cast<int>(row.fault));
    }
}

TEST_CASE("order: more than was sent is told") {
    auto more = samples::json(bundle({service_request()}));
    CHECK_FALSE(orders(samples::text(more)).has_more);
    more.as_object()["link"] = samples::json(R"([{"relation": "self", "url": "x"}])");
    CHECK_FALSE(orders(samples::text(more)).has_more);
    more.as_object()["link"] = samples::json(R"([{"relation": "self"}, {"relation": "next", "url": "x"}])");
    CHECK(orders(samples::text(more)).has_more);
    more.as_object().erase("link");
    more.as_object()["total"] = 11;
    CHECK(orders(samples::text(more)).has_more);
}
