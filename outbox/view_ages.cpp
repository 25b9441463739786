/// How long ago what is still owed was made, by destination: counted from an index, without reading a job.
#include <chrono>

#include "outbox/view_parts.h"
#include "outbox/view_rows.h"

namespace outbox {

namespace {

/// The first instant that is too late to be as old as so many minutes.
Instant bound(Instant at, std::int64_t minutes) {
    return at - std::chrono::minutes(minutes) + std::chrono::milliseconds(1);
}

/// Most of what is there in numbers is old, so the last column is tried first.
std::size_t column_of(const AgesView& view, const std::array<Instant, age_minutes.size()>& bounds, Instant made_at) {
    std::size_t column = view.at < made_at ? 0 : bounds.size();
    while (column > 0 && made_at >= bounds[column - 1]) --column;
    return column;
}

std::int64_t waiting_at(ViewParts& parts, DestinationId destination) {
    std::int64_t waiting = 0;
    Cursor row(parts.counters);
    row.bind(":destination", destination).bind(":state", to_string(State::queued));
    while (row.step())
        if (is_waiting(read_reason(row, 2))) waiting += row.number(4);
    return waiting;
}

}  // namespace

std::optional<Instant> AgesView::since(std::size_t column) const {
    if (column >= age_minutes.size()) return std::nullopt;
    return bound(at, age_minutes[column]);
}

std::optional<Instant> AgesView::until(std::size_t column) const {
    if (column == 0) return std::nullopt;
    return bound(at, age_minutes[column - 1]);
}

AgesView Views::ages(Instant now) const {
    AgesView view{now, {}};
    std::array<Instant, age_minutes.size()> bounds;
    for (std::size_t column = 0; column < bounds.size(); ++column) bounds[column] = view.since(column).value();
    const Snapshot snapshot(parts_->database);
    Cursor destination(parts_->destinations);
    while (destination.step()) {
        const auto id = destination.id<DestinationId>(0);
        DestinationAges ages{std::string(destination.text(1)), {}, waiting_at(*parts_, id)};
        Cursor job(parts_->undelivered_ages);
        job.bind(":destination", id);
        bool has_jobs = ages.waiting > 0;
        for (; job.step(); has_jobs = true) ++ages.undelivered[column_of(view, bounds, job.instant(0))];
        if (has_jobs || destination.number(3) != 0) view.destinations.push_back(std::move(ages));
    }
    return view;
}

}  // namespace outbox
