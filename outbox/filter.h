/// Which jobs, or which history rows, somebody means. Everything that is given must match; what is absent matches all.
#pragma once

#include <optional>
#include <string>

#include "outbox/ids.h"
#include "outbox/reason.h"
#include "outbox/registration.h"
#include "outbox/state.h"

namespace outbox {

struct JobFilter {
    std::optional<std::string> destination;
    std::optional<State> state;
    std::optional<Reason> reason;
    std::optional<std::string> sender;  ///< of any receipt: a configured sender's name, or a calling AE title
    std::optional<std::string> modality;
    std::optional<std::string> study_instance_uid;
    std::optional<std::string> accession_number;
    std::optional<std::string> patient_id;
    std::optional<Instant> since;       ///< job made at or after
    std::optional<Instant> until;       ///< job made before
    std::optional<Instant> older_than;  ///< owed since before
    bool is_undelivered = false;        ///< only what is owed and doesn't wait by design: what the ages count

    bool is_empty() const { return *this == JobFilter{}; }
    bool operator==(const JobFilter&) const = default;
};

struct StudyFilter {
    /// The study's own date, or that something of it was received on that day.
    struct Day {
        std::string study_date;  ///< as DICOM writes it: "20260115"
        Instant since, until;    ///< the node's day
    };

    std::optional<std::string> patient_id;
    std::optional<std::string> accession_number;
    std::optional<std::string> modality;  ///< of any instance
    std::optional<Day> day;
    std::optional<std::string> text;  ///< somewhere in the patient, the accession number, the UID or the description
};

/// Studies at destinations that register them.
struct RegistrationFilter {
    std::optional<std::string> destination;
    std::optional<Stage> stage;
    bool is_unregistered = false;  ///< only those that nobody has looked at yet: they have no stage
    std::optional<Reason> objection;
    std::optional<std::string> accession_number;  ///< of the study, of its order, or assigned by a person
};

struct HistoryFilter {
    std::optional<Instant> since;
    std::optional<Instant> until;
    std::optional<std::string> destination;
    std::optional<std::string> patient_id;
    std::optional<std::string> accession_number;
    std::optional<std::string> study_instance_uid;
    std::optional<std::string> actor;
    std::optional<std::string> event;
};

}  // namespace outbox
