/// Gate: which of a lane's workers may do what when: the destination's breaker, slow start, sleep, wake and stop.
///
/// Any thread.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <vector>

#include "broker/deliver/breaker.h"
#include "broker/deliver/suspects.h"

namespace broker::deliver {

class Gate {
public:
    enum class Go {
        stop,
        look,     ///< for work
        probe,    ///< the destination, alone
        recheck,  ///< whether an operator resumed the destination that is left alone
    };

    Gate(const Clock& clock, unsigned workers, const config::Delivery& limits);

    /// Sleeps until worker `index` has something to do. What `look` finds may be nothing.
    Go wait(unsigned index);
    /// Worker `index` found nothing: it is woken at `until`, by `wake`, or by `stop`.
    void rest(unsigned index, Monotonic until);
    /// Waits for work that may come soon, with the association kept open. False: none came within `at_most`.
    bool linger(unsigned index, std::chrono::milliseconds at_most);
    void wake();
    void stop();
    bool is_stopping() const;

    /// How many jobs worker `index` may claim now, at most `batch`: none while the destination is left alone.
    std::size_t claim_max(unsigned index, std::size_t batch) const;

    /// How a worker that has seen work gets at it.
    enum class Way {
        opens_first,  ///< may take as long as the peer likes to answer
        is_open,      ///< its association is there
    };
    /// Before a worker opens and claims, so that the others don't open for the same few jobs. False: those who are on
    /// their way are enough for `due` jobs; look again when one has arrived. Who has an association never waits for who
    /// is still opening one: a peer that serves one association at a time answers the other only when this one ends.
    bool set_out(std::size_t due, Way way);
    void arrived(Way way);
    /// An association was opened, or ended.
    void opened(int change);
    /// Associations of this lane that are open.
    int open_count() const;

    /// As an earlier process left the destination.
    void restore(std::int64_t failure_count);
    std::int64_t failure_count() const;
    bool is_half_open() const;
    Breaker::State breaker() const;
    /// The destination is left alone until `next_try_at`. The failures in a row, this one included.
    std::int64_t failed(Monotonic next_try_at);
    /// The destination takes no more associations than it has: worker `index` rests until then.
    void crowded(unsigned index, Monotonic until);
    /// The probe could not be made; again at `next_try_at`.
    void put_off(Monotonic next_try_at);
    /// An operator resumed the destination: it is tried at once.
    void hurry();
    /// A job was answered. True when the destination had been left alone before: it has recovered.
    bool passed(outbox::JobId job);
    /// The destination gave a sign of life and has no job to prove more with. True as of `passed`.
    bool passed();

    /// The destination answered this job as if it could take nothing. True: others pass, it is about this one.
    bool refused(outbox::JobId job);
    /// As Suspects::is_alone.
    bool is_alone(outbox::JobId job) const;

    struct Strike {
        bool is_poison = false;       ///< this instance breaks associations while others pass
        bool is_destination = false;  ///< too many in a row: it is the destination
    };
    /// The association ended under this job.
    Strike struck(outbox::JobId job);

private:
    struct Worker {
        Monotonic look_at{};
        std::uint64_t wakes_seen = 0;
        Monotonic crowded_until{};
    };
    bool close_breaker();
    bool is_recheck_due(const Worker& worker, unsigned index) const;
    Monotonic next_look(const Worker& worker, unsigned index) const;

    const Clock& clock_;
    const unsigned lost_max_;

    mutable std::mutex mutex_;  ///< guards all below
    std::condition_variable changed_;
    Breaker breaker_;
    Suspects suspects_;
    std::vector<Worker> workers_;
    unsigned allowed_;     ///< workers that may look: fewer after a recovery
    unsigned prober_ = 0;  ///< while half open
    Monotonic recheck_at_{};
    std::size_t opening_ = 0, claiming_ = 0;  ///< workers on their way that open first, and that are open
    bool was_turned_away_ = false;            ///< somebody, by set_out, since the last arrival
    int open_ = 0;
    unsigned strikes_ = 0;  ///< associations lost since the last answer
    std::uint64_t wakes_ = 1;
    bool is_stopping_ = false;
};

}  // namespace broker::deliver
