/// Outbox: the one writer of the promises: what was received, which job it owes to whom, and how each stands.
///
/// One thread, the committer, for the whole life. Every function but the constructor, `checkpoint` and the questions
/// `destination`, `names` and `purging` runs inside a Transaction and is durable when that has committed, not before.
/// Every verb is guarded: it says whether it applied, and changes nothing when it didn't. History, counters and
/// summaries are written by the schema's triggers, in the same transaction. States, verbs and reasons: README.md.
/// Throws outbox::Error.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "outbox/error.h"
#include "outbox/filter.h"
#include "outbox/job.h"
#include "outbox/receipt.h"

namespace outbox {

/// Who does an operator's verb, as the history names them: "local:alice", "bridge".
struct Actor {
    std::string name;
    std::string note;  ///< their words, or ""
};

/// Whether a verb applied to one job; where not, `state` is the job's present one (nothing: there is no such job).
struct Applied {
    bool applied = false;
    std::optional<State> state;
};

struct DestinationSpec {
    std::string name;
    std::string kind;
};

/// What a crash left and the start put right.
struct Recovered {
    std::int64_t uncertain = 0;  ///< were sending: whether they arrived must be asked
    std::int64_t queued = 0;     ///< were sending to a kind where nothing can have been left half done
};

/// A slice of work over many jobs; `next` is where the next slice begins, nothing when all are done.
struct Slice {
    std::int64_t changed = 0;
    std::int64_t seen = 0;
    std::optional<JobId> next;
};

struct Writer;

class Outbox {
public:
    /// Opens or makes the database, brings its schema up to date (a migration is one transaction), and checks its
    /// settings (WAL, synchronous=FULL read back). `was_clean` false: the file is checked first, too (quick_check).
    /// Throws Error: newer, damaged, in_use, no_space, io.
    Outbox(const std::filesystem::path& file, const std::string& node, bool was_clean = true);
    ~Outbox();
    Outbox(const Outbox&) = delete;
    Outbox& operator=(const Outbox&) = delete;

    /// One write transaction. Rolls back unless `commit` returned. `savepoint` runs one piece of it: when that throws,
    /// only its own changes are undone, and the exception goes on.
    class Transaction {
    public:
        explicit Transaction(Outbox& outbox);
        ~Transaction();
        Transaction(const Transaction&) = delete;
        Transaction& operator=(const Transaction&) = delete;
        void savepoint(const std::function<void()>& piece);
        /// On return everything since the constructor is durable (one WAL sync). Throws Error: no_space (nothing is
        /// there), io (outcome unknown: stop the process).
        void commit();

    private:
        static void undo(Writer& writer);

        Outbox& outbox_;
        bool is_open_ = true;
    };

    /// Moves WAL pages into the database. Outside of a transaction. `truncate`: also empties the WAL, when idle.
    void checkpoint(bool truncate);
    /// Pages in the WAL after the last commit.
    std::int64_t wal_pages() const;

    // A process's life

    /// Begins this process's generation; everything `sending` of older ones is dead by construction.
    GenerationId begin_generation(std::string_view version, Instant now);
    void end_generation(Instant now);
    /// Makes the sending jobs of older generations uncertain (Reason::stopped), or queued at destinations of
    /// `repeatable_kinds`, where repeating a half-done delivery is harmless. At most `limit` jobs; call until it does
    /// 0.
    Recovered recover(std::span<const std::string> repeatable_kinds, std::size_t limit, Instant now);

    // The machine's verbs

    /// Takes custody: instance (or its next version, or a repeat), receipt and all planned jobs that don't exist yet.
    Accepted accept(const Receipt& receipt);
    /// Adds jobs to an instance that is here already (backfill, study send, move, by hand). Recorded as "added". None
    /// where the instance's bytes are not kept.
    std::vector<JobId> add(InstanceId instance, std::span<const PlannedJob> jobs, const Actor& actor, Instant now);
    /// At most `limit` jobs of a destination that are due, most urgent first, then earliest due. None while it is
    /// paused or not configured; of a held lane one at a time from its `next_try_at` on, the probe whether it was
    /// mended.
    std::vector<ClaimedJob> claim(DestinationId destination, std::size_t limit, Instant now);
    bool deliver(const Settlement& settlement, Evidence evidence, bool is_warning);
    bool defer(const Settlement& settlement, Reason reason, Instant due_at);
    bool doubt(const Settlement& settlement, Reason reason, Instant due_at);
    bool hold(const Settlement& settlement, Reason reason);
    /// Waits by design. No attempt. `reason` must be one that waits.
    bool postpone(JobId job, Reason reason, Instant due_at, Instant now);
    /// Begins a probe of an uncertain or a delivered job; its attempt, or nothing where the state doesn't allow it.
    std::optional<AttemptId> ask(JobId job, Instant now);
    /// Ends a probe that proved nothing; the job stays as it is and is due for the next one at `due_at`.
    bool close_probe(const Settlement& settlement, Instant due_at);
    /// An uncertain job that nobody can ask about: sent again (`due_at` now), where the destination is `resend_safe`.
    bool defer_uncertain(JobId job, Reason reason, Instant due_at, Instant now);
    bool hold_uncertain(JobId job, Reason reason, Instant now);
    /// A delivered job's later evidence. `settlement.attempt` is the probe's.
    bool confirm(const Settlement& settlement, Evidence evidence);
    /// The destination denies what it accepted: another round, or held (denied_repeatedly) from the third time on.
    /// False also when the blob was purged: then nothing is left to send, and the delivery stands as it was reported.
    bool recall(const Settlement& settlement, Instant due_at);
    /// Holds every unfinished job of an instance whose blob is missing or damaged, and marks the blob. Returns the jobs
    /// held; those that are sending are held by their sender.
    std::int64_t damage(const Digest& digest, Instant now);

