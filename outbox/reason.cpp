#include "outbox/reason.h"

#include <cassert>

namespace outbox {

const std::array<ReasonText, 44> reasons{{
    {Reason::none, "", false, ""},

    {Reason::quiet_period, "quiet_period", true, "waits until nothing more of the study arrives"},
    {Reason::time_window, "time_window", true, "waits for the hours in which the destination is sent to"},
    {Reason::being_prepared, "being_prepared", true, "another blob of it is being made for the destination"},
    {Reason::order_not_found, "order_not_found", true, "waits for an order (ServiceRequest) with its accession number"},
    {Reason::no_accession, "no_accession", true, "waits for an accession number: assign one to the study"},

    {Reason::unreachable, "unreachable", false, "the destination could not be reached"},
    {Reason::out_of_resources, "out_of_resources", false, "the destination said that it is out of resources"},
    {Reason::interrupted, "interrupted", false, "the connection broke before the last byte"},
    {Reason::temporary_failure, "temporary_failure", false, "the destination failed in a way that may pass"},
    {Reason::absent, "absent", false, "the destination was asked and does not have it"},
    {Reason::handed_back, "handed_back", false, "was claimed, but nothing of it was sent"},

    {Reason::no_response, "no_response", false,
     "sent to the last byte, but no answer came: the destination is asked whether it has it"},
    {Reason::stopped, "stopped", false,
     "the broker stopped while sending it: the destination is asked whether it has it"},

    {Reason::held_by_rule, "held_by_rule", false, "a route says that a person releases it"},
    {Reason::held_by_operator, "held_by_operator", false, "an operator holds it"},
    {Reason::destination_removed, "destination_removed", false, "its destination is no longer in the configuration"},
    {Reason::damaged, "damaged", false, "its blob is missing or damaged: have the instance sent again"},
    {Reason::not_understood, "not_understood", false, "the destination cannot understand the instance"},
    {Reason::data_set_mismatch, "data_set_mismatch", false,
     "the destination says that data set and SOP class disagree"},
    {Reason::not_authorised, "not_authorised", false, "the destination does not allow us to store there"},
    {Reason::sop_class_refused, "sop_class_refused", false, "the destination does not take this SOP class"},
    {Reason::transfer_syntax_refused, "transfer_syntax_refused", false,
     "the destination does not take this transfer syntax"},
    {Reason::failed_repeatedly, "failed_repeatedly", false, "failed more often than such a failure may"},
    {Reason::breaks_association, "breaks_association", false,
     "the destination drops the association at this instance, while others pass"},
    {Reason::outcome_unknown, "outcome_unknown", false,
     "may have arrived, the destination cannot be asked, and sending it again is not safe or proves nothing"},
    {Reason::newer_version, "newer_version", false, "an older version of the instance was here before"},
    {Reason::edit_failed, "edit_failed", false, "the edit that its route asks for failed"},
    {Reason::transcode_failed, "transcode_failed", false, "it could not be decompressed for the destination"},
    {Reason::denied_repeatedly, "denied_repeatedly", false, "the destination denied three times what it had accepted"},
    {Reason::unexpected_answer, "unexpected_answer", false, "the destination answered outside of its protocol"},
    {Reason::called_ae_title_refused, "called_ae_title_refused", false,
     "the destination does not know the AE title we call: correct ae_title"},
    {Reason::calling_ae_title_refused, "calling_ae_title_refused", false,
     "the destination does not know our AE title: have it entered there"},
    {Reason::association_refused, "association_refused", false, "the destination refuses associations for good"},
    {Reason::tls_failed, "tls_failed", false, "TLS failed: certificate, name, authority or version"},
    {Reason::path_refused, "path_refused", false, "the folder or URL does not exist or may not be written to"},
    {Reason::awaiting_release, "awaiting_release", false, "an operator releases each study for this destination"},
    {Reason::patient_doubtful, "patient_doubtful", false, "patient and order do not seem to belong together"},
    {Reason::order_cancelled, "order_cancelled", false, "its order was cancelled"},
    {Reason::conflict, "conflict", false, "the destination has something else under the same identity"},
    {Reason::too_large, "too_large", false, "it is larger than the destination takes"},

    {Reason::cancelled_by_operator, "cancelled_by_operator", false, "an operator cancelled it"},
    {Reason::replaced, "replaced", false, "a newer version of the instance took its place"},
    {Reason::moved, "moved", false, "it was moved to another destination"},
}};

static const ReasonText& row(Reason reason) {
    const auto& row = reasons.at(static_cast<std::size_t>(reason));
    assert(row.reason == reason);
    return row;
}

std::string_view code(Reason reason) {
    return row(reason).code;
}

std::string_view text(Reason reason) {
    return row(reason).text;
}

bool is_waiting(Reason reason) {
    return row(reason).is_waiting;
}

bool is_of_its_place(Reason reason) {
    switch (reason) {
        case Reason::destination_removed:
        case Reason::not_understood:
        case Reason::data_set_mismatch:
        case Reason::not_authorised:
        case Reason::sop_class_refused:
        case Reason::transfer_syntax_refused:
        case Reason::failed_repeatedly:
        case Reason::breaks_association:
        case Reason::newer_version:
        case Reason::transcode_failed:
        case Reason::unexpected_answer:
        case Reason::called_ae_title_refused:
        case Reason::calling_ae_title_refused:
        case Reason::association_refused:
        case Reason::tls_failed:
        case Reason::path_refused:
        case Reason::conflict:
            return true;
        default:
            return false;
    }
}

std::optional<Reason> parse_reason(std::string_view code) {
    for (const auto& each : reasons) {
        if (each.code == code) return each.reason;
    }
    return std::nullopt;
}

}  // namespace outbox
