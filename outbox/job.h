/// What lanes are given and give back: a claimed job, and how its attempt ended. Values without behaviour.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "outbox/ids.h"
#include "outbox/receipt.h"
#include "outbox/state.h"

namespace outbox {

/// Of an attempt. The last two end probes only: the destination was asked and has it not, or still has what it had.
enum class Outcome { delivered, transient, needs_a_person, unknown, absent, confirmed };

/// What proves a delivery, weakest first as far as they compare.
enum class Evidence { response, query, readback, commitment, operator_said };

std::string_view to_string(Outcome outcome);
std::string_view to_string(Evidence evidence);
std::string_view to_string(Priority priority);
std::optional<Outcome> parse_outcome(std::string_view word);
std::optional<Evidence> parse_evidence(std::string_view word);

/// A job that this generation may send now. Everything a sender needs, so that it reads no row.
struct ClaimedJob {
    JobId job;
    AttemptId attempt;
    InstanceId instance;
    std::int64_t round = 1;
    std::int64_t attempt_count = 0;  ///< earlier attempts of this round
    Digest digest{};                 ///< of the blob to send
    std::int64_t version = 1;        ///< of the instance
    std::string sop_class_uid, sop_instance_uid, transfer_syntax_uid;
    std::string study_instance_uid, series_instance_uid;  ///< "" where the instance has none
    std::string calling_ae_title;                         ///< of its first receipt
    std::string imaging_study_id;                         ///< under which the destination has the study registered
};

/// A blob made for one job of the one that it would have sent, and how.
struct DerivedBlob {
    enum class By { edit, transcode };

    Digest made_of{};
    By by = By::transcode;
    Digest digest{};  ///< where an edit changed nothing, that of the instance's own
    std::int64_t bytes = 0;
    std::string transfer_syntax_uid;
    std::string recipe;
    std::string edits = {};  ///< that were made, by edit
};

/// One job of a storage commitment that we asked for, as it stands when the answer comes.
struct CommitmentItem {
    JobId job;
    AttemptId attempt;  ///< the probe that asked
    DestinationId destination;
    bool is_answered = false;
    bool is_of_this_round = true;  ///< false: what it says is of an earlier promise
    State state = State::uncertain;
    std::string sop_instance_uid, sop_class_uid;
};

/// How often, since it was last sent or found, the destination said that it has not got a job's instance.
struct Absences {
    std::int64_t count = 0;
    std::optional<Instant> first_at;
};

/// How an attempt ended. Text may come from the peer: it is stored and shown, never logged.
struct Settlement {
    JobId job;
    AttemptId attempt;  ///< a stale one changes nothing (the verb returns false)
    Instant at;
    std::optional<std::int32_t> status;  ///< the peer's status, DIMSE or HTTP
    std::string text;
    std::int64_t bytes = 0;  ///< sent
};

}  // namespace outbox
