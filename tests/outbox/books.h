/// Books: a fresh outbox on disk with three destinations, a clock that the test moves, and a reader beside it.
///
/// One thread at a time. Everything is gone with the object.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "outbox/database.h"
#include "outbox/outbox.h"
#include "tests/support/temp_folder.h"

namespace outbox::testing {

inline const Actor alice{"local:alice", "because"};

class Books {
public:
    Books();

    std::filesystem::path file() const { return folder_.path() / "outbox.db"; }
    Outbox& outbox() { return *outbox_; }
    /// The first of the three destinations, unless another is named.
    DestinationId destination(std::size_t index = 0) const { return destinations_.at(index); }

    /// Runs `work` in a transaction of its own and commits it.
    template <class Work>
    auto commit(Work work) {
        Outbox::Transaction transaction(*outbox_);
        if constexpr (std::is_void_v<decltype(work())>) {
            work();
            transaction.commit();
        } else {
            auto result = work();
            transaction.commit();
            return result;
        }
    }

    /// A receipt of instance number `instance` with the given bytes, for the first `destinations` destinations.
    Receipt receipt(int instance, int content = 0, std::size_t destinations = 1) const;
    Accepted accept(const Receipt& receipt);
    /// A new instance with one job, brought to `state` by verbs.
    JobId job_in(State state);

    /// A blob that was made of the one that the job would send now.
    DerivedBlob made(JobId job, const Digest& digest, DerivedBlob::By by = DerivedBlob::By::transcode);

    /// The one job's latest attempt that is open.
    AttemptId open_attempt(JobId job);
    std::optional<State> state_of(JobId job);
    std::string reason_of(JobId job);
    Settlement settlement(JobId job, AttemptId attempt) const { return {job, attempt, now, 0, "", 1}; }

    /// What a reader sees.
    std::int64_t number(const std::string& sql);
    std::string text(const std::string& sql);
    std::int64_t history_rows() { return number("SELECT count(*) FROM history"); }

    /// Ends the process, as it were: closes the outbox, opens it again and begins a new generation.
    void restart();
    /// Closes the outbox; the file stays.
    void close() { outbox_.reset(); }

    Instant now{std::chrono::sys_days(std::chrono::year(2026) / 1 / 1)};

private:
    void begin();

    support::TempFolder folder_;
    std::optional<Outbox> outbox_;
    std::vector<DestinationId> destinations_;
    int instances_ = 0;
};

inline const std::vector<State> every_state{State::queued,    State::sending, State::uncertain,
                                            State::delivered, State::held,    State::cancelled};

Digest digest_of(int instance, int content);

}  // namespace outbox::testing
