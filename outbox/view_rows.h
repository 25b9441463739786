/// One row of a view's statement as the value that callers get.
///
/// One thread at a time. Throws Error (damaged: a word in a row that this program's version doesn't have).
#pragma once

#include "outbox/view_parts.h"

namespace outbox {

State read_state(const Cursor& row, int column);
Reason read_reason(const Cursor& row, int column);

/// Nothing when there is no such row.
std::optional<InstanceView> read_instance(ViewParts& parts, InstanceId id);
/// The instances whose numbers a statement gives, all but its :limit being bound; at most `page_rows_max`.
InstancePage read_page(ViewParts& parts, Cursor& row, std::size_t limit);
/// Without its attempts.
std::optional<JobView> read_job(ViewParts& parts, JobId id);
std::vector<AttemptView> read_attempts(ViewParts& parts, JobId id);

/// The columns of senders and senders_that_brought.
SenderView read_sender(const Cursor& row);

/// Those that are raised, the first one first.
std::vector<AlarmView> read_alarms(ViewParts& parts);

/// The columns of study_series and series_row.
SeriesView read_series(const Cursor& row);

/// How far a study is, by destination's name; of all of them, or of one.
std::vector<RegistrationView> read_registrations(ViewParts& parts, std::string_view study_instance_uid,
                                                 std::optional<DestinationId> destination);

/// The columns of history_row and history_slice. A hash of another length than 32 reads as zeros, so that a row that
/// somebody spoilt is found broken rather than taken for our bug.
HistoryRow read_history(const Cursor& row);

/// The count of one state among those of all; `waiting` is beside it.
std::int64_t& count_of(JobCounts& counts, State state);

}  // namespace outbox
