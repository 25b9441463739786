/// Explain: why an instance goes where it goes: by the present rules, and by what was recorded when it came.
#include <algorithm>
#include <boost/json/array.hpp>
#include <charconv>

#include "web/api/routes.h"
#include "web/filters.h"
#include "web/json/body.h"
#include "web/json/explanation.h"
#include "web/json/members.h"
#include "web/json/respond.h"
#include "web/json/values.h"
#include "web/problem.h"

namespace web::api {
namespace {

using boost::json::object;

constexpr std::size_t tags_max = 1000, values_max = 1000;

/// The `version` of the query, or the newest; null: there is none of that number.
Parsed<const outbox::InstanceView*> chosen(const std::vector<outbox::InstanceView>& versions, const Terms& terms) {
    if (const auto fault = unknown_term(terms, {"version"})) return *fault;
    if (terms.empty()) return &versions.front();
    const std::string& text = terms.front().second;
    std::int64_t version = 0;
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), version);
    if (code != std::errc() || end != text.data() + text.size()) return Fault{"version", "not a number"};
    const auto found = std::ranges::find(versions, version, &outbox::InstanceView::version);
    return found == versions.end() ? nullptr : &*found;
}

Arrival arrival_of(const std::vector<outbox::ReceiptView>& receipts) {
    if (receipts.empty()) return {};
    const outbox::ReceiptView& first = receipts.front();
    return {first.calling_ae_title, first.called_ae_title, first.address,
            first.tls_subject,      std::nullopt,          first.sender};
}

object recorded(const outbox::InstanceView& instance, std::vector<outbox::ReceiptView> receipts, std::size_t most) {
    const bool has_more = receipts.size() > most;
    if (has_more) receipts.resize(most);
    boost::json::array shown;
    for (const outbox::ReceiptView& each : receipts) shown.emplace_back(json::receipt(each));
    return {{"sop_instance_uid", instance.facts.sop_instance_uid},
            {"version", instance.version},
            {"digest", json::hex_of(instance.facts.digest)},
            {"blob_state", instance.blob_state},
            {"receipts", std::move(shown)},
            {"more_receipts", has_more}};
}

Response is_stopped(object members) {
    members["state"] = "stopped";
    return problem_with(409, "the broker is stopped: what its rules say now is not known; start it and ask again",
                        std::move(members));
}

/// Why the present rules cannot be put to it: what was recorded is said all the same.
Response not_there(const outbox::InstanceView& instance, object members) {
    const bool is_purged = instance.blob_state == "purged" || instance.blob_state == "purging";
    const bool is_damaged = instance.blob_state == "damaged";
    members["state"] = is_purged ? "purged" : is_damaged ? "damaged" : "unreadable";
    if (is_purged)
        return problem_with(410, "its bytes were purged after they were delivered; only what was recorded is left",
                            std::move(members));
    return problem_with(409,
                        "its bytes are missing or damaged: the rules cannot be put to them; have it sent again "
                        "(see spool verify)",
                        std::move(members));
}

Parsed<std::vector<std::string>> values_of(const boost::json::key_value_pair& tag) {
    std::vector<std::string> values;
    const Fault fault{"tags", std::string(tag.key()) + ": give a text, or a list of texts"};
    if (const auto* text = tag.value().if_string()) return std::vector{std::string(*text)};
    const auto* list = tag.value().if_array();
    if (list == nullptr || list->size() > values_max) return fault;
    for (const auto& each : *list) {
        if (!each.is_string()) return fault;
        values.emplace_back(each.get_string());
    }
    return values;
}

Parsed<Tags> tags_member(const object& body) {
    Tags tags;
    const auto* member = body.if_contains("tags");
    if (member == nullptr) return tags;
    if (!member->is_object() || member->get_object().size() > tags_max)
        return Fault{"tags", "give an object of tags, like {\"Modality\": [\"CT\"]}"};
    for (const auto& each : member->get_object()) {
        const auto values = values_of(each);
        if (!values) return values.fault();
        tags.emplace_back(std::string(each.key()), *values);
    }
    return tags;
}

Parsed<Arrival> read_arrival(const object& body) {
    Arrival arrival;
    for (const auto& [name, into] :
         {std::pair{"calling_ae_title", &arrival.calling_ae_title},
          std::pair{"called_ae_title", &arrival.called_ae_title}, std::pair{"address", &arrival.address}}) {
        const auto text = json::text_member(body, name);
        if (!text) return text.fault();
        *into = *text;
    }
    const auto sender = json::text_member(body, "sender");
    if (!sender) return sender.fault();
    if (!sender->empty()) arrival.sender = *sender;
    return arrival;
}

}  // namespace

Response instance_routes(const Request& request, const Deps& deps) {
    const auto versions = deps.views().instance(request.at("sop_uid"));
    if (versions.empty()) return problem(404, "no instance of that SOP Instance UID was received");
    const auto found = chosen(versions, request.target.query);
    if (!found) return bad_request(found.fault());
    if (*found == nullptr) return problem(404, "the instance has no such version");
    const outbox::InstanceView& instance = **found;
    const auto receipts = deps.views().receipts(instance.id, deps.limits.rows_max + 1);
    object shown = recorded(instance, receipts, deps.limits.rows_max);
    if (deps.explain == nullptr) return is_stopped(std::move(shown));
    if (instance.blob_state != "kept") return not_there(instance, std::move(shown));
    const auto explained = deps.explain->explain(
        Explain::Kept{instance.facts.digest, instance.facts.transfer_syntax_uid}, arrival_of(receipts));
    if (!explained) return not_there(instance, std::move(shown));
    shown["now"] = json::explanation(*explained);
    return json::ok(shown);
}

Response explain_routes(const Request& request, const Deps& deps) {
    if (deps.explain == nullptr) return is_stopped({});
    const auto body = json::parse_body(request.body);
    if (!body) return bad_request(body.fault());
    if (const auto fault =
            json::unknown_member(*body, {"tags", "calling_ae_title", "called_ae_title", "address", "sender"}))
        return bad_request(*fault);
    const auto tags = tags_member(*body);
    if (!tags) return bad_request(tags.fault());
    const auto arrival = read_arrival(*body);
    if (!arrival) return bad_request(arrival.fault());
    const auto explained = deps.explain->explain(*tags, *arrival);
    if (!explained) return bad_request(explained.fault());
    return json::ok(json::explanation(*explained));
}

}  // namespace web::api