    // An operator's verbs, by one job

    Applied hold(JobId job, const Actor& actor, Instant now);
    /// Not without kept bytes and a configured destination; `resend` likewise.
    /// What an operator held and may have arrived is uncertain again.
    Applied release(JobId job, const Actor& actor, Instant now);
    Applied retry(JobId job, const Actor& actor, Instant now);
    Applied cancel(JobId job, Reason reason, const Actor& actor, Instant now);
    Applied resend(JobId job, const Actor& actor, Instant now);
    Applied adopt(JobId job, const Actor& actor, Instant now);

    /// The one of these that `verb` names, which is one of `person_verbs`; cancel: cancelled_by_operator.
    Applied act(Verb verb, JobId job, const Actor& actor, Instant now);

    /// The same by filter, at most `limit` jobs from `from` on, in the order of their numbers; jobs in a state where
    /// the verb doesn't apply are passed over.
    Slice act(Verb verb, const JobFilter& filter, JobId from, std::size_t limit, const Actor& actor, Instant now);

    // Destinations

    /// Makes the rows of these destinations and marks those that left the configuration.
    void configure(std::span<const DestinationSpec> destinations, Instant now);
    std::optional<DestinationId> destination(std::string_view name);
    /// Holds (destination_removed) the queued and uncertain jobs of destinations that left the configuration, and
    /// releases those held so whose destination is back. At most `limit`; call until it changes 0.
    std::int64_t settle_removed(std::size_t limit, Instant now);
    void pause(DestinationId destination, const Actor& actor, std::string_view reason, std::optional<Instant> until,
               Instant now);
    /// False when it wasn't paused. Either way what backs off, or waits for an order or an accession number, is due
    /// now.
    bool resume(DestinationId destination, const Actor& actor, Instant now);
    /// The lane's state, kept so that it survives a restart and everybody can read it. `error` is ours, without patient
    /// data.
    void failing(DestinationId destination, std::string_view error, std::int64_t failure_count, Instant next_try_at,
                 Instant now);
    void held_lane(DestinationId destination, Reason reason, std::string_view error, Instant next_try_at, Instant now);
    void recovered(DestinationId destination, Instant now);
    /// Something went wrong at the destination that changes nothing about its lane: a job that was held. Keeps `error`
    /// as the last one, unless a later one is there. No history row: the job has one. Whether a last error is over is
    /// told by the lane's state, which this leaves alone, and by its instant; `recovered` keeps both.
    void note_error(DestinationId destination, std::string_view error, Instant at);

    // Blobs

    /// True when an instance or a derived blob names the digest and its bytes are meant to be there.
    bool names(const Digest& digest);
    /// Marks, at most `limit`, the kept blobs of instances that finished before `finished_before` as purging, and
    /// returns them. None of them has an unfinished job; none was ever unrouted.
    std::vector<Digest> begin_purge(Instant finished_before, std::size_t limit, Instant now);
    /// What an earlier crash left between the mark and the removal.
    std::vector<Digest> purging(std::size_t limit);
    /// The names are gone from the disk. One history row each.
    void end_purge(std::span<const Digest> digests, Instant now);
    void verified(const Digest& digest, Instant now);

    /// One history row for what is not a change of a job: "started", "refused", "configuration", … `detail` is a JSON
    /// object without patient data.
    void record(std::string_view event, const Actor& actor, std::string_view detail, Instant now);

private:
    struct Parts;
    std::unique_ptr<Parts> parts_;
};

}  // namespace outbox
