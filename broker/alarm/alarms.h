/// Alarms: looks at how things stand every few seconds, and has raised in the outbox what somebody should look at.
///
/// One thread of its own looks; `forecast` from any thread. What is raised is in the outbox: a restart neither forgets
/// nor repeats it. Must not outlive its Parts. Stop is synchronous, idempotent, legal before start.
#pragma once

#include <condition_variable>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "broker/alarm/clock_watch.h"
#include "broker/alarm/facts.h"
#include "broker/alarm/settling.h"
#include "broker/clock.h"
#include "broker/committer/committer.h"
#include "broker/config/config.h"
#include "broker/receive/space_watch.h"
#include "outbox/views.h"

namespace broker::alarm {

class Alarms {
public:
    struct Parts {
        Committer& committer;
        const Clock& clock;
        std::filesystem::path database;
        receive::SpaceWatch& space;
        const ClockWatch& clocks;
        std::function<std::shared_ptr<const config::Config>()> config;  ///< the one in force
        std::function<std::vector<Certificate>()> certificates;         ///< our own
        std::function<std::optional<Refusing>()> refusing;
        std::function<void()> on_change;  ///< something was raised or cleared, durably
        std::chrono::milliseconds look_every = std::chrono::seconds(3);
    };
    /// Throws outbox::Error.
    explicit Alarms(Parts parts);
    ~Alarms();

    void start();
    void stop();

    /// As of the last sample of the disk.
    Forecast forecast() const;

    /// One whole look, on the caller's thread; for the thread, and for tests. Throws Stopped, outbox::Error.
    void look();

private:
    void run(const std::stop_token& stop);
    void sample(const config::Config& config, const outbox::KeptBytes& kept);
    Facts gather(const config::Config& config);
    void book(const Changes& changes);

    const Parts parts_;

    // Of whoever looks
    const outbox::Views views_;
    Settling settling_;
    std::optional<config::PercentOrBytes> foretold_for_;  ///< [spool] refuse_below of the last forecast
    bool has_failed_ = false;                             ///< said once, until a look succeeds

    mutable std::mutex mutex_;  ///< guards the rest but the thread
    Forecast forecast_;
    std::condition_variable_any stopping_;

    std::jthread thread_;
};

}  // namespace broker::alarm
