#include "broker/deliver/satusehat/imaging_study.h"

#include <algorithm>
#include <cassert>
#include <limits>
#include <map>
#include <set>
#include <tuple>

#include "broker/deliver/satusehat/codes.h"

namespace broker::deliver::satusehat {

namespace json = boost::json;

namespace {

json::string text(std::string_view value) {
    return json::string(json::string_view(value.data(), value.size()));
}

void set_text(json::object& object, std::string_view key, std::string_view value) {
    if (!value.empty()) object[key] = text(value);
}
void set_number(json::object& object, std::string_view key, const std::optional<std::int32_t>& number) {
    if (number) object[key] = std::int64_t{*number};
}

json::object coding(std::string_view system, std::string_view code) {
    return {{"system", text(system)}, {"code", text(code)}};
}
json::object reference(std::string_view to) {
    return {{"reference", text(to)}};
}
std::string urn(std::string_view uid) {
    return std::string(codes::oid) + std::string(uid);
}

/// Those without a number come last.
std::int64_t rank(const std::optional<std::int32_t>& number) {
    return number ? *number : std::numeric_limits<std::int64_t>::max();
}

/// The earliest with a time; where none has one, the earliest day.
bool begins_before(const DateTime& left, const DateTime& right) {
    return std::tuple(left.is_time_assumed, left.at) < std::tuple(right.is_time_assumed, right.at);
}
void take_earlier(std::optional<DateTime>& earliest, const std::optional<DateTime>& other) {
    if (other && (!earliest || begins_before(*other, *earliest))) earliest = other;
}

struct Series {
    std::vector<const InstanceFacts*> instances;

    /// The first value that an instance has.
    template <class Member>
    Member first(Member InstanceFacts::*member) const {
        for (const InstanceFacts* each : instances)
            if (each->*member != Member{}) return each->*member;
        return {};
    }
    std::optional<std::int32_t> number() const { return first(&InstanceFacts::series_number); }
    std::string modality() const { return first(&InstanceFacts::modality); }
};

class Building {
public:
    Building(const StudyKey& key, const ContentSettings& settings) : key_(key), settings_(settings) {}

    StudyBody build(std::span<const InstanceFacts> instances, const Order& order) {
        sort(instances);
        json::object& study = body_.resource;
        study["resourceType"] = "ImagingStudy";
        study["identifier"] = identifiers();
        study["status"] = "available";
        if (json::array all = modalities(); !all.empty()) study["modality"] = std::move(all);
        study["subject"] = reference(order.patient_reference);
        if (settings_.with_encounter && !order.encounter_reference.empty())
            study["encounter"] = reference(order.encounter_reference);
        study["basedOn"] = json::array{reference("ServiceRequest/" + order.service_request_id)};
        if (body_.started = start_of_study(); body_.started)
            set_start(study, *body_.started);
        else
            remark(Remark::no_start);
        set_text(study, "description", description());
        study["numberOfSeries"] = std::int64_t(series_.size());
        std::int64_t count = 0;
        json::array list;
        for (const Series& each : series_) {
            count += std::int64_t(each.instances.size());
            list.emplace_back(series_of(each));
        }
        study["numberOfInstances"] = count;
        if (!list.empty()) study["series"] = std::move(list);
        return std::move(body_);
    }

private:
    void remark(Remark what) {
        if (std::find(body_.remarks.begin(), body_.remarks.end(), what) == body_.remarks.end())
            body_.remarks.push_back(what);
    }

    void sort(std::span<const InstanceFacts> instances) {
        std::map<std::string, Series> by_uid;
        std::set<std::string> seen;
        for (const InstanceFacts& each : instances) {
            if (!seen.insert(each.sop_instance_uid).second) continue;
            const bool is_ours = each.study_uid == key_.study_uid && !each.series_uid.empty() &&
                                 !each.sop_instance_uid.empty() && !each.sop_class_uid.empty();
            if (is_ours)
                by_uid[each.series_uid].instances.push_back(&each);
            else
                body_.left_out.push_back(each.sop_instance_uid);
        }
        if (!body_.left_out.empty()) remark(Remark::not_all_described);
        std::sort(body_.left_out.begin(), body_.left_out.end());
        for (auto& [uid, series] : by_uid) {
            std::sort(series.instances.begin(), series.instances.end(), [](const auto* left, const auto* right) {
                return std::tuple(rank(left->instance_number), left->sop_instance_uid) <
                       std::tuple(rank(right->instance_number), right->sop_instance_uid);
            });
            series_.push_back(std::move(series));
        }
        // Stable: those with the same number stay in the order of their UIDs.
        std::stable_sort(series_.begin(), series_.end(), [](const Series& left, const Series& right) {
            return rank(left.number()) < rank(right.number());
        });
    }

