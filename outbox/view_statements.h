/// The SQL of the views: one string per question. Parameters that are NULL match every row, unless a comment says more.
///
/// `INDEXED BY` makes preparing fail where an index that a question rests on is gone; a test reads the plans.
#pragma once

namespace outbox::sql {

// Status

extern const char* const tallies;
extern const char* const counters;      ///< :destination, :state, :reason
extern const char* const destinations;  ///< :name
extern const char* const senders;       ///< :limit

// Jobs. The lists give id, state and whether all of the filter matches, newest first; they differ only in the index
// that leads, and read no further than they are stepped.

extern const char* const jobs_of_study;
extern const char* const jobs_of_accession;
extern const char* const jobs_of_patient;
extern const char* const jobs_open_of_destination;
extern const char* const jobs_undelivered_of_destination;  ///< has no :undelivered: it gives nothing else
extern const char* const jobs_of_reason;
extern const char* const jobs_of_state;  ///< not delivered
extern const char* const jobs_of_destination;
extern const char* const jobs_newest;
extern const char* const job_bounds;  ///< the numbers between which :since <= created_at_ms < :until can be
extern const char* const job_row;
extern const char* const undelivered_ages;  ///< of :destination
extern const char* const attempts_of_job;

// Instances

extern const char* const instance_row;
extern const char* const instance_versions;
extern const char* const instance_jobs;
extern const char* const instances_unrouted;
extern const char* const received_since;
extern const char* const receipts_of_instance;

// Reconciliation

extern const char* const instance_bounds;  ///< the numbers between which :since <= received_at_ms < :until can be
extern const char* const newest_instance;
extern const char* const reconciled;        ///< instances of a period below :before with their jobs, newest first
extern const char* const reconciled_study;  ///< how many of :study's jobs are where, of that period

// Studies. The lists give the number and whether all of the filter matches, the one that began last first.

extern const char* const studies_of_patient;
extern const char* const studies_of_accession;
extern const char* const studies_newest;
extern const char* const study_row;  ///< by :id or by :study
extern const char* const study_jobs;
extern const char* const study_series;
extern const char* const series_study;      ///< of :series
extern const char* const series_row;        ///< of :study, :series; the columns of study_series
extern const char* const series_instances;  ///< of those: the newest versions, by instance number, behind :after
extern const char* const series_members;    ///< likewise, all of them

// History. The lists give the sequence number and whether all of the filter matches, newest first.

extern const char* const history_of_study;
extern const char* const history_of_accession;
extern const char* const history_of_patient;
extern const char* const history_of_actor;  ///< not the bridge itself
extern const char* const history_of_event;  ///< neither received nor delivered
extern const char* const history_newest;
extern const char* const history_bounds;
extern const char* const history_row;
extern const char* const history_slice;
extern const char* const history_tip;

// The broker's roles

extern const char* const due_jobs;     ///< of one priority
extern const char* const due_newest;   ///< the same, the other way round
extern const char* const next_due_at;  ///< of one priority
extern const char* const has_quiet_to_settle;
extern const char* const unrouted_since;
extern const char* const to_fail_over;
extern const char* const standing_in;
extern const char* const held_standing_in;
// Registrations

// The lists give destination, study, since when, and whether all of the filter matches, the one first that has been
// there for longest.
extern const char* const registrations_of_accession;
extern const char* const registrations_of_objection;
extern const char* const registrations_of_stage;
extern const char* const registrations_oldest;
extern const char* const unregistered_oldest;
extern const char* const registration_counts;
extern const char* const unregistered_counts;
extern const char* const registering_study;
extern const char* const registering_jobs;
extern const char* const next_to_register;
extern const char* const study_at;
extern const char* const accession_uses;
extern const char* const registrations;  ///< of :study; :destination
extern const char* const overrulings;
extern const char* const assignments;

// Notices

extern const char* const notices_due;
extern const char* const webhook;

extern const char* const uncertain_jobs;
extern const char* const jobs_to_confirm;
extern const char* const pledges_due;
extern const char* const pledge_of;
extern const char* const pledge_items;
extern const char* const missing_since;
extern const char* const missing_of_study;
extern const char* const unfinished_blobs;
extern const char* const kept_blobs;
extern const char* const damaged_blobs;
extern const char* const instance_bound;  ///< the number after which :since <= received_at_ms can be
extern const char* const digest_known;
extern const char* const digest_kept;

// view_statements_alarms.cpp
extern const char* const alarms;
extern const char* const messages_due;
extern const char* const recipient;
extern const char* const space_samples;
extern const char* const senders_that_brought;

// view_statements_users.cpp
extern const char* const users;
extern const char* const user;
extern const char* const tokens;
extern const char* const token;

}  // namespace outbox::sql
