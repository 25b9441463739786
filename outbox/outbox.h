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

#include "outbox/alarm.h"
#include "outbox/error.h"
#include "outbox/filter.h"
#include "outbox/job.h"
#include "outbox/notice.h"
#include "outbox/pledge.h"
#include "outbox/receipt.h"
#include "outbox/registration.h"
#include "outbox/spread.h"
#include "outbox/user.h"

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

/// Who opened associations, or tried to.
struct Visitor {
    std::string calling_ae_title, address;
    std::string name;            ///< of the [[sender]] that fits, or ""
    std::int64_t refused = 0;    ///< associations
    std::string refused_reason;  ///< of the last one, or ""
};

struct DestinationSpec {
    std::string name;
    std::string kind;
    bool confirms = false;      ///< deliveries are asked about afterwards
    bool registers = false;     ///< wants a study registered before its instances come
    bool notifies = false;      ///< a webhook is told of its studies
    std::string identity = {};  ///< whose registrations they are there; of another one, all of them are forgotten
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
    /// At most `limit` jobs of a destination that are due: most urgent first, then earliest due. None whose edits are
    /// not made, and none while it is paused or not configured; of a held lane one at a time from its `next_try_at` on,
    /// the probe whether it was mended.
    std::vector<ClaimedJob> claim(DestinationId destination, std::size_t limit, Instant now);
    /// The same of those that are `wanted`, in their order.
    std::vector<ClaimedJob> claim(DestinationId destination, std::span<const JobId> wanted, std::size_t limit,
                                  Instant now);
    /// `confirm_due_at`: when the destination is to be asked whether it kept it; nothing: never. Until it was confirmed
    /// the blob is not purged.
    bool deliver(const Settlement& settlement, Evidence evidence, bool is_warning,
                 std::optional<Instant> confirm_due_at = std::nullopt);
    bool defer(const Settlement& settlement, Reason reason, Instant due_at);
    bool doubt(const Settlement& settlement, Reason reason, Instant due_at);
    /// `outcome` is needs_a_person, or unknown where it may have arrived all the same: then a release leads to
    /// uncertain.
    bool hold(const Settlement& settlement, Reason reason, Outcome outcome = Outcome::needs_a_person);
    /// Puts off what has not been tried: no attempt. It counts as waiting where its reason is one that waits by design.
    bool postpone(JobId job, Reason reason, Instant due_at, Instant now, std::string_view note = "");
    /// All due jobs of a destination at once, but those that an operator retried; at most `limit`: call until it
    /// changes 0.
    std::int64_t postpone_due(DestinationId destination, Reason reason, Instant until, std::size_t limit, Instant now);
    /// What waits for its study to be complete, and is due or due later than `quiet` can make it, waits until nothing
    /// of the study has come for `quiet`; where nothing has, it is due now, for no reason. At most `limit` of either
    /// kind: call until it changes 0. Without it nothing of a quiet period is ever claimed.
    std::int64_t settle_quiet(DestinationId destination, std::chrono::milliseconds quiet, std::size_t limit,
                              Instant now);
    /// Begins a probe of an uncertain or a delivered job; its attempt, or nothing where the state doesn't allow it.
    std::optional<AttemptId> ask(JobId job, Instant now);
    /// Ends a probe that proved nothing; the job stays as it is and is due for the next one at `due_at`.
    /// `outcome` is unknown, or absent where one such answer is not yet enough to act on.
    bool close_probe(const Settlement& settlement, Instant due_at, Outcome outcome = Outcome::unknown);
    /// A probe stays open: its answer may come by another association. It is asked again at `due_at`; nothing: a
    /// delivered job is asked about no more.
    bool put_off_probe(JobId job, std::optional<Instant> due_at, Instant now);
    /// How often the destination denied it since it was last sent, by probes that ended absent.
    Absences absences(JobId job);
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
    /// The blob was found sound: jobs that are held as damaged go on, where it counts as kept and the same bytes came
    /// again since they were last sent from it.
    void release_damaged(const Digest& digest, Instant now);

    // Storage commitment that we ask for (PS3.4 J.3), and blobs made for one job

