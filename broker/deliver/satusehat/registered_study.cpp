#include "broker/deliver/satusehat/registered_study.h"

#include <algorithm>

#include "broker/deliver/satusehat/codes.h"
#include "broker/deliver/satusehat/json.h"
#include "broker/deliver/satusehat/text.h"

namespace broker::deliver::satusehat {

namespace json = boost::json;

namespace {

bool is_study(const json::object& resource, const StudyKey& key) {
    return has_identifier(resource, acsn_system(key.organization), key.accession.value()) &&
           (has_identifier(resource, codes::dicom_uid, std::string(codes::oid) + key.study_uid) ||
            has_identifier(resource, codes::dicom_uid, key.study_uid));
}

auto updated_at(const json::object& resource) {
    const json::object* meta = object_at(resource, "meta");
    return meta == nullptr ? std::nullopt : parse_instant(text_at(*meta, "lastUpdated"));
}

}  // namespace

std::variant<RegisteredStudy, NoStudy, BodyFault> find_study(std::string_view body, const StudyKey& key) {
    auto parsed = parse_bundle(body, "ImagingStudy");
    if (const auto* fault = std::get_if<BodyFault>(&parsed)) return *fault;
    auto& bundle = std::get<Bundle>(parsed);
    auto& found = bundle.resources;
    std::erase_if(found, [&](const json::object& each) { return !is_study(each, key); });
    if (found.empty()) return NoStudy{bundle.suppressed_count, bundle.has_more};
    // It is there, so none may be created, but it cannot be named either.
    for (const json::object& each : found)
        if (!is_resource_id(text_at(each, "id"))) return BodyFault::contradiction;

    // Stable: of two that are as new, the server's first. One that doesn't say is older than any.
    std::stable_sort(found.begin(), found.end(), [](const json::object& left, const json::object& right) {
        return updated_at(left) > updated_at(right);
    });
    RegisteredStudy study{text_at(found.front(), "id"), std::move(found.front()), {}};
    for (std::size_t i = 1; i < found.size(); ++i) study.other_ids.push_back(text_at(found[i], "id"));
    return study;
}

std::variant<RegisteredStudy, BodyFault> parse_study(std::string_view body) {
    auto parsed = parse_resource(body, "ImagingStudy");
    if (const auto* fault = std::get_if<BodyFault>(&parsed)) return *fault;
    auto& resource = std::get<json::object>(parsed);
    std::string id = text_at(resource, "id");
    return RegisteredStudy{std::move(id), std::move(resource), {}};
}

std::set<std::string> instances_in(const json::object& resource) {
    std::set<std::string> uids;
    const json::array* series = array_at(resource, "series");
    if (series == nullptr) return uids;
    for (const json::value& each : *series) {
        const json::array* instances = each.is_object() ? array_at(each.get_object(), "instance") : nullptr;
        if (instances == nullptr) continue;
        for (const json::value& instance : *instances)
            if (instance.is_object())
                if (const std::string uid = text_at(instance.get_object(), "uid"); !uid.empty())
                    uids.emplace(bare_uid(uid));
    }
    return uids;
}

}  // namespace broker::deliver::satusehat
