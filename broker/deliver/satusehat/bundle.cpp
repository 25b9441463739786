#include "broker/deliver/satusehat/bundle.h"

#include <algorithm>
#include <optional>

#include "broker/deliver/satusehat/json.h"
#include "broker/deliver/satusehat/text.h"

namespace broker::deliver::satusehat {

namespace json = boost::json;

namespace {

std::variant<json::object, BodyFault> parse_typed(std::string_view body, std::string_view type) {
    std::optional<json::value> value = read_json(body);
    if (!value) return BodyFault::not_json;
    if (!value->is_object()) return BodyFault::other_type;
    json::object& object = value->get_object();
    if (type_of(object) == type) return std::move(object);
    return type_of(object) == "OperationOutcome" ? BodyFault::error_outcome : BodyFault::other_type;
}

bool has_next_page(const json::object& bundle) {
    const json::array* links = array_at(bundle, "link");
    return links != nullptr && std::any_of(links->begin(), links->end(), [](const json::value& each) {
               return each.is_object() && text_at(each.get_object(), "relation") == "next";
           });
}

/// Whether an outcome among the entries says that something was left out, rather than that something is wrong.
bool is_suppression(const json::object& outcome) {
    const json::array* issues = array_at(outcome, "issue");
    return issues != nullptr && std::any_of(issues->begin(), issues->end(), [](const json::value& each) {
               return each.is_object() && text_at(each.get_object(), "code") == "suppressed";
           });
}

bool is_error(const json::object& outcome) {
    const json::array* issues = array_at(outcome, "issue");
    return issues != nullptr && std::any_of(issues->begin(), issues->end(), [](const json::value& each) {
               if (!each.is_object()) return false;
               const std::string severity = text_at(each.get_object(), "severity");
               return severity == "error" || severity == "fatal" || severity == "invalid";
           });
}

}  // namespace

std::variant<Bundle, BodyFault> parse_bundle(std::string_view body, std::string_view type) {
    auto parsed = parse_typed(body, "Bundle");
    if (const auto* fault = std::get_if<BodyFault>(&parsed)) return *fault;
    const auto& whole = std::get<json::object>(parsed);
    const json::value* told = whole.if_contains("total");
    const bool tells = told != nullptr && !told->is_null();
    const std::int64_t total = number_at(whole, "total").value_or(tells ? -1 : 0);
    if (total < 0) return BodyFault::contradiction;
    const json::value* entry = whole.if_contains("entry");
    if (entry == nullptr || entry->is_null()) {
        if (total > 0) return BodyFault::contradiction;
        return Bundle{};
    }
    if (!entry->is_array()) return BodyFault::contradiction;

    Bundle bundle;
    for (const json::value& each : entry->get_array()) {
        const json::object* resource = each.is_object() ? object_at(each.get_object(), "resource") : nullptr;
        if (resource == nullptr) return BodyFault::contradiction;
        if (type_of(*resource) == type) {
            bundle.resources.push_back(*resource);
        } else if (type_of(*resource) == "OperationOutcome") {
            if (is_suppression(*resource))
                ++bundle.suppressed_count;
            else if (is_error(*resource))
                return BodyFault::error_outcome;
        }
    }
    const auto entries = static_cast<std::int64_t>(entry->get_array().size());
    if (entries == 0 && total > 0) return BodyFault::contradiction;
    bundle.has_more = has_next_page(whole) || total > entries;
    return bundle;
}

bool has_identifier(const json::object& resource, std::string_view system, std::string_view value) {
    const json::array* identifiers = array_at(resource, "identifier");
    return identifiers != nullptr &&
           std::any_of(identifiers->begin(), identifiers->end(), [&](const json::value& each) {
               if (!each.is_object()) return false;
               return text_at(each.get_object(), "system") == system && text_at(each.get_object(), "value") == value;
           });
}

std::variant<json::object, BodyFault> parse_resource(std::string_view body, std::string_view type) {
    auto parsed = parse_typed(body, type);
    if (const auto* object = std::get_if<json::object>(&parsed); object && !is_resource_id(text_at(*object, "id")))
        return BodyFault::contradiction;
    return parsed;
}

}  // namespace broker::deliver::satusehat
