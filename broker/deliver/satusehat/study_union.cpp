#include "broker/deliver/satusehat/study_union.h"

#include <algorithm>
#include <map>
#include <string>

#include "broker/deliver/satusehat/codes.h"
#include "broker/deliver/satusehat/json.h"

namespace broker::deliver::satusehat {

namespace json = boost::json;

namespace {

std::string subject_of(const json::object& study) {
    const json::object* subject = object_at(study, "subject");
    return subject == nullptr ? std::string{} : text_at(*subject, "reference");
}

bool is_withdrawn(const json::object& study) {
    const std::string status = text_at(study, "status");
    return status == "cancelled" || status == "entered-in-error";
}

/// A list, or nothing at all.
bool is_listable(const json::object& object, std::string_view key) {
    const json::value* found = object.if_contains(key);
    return found == nullptr || found->is_null() || found->is_array();
}
bool is_readable(const json::object& study) {
    for (const std::string_view key : {"identifier", "modality", "basedOn", "series"})
        if (!is_listable(study, key)) return false;
    const json::array* series = array_at(study, "series");
    return series == nullptr || std::all_of(series->begin(), series->end(), [](const json::value& each) {
               return each.is_object() && is_listable(each.get_object(), "instance");
           });
}

std::string uid_of(const json::value& value) {
    return value.is_object() ? std::string(bare_uid(text_at(value.get_object(), "uid"))) : std::string{};
}

/// The list of this name, made where there is none.
json::array& list_at(json::object& object, std::string_view key) {
    json::value& member = object[key];
    if (!member.is_array()) member.emplace_array();
    return member.get_array();
}

/// Whether both objects have the same text at each of these keys.
template <std::size_t count>
bool agree(const json::value& left, const json::value& right, const std::string_view (&keys)[count]) {
    return left.is_object() && right.is_object() &&
           std::all_of(std::begin(keys), std::end(keys), [&](std::string_view key) {
               return text_at(left.get_object(), key) == text_at(right.get_object(), key);
           });
}

/// Adds those of `ours` that agree with none that is there.
template <std::size_t count>
void add_missing(json::object& study, const json::object& ours, std::string_view key,
                 const std::string_view (&keys)[count]) {
    const json::array* wanted = array_at(ours, key);
    if (wanted == nullptr || wanted->empty()) return;
    json::array& list = list_at(study, key);
    for (const json::value& each : *wanted) {
        const bool is_there =
            std::any_of(list.begin(), list.end(), [&](const json::value& there) { return agree(there, each, keys); });
        if (!is_there) list.push_back(each);
    }
}

void add_missing_members(json::object& object, const json::object& ours, std::string_view not_this) {
    for (const auto& member : ours) {
        const std::string_view key(member.key().data(), member.key().size());
        if (key == not_this) continue;
        if (json::value& there = object[key]; there.is_null()) there = member.value();
    }
}

/// A count that says the same otherwise, as "3" does, is no reason for a PUT.
void set_count(json::object& object, std::string_view key, std::int64_t count) {
    if (number_at(object, key) != count) object[key] = count;
}

void merge_instances(json::object& series, const json::object& ours) {
    const json::array* wanted = array_at(ours, "instance");
    if (wanted == nullptr || wanted->empty()) return;
    json::array& list = list_at(series, "instance");
    std::map<std::string, std::size_t> at;
    for (std::size_t i = 0; i < list.size(); ++i) at.emplace(uid_of(list[i]), i);
    for (const json::value& each : *wanted) {
        const auto [place, is_new] = at.emplace(uid_of(each), list.size());
        if (is_new)
            list.push_back(each);
        else if (list[place->second].is_object() && each.is_object())
            add_missing_members(list[place->second].get_object(), each.get_object(), "");
    }
}

void merge_series(json::object& study, const json::object& ours) {
    const json::array* wanted = array_at(ours, "series");
    if (wanted == nullptr || wanted->empty()) return;
    json::array& list = list_at(study, "series");
    std::map<std::string, std::size_t> at;
    for (std::size_t i = 0; i < list.size(); ++i) at.emplace(uid_of(list[i]), i);
    for (const json::value& each : *wanted) {
        const auto [place, is_new] = at.emplace(uid_of(each), list.size());
        if (is_new) {
            list.push_back(each);
            continue;
        }
        json::object& series = list[place->second].get_object();
        merge_instances(series, each.get_object());
        add_missing_members(series, each.get_object(), "numberOfInstances");
        const auto count = std::int64_t(list_at(series, "instance").size());
        const std::int64_t told = number_at(series, "numberOfInstances").value_or(0);
        set_count(series, "numberOfInstances", std::max(count, told));
    }
}

/// The series' own counts where they have no list.
std::int64_t count_of(const json::value& series) {
    const json::array* instances = array_at(series.get_object(), "instance");
    const std::int64_t told =
        std::max<std::int64_t>(number_at(series.get_object(), "numberOfInstances").value_or(0), 0);
    return instances == nullptr ? told : std::max(std::int64_t(instances->size()), told);
}

void count(json::object& study) {
    const json::array* series = array_at(study, "series");
    if (series == nullptr) return;
    std::int64_t instances = 0;
    // A hospital has no study whose count needs more than this; a server's number may be anything.
    constexpr std::int64_t count_max = 2'147'483'647;
    for (const json::value& each : *series)
        instances = std::min(instances + std::min(count_of(each), count_max), count_max);
    set_count(study, "numberOfSeries", std::int64_t(series->size()));
    set_count(study, "numberOfInstances", instances);
}

}  // namespace

Merged merge(const json::object& existing, const json::object& ours) {
    if (!is_readable(existing) || !is_readable(ours)) return {Merging::unreadable, existing};
    if (is_withdrawn(existing)) return {Merging::withdrawn, existing};
    if (const std::string subject = subject_of(existing); !subject.empty() && subject != subject_of(ours))
        return {Merging::other_patient, existing};

    json::object study = existing;
    add_missing(study, ours, "identifier", {std::string_view("system"), std::string_view("value")});
    add_missing(study, ours, "modality", {std::string_view("system"), std::string_view("code")});
    add_missing(study, ours, "basedOn", {std::string_view("reference")});
    merge_series(study, ours);
    if (const std::string status = text_at(study, "status"); status == "registered" || status == "unknown")
        study["status"] = "available";
    add_missing_members(study, ours, "");
    count(study);
    const Merging merging = study == existing ? Merging::same : Merging::changed;
    return {merging, std::move(study)};
}

}  // namespace broker::deliver::satusehat
