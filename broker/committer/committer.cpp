// The committer's loop: commit, checkpoint, then tell everyone who waited.
#include "broker/committer/committer.h"

#include <algorithm>
#include <chrono>
#include <iterator>

namespace broker {

namespace {

constexpr std::chrono::seconds idle_after{1};  // then the WAL is emptied, so that it doesn't grow for ever

// What the schema refused, or a piece threw itself, is that piece's own; anything else of the database is everybody's.
bool is_own_fault(const std::exception_ptr& error) {
    try {
        std::rethrow_exception(error);
    } catch (const outbox::Error& e) {
        return e.code() == outbox::Errc::refused;
    } catch (...) {
        return true;
    }
}

}  // namespace

struct Committer::Custody {
    std::optional<spool::Linked> linked;  // until the commit: nobody removes the blob meanwhile
    outbox::Receipt receipt;
    std::promise<outbox::Accepted> promise;
    outbox::Accepted accepted;
    std::exception_ptr error;
};

struct Committer::Interlude {
    std::function<void(spool::Spool&, outbox::Outbox&)> work;
    std::promise<void> promise;
};

Committer::Committer(spool::Spool& spool, outbox::Outbox& outbox, CommitterLimits limits, Callbacks callbacks)
    : spool_(spool), outbox_(outbox), limits_(limits), callbacks_(std::move(callbacks)) {}

Committer::~Committer() {
    stop();
}

void Committer::start() {
    if (thread_.joinable()) return;
    {
        std::lock_guard lock(mutex_);
        has_ended_ = is_stopping_;
    }
    thread_ = std::jthread([this] { loop(); });
}

void Committer::stop() {
    {
        std::lock_guard lock(mutex_);
        is_stopping_ = true;
    }
    work_came_.notify_all();
    room_came_.notify_all();
    if (thread_.joinable()) thread_.join();
    fail_all("the broker is stopping");
}

outbox::Accepted Committer::take_custody(spool::Linked linked, outbox::Receipt receipt) {
    Custody custody{std::move(linked), std::move(receipt), {}, {}, nullptr};
    auto future = custody.promise.get_future();
    {
        std::unique_lock lock(mutex_);
        room_came_.wait(lock, [&] { return custodies_.size() < limits_.waiting_max || is_stopping_ || has_ended_; });
        if (is_stopping_ || has_ended_) throw Stopped("the broker takes no more instances");
        custodies_.push_back(std::move(custody));
    }
    work_came_.notify_one();
    return future.get();
}

void Committer::submit(Turn turn, Piece piece) {
    {
        std::unique_lock lock(mutex_);
        auto& queue = turn == Turn::bulk ? bulk_ : settlements_;
        room_came_.wait(lock, [&] { return queue.size() < limits_.waiting_max || is_stopping_ || has_ended_; });
        // While stopping, outcomes are still taken for as long as the thread runs: lanes end before the committer.
        if (has_ended_ || (is_stopping_ && turn == Turn::bulk)) throw Stopped("the broker commits nothing more");
        queue.push_back(std::move(piece));
    }
    work_came_.notify_one();
}

void Committer::between(std::function<void(spool::Spool&, outbox::Outbox&)> work) {
    Interlude interlude{std::move(work), {}};
    auto future = interlude.promise.get_future();
    {
        std::lock_guard lock(mutex_);
        if (is_stopping_ || has_ended_) throw Stopped("the broker commits nothing more");
        interludes_.push_back(std::move(interlude));
    }
    work_came_.notify_one();
    future.get();
}

void Committer::loop() {
    for (;;) {
        std::vector<Custody> custodies;
        std::vector<Piece> pieces;
        std::deque<Interlude> interludes;
        {
            std::unique_lock lock(mutex_);
            auto has_work = [&] {
                return !custodies_.empty() || !settlements_.empty() || !bulk_.empty() || !interludes_.empty();
            };
            auto may_go_on = [&] { return has_work() || is_stopping_; };
            if (wal_is_empty_)
                work_came_.wait(lock, may_go_on);
            else
                work_came_.wait_for(lock, idle_after, may_go_on);
            if (!has_work() && is_stopping_) {
                has_ended_ = true;
                return;
            }
            auto take = [&](auto& from, auto& into, std::size_t most) {
                auto end = from.begin() + static_cast<std::ptrdiff_t>(std::min(most, from.size()));
                into.insert(into.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(end));
                from.erase(from.begin(), end);
            };
            take(custodies_, custodies, limits_.batch_max);
            take(settlements_, pieces, limits_.batch_max);
            take(bulk_, pieces, 1);
            interludes.swap(interludes_);
        }
        room_came_.notify_all();
        std::string fatal;
        for (Interlude& each : interludes) run_interlude(each, fatal);
        if (!fatal.empty()) {
            fail_batch(custodies, pieces, fatal);
            return;
        }
        const bool is_idle = custodies.empty() && pieces.empty();
        const auto began_at = std::chrono::steady_clock::now();
        if (!is_idle && !commit_batch(custodies, pieces)) return;
        if (!is_idle) commit_times_.note(std::chrono::steady_clock::now() - began_at);
        if (!keep_wal_small(is_idle && interludes.empty())) return;
    }
}

std::size_t Committer::waiting() const {
    std::lock_guard lock(mutex_);
    return custodies_.size() + settlements_.size() + bulk_.size();
}

bool Committer::keep_wal_small(bool is_idle) {
    try {
        if (is_idle)
            outbox_.checkpoint(true);
        else if (outbox_.wal_pages() > limits_.wal_pages_max)
            outbox_.checkpoint(false);
        wal_is_empty_ = is_idle;
        return true;
    } catch (const outbox::Error& error) {
        // A full disk only postpones a checkpoint: the WAL keeps what was committed.
        if (error.code() == outbox::Errc::no_space) return true;
        fail_all(error.what());
        callbacks_.on_fatal(error.what());
        return false;
    }
}

bool Committer::commit_batch(std::vector<Custody>& custodies, std::vector<Piece>& pieces) {
    std::string fatal;
    std::vector<std::exception_ptr> errors(pieces.size());
    auto full = write_batch(custodies, pieces, errors, fatal);
    if (full && fatal.empty()) {
        // New work is refused and leaves nothing behind; what only records outcomes is tried once more by itself, in
        // the room that this and the ballast give.
        for (Custody& each : custodies) each.error = full;
        if (callbacks_.on_full) callbacks_.on_full();
        errors.assign(pieces.size(), nullptr);
        std::vector<Custody> none;
        if (auto again = write_batch(none, pieces, errors, fatal)) errors.assign(pieces.size(), again);
    }
    if (!fatal.empty()) {
        fail_batch(custodies, pieces, fatal);
        return false;
    }
    unpin(custodies);
    announce(custodies, pieces, errors);
    return true;
}

// Writes everything in one transaction. Returns what made all of it fail (a full disk), or nothing; a piece that failed
// by itself has its own error, and the others stand.
std::exception_ptr Committer::write_batch(std::vector<Custody>& custodies, std::vector<Piece>& pieces,
                                          std::vector<std::exception_ptr>& errors, std::string& fatal) {
    try {
        outbox::Outbox::Transaction transaction(outbox_);
        auto run = [&](std::exception_ptr& error, const std::function<void()>& work) {
            if (error) return;
            try {
                transaction.savepoint(work);
            } catch (...) {
                error = std::current_exception();
                if (!is_own_fault(error)) throw;
            }
        };
        for (Custody& each : custodies) run(each.error, [&] { each.accepted = outbox_.accept(each.receipt); });
        for (std::size_t i = 0; i < pieces.size(); ++i) run(errors[i], [&] { pieces[i].work(outbox_); });
        transaction.commit();
        return nullptr;
    } catch (const outbox::Error& error) {
        if (error.code() != outbox::Errc::no_space) fatal = error.what();
        return std::current_exception();
    }
}

// The rows are written or refused. A blob that was linked for a receipt that was refused is nobody's, unless the same
// bytes are coming in again.
void Committer::unpin(std::vector<Custody>& custodies) {
    try {
        for (Custody& each : custodies) {
            const spool::Digest digest = each.linked->digest();
            const bool is_ours = each.linked->how() == spool::Link::linked;
            each.linked.reset();
            if (each.error && is_ours && !outbox_.names(digest.bytes())) spool_.unlink(digest);
        }
    } catch (const std::runtime_error&) {
        // What stays is an orphan, and the sweep finds it.
    }
}

void Committer::announce(std::vector<Custody>& custodies, std::vector<Piece>& pieces,
                         std::vector<std::exception_ptr>& errors) {
    std::vector<outbox::DestinationId> woken;
    for (Custody& each : custodies) {
        if (!each.error && (!each.accepted.jobs.empty() || each.accepted.was_restored))
            for (const outbox::PlannedJob& job : each.receipt.jobs) woken.push_back(job.destination);
        if (each.error)
            each.promise.set_exception(each.error);
        else
            each.promise.set_value(std::move(each.accepted));
    }
    for (std::size_t i = 0; i < pieces.size(); ++i) pieces[i].done(errors[i]);
    std::sort(woken.begin(), woken.end());
    woken.erase(std::unique(woken.begin(), woken.end()), woken.end());
    if (callbacks_.wake && !woken.empty()) callbacks_.wake(woken);
}

void Committer::run_interlude(Interlude& interlude, std::string& fatal) {
    try {
        if (!fatal.empty()) throw Stopped(fatal);
        interlude.work(spool_, outbox_);
        interlude.promise.set_value();
    } catch (const outbox::Error& error) {
        // The caller gets the error either way; a commit whose outcome nobody knows ends the process.
        if (error.code() == outbox::Errc::io || error.code() == outbox::Errc::damaged) fatal = error.what();
        interlude.promise.set_exception(std::current_exception());
    } catch (...) {
        interlude.promise.set_exception(std::current_exception());
    }
}

void Committer::fail_batch(std::vector<Custody>& custodies, std::vector<Piece>& pieces, const std::string& why) {
    auto stopped = std::make_exception_ptr(Stopped(why));
    for (Custody& each : custodies) each.promise.set_exception(stopped);
    for (Piece& each : pieces) each.done(stopped);
    fail_all(why);
    callbacks_.on_fatal(why);
}

void Committer::fail_all(const std::string& why) {
    std::deque<Custody> custodies;
    std::deque<Piece> pieces;
    std::deque<Interlude> interludes;
    {
        std::lock_guard lock(mutex_);
        has_ended_ = true;
        custodies.swap(custodies_);
        pieces.swap(settlements_);
        std::move(bulk_.begin(), bulk_.end(), std::back_inserter(pieces));
        bulk_.clear();
        interludes.swap(interludes_);
    }
    room_came_.notify_all();
    auto stopped = std::make_exception_ptr(Stopped(why));
    for (Custody& each : custodies) each.promise.set_exception(stopped);
    for (Piece& each : pieces) each.done(stopped);
    for (Interlude& each : interludes) each.promise.set_exception(stopped);
}

}  // namespace broker
