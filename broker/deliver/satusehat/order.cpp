#include "broker/deliver/satusehat/order.h"

#include <algorithm>
#include <set>

#include "broker/deliver/satusehat/codes.h"
#include "broker/deliver/satusehat/date_time.h"
#include "broker/deliver/satusehat/json.h"
#include "broker/deliver/satusehat/text.h"

namespace broker::deliver::satusehat {

namespace json = boost::json;

namespace {

std::string reference_at(const json::object& resource, std::string_view key) {
    const json::object* member = object_at(resource, key);
    return member == nullptr ? std::string{} : text_at(*member, "reference");
}

void add_modalities(std::vector<std::string>& modalities, const json::object& detail) {
    const json::array* codings = array_at(detail, "coding");
    if (codings == nullptr) return;
    for (const json::value& each : *codings) {
        if (!each.is_object() || text_at(each.get_object(), "system") != codes::dcm) continue;
        const std::string code = in_capitals(without_padding(text_at(each.get_object(), "code")));
        if (is_code_string(code) && std::find(modalities.begin(), modalities.end(), code) == modalities.end())
            modalities.push_back(code);
    }
}

std::vector<std::string> modalities_of(const json::object& resource) {
    std::vector<std::string> modalities;
    if (const json::array* details = array_at(resource, "orderDetail"))
        for (const json::value& each : *details)
            if (each.is_object()) add_modalities(modalities, each.get_object());
    return modalities;
}

std::string occurrence_of(const json::object& resource) {
    std::string at = text_at(resource, "occurrenceDateTime");
    if (!at.empty()) return at;
    const json::object* period = object_at(resource, "occurrencePeriod");
    return period == nullptr ? std::string{} : text_at(*period, "start");
}

Order order_of(const json::object& resource) {
    Order order;
    if (const std::string id = text_at(resource, "id"); is_resource_id(id)) order.service_request_id = id;
    order.patient_reference = reference_at(resource, "subject");
    const std::string encounter = reference_at(resource, "encounter");
    if (!id_in_reference(encounter, "Encounter").empty()) order.encounter_reference = encounter;
    order.status = text_at(resource, "status");
    order.modalities = modalities_of(resource);
    order.occurrence = occurrence_of(resource);
    if (const json::object* meta = object_at(resource, "meta")) order.last_updated = text_at(*meta, "lastUpdated");
    return order;
}

/// Instants, not texts: they may have different zones and precisions. One without is older than any.
bool is_newer(const Order& left, const Order& right) {
    const auto of_left = parse_instant(left.last_updated), of_right = parse_instant(right.last_updated);
    return of_left && (!of_right || *of_left > *of_right);
}

}  // namespace

bool Order::is_usable() const {
    return is_resource_id(service_request_id) && !id_in_reference(patient_reference, "Patient").empty();
}

std::variant<Orders, BodyFault> parse_orders(std::string_view body, std::string_view organization,
                                             const Accession& accession) {
    const auto parsed = parse_bundle(body, "ServiceRequest");
    if (const auto* fault = std::get_if<BodyFault>(&parsed)) return *fault;
    const auto& bundle = std::get<Bundle>(parsed);
    Orders orders;
    orders.suppressed_count = bundle.suppressed_count;
    orders.has_more = bundle.has_more;
    for (const json::object& each : bundle.resources)
        if (has_identifier(each, acsn_system(organization), accession.value())) orders.all.push_back(order_of(each));
    // Stable: of two that are as new, the server's first.
    std::stable_sort(orders.all.begin(), orders.all.end(), is_newer);
    return orders;
}

OrderChoice choose(const Orders& orders) {
    if (orders.all.empty()) {
        if (orders.suppressed_count > 0) return OnlySuppressed{orders.suppressed_count};
        return NoOrder{};
    }
    std::set<std::string> subjects;
    for (const Order& each : orders.all) subjects.insert(each.patient_reference);

    std::vector<Order> others = orders.all;
    auto chosen = std::find_if(others.begin(), others.end(), [](const Order& each) { return !each.is_cancelled(); });
    // An order that was sent again and whose first form was then cancelled is no cancelled order.
    const bool is_cancelled = chosen == others.end();
    if (is_cancelled) chosen = others.begin();
    Order order = *chosen;
    others.erase(chosen);

    if (subjects.size() > 1) return DifferentPatients{std::move(order), std::move(others)};
    if (is_cancelled) return CancelledOrder{std::move(order), std::move(others)};
    if (!order.is_usable()) return UnusableOrder{std::move(order)};
    return ChosenOrder{std::move(order), std::move(others)};
}

}  // namespace broker::deliver::satusehat
