/// The history: pages of it, all of it for an export, and whether its chain is whole.
#include <algorithm>
#include <cassert>
#include <deque>

#include "outbox/history.h"
#include "outbox/view_parts.h"
#include "outbox/view_rows.h"

namespace outbox {

namespace {

/// Rows read from one snapshot when the whole history is walked: short enough for a checkpoint to come between.
constexpr std::int64_t slice_rows = 4096;
static_assert(slice_rows < std::int64_t{Views::walk_rows_max});
constexpr std::int64_t no_limit = std::numeric_limits<std::int64_t>::max();

bool is_given(const std::optional<std::string>& text) {
    return text && !text->empty();
}

/// A list, and the filters that it can lead. "" is what an instance without the attribute has: never a few.
struct Lead {
    Statement ViewParts::*list;
    bool (*fits)(const HistoryFilter& filter);
};

constexpr Lead leads[] = {
    {&ViewParts::history_of_study, [](const HistoryFilter& filter) { return is_given(filter.study_instance_uid); }},
    {&ViewParts::history_of_accession, [](const HistoryFilter& filter) { return is_given(filter.accession_number); }},
    {&ViewParts::history_of_patient, [](const HistoryFilter& filter) { return is_given(filter.patient_id); }},
    {&ViewParts::history_of_actor,
     [](const HistoryFilter& filter) { return filter.actor && *filter.actor != "bridge"; }},
    {&ViewParts::history_of_event,
     [](const HistoryFilter& filter) {
         return filter.event && *filter.event != "received" && *filter.event != "delivered";
     }},
    {&ViewParts::history_newest, [](const HistoryFilter&) { return true; }},
};

const Lead& lead_of(const HistoryFilter& filter) {
    return *std::find_if(std::begin(leads), std::end(leads), [&](const Lead& each) { return each.fits(filter); });
}

/// Walks the rows of a range that the leading filter names, newest first, and collects those that match, at most
/// `limit`, until as many were walked as one snapshot is held for. Returns where it stopped; nothing: at the end.
std::optional<std::int64_t> walk(ViewParts& parts, const HistoryFilter& filter, Range range, std::int64_t limit,
                                 std::vector<std::int64_t>& sequences) {
    Cursor row(parts.*lead_of(filter).list);
    row.bind(":destination", filter.destination).bind(":actor", filter.actor).bind(":event", filter.event);
    row.bind(":study", filter.study_instance_uid).bind(":accession", filter.accession_number);
    row.bind(":patient", filter.patient_id);
    row.bind(":since", from_first(filter.since)).bind(":until", until_last(filter.until));
    row.bind(":after", range.after).bind(":before", range.before);
    for (std::size_t walked = 1; row.step(); ++walked) {
        const std::int64_t sequence = row.number(0);
        if (row.number(1) != 0) sequences.push_back(sequence);
        if (std::ssize(sequences) == limit || walked == Views::walk_rows_max) return sequence;
    }
    return std::nullopt;
}

HistoryRow read_row(ViewParts& parts, std::int64_t sequence) {
    Cursor row(parts.history_row);
    const bool is_there = row.bind(":sequence", sequence).step();
    assert(is_there);
    return read_history(row);
}

/// The range of an export that begins now: rows that are added while it runs are not in it.
Range range_of_export(ViewParts& parts, const HistoryFilter& filter) {
    const Snapshot snapshot(parts.database);
    Range range = range_of(parts.history_bounds, filter.since, filter.until);
    Cursor row(parts.history_tip);
    row.step();
    range.before = std::min(range.before, row.number(0) + 1);
    return range;
}

/// Where an index leads, finds all numbers first; only then is the way through the range short, both ways.
std::deque<std::int64_t> list_all(ViewParts& parts, const HistoryFilter& filter, Range range) {
    std::deque<std::int64_t> all;
    std::optional<std::int64_t> stopped_at;
    do {
        const Snapshot snapshot(parts.database);
        std::vector<std::int64_t> newest_first;
        stopped_at = walk(parts, filter, range, no_limit, newest_first);
        all.insert(all.begin(), newest_first.rbegin(), newest_first.rend());
        range.before = stopped_at.value_or(0);
    } while (stopped_at);
    return all;
}

/// Reads these rows from one snapshot and hands them over afterwards: `seen` may be as slow as its reader's line.
bool hand_over(ViewParts& parts, const std::vector<std::int64_t>& sequences,
               const std::function<bool(const HistoryRow&)>& seen) {
    std::vector<HistoryRow> rows;
    {
        const Snapshot snapshot(parts.database);
        for (const std::int64_t sequence : sequences) rows.push_back(read_row(parts, sequence));
    }
    return std::all_of(rows.begin(), rows.end(), seen);
}

std::deque<HistoryRow> read_slice(ViewParts& parts, std::int64_t after) {
    const Snapshot snapshot(parts.database);
    std::deque<HistoryRow> rows;
    Cursor row(parts.history_slice);
    row.bind(":after", after).bind(":limit", slice_rows);
    while (row.step()) rows.push_back(read_history(row));
    return rows;
}

}  // namespace

HistoryPage Views::history(const HistoryFilter& filter, std::optional<std::int64_t> before, std::size_t limit) const {
    assert(limit > 0);
    const auto rows = static_cast<std::int64_t>(std::min(limit, page_rows_max));
    const Snapshot snapshot(parts_->database);
    Range range = range_of(parts_->history_bounds, filter.since, filter.until);
    if (before) range.before = std::min(range.before, *before);
    std::vector<std::int64_t> sequences;
    HistoryPage page;
    page.next = walk(*parts_, filter, range, rows + 1, sequences);
    if (std::ssize(sequences) > rows) {
        sequences.pop_back();
        page.next = sequences.back();
    }
    for (const std::int64_t sequence : sequences) page.rows.push_back(read_row(*parts_, sequence));
    return page;
}

void Views::export_history(const HistoryFilter& filter, const std::function<bool(const HistoryRow&)>& seen) const {
    const Range range = range_of_export(*parts_, filter);
    if (lead_of(filter).list != &ViewParts::history_newest) {
        std::deque<std::int64_t> all = list_all(*parts_, filter, range);
        while (!all.empty()) {
            const auto end = all.begin() + std::min(std::ssize(all), std::ptrdiff_t{slice_rows});
            if (!hand_over(*parts_, {all.begin(), end}, seen)) return;
            all.erase(all.begin(), end);
        }
        return;
    }
    for (std::int64_t after = range.after; after + 1 < range.before; after += slice_rows) {
        std::vector<std::int64_t> slice;
        {
            const Snapshot snapshot(parts_->database);
            walk(*parts_, filter, {after, std::min(after + slice_rows + 1, range.before)}, no_limit, slice);
        }
        std::reverse(slice.begin(), slice.end());
        if (!hand_over(*parts_, slice, seen)) return;
    }
}

Verification Views::verify_history(const std::optional<Digest>& anchor,
                                   const std::function<void(std::int64_t rows_done)>& progress) const {
    std::deque<HistoryRow> slice;
    std::int64_t after = 0, rows_done = 0;
    const auto next = [&]() -> std::optional<HistoryRow> {
        if (slice.empty()) {
            if (progress && rows_done > 0) progress(rows_done);
            slice = read_slice(*parts_, after);
        }
        if (slice.empty()) return std::nullopt;
        std::optional<HistoryRow> row = std::move(slice.front());
        slice.pop_front();
        after = row->sequence;
        ++rows_done;
        return row;
    };
    return verify_chain(next, anchor);
}

}  // namespace outbox
