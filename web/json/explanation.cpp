/// Explanation: what routes say of an instance, and what a change of them means, as the API shows it.
#include "web/json/explanation.h"

#include <boost/json/array.hpp>

#include "web/json/values.h"

namespace web::json {
namespace {

using boost::json::array;
using boost::json::object;

std::string_view word(RouteVerdict verdict) {
    switch (verdict) {
        case RouteVerdict::matched:
            return "matched";
        case RouteVerdict::not_matched:
            return "not_matched";
        case RouteVerdict::after_last:
            return "after_last";
        case RouteVerdict::not_needed:
            return "not_needed";
    }
    return "?";
}

template <class All, class Shown>
array each_of(const All& all, Shown shown) {
    array list;
    for (const auto& each : all) list.emplace_back(shown(each));
    return list;
}

array texts(const std::vector<std::string>& all) {
    array list;
    for (const std::string& each : all) list.emplace_back(each);
    return list;
}

object finding(const Finding& found) {
    return {{"subject", found.subject}, {"test", found.test}, {"values", texts(found.values)}, {"holds", found.holds}};
}

object route(const RouteExplained& route) {
    return {{"name", route.name},
            {"verdict", word(route.verdict)},
            {"because", or_null(route.because)},
            {"otherwise", route.is_otherwise},
            {"last", route.is_last},
            {"findings", each_of(route.findings, finding)},
            {"to", texts(route.to)},
            {"priority", to_string(route.priority)},
            {"hold", or_null(route.hold)},
            {"edits", texts(route.edits)}};
}

object target(const TargetExplained& target) {
    return {{"destination", target.destination},
            {"priority", to_string(target.priority)},
            {"hold", or_null(target.hold)},
            {"edits", texts(target.edits)},
            {"edited_by", or_null(target.edited_by)},
            {"not_edited_by", texts(target.not_edited_by)},
            {"came_from_there", target.came_from_there}};
}

object destination_change(const DestinationChange& change) {
    return {{"name", change.name},
            {"gains", change.gains},
            {"loses", change.loses},
            {"edits_change", change.edits},
            {"priority_changes", change.priority},
            {"hold_changes", change.hold}};
}

object going(const Going& going) {
    return {{"destination", going.destination},
            {"priority", to_string(going.priority)},
            {"hold", or_null(going.hold)},
            {"edits", texts(going.edits)}};
}

object example(const ChangeExample& example) {
    return {{"sop_instance_uid", example.sop_instance_uid}, {"study_instance_uid", or_null(example.study_instance_uid)},
            {"modality", or_null(example.modality)},        {"received_at", text_of(example.received_at)},
            {"routes_now", texts(example.routes_now)},      {"routes_then", texts(example.routes_then)}};
}

object group(const ChangeGroup& group) {
    return {{"from", each_of(group.from, going)},
            {"to", each_of(group.to, going)},
            {"count", group.count},
            {"examples", each_of(group.examples, example)}};
}

}  // namespace

object explanation(const Explanation& explained) {
    const Arrival& arrival = explained.arrival;
    return {{"calling_ae_title", or_null(arrival.calling_ae_title)},
            {"called_ae_title", or_null(arrival.called_ae_title)},
            {"address", or_null(arrival.address)},
            {"sender", or_null(arrival.sender.value_or(""))},
            {"unrouted", explained.is_unrouted},
            {"destinations", each_of(explained.targets, target)},
            {"routes", each_of(explained.routes, route)}};
}

object receipt(const outbox::ReceiptView& view) {
    return {{"received_at", text_of(view.received_at)},
            {"is_repeat", view.is_repeat},
            {"was_restored", view.was_restored},
            {"calling_ae_title", or_null(view.calling_ae_title)},
            {"called_ae_title", or_null(view.called_ae_title)},
            {"address", or_null(view.address)},
            {"sender", or_null(view.sender)},
            {"routes", texts(view.routes)},
            {"destinations", texts(view.destinations)}};
}

object routes_diff(const RoutesDiff& diff) {
    return {{"instances", diff.instances},
            {"same", diff.same},
            {"changed", diff.changed},
            {"unreadable", diff.unreadable},
            {"purged", diff.purged},
            {"unrouted_now", diff.unrouted_now},
            {"unrouted_then", diff.unrouted_then},
            {"differs_from_recorded", diff.differs_from_recorded},
            {"destinations", each_of(diff.destinations, destination_change)},
            {"groups", each_of(diff.groups, group)},
            {"in_other_groups", diff.in_other_groups},
            {"whole", diff.is_whole}};
}

}  // namespace web::json