    json::array identifiers() const {
        json::object acsn{{"use", "usual"},
                          {"type", json::object{{"coding", json::array{coding(codes::identifier_type, "ACSN")}}}},
                          {"system", text(acsn_system(key_.organization))},
                          {"value", text(key_.accession.value())}};
        json::object uid{{"system", text(codes::dicom_uid)}, {"value", text(urn(key_.study_uid))}};
        return json::array{std::move(acsn), std::move(uid)};
    }

    json::array modalities() {
        json::array all;
        std::set<std::string> seen;
        for (const Series& each : series_) {
            const std::string modality = each.modality();
            if (modality.empty())
                remark(Remark::no_modality);
            else if (seen.insert(modality).second)
                all.emplace_back(coding(codes::dcm, modality));
        }
        return all;
    }

    std::optional<DateTime> start_of_study() const {
        std::optional<DateTime> earliest;
        // Level by level: the study's own date counts before any other, whichever instance has it.
        for (const auto member :
             {&InstanceFacts::study, &InstanceFacts::series, &InstanceFacts::acquisition, &InstanceFacts::content}) {
            for (const Series& series : series_)
                for (const InstanceFacts* each : series.instances)
                    take_earlier(earliest, date_time(each->*member, each->timezone, settings_.zone));
            if (earliest) break;
        }
        return earliest;
    }

    void set_start(json::object& object, const DateTime& start) {
        object["started"] = text(print(start, settings_.date_time_style));
        if (start.is_time_assumed) remark(Remark::start_time_assumed);
    }

    std::string description() const {
        for (const Series& each : series_)
            if (std::string found = each.first(&InstanceFacts::study_description); !found.empty()) return found;
        return {};
    }

    json::object series_of(const Series& series) {
        json::object object;
        object["uid"] = text(series.instances.front()->series_uid);
        set_number(object, "number", series.number());
        if (const std::string modality = series.modality(); !modality.empty())
            object["modality"] = coding(codes::dcm, modality);
        set_text(object, "description", series.first(&InstanceFacts::series_description));
        object["numberOfInstances"] = std::int64_t(series.instances.size());
        std::optional<DateTime> earliest;
        json::array list;
        for (const InstanceFacts* each : series.instances) {
            take_earlier(earliest, date_time(each->series, each->timezone, settings_.zone));
            list.emplace_back(instance_of(*each));
        }
        if (earliest) set_start(object, *earliest);
        object["instance"] = std::move(list);
        return object;
    }

    static json::object instance_of(const InstanceFacts& facts) {
        json::object object{{"uid", text(facts.sop_instance_uid)},
                            {"sopClass", coding(codes::uri, urn(facts.sop_class_uid))}};
        set_number(object, "number", facts.instance_number);
        set_text(object, "title", facts.title);
        return object;
    }

    const StudyKey& key_;
    const ContentSettings& settings_;
    std::vector<Series> series_;
    StudyBody body_;
};

}  // namespace

std::string_view to_string(Remark remark) {
    switch (remark) {
        case Remark::no_start:
            return "no_start";
        case Remark::start_time_assumed:
            return "start_time_assumed";
        case Remark::no_modality:
            return "no_modality";
        case Remark::not_all_described:
            return "not_all_described";
    }
    return "";
}

StudyBody imaging_study(const StudyKey& key, std::span<const InstanceFacts> instances, const Order& order,
                        const ContentSettings& settings) {
    // Only `choose` says which order it is, and it gives no other.
    assert(order.is_usable());
    return Building(key, settings).build(instances, order);
}

}  // namespace broker::deliver::satusehat
