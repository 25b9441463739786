/// ViewParts: the connection of a Views and its prepared statements, shared by the files that answer its questions.
///
/// One thread at a time. Included by view_*.cpp only.
#pragma once

#include <filesystem>
#include <limits>
#include <string>

#include "outbox/database.h"
#include "outbox/migrator.h"
#include "outbox/statement.h"
#include "outbox/view_statements.h"
#include "outbox/views.h"

namespace outbox {

/// A reader's connection to a database of this program's version. Throws Error: newer, damaged, io.
struct CheckedReader : Database {
    explicit CheckedReader(const std::filesystem::path& file) : Database(file, Role::reader) { check_version(*this); }
};

struct ViewParts {
    explicit ViewParts(const std::filesystem::path& file) : database(file) {}

    CheckedReader database;

    Statement tallies{database, sql::tallies};
    Statement counters{database, sql::counters};
    Statement destinations{database, sql::destinations};
    Statement senders{database, sql::senders};

    Statement jobs_of_study{database, sql::jobs_of_study};
    Statement jobs_of_accession{database, sql::jobs_of_accession};
    Statement jobs_of_patient{database, sql::jobs_of_patient};
    Statement jobs_open_of_destination{database, sql::jobs_open_of_destination};
    Statement jobs_undelivered_of_destination{database, sql::jobs_undelivered_of_destination};
    Statement jobs_of_reason{database, sql::jobs_of_reason};
    Statement jobs_of_state{database, sql::jobs_of_state};
    Statement jobs_of_destination{database, sql::jobs_of_destination};
    Statement jobs_newest{database, sql::jobs_newest};
    Statement job_bounds{database, sql::job_bounds};
    Statement undelivered_ages{database, sql::undelivered_ages};
    Statement job_row{database, sql::job_row};
    Statement attempts_of_job{database, sql::attempts_of_job};

    Statement instance_row{database, sql::instance_row};
    Statement instance_versions{database, sql::instance_versions};
    Statement instance_jobs{database, sql::instance_jobs};
    Statement instances_unrouted{database, sql::instances_unrouted};
    Statement received_since{database, sql::received_since};
    Statement receipts_of_instance{database, sql::receipts_of_instance};

    Statement instance_bounds{database, sql::instance_bounds};
    Statement newest_instance{database, sql::newest_instance};
    Statement reconciled{database, sql::reconciled};
    Statement reconciled_study{database, sql::reconciled_study};

    Statement studies_of_patient{database, sql::studies_of_patient};
    Statement studies_of_accession{database, sql::studies_of_accession};
    Statement studies_newest{database, sql::studies_newest};
    Statement study_row{database, sql::study_row};
    Statement study_jobs{database, sql::study_jobs};
    Statement study_series{database, sql::study_series};
    Statement series_study{database, sql::series_study};
    Statement series_row{database, sql::series_row};
    Statement series_instances{database, sql::series_instances};
    Statement series_members{database, sql::series_members};

    Statement history_of_study{database, sql::history_of_study};
    Statement history_of_accession{database, sql::history_of_accession};
    Statement history_of_patient{database, sql::history_of_patient};
    Statement history_of_actor{database, sql::history_of_actor};
    Statement history_of_event{database, sql::history_of_event};
    Statement history_newest{database, sql::history_newest};
    Statement history_bounds{database, sql::history_bounds};
    Statement history_row{database, sql::history_row};
    Statement history_slice{database, sql::history_slice};
    Statement history_tip{database, sql::history_tip};

    Statement users{database, sql::users};
    Statement user{database, sql::user};
    Statement tokens{database, sql::tokens};
    Statement token{database, sql::token};

    Statement alarms{database, sql::alarms};
    Statement messages_due{database, sql::messages_due};
    Statement recipient{database, sql::recipient};
    Statement space_samples{database, sql::space_samples};
    Statement senders_that_brought{database, sql::senders_that_brought};

    Statement due_jobs{database, sql::due_jobs};
    Statement due_newest{database, sql::due_newest};
    Statement next_due_at{database, sql::next_due_at};
    Statement has_quiet_to_settle{database, sql::has_quiet_to_settle};
    Statement unrouted_since{database, sql::unrouted_since};
    Statement to_fail_over{database, sql::to_fail_over};
    Statement standing_in{database, sql::standing_in};
    Statement held_standing_in{database, sql::held_standing_in};
    Statement registrations_of_accession{database, sql::registrations_of_accession};
    Statement registrations_of_objection{database, sql::registrations_of_objection};
    Statement registrations_of_stage{database, sql::registrations_of_stage};
    Statement registrations_oldest{database, sql::registrations_oldest};
    Statement unregistered_oldest{database, sql::unregistered_oldest};
    Statement registration_counts{database, sql::registration_counts};
    Statement unregistered_counts{database, sql::unregistered_counts};
    Statement registering_study{database, sql::registering_study};
    Statement registering_jobs{database, sql::registering_jobs};
    Statement next_to_register{database, sql::next_to_register};
    Statement study_at{database, sql::study_at};
    Statement accession_uses{database, sql::accession_uses};
    Statement registrations{database, sql::registrations};
    Statement overrulings{database, sql::overrulings};
    Statement assignments{database, sql::assignments};
    Statement notices_due{database, sql::notices_due};
    Statement webhook{database, sql::webhook};
    Statement uncertain_jobs{database, sql::uncertain_jobs};
    Statement jobs_to_confirm{database, sql::jobs_to_confirm};
    Statement pledges_due{database, sql::pledges_due};
    Statement pledge_of{database, sql::pledge_of};
    Statement pledge_items{database, sql::pledge_items};
    Statement missing_since{database, sql::missing_since};
    Statement missing_of_study{database, sql::missing_of_study};
    Statement unfinished_blobs{database, sql::unfinished_blobs};
    Statement kept_blobs{database, sql::kept_blobs};
    Statement damaged_blobs{database, sql::damaged_blobs};
    Statement instance_bound{database, sql::instance_bound};
    Statement digest_known{database, sql::digest_known};
    Statement digest_kept{database, sql::digest_kept};
};

struct Views::Parts : ViewParts {
    using ViewParts::ViewParts;
};

/// Holds one snapshot of the database from its first statement on until it goes. No Cursor may outlive it.
class Snapshot {
public:
    explicit Snapshot(Database& database);
    ~Snapshot();
    Snapshot(const Snapshot&) = delete;
    Snapshot& operator=(const Snapshot&) = delete;

private:
    Database& database_;
};

/// Row numbers strictly between which everything asked for lies.
struct Range {
    std::int64_t after = 0;
    std::int64_t before = std::numeric_limits<std::int64_t>::max();
};

/// The range in which rows made from `since` until before `until` lie, by the spans. `bounds` is one of the bounds
/// statements.
Range range_of(Statement& bounds, std::optional<Instant> since, std::optional<Instant> until);

/// An absent bound, as a value that no row lies beyond.
inline Instant from_first(std::optional<Instant> since) {
    return since.value_or(Instant::min());
}
inline Instant until_last(std::optional<Instant> until) {
    return until.value_or(Instant::max());
}

}  // namespace outbox
