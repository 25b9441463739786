/// Committer: the one thread that writes the outbox and removes blobs; what waits is committed together.
///
/// Any thread may ask. Must outlive everyone who asks; the spool and the outbox must outlive it. A call blocks until
/// its piece is durable, or failed. Accepts go first, settlements never starve, bulk work goes in slices between them.
/// A failed COMMIT is fatal: `on_fatal` is called once, and whoever waits or comes later gets Stopped.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <thread>
#include <type_traits>
#include <vector>

#include "broker/clock.h"
#include "outbox/measure/histogram.h"
#include "outbox/outbox.h"
#include "spool/spool.h"

namespace broker {

/// The committer takes no more work: the broker is stopping, or a commit failed. Nothing of the piece is promised.
class Stopped : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// In which turn a piece of work goes.
enum class Turn {
    settlement,  ///< claims, outcomes, an operator's act on one job
    bulk,        ///< slices of long work: at most one per commit
};

struct CommitterLimits {
    std::size_t batch_max = 64;         ///< accepts, and as many settlements, per commit
    std::size_t waiting_max = 1024;     ///< pieces in the queue; a caller beyond it waits
    std::int64_t wal_pages_max = 1000;  ///< a checkpoint follows the commit that goes over it
};

class Committer {
public:
    /// Told, on the committer's thread after the commit, which destinations have new or newly due jobs.
    using Wake = std::function<void(std::span<const outbox::DestinationId>)>;
    /// Told, on the committer's thread, that a commit found the disk full; it may make room (README.md, Ballast).
    using OnFull = std::function<void()>;
    using OnFatal = std::function<void(const std::string& why)>;

    struct Callbacks {
        Wake wake;
        OnFull on_full;
        OnFatal on_fatal;
    };

    Committer(spool::Spool& spool, outbox::Outbox& outbox, CommitterLimits limits, Callbacks callbacks);
    ~Committer();

    /// How long each batch took until it was durable.
    measure::Distribution commit_times() const { return commit_times_.read(); }
    /// Pieces that wait for the next commit.
    std::size_t waiting() const;

    /// For reading, from any thread.
    const spool::Spool& spool() const { return spool_; }
    /// As Spool::link: for what a row is about to name, from any thread.
    spool::Linked link(spool::Sealed sealed) { return spool_.link(std::move(sealed)); }

    void start();
    /// Commits what waits, then ends the thread. Synchronous, idempotent, legal before start.
    void stop();

    /// Takes custody of one instance whose blob is linked. On return the commit with instance, receipt and jobs is
    /// durable, too: now, and only now, success may be answered. Where the receipt is refused a blob that is new is
    /// removed again; where the committer has ended it is an orphan for the sweep.
    /// Throws outbox::Error (no_space: nothing is promised, the broker goes on), Stopped.
    outbox::Accepted take_custody(spool::Linked linked, outbox::Receipt receipt);

    /// Runs `work(outbox::Outbox&)` inside the next transaction, as a savepoint of its own, and returns what it
    /// returned, once that is durable. Throws what it threw, or Stopped. `work` may run later than other callers'
    /// pieces of the same commit and must not block.
    template <class Work>
    auto run(Turn turn, Work work) -> std::invoke_result_t<Work, outbox::Outbox&>;

    /// Runs `work(spool::Spool&, outbox::Outbox&)` between two commits, outside of a transaction: for what must not
    /// race a commit (removing blobs, setting files aside).
    void between(std::function<void(spool::Spool&, outbox::Outbox&)> work);

private:
    struct Custody;
    struct Piece {
        std::function<void(outbox::Outbox&)> work;
        std::function<void(std::exception_ptr)> done;  ///< null: durable
    };
    struct Interlude;

    void loop();
    void submit(Turn turn, Piece piece);
    bool commit_batch(std::vector<Custody>& custodies, std::vector<Piece>& pieces);
    std::exception_ptr write_batch(std::vector<Custody>& custodies, std::vector<Piece>& pieces,
                                   std::vector<std::exception_ptr>& errors, std::string& fatal);
    void unpin(std::vector<Custody>& custodies);
    void announce(std::vector<Custody>& custodies, std::vector<Piece>& pieces, std::vector<std::exception_ptr>& errors);
    bool keep_wal_small(bool is_idle);
    void run_interlude(Interlude& interlude, std::string& fatal);
    void fail_batch(std::vector<Custody>& custodies, std::vector<Piece>& pieces, const std::string& why);
    void fail_all(const std::string& why);

    spool::Spool& spool_;
    outbox::Outbox& outbox_;
    const CommitterLimits limits_;
    const Callbacks callbacks_;
    bool wal_is_empty_ = false;

    measure::Histogram commit_times_;

    mutable std::mutex mutex_;  ///< guards all below
    std::condition_variable work_came_, room_came_;
    std::deque<Custody> custodies_;
    std::deque<Piece> settlements_, bulk_;
    std::deque<Interlude> interludes_;
    bool is_stopping_ = false;
    bool has_ended_ = true;  ///< before start, after a stop or a failure: nobody works

    std::jthread thread_;
};

template <class Work>
auto Committer::run(Turn turn, Work work) -> std::invoke_result_t<Work, outbox::Outbox&> {
    using Result = std::invoke_result_t<Work, outbox::Outbox&>;
    // The result is kept apart until the commit: nobody may act on what is not yet durable. All of it is shared with
    // the committer's thread, which may still be inside set_value when the caller has gone on.
    if constexpr (std::is_void_v<Result>) {
        auto promise = std::make_shared<std::promise<void>>();
        auto future = promise->get_future();
        submit(turn,
               {[&work](outbox::Outbox& outbox) { work(outbox); },
                [promise](std::exception_ptr error) { error ? promise->set_exception(error) : promise->set_value(); }});
        future.get();
    } else {
        auto promise = std::make_shared<std::promise<Result>>();
        auto result = std::make_shared<std::optional<Result>>();
        auto future = promise->get_future();
        submit(turn, {[&work, result](outbox::Outbox& outbox) { result->emplace(work(outbox)); },
                      [promise, result](std::exception_ptr error) {
                          error ? promise->set_exception(error) : promise->set_value(std::move(**result));
                      }});
        return future.get();
    }
}

}  // namespace broker