    /// These probes ask under this transaction UID, which was never used before.
    void ask_commitment(std::string_view transaction_uid, std::span<const std::pair<JobId, AttemptId>> probes,
                        Instant now);
    /// The jobs of a transaction; none: it was never ours.
    std::vector<CommitmentItem> commitment(std::string_view transaction_uid);
    /// Keeps the answer; what it means for the job is for deliver, confirm, defer, recall or close_probe to say. False
    /// when it was answered before.
    bool answer_commitment(std::string_view transaction_uid, JobId job, std::optional<std::int32_t> failure_reason,
                           Instant now);
    /// The request was not taken, as far as we know: nobody waits for its report any more. One that comes all the same
    /// counts.
    void withdraw_commitment(std::string_view transaction_uid, Instant now);
    /// The destination answered a C-FIND, or took or reported a storage commitment: from now on it is always asked.
    void note_answers(DestinationId destination, bool query, bool commitment);
    /// Makes a queued job send this blob from now on. Its name is durable before, by the spool. False also where the
    /// job would send another one now than the blob was made of, or has other edits by now, and where it is a transcode
    /// and the job's edits are not made yet. An edit is one history row, "edited".
    bool prepare(JobId job, const DerivedBlob& blob, Instant now);
    /// A queued job that needs a person before it can be sent at all; `note` says why, without patient data.
    bool hold_queued(JobId job, Reason reason, Instant now, std::string_view note = "");

    // Studies at a destination that wants them registered before their instances come

    /// The order that the study belongs to there. False where that is no news; otherwise one history row.
    bool note_order(const StudyAt& study, const Order& order, Instant now);
    /// Before the destination is told of the study, or, with `replaces`, of more of its instances: should nobody hear
    /// what came of it, the next look begins by asking.
    void begin_registration(const StudyAt& study, bool replaces, Instant now);
    /// The destination has it. From now on these of its jobs may be claimed; how many they are that could not before.
    /// One history row.
    std::int64_t register_study(const StudyAt& study, const Registered& registered, Instant now);
    /// All queued jobs of the study that it doesn't know of wait until then. How many they are. With `no_accession` and
    /// `order_not_found` the look is counted as one that found no order.
    std::int64_t put_off_study(const StudyAt& study, Reason reason, Instant until, std::string_view note, Instant now);
    /// They are held until a person decides. A person's release of one of them overrules the objection for the study.
    std::int64_t object(const StudyAt& study, const Objection& objection, Instant now);
    /// They are held for another reason, which a release doesn't overrule.
    std::int64_t hold_study(const StudyAt& study, Reason reason, std::string_view note, Instant now);
    /// The destination has it no more under this number: its queued jobs must be registered again. One history row.
    /// False, and nothing changed, where it is registered under another number by now. With "": of jobs that have none.
    bool forget_registration(const StudyAt& study, std::string_view imaging_study_id, Instant now);

    // Storage commitment that scanners ask us for

    /// Keeps the request until it is reported on. Nothing: this AE title used the transaction UID before.
    std::optional<PledgeId> pledge(const Pledge& pledge, Instant now);
    /// Looked at again at `due_at`; `counts`: a report was sent and not acknowledged.
    void put_off_pledge(PledgeId pledge, Instant due_at, bool counts = true);
    /// The report was acknowledged. One history row, "committed".
    void end_pledge(PledgeId pledge, Instant now);

    // Calls to a webhook. They are made with what they tell about, where the destination has one.

    /// Was not taken, or nobody knows: tried again at `due_at`, with the same idempotency key. The first time it is one
    /// history row, "webhook_failing". False where it was taken before.
    bool put_off_notice(NoticeId notice, const NoticeFailure& failure, Instant due_at, Instant now);
    /// Was taken. One history row, "webhook_told". False where it was before.
    bool end_notice(NoticeId notice, std::int32_t status, Instant now);
    /// Those of a destination that are due later are due now: its webhook is another one, or a process began. How many.
    std::int64_t hurry_notices(DestinationId destination, Instant now);

    // Alarms. Each that is raised or cleared is one history row, and one message to each recipient.

