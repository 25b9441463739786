/// Which studies are here, and how far each has come at each destination.
#include <algorithm>
#include <cassert>

#include "outbox/view_parts.h"
#include "outbox/view_rows.h"

namespace outbox {

namespace {

Statement& list_for(ViewParts& parts, const StudyFilter& filter) {
    if (filter.patient_id && !filter.patient_id->empty()) return parts.studies_of_patient;
    if (filter.accession_number && !filter.accession_number->empty()) return parts.studies_of_accession;
    return parts.studies_newest;
}

void bind_filter(Cursor& row, const StudyFilter& filter, std::optional<StudyId> before) {
    row.bind(":patient", filter.patient_id).bind(":accession", filter.accession_number);
    row.bind(":modality", filter.modality).bind(":text", filter.text);
    row.bind(":day", filter.day ? std::optional(filter.day->study_date) : std::nullopt);
    row.bind(":since", filter.day ? std::optional(filter.day->since) : std::nullopt);
    row.bind(":until", filter.day ? std::optional(filter.day->until) : std::nullopt);
    row.bind(":before", before ? before->value : std::numeric_limits<std::int64_t>::max());
}

void read_deliveries(ViewParts& parts, StudyView& view) {
    Cursor row(parts.study_jobs);
    row.bind(":study", view.study_instance_uid);
    while (row.step()) {
        if (view.deliveries.empty() || view.deliveries.back().destination != row.text(0)) {
            view.deliveries.emplace_back().destination = row.text(0);
            view.deliveries.back().registers = row.number(4) != 0;
        }
        view.deliveries.back().assignable_count += row.number(5);
        view.deliveries.back().warning_count += row.number(6);
        JobCounts& jobs = view.deliveries.back().jobs;
        const State state = read_state(row, 1);
        count_of(jobs, state) += row.number(3);
        const Reason reason = read_reason(row, 2);
        if (state == State::queued && is_waiting(reason)) jobs.waiting += row.number(3);
        if (reason == Reason::quiet_period) view.quiet_count += row.number(3);
    }
}

/// How far it is where it is registered.
void read_steps(ViewParts& parts, StudyView& view) {
    if (std::ranges::none_of(view.deliveries, &StudyDelivery::registers)) return;
    const auto at = [&view](std::string_view destination) {
        const auto found = std::ranges::find(view.deliveries, destination, &StudyDelivery::destination);
        return found == view.deliveries.end() || !found->registers ? nullptr : &*found;
    };
    for (RegistrationView& each : read_registrations(parts, view.study_instance_uid, std::nullopt))
        if (auto* const delivery = at(each.destination)) delivery->registration = std::move(each);
    Cursor row(parts.assignments);
    row.bind(":study", view.study_instance_uid);
    while (row.step())
        if (auto* const delivery = at(row.text(0))) delivery->assigned_accession_number = row.text(1);
}

std::optional<StudyView> read_study(ViewParts& parts, std::optional<StudyId> id, std::optional<std::string_view> uid) {
    std::optional<StudyView> view;
    {
        Cursor row(parts.study_row);
        if (!row.bind(":id", id).bind(":study", uid).step()) return std::nullopt;
        view.emplace();
        view->id = row.id<StudyId>(0);
        std::string* const texts[] = {&view->study_instance_uid, &view->patient_name,     &view->patient_id,
                                      &view->patient_birth_date, &view->accession_number, &view->study_date,
                                      &view->study_description,  &view->modalities};
        int column = 1;
        for (std::string* const text : texts) *text = row.text(column++);
        view->instance_count = row.number(9);
        view->bytes = row.number(10);
        view->first_received_at = row.instant(11);
        view->last_received_at = row.instant(12);
        view->unrouted_count = row.number(13);
    }
    read_deliveries(parts, *view);
    read_steps(parts, *view);
    return view;
}

void read_all_series(ViewParts& parts, StudyView& view) {
    Cursor row(parts.study_series);
    row.bind(":study", view.study_instance_uid).bind(":limit", static_cast<std::int64_t>(Views::page_rows_max));
    while (row.step()) view.series.push_back(read_series(row));
}

}  // namespace

StudyPage Views::studies(const StudyFilter& filter, std::optional<StudyId> before, std::size_t limit) const {
    assert(limit > 0);
    const std::size_t rows = std::min(limit, page_rows_max);
    const Snapshot snapshot(parts_->database);
    std::vector<StudyId> ids;
    StudyPage page;
    {
        Cursor row(list_for(*parts_, filter));
        bind_filter(row, filter, before);
        for (std::size_t walked = 1; row.step(); ++walked) {
            const auto id = row.id<StudyId>(0);
            if (row.number(1) != 0) {
                if (ids.size() == rows) {
                    page.next = ids.back();
                    break;
                }
                ids.push_back(id);
            }
            if (walked == walk_rows_max) {
                page.next = id;
                break;
            }
        }
    }
    for (const StudyId id : ids) page.studies.push_back(read_study(*parts_, id, std::nullopt).value());
    return page;
}

std::optional<StudyView> Views::study(std::string_view study_instance_uid) const {
    const Snapshot snapshot(parts_->database);
    auto view = read_study(*parts_, std::nullopt, study_instance_uid);
    if (view) read_all_series(*parts_, *view);
    return view;
}

}  // namespace outbox
