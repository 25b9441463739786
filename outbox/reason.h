/// Why a job is not simply on its way: a stable code, a text for people, and whether it waits by design.
///
/// The codes are rows of `reason` in the database, too; a test compares the two. A code is never renamed.
#pragma once

#include <array>
#include <optional>
#include <string_view>

namespace outbox {

enum class Reason {
    none,
    // queued, waiting by design
    quiet_period,
    time_window,
    being_prepared,
    order_not_found,
    no_accession,
    // queued, after a transient failure of this instance
    unreachable,
    out_of_resources,
    interrupted,
    temporary_failure,
    absent,
    handed_back,
    // uncertain
    no_response,
    stopped,
    // held
    held_by_rule,
    held_by_operator,
    destination_removed,
    damaged,
    not_understood,
    data_set_mismatch,
    not_authorised,
    sop_class_refused,
    transfer_syntax_refused,
    failed_repeatedly,
    breaks_association,
    outcome_unknown,
    newer_version,
    edit_failed,
    transcode_failed,
    denied_repeatedly,
    unexpected_answer,
    called_ae_title_refused,
    calling_ae_title_refused,
    association_refused,
    tls_failed,
    path_refused,
    awaiting_release,
    patient_doubtful,
    order_cancelled,
    conflict,
    too_large,
    // cancelled
    cancelled_by_operator,
    replaced,
    moved,
};

struct ReasonText {
    Reason reason;
    std::string_view code;
    bool is_waiting;
    std::string_view text;
};

/// Every reason, in the order of the enumeration.
extern const std::array<ReasonText, 44> reasons;

std::string_view code(Reason reason);
std::string_view text(Reason reason);
bool is_waiting(Reason reason);
/// Of a held job: why it cannot go to its own destination, so that another one may take it.
bool is_of_its_place(Reason reason);
std::optional<Reason> parse_reason(std::string_view code);

}  // namespace outbox