    /// False: one of that name and subject is raised already.
    bool raise_alarm(const Alarm& alarm, Instant now);
    /// Of one that is raised: since when, how many, and its words. No history row and no message.
    bool change_alarm(AlarmId id, const Alarm& alarm);
    /// Told to those who are told, sooner or later, that it was raised. False: it was cleared before.
    bool clear_alarm(AlarmId id, Instant now);
    /// From now on these are told. Who is new hears of what is raised; what those that left were not told yet is
    /// dropped, with one history row each.
    void configure_recipients(std::span<const RecipientSpec> recipients, Instant now);
    /// Was not taken, or nobody knows: tried again at `due_at`, with the same idempotency key. The first time it is one
    /// history row, "alarm_untold". `error` is ours. False where it was told, or dropped, before.
    bool put_off_message(MessageId message, std::string_view error, Instant due_at, Instant now);
    /// Was taken. One history row, "alarm_told". False where it was before, or was dropped.
    bool end_message(MessageId message, Instant now);
    /// Those to a recipient that are due later are due now: it is another one, or a process began. How many.
    std::int64_t hurry_messages(RecipientId recipient, Instant now);
    /// Keeps a sample of the disk, and forgets those before `keep_since` and those after this one.
    void note_space(const SpaceSample& sample, Instant keep_since);

    // Who may use pages and API. Each change is one history row.

    /// Nothing: there is a user of that name.
    std::optional<UserId> add_user(const NewUser& user, const Actor& actor, Instant now);
    /// The same, and nothing, too, where there is any user: of several at once, one is the first.
    std::optional<UserId> add_first_user(const NewUser& user, const Actor& actor, Instant now);
    /// `password` is what a password hash made of it. False, as of `remove_user`: there is no such user.
    bool change_password(std::string_view user, std::string_view password, const Actor& actor, Instant now);
    /// The user's tokens end with them.
    bool remove_user(std::string_view user, const Actor& actor, Instant now);
    /// Nothing: there is a token of that name, or its user was removed.
    std::optional<TokenId> add_token(const NewToken& token, const Actor& actor, Instant now);
    bool remove_token(TokenId token, const Actor& actor, Instant now);
    /// One history row, "looked".
    void record_look(const Look& look, Instant now);
    /// One history row.
    void record_entry(const Entry& entry, Instant now);

    // An operator's verbs, by one job

    Applied hold(JobId job, const Actor& actor, Instant now);
    /// Not without kept bytes and a configured destination; `resend` likewise.
    /// What an operator held and may have arrived is uncertain again.
    Applied release(JobId job, const Actor& actor, Instant now);
    /// `due_at`: no later than this; where it was due sooner, it stays so.
    Applied retry(JobId job, const Actor& actor, Instant now, std::optional<Instant> due_at = std::nullopt);
    /// What waits for an accession number or for an order is due now; it still waits for the same.
    Applied recheck(JobId job, const Actor& actor, Instant now);
    Applied cancel(JobId job, Reason reason, const Actor& actor, Instant now);
    Applied resend(JobId job, const Actor& actor, Instant now);
    Applied adopt(JobId job, const Actor& actor, Instant now);
    /// Asks the destination about an uncertain or delivered job as soon as its lane can (`study verify`). Not where the
    /// destination left the configuration.
    Applied ask_now(JobId job, const Actor& actor, Instant now);

    /// Gives a study an accession number at a destination that registers it, in place of an earlier one: for its jobs
    /// there that are queued or held and not registered, which are edited once more, each after its route's edits, and
    /// for those that are made later. What is queued is due now, but for a quiet period and a time window; what is held
    /// stays so. The order is looked for anew. One history row. Nothing: the destination registers no studies.
    std::optional<Assigned> assign(const StudyAt& study, const Assignment& assignment, const Actor& actor, Instant now);

