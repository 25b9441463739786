#include "tests/broker/deliver/satusehat/samples.h"

#include <fmt/format.h>

namespace samples {

namespace bj = boost::json;
using namespace broker::deliver::satusehat;

namespace {

bj::string string(std::string_view value) {
    return bj::string(bj::string_view(value.data(), value.size()));
}

}  // namespace

Accession number(std::string_view given) {
    return Accession::parse(given).value();
}

StudyKey key() {
    return {std::string(organization), number(), std::string(study_uid)};
}

Zone jakarta() {
    return indonesian_zone("Asia/Jakarta").value();
}

bj::value json(std::string_view given) {
    return bj::parse(bj::string_view(given.data(), given.size()));
}

std::string text(const bj::value& value) {
    return bj::serialize(value);
}

bj::object service_request(const Request& request) {
    bj::object object = json(R"json({"resourceType": "ServiceRequest", "intent": "original-order",
        "orderDetail": [
            {"coding": [{"system": "http://dicom.nema.org/resources/ontology/DCM", "code": "ct"}]},
            {"coding": [{"system": "http://sys-ids.kemkes.go.id/ae-title", "display": "GANTRY7"}]}],
        "encounter": {"reference": "Encounter/9e000000-0000-4000-8000-0000000000e1"},
        "occurrenceDateTime": "2026-03-02T00:30:00+00:00"})json")
                            .as_object();
    object["identifier"] = bj::array{bj::object{{"system", "http://example.invalid/other"}, {"value", "1"}},
                                     bj::object{{"system", string(request.system)}, {"value", string(request.value)}}};
    if (!request.id.empty()) object["id"] = string(request.id);
    if (!request.subject.empty()) object["subject"] = bj::object{{"reference", string(request.subject)}};
    if (!request.status.empty()) object["status"] = string(request.status);
    if (!request.updated.empty()) object["meta"] = bj::object{{"lastUpdated", string(request.updated)}};
    return object;
}

bj::object suppressed_entry() {
    return json(outcome("suppressed", "Nothing is shown for want of consent", "information")).as_object();
}

std::string bundle(std::initializer_list<bj::value> resources) {
    bj::array entries;
    for (const bj::value& each : resources) entries.push_back(bj::object{{"resource", each}});
    const auto total = entries.size();
    return text(
        bj::object{{"resourceType", "Bundle"}, {"type", "searchset"}, {"total", total}, {"entry", std::move(entries)}});
}

std::string outcome(std::string_view code, std::string_view words, std::string_view severity) {
    bj::object issue{{"severity", string(severity)}, {"details", bj::object{{"text", string(words)}}}};
    if (!code.empty()) issue["code"] = string(code);
    return text(bj::object{{"resourceType", "OperationOutcome"}, {"issue", bj::array{std::move(issue)}}});
}

std::string fault(std::string_view code, std::string_view words) {
    return text(bj::object{
        {"fault", bj::object{{"faultstring", string(words)}, {"detail", bj::object{{"errorcode", string(code)}}}}}});
}

Order order() {
    Order order;
    order.service_request_id = "7d4c1f00-0000-4000-8000-000000000001";
    order.patient_reference = std::string(patient);
    order.encounter_reference = "Encounter/9e000000-0000-4000-8000-0000000000e1";
    order.status = "active";
    order.modalities = {"CT"};
    order.occurrence = "2026-03-02T00:30:00+00:00";
    return order;
}

InstanceFacts instance(int series, int number_of_it, std::string_view modality) {
    InstanceFacts facts;
    facts.study_uid = std::string(study_uid);
    facts.study_description = "KEPALA";
    facts.series_uid = fmt::format("{}.{}", study_uid, series);
    facts.series_description = fmt::format("Seri {}", series);
    facts.series_number = series;
    facts.modality = std::string(modality);
    facts.sop_class_uid = "1.2.840.10008.5.1.4.1.1.2";
    facts.sop_instance_uid = fmt::format("{}.{}.{}", study_uid, series, number_of_it);
    facts.instance_number = number_of_it;
    facts.title = "ORIGINAL\\PRIMARY\\AXIAL";
    facts.study = {"20260302", "083007"};
    facts.series = {"20260302", fmt::format("08{:02}15", 30 + series)};
    facts.accession = number();
    facts.patient_id = "RM-41-77";
    facts.birth_date = "19800229";
    return facts;
}

}  // namespace samples
