/// Statements: every statement that changes the outbox, one per verb or part of a verb, prepared once and kept.
///
/// One thread, the Outbox's. The SQL and the reason of each clause: statements.cpp; statements of a person's verbs by
/// filter: statements_act.cpp.
#pragma once

#include "outbox/statement.h"

namespace outbox {

struct Statements {
    explicit Statements(Database& database);

    // Transactions
    Statement begin, commit, rollback, open_savepoint, release_savepoint, undo_savepoint, data_version;

    // A process's life
    Statement begin_generation, end_generation, dead_sending;

    // Custody
    Statement find_association, make_association, find_instance, newest_version, make_instance, restore_blob,
        release_restored, make_receipt, accept, find_edit, make_edit, replace_older, instance_facts;

    // The machine's verbs
    Statement claim_limit, claimable, claimable_one, open_attempt, claim, job_state, close_attempt, deliver, defer,
        hold_deferred, doubt, hold, postpone, postpone_due, settle_quiet, make_derived, prepare, set_aside, take_back,
        take_back_one, ask, abandon_probes, close_probe, put_off_probe, ask_now, ask_commitment, commitment_jobs,
        answer_commitment, withdraw_commitment, absences, note_answers, confirm, recall_facts, recall;

    // A person's verbs
    Statement hold_by_person, release, retry, recheck, cancel, resend, record_adoption, adopt, leaving, job_of;
    Statement last_job, act_on_study, act_on_accession, act_on_patient, act_on_destination, act_on_any;

    // Destinations
    Statement find_destination, is_configured, destination_name, configured, configure, set_failover, unconfigure,
        forget_confirmation, hold_removed, release_returned, lane_facts, pause, resume, make_due, pull_in, failing,
        hold_lane, recover_lane, note_error;

    // Blobs
    Statement blob_owner, damage, damage_derived, fall_back, hold_damaged, names, retained, begin_purge,
        begin_purge_derived, purging, end_purge, end_purge_derived, verified;

    // Scanners that ask us to commit
    Statement make_pledge, add_to_pledge, put_off_pledge, end_pledge;

    // Studies that are registered
    Statement enter_stage, note_order, object, register_study, forget_study, register_job, unregister_jobs,
        postpone_study, hold_study;

    // Accession numbers that are assigned
    Statement registers, assigned_number, assigned_edits, make_assignment, begin_looking, assignable, unassignable,
        assignable_one, assign;
    // Calls to a webhook
    Statement put_off_notice, end_notice, hurry_notices;

    // Alarms, and who is told of them
    Statement raise_alarm, change_alarm, clear_alarm, configure_recipient, configured_recipients, unconfigure_recipient,
        drop_messages, put_off_message, end_message, hurry_messages, note_space, drop_space;

    // Who may use pages and API
    Statement add_user, change_password, remove_user, add_token, remove_token, record_look;

    // Who was at the door
    Statement seen, drop_stranger;

    Statement record;
};

namespace sql {

// statements_registering.cpp
extern const char* const enter_stage;
extern const char* const note_order;
extern const char* const object;
extern const char* const register_study;
extern const char* const forget_study;
extern const char* const register_job;
extern const char* const unregister_jobs;
extern const char* const postpone_study;
extern const char* const hold_study;

// statements_assigning.cpp
extern const char* const registers;
extern const char* const assigned_number;
extern const char* const assigned_edits;
extern const char* const make_assignment;
extern const char* const begin_looking;
extern const char* const assignable;
extern const char* const unassignable;
extern const char* const assignable_one;
extern const char* const assign;
// statements_notices.cpp
extern const char* const put_off_notice;
extern const char* const end_notice;
extern const char* const hurry_notices;

// statements_alarms.cpp
extern const char* const raise_alarm;
extern const char* const change_alarm;
extern const char* const clear_alarm;
extern const char* const configure_recipient;
extern const char* const configured_recipients;
extern const char* const unconfigure_recipient;
extern const char* const drop_messages;
extern const char* const put_off_message;
extern const char* const end_message;
extern const char* const hurry_messages;
extern const char* const note_space;
extern const char* const drop_space;

// statements_users.cpp
extern const char* const add_user;
extern const char* const change_password;
extern const char* const remove_user;
extern const char* const add_token;
extern const char* const remove_token;
extern const char* const record_look;

// statements_act.cpp
extern const char* const act_on_study;
extern const char* const act_on_accession;
extern const char* const act_on_patient;
extern const char* const act_on_destination;
extern const char* const act_on_any;

}  // namespace sql

}  // namespace outbox
