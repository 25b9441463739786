/// What `accept` is told: an instance that was received, over which association, and the jobs it must have.
///
/// Values without behaviour. Text is UTF-8; UIDs are as received, of `[0-9.]{1,64}`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "outbox/ids.h"
#include "outbox/reason.h"

namespace outbox {

/// An inbound association. `serial` counts the associations of one generation from 1; with it the first receipt makes
/// the row and the later ones find it.
struct Association {
    std::int64_t serial = 0;
    std::string calling_ae_title;
    std::string called_ae_title;
    std::string address;      ///< the peer's IP address, without port
    std::string sender;       ///< the name of the configured sender, or ""
    std::string tls_subject;  ///< or ""
    Instant opened_at;
};

struct Instance {
    std::string sop_instance_uid;
    std::string sop_class_uid;
    std::string transfer_syntax_uid;
    std::string study_instance_uid;   ///< "" for an object without a patient (stored as NULL, no study)
    std::string series_instance_uid;  ///< or ""
    std::string patient_name, patient_id, patient_birth_date;
    std::string accession_number, modality, study_date, study_description;
    std::string series_number, series_description, instance_number;
    Digest digest{};
    std::int64_t bytes = 0;
    bool uids_differ = false;    ///< command set and data set named different UIDs
    bool uid_malformed = false;  ///< kept as it came, though the standard has another form (PS3.5 9.1)
};

enum class Priority { high = 0, normal = 1, low = 2 };

/// What a destination wants done with the jobs of an instance of which it has, or will get, an older version.
enum class OnNewVersion { send, hold, replace };

struct PlannedJob {
    DestinationId destination;
    Priority priority = Priority::normal;
    Instant due_at;
    Reason waiting = Reason::none;  ///< a reason that waits by design, when due_at is later by design
    Reason hold = Reason::none;     ///< not none: the job begins held
    std::string note = {};          ///< why, or what a person should know of it; shown with the job
    std::string edits = {};         ///< what is to be changed before it may be sent (an opaque text); "": nothing
    OnNewVersion on_new_version = OnNewVersion::send;
    std::optional<DestinationId> stands_in_for = {};  ///< which fails, and takes it back where it can
};

struct Receipt {
    Association association;
    Instance instance;
    Instant received_at;
    std::vector<std::string> routes;  ///< names of the routes that matched
    std::vector<PlannedJob> jobs;     ///< at most one per destination
};

struct Accepted {
    InstanceId instance;
    std::int64_t version = 1;
    bool is_repeat = false;     ///< this digest was here before
    bool was_restored = false;  ///< its blob had been purged, or was damaged, and is kept again
    std::vector<JobId> jobs;    ///< the jobs that are new
};

}  // namespace outbox
