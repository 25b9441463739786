/// How everything stands: read from counters, tallies and the first entries of indexes, so it never counts rows.
#include <map>

#include "outbox/view_parts.h"
#include "outbox/view_rows.h"

namespace outbox {

namespace {

void read_tallies(ViewParts& parts, StatusView& status) {
    std::int64_t last_received_at_ms = 0;
    const std::map<std::string_view, std::int64_t*> fields{
        {"instances", &status.instances},
        {"receipts", &status.receipts},
        {"refused", &status.refused},
        {"unrouted", &status.unrouted},
        {"last_received_at_ms", &last_received_at_ms},
        {"bytes_unrouted", &status.kept.unrouted},
        {"bytes_unfinished", &status.kept.unfinished},
        {"bytes_retained", &status.kept.retained},
    };
    Cursor row(parts.tallies);
    while (row.step()) {
        const auto field = fields.find(row.text(0));
        if (field != fields.end()) *field->second = row.number(1);
    }
    if (last_received_at_ms != 0) status.last_received_at = Instant(std::chrono::milliseconds(last_received_at_ms));
}

std::vector<DestinationView> read_destinations(ViewParts& parts, std::optional<std::string_view> name) {
    std::vector<DestinationView> views;
    Cursor row(parts.destinations);
    row.bind(":name", name);
    while (row.step()) {
        DestinationView& view = views.emplace_back();
        view.id = row.id<DestinationId>(0);
        view.name = row.text(1);
        view.kind = row.text(2);
        view.is_configured = row.number(3) != 0;
        view.oldest_queued_at = row.optional_instant(4);
        view.last_delivered_at = row.optional_instant(5);
        view.paused_at = row.optional_instant(6);
        view.paused_until = row.optional_instant(7);
        view.paused_by = row.text(8);
        view.paused_reason = row.text(9);
        view.held_at = row.optional_instant(10);
        view.held_reason = read_reason(row, 11);
        view.failing_since = row.optional_instant(12);
        view.next_try_at = row.optional_instant(13);
        view.failure_count = row.number(14);
        view.last_error = row.text(15);
        view.last_error_at = row.optional_instant(16);
        view.answers_query = row.number(17) != 0;
        view.answers_commitment = row.number(18) != 0;
        view.failover_to = row.text(19);
        view.failover_since = row.optional_instant(20);
        view.registers = row.number(21) != 0;
    }
    return views;
}

void add_reason(DestinationView& view, State state, Reason reason, std::int64_t jobs) {
    for (ReasonCount& each : view.by_reason) {
        if (each.state == state && each.reason == reason) {
            each.jobs += jobs;
            return;
        }
    }
    view.by_reason.push_back({state, reason, jobs});
}

void read_counters(ViewParts& parts, DestinationView& view) {
    Cursor row(parts.counters);
    row.bind(":destination", view.id);
    while (row.step()) {
        const State state = read_state(row, 1);
        const Reason reason = read_reason(row, 2);
        const std::int64_t jobs = row.number(4);
        count_of(view.jobs, state) += jobs;
        if (state == State::queued && is_waiting(reason)) view.jobs.waiting += jobs;
        if (row.number(3) != 0) view.warnings += jobs;
        if (reason != Reason::none) add_reason(view, state, reason, jobs);
    }
}

bool has_unfinished(const JobCounts& jobs) {
    return jobs.queued + jobs.sending + jobs.uncertain + jobs.held > 0;
}

std::vector<SenderView> read_senders(ViewParts& parts) {
    std::vector<SenderView> views;
    Cursor row(parts.senders);
    row.bind(":limit", static_cast<std::int64_t>(Views::senders_max));
    while (row.step()) views.push_back(read_sender(row));
    return views;
}

}  // namespace

StatusView Views::status() const {
    const Snapshot snapshot(parts_->database);
    StatusView status;
    read_tallies(*parts_, status);
    for (DestinationView& view : read_destinations(*parts_, std::nullopt)) {
        read_counters(*parts_, view);
        if (view.is_configured || has_unfinished(view.jobs)) status.destinations.push_back(std::move(view));
    }
    status.senders = read_senders(*parts_);
    status.alarms = read_alarms(*parts_);
    if (Cursor row(parts_->unrouted_since); row.step()) status.unrouted_since = row.instant(0);
    return status;
}

std::optional<DestinationView> Views::destination(std::string_view name) const {
    const Snapshot snapshot(parts_->database);
    std::vector<DestinationView> views = read_destinations(*parts_, name);
    if (views.empty()) return std::nullopt;
    read_counters(*parts_, views.front());
    return std::move(views.front());
}

}  // namespace outbox
