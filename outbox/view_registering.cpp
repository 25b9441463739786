/// Studies at the destinations that register them: which, how far each has come, and how many are where.
#include <algorithm>
#include <cassert>

#include "outbox/view_parts.h"
#include "outbox/view_rows.h"

namespace outbox {

namespace {

/// All of a place that can be compared with a row; before the first where there is none.
RegistrationPlace or_first(const std::optional<RegistrationPlace>& place, bool is_unregistered) {
    if (place && place->is_unregistered == is_unregistered) return *place;
    return {is_unregistered, Instant::min(), {}, ""};
}

Statement& list_for(ViewParts& parts, const RegistrationFilter& filter) {
    if (filter.accession_number && !filter.accession_number->empty()) return parts.registrations_of_accession;
    if (filter.objection && *filter.objection != Reason::none) return parts.registrations_of_objection;
    if (filter.stage) return parts.registrations_of_stage;
    return parts.registrations_oldest;
}

/// Gathers places until there are `rows` of them (true: there may be more), or as many rows were walked as one snapshot
/// is held for; `stopped` is where.
class Gatherer {
public:
    explicit Gatherer(std::size_t rows) : rows_(rows) {}

    bool gather(Cursor& row, const RegistrationPlace& after) {
        row.bind(":after", after.since).bind(":after_destination", after.destination);
        row.bind(":after_study", after.study_instance_uid);
        while (row.step()) {
            const bool is_match = row.number(3) != 0;
            if (is_match && places.size() == rows_) {
                stopped = places.back();
                return true;
            }
            const RegistrationPlace place{after.is_unregistered, row.instant(2), row.id<DestinationId>(0),
                                          std::string(row.text(1))};
            if (is_match) places.push_back(place);
            if (++walked_ == Views::walk_rows_max) {
                stopped = place;
                return true;
            }
        }
        return false;
    }

    std::vector<RegistrationPlace> places;
    std::optional<RegistrationPlace> stopped;

private:
    std::size_t rows_;
    std::size_t walked_ = 0;
};

void read_jobs(ViewParts& parts, const RegistrationPlace& place, RegisteringStudy& study) {
    Cursor row(parts.registering_jobs);
    row.bind(":destination", place.destination).bind(":study", place.study_instance_uid);
    while (row.step()) {
        const State state = read_state(row, 0);
        count_of(study.jobs, state) += row.number(2);
        if (state == State::queued && is_waiting(read_reason(row, 1))) study.jobs.waiting += row.number(2);
        const auto due_at = row.optional_instant(3);
        if (due_at) study.next_look_at = std::min(*due_at, study.next_look_at.value_or(*due_at));
    }
}

RegisteringStudy read_study(ViewParts& parts, const RegistrationPlace& place) {
    RegisteringStudy study;
    study.study_instance_uid = place.study_instance_uid;
    study.since = place.since;
    {
        Cursor row(parts.registering_study);
        row.bind(":destination", place.destination).bind(":study", place.study_instance_uid);
        if (!row.step()) throw Error(Errc::damaged, "a study that is registered is not in the outbox");
        std::string* const texts[] = {&study.patient_name, &study.patient_id,        &study.accession_number,
                                      &study.study_date,   &study.study_description, &study.modalities};
        int column = 0;
        for (std::string* const text : texts) *text = row.text(column++);
        study.instance_count = row.number(6);
        study.assigned_accession_number = row.text(7);
        study.destination = row.text(8);
    }
    auto registrations = read_registrations(parts, place.study_instance_uid, place.destination);
    if (!registrations.empty()) study.registration = std::move(registrations.front());
    read_jobs(parts, place, study);
    return study;
}

/// Nothing: the filter names a destination that never was.
std::optional<Gatherer> gather(ViewParts& parts, const RegistrationFilter& filter,
                               const std::optional<RegistrationPlace>& after, std::size_t rows) {
    std::optional<DestinationId> destination;
    if (filter.destination) {
        Cursor row(parts.destinations);
        if (!row.bind(":name", filter.destination).step()) return std::nullopt;
        destination = row.id<DestinationId>(0);
    }
    Gatherer gatherer(rows);
    if (!filter.is_unregistered && !(after && after->is_unregistered)) {
        Cursor row(list_for(parts, filter));
        row.bind(":destination", destination).bind(":accession", filter.accession_number);
        row.bind(":stage", filter.stage ? std::optional(to_string(*filter.stage)) : std::nullopt);
        row.bind(":objection", filter.objection ? std::optional(code(*filter.objection)) : std::nullopt);
        if (gatherer.gather(row, or_first(after, false))) return gatherer;
    }
    if (!filter.stage && !filter.objection) {
        Cursor row(parts.unregistered_oldest);
        row.bind(":destination", destination).bind(":accession", filter.accession_number);
        gatherer.gather(row, or_first(after, true));
    }
    return gatherer;
}

}  // namespace

RegistrationPage Views::registering(const RegistrationFilter& filter, const std::optional<RegistrationPlace>& after,
                                    std::size_t limit) const {
    assert(limit > 0);
    const Snapshot snapshot(parts_->database);
    const auto gathered = gather(*parts_, filter, after, std::min(limit, page_rows_max));
    if (!gathered) return {};
    RegistrationPage page{{}, gathered->stopped};
    for (const RegistrationPlace& each : gathered->places) page.studies.push_back(read_study(*parts_, each));
    return page;
}

std::vector<RegistrationCount> Views::registration_counts(const std::optional<std::string>& destination) const {
    const Snapshot snapshot(parts_->database);
    std::vector<RegistrationCount> counts;
    Cursor row(parts_->registration_counts);
    row.bind(":destination", destination);
    while (row.step())
        counts.push_back({std::string(row.text(0)), parse_stage(row.text(1)).value(), read_reason(row, 2),
                          row.number(3), row.instant(4)});
    Cursor unregistered(parts_->unregistered_counts);
    unregistered.bind(":destination", destination);
    while (unregistered.step())
        counts.push_back({std::string(unregistered.text(0)), std::nullopt, Reason::none, unregistered.number(1),
                          unregistered.instant(2)});
    return counts;
}

}  // namespace outbox
