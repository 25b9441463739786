/// Failover: lets other destinations stand in for one that fails, and brings back what they have not sent once it
/// works.
///
/// One thread of its own looks every `[delivery] failover_look_every`. What stands in for what is in the outbox: a
/// restart changes nothing. Must not outlive its Parts. Stop is synchronous, idempotent, legal before start; it comes
/// between two slices.
#pragma once

#include <condition_variable>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <thread>

#include "broker/clock.h"
#include "broker/committer/committer.h"
#include "broker/config/config.h"
#include "broker/failover_plan.h"
#include "broker/receive/rules.h"
#include "outbox/views.h"

namespace broker {

class Failover {
public:
    struct Parts {
        Committer& committer;
        const Clock& clock;
        std::filesystem::path database;
        /// There are new jobs for this destination.
        std::function<void(outbox::DestinationId)> wake;
    };
    /// The destinations were configured in the outbox before. Throws outbox::Error.
    Failover(Parts parts, std::shared_ptr<const config::Config> config);
    ~Failover();

    void start();
    void stop();
    /// From the next look on, which comes at once; any thread.
    void configure(std::shared_ptr<const config::Config> config);

    /// One whole look, on the caller's thread; for the thread, and for tests. Jobs moved. Throws Stopped,
    /// outbox::Error.
    std::int64_t look();

private:
    using Standing = std::map<std::string, outbox::DestinationView>;

    /// How far a destination's jobs have been looked at.
    struct Scan {
        outbox::DestinationId there;
        outbox::JobId seen;
        Monotonic begins_again_at{};
    };

    std::shared_ptr<const config::Config> present();
    void run(const std::stop_token& stop);
    void tell(const Standing& standing, const FailoverStep& step);
    std::int64_t step_aside(const config::Config& config, const Standing& standing, const FailoverStep& step);
    std::int64_t take_back(const config::Config& config, const Standing& standing, const FailoverStep& step);
    /// Whether there was something to settle.
    bool settle_quiet(const config::Destination& setting, outbox::DestinationId destination, std::size_t slice_max);
    std::int64_t move_own(const outbox::DestinationView& from, const receive::KnownDestination& there,
                          std::size_t slice_max);
    /// What stands in for `home`; `from`: only there.
    std::int64_t move_strangers(outbox::DestinationId home, std::optional<outbox::DestinationId> from,
                                const receive::KnownDestination& there, std::size_t slice_max);
    /// What stands in for `home` and was held where it stands in, for a reason of that place.
    std::int64_t move_held(const receive::KnownDestination& home, std::size_t slice_max);
    /// What stands in for `home` and was left behind by a stand-in that was taken out of the configuration.
    std::int64_t move_left(outbox::DestinationId home, const receive::KnownDestination& there, std::size_t slice_max);
    std::int64_t move(std::span<const outbox::JobId> jobs, const receive::KnownDestination& there);

    const Parts parts_;

    // Of whoever looks
    const outbox::Views views_;
    std::map<outbox::DestinationId, Scan> scans_;
    std::stop_token stopping_;  ///< the thread's; looked at between slices

    std::mutex mutex_;  ///< guards the rest but the thread
    std::condition_variable_any changed_;
    std::shared_ptr<const config::Config> config_;
    bool is_woken_ = false;

    std::jthread thread_;
};

}  // namespace broker
