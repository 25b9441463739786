/// Registration: how far a study has come at a destination that wants it registered before its instances come.
///
/// Values without behaviour. Stages and what each verb does: README.md, Registrations.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "outbox/ids.h"
#include "outbox/reason.h"
#include "outbox/receipt.h"
#include "outbox/state.h"

namespace outbox {

enum class Stage {
    no_accession,     ///< its instances wait for an accession number
    order_not_found,  ///< they wait for an order
    objected,         ///< they are held until a person decides
    ordered,          ///< the order is known
    creating,    ///< the destination is being told of the study, or was when the process ended: the outcome is open
    replacing,   ///< likewise of more of its instances
    registered,  ///< it has a list of the instances
};

std::string_view to_string(Stage stage);
std::optional<Stage> parse_stage(std::string_view word);

/// Which one.
struct StudyAt {
    DestinationId destination;
    std::string study_instance_uid;
};

/// The order that was found for it.
struct Order {
    std::string accession_number, service_request_id, patient_reference, encounter_reference;
    bool operator==(const Order&) const = default;
};

struct RegistrationView {
    std::string destination;
    Stage stage = Stage::ordered;
    Order order;
    std::string imaging_study_id;
    std::int64_t instance_count = 0;  ///< listed there
    std::int64_t miss_count = 0;      ///< looks for the order in a row that found none
    std::string objection;            ///< "" : none
    Reason objection_reason = Reason::none;
    std::vector<std::string> overruled;  ///< objections by which a person decided otherwise
    Instant began_at, stage_at;
};

/// What a destination has registered, and which jobs that covers.
struct Registered {
    std::string imaging_study_id;
    std::int64_t instance_count = 0;  ///< listed there, with those that are not ours
    std::vector<JobId> jobs;          ///< whose instances are listed
    /// Of the blobs that the list was made of, one for each of the jobs: one that would send another by now is not
    /// covered. Empty: whatever they send.
    std::vector<Digest> digests = {};
};

/// Why a person must decide about a study. The same one always has the same fingerprint, and no patient data in it.
struct Objection {
    Reason reason = Reason::none;
    std::string fingerprint;
    std::string note;  ///< for people, without patient data
};

/// A study that a destination is to be told of.
struct Unregistered {
    std::string study_instance_uid;  ///< "": its instance has none
    JobId job;                       ///< the one that has been due for longest
};

/// An instance of a study that a destination is to get or has, as the books have it.
struct StudyInstance {
    JobId job;
    InstanceId instance;
    State state = State::queued;
    bool is_registered = false;
    std::string sop_instance_uid, transfer_syntax_uid;
    Digest digest{};  ///< of the blob that the job sends
    bool is_kept = true;
    bool is_edit_due = false;  ///< that blob is not yet the one that is meant
    std::string accession_number, patient_id, patient_birth_date, modality, study_date;
};

/// The accession number that a person gives a study, and what puts it into an instance: a list of edits as text.
struct Assignment {
    std::string accession_number, edits;
};

/// What became of the study's jobs at the destination.
struct Assigned {
    std::int64_t changed = 0;             ///< have the number
    std::int64_t already_registered = 0;  ///< stay as they are: delivered, on their way, or listed there
};

/// Whose instances came with an accession number before.
struct AccessionUse {
    std::string patient_id, patient_birth_date;
};

}  // namespace outbox
