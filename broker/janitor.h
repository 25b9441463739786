/// Janitor: the periodic duties: purge what is finished long enough, set orphans aside, look at blobs after a crash.
///
/// One thread of its own. It only proposes: what is removed is decided again by the committer, between two commits.
/// Must not outlive what it is given. Stop is synchronous and idempotent; a round ends at the next piece of work.
#pragma once

#include <condition_variable>
#include <filesystem>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>

#include "broker/ballast.h"
#include "broker/clock.h"
#include "broker/committer/committer.h"
#include "broker/config/config.h"
#include "broker/receive/space_watch.h"
#include "outbox/views.h"

namespace broker {

/// What one round did.
struct Round {
    std::size_t purged = 0;
    std::size_t set_aside = 0;
    std::size_t dropped = 0;
    std::size_t verified = 0;
    std::size_t damaged = 0;
};

class Janitor {
public:
    struct Parts {
        spool::Spool& spool;
        Committer& committer;
        Ballast& ballast;
        receive::SpaceWatch& space;
        const Clock& clock;
        std::filesystem::path database;
    };

    /// `verify_since`: after an unclean end, blobs received then or later are hashed again, once, in the background.
    Janitor(Parts parts, const config::Config& config, std::optional<outbox::Instant> verify_since);
    ~Janitor();

    void start();
    void stop();

    /// From the next slice of work on these count; the pause that it is in ends. Any thread.
    void set_limits(const config::Config& config);

    /// One whole round, on the caller's thread; for the thread, and for tests.
    Round round();

    /// The verification after an unclean end is not done. Only while the thread doesn't run.
    bool is_verifying() const { return verify_since_.has_value(); }

private:
    std::size_t purge();
    std::size_t purge_marked();
    std::size_t sweep();
    void verify_recent(Round& round);
    bool is_stopping();

    struct Limits {
        config::Duration orphans_for;
        std::optional<config::Duration> keep_for;
        config::Janitor of_rounds;
    };
    static Limits limits_of(const config::Config& config);
    Limits limits();

    Parts parts_;
    std::optional<outbox::Instant> verify_since_;
    outbox::InstanceId verified_until_{};
    std::optional<Monotonic> swept_at_;

    std::mutex mutex_;  ///< guards the rest
    std::condition_variable changed_;
    Limits limits_;
    bool has_new_limits_ = false;
    bool is_stopping_ = false;
    std::jthread thread_;
};

}  // namespace broker