    /// Cancels the job (moved) and promises its instance to `there` instead, with the job's own priority: by a new job,
    /// by the one that `there` has already, or by another round of one that was cancelled. Doesn't apply to a job that
    /// is sending, delivered or cancelled, nor where the instance's bytes are not kept and `there` has no job. The new
    /// job is made of the instance's own blob again: what was made for the old destination stays behind. Its edits go
    /// with it; where `there` has a cancelled job with other edits, or none, the move doesn't apply, since that one
    /// would go out otherwise than was asked for.
    Applied move(JobId job, const PlannedJob& there, const Actor& actor, Instant now);

    /// The machine's move of a queued job: to a destination that stands in for its own, or back to the one that it
    /// stands in for, whose own job then begins another round. Away goes only what doesn't wait by design, and not
    /// where the other destination has a promise of its own for the instance. Priority and edits go with it.
    Applied fail_over(JobId job, const PlannedJob& there, Instant now);

    /// The one of these that `verb` names, which is one of `person_verbs`, ask or recheck; cancel:
    /// cancelled_by_operator.
    Applied act(Verb verb, JobId job, const Actor& actor, Instant now);

    /// The same by filter, at most `limit` jobs from `from` on, in the order of their numbers; jobs in a state where
    /// the verb doesn't apply are passed over.
    /// What `retry` makes due is due as `spread` says.
    Slice act(Verb verb, const JobFilter& filter, JobId from, std::size_t limit, const Actor& actor, Instant now,
              Spread* spread = nullptr);
    /// `move` by filter, in the same manner; the filter names the destination that the jobs leave.
    Slice move(const JobFilter& filter, const PlannedJob& there, JobId from, std::size_t limit, const Actor& actor,
               Instant now);

    // Destinations

    /// Makes the rows of these destinations and marks those that left the configuration.
    void configure(std::span<const DestinationSpec> destinations, Instant now);
    std::optional<DestinationId> destination(std::string_view name);
    /// Holds (destination_removed) the queued and uncertain jobs of destinations that left the configuration, and
    /// releases those held so whose destination is back. At most `limit`; call until it changes 0.
    std::int64_t settle_removed(std::size_t limit, Instant now);
    /// Which destination stands in for this one; nothing: none any more. False where that is no news; otherwise one
    /// history row. A destination that leaves the configuration ends it.
    bool set_failover(DestinationId destination, std::optional<DestinationId> other, Instant now);
    void pause(DestinationId destination, const Actor& actor, std::string_view reason, std::optional<Instant> until,
               Instant now);
    /// A job that is due waits (`being_prepared`), where it would send this blob now: another one is being made of it.
    bool set_aside(JobId job, const Digest& digest, Instant until, Instant now);
    /// What an earlier process had set aside to be prepared is due again. At most `limit`; call until it changes 0.
    std::int64_t take_back(DestinationId destination, std::size_t limit, Instant now);
    /// Likewise one job, whose blob was made in vain.
    bool take_back(JobId job, Instant now);
    /// An operator asked it, by C-ECHO or the like: only the history knows.
    void echoed(DestinationId destination, bool has_answered, const Actor& actor, Instant now);
    /// What is due later than `latest`, though it doesn't wait by design, is due now: only a wall clock that was wrong
    /// puts it there. At most `limit` of each priority; call until it changes 0.
    std::int64_t pull_in(DestinationId destination, Instant latest, std::size_t limit, Instant now);
    /// False when it wasn't paused. Either way what backs off, or waits for an order or an accession number, is due
    /// now: at most `per_second` of them in one second, the most urgent first; nothing: all at once.
    bool resume(DestinationId destination, const Actor& actor, Instant now,
                std::optional<std::int64_t> per_second = std::nullopt);
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

    /// Remembers who was at the door, let in or not; one that brings instances is remembered by its receipts, too. At
    /// most `strangers_max` that never brought any: the one that was seen last long ago makes room for a new one.
    void seen(const Visitor& visitor, Instant now);
    static constexpr std::size_t strangers_max = 1000;

    /// One history row for what is not a change of a job: "started", "refused", "configuration", … `detail` is a JSON
    /// object without patient data; `destination` names the one that it is about.
    void record(std::string_view event, const Actor& actor, std::string_view detail, Instant now,
                std::string_view destination = "");

private:
    struct Parts;
    std::unique_ptr<Parts> parts_;
};

}  // namespace outbox
