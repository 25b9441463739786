/// LaneBooks: what a lane reads and writes of the outbox, for one destination.
///
/// Any thread. What a writing call did is durable when it returns. Throws Stopped when the broker takes no more work,
/// and outbox::Error; `prepared` spool::Error, too.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <span>
#include <string_view>
#include <vector>

#include "broker/committer/committer.h"
#include "broker/deliver/findings.h"
#include "broker/worker/transcoder.h"
#include "outbox/views.h"

namespace broker::deliver {

/// How an attempt ended, as the books are told.
struct Entry {
    outbox::Settlement settlement;
    outbox::Verb verb = outbox::Verb::defer;                 ///< deliver, defer, doubt or hold
    outbox::Evidence evidence = outbox::Evidence::response;  ///< deliver
    bool is_warning = false;                                 ///< deliver
    outbox::Reason reason = outbox::Reason::none;            ///< defer, doubt, hold
    outbox::Instant due_at;                                  ///< defer, doubt
    std::optional<outbox::Instant> confirm_due_at;           ///< deliver: when to ask whether it kept it
    outbox::Digest digest{};                                 ///< of the blob that was sent
    bool may_have_arrived = false;                           ///< hold
    std::string error;                                       ///< hold: the destination's last error; ours, no peer's
    bool is_of_http = false;                                 ///< its status
    std::string gone_imaging_study = {};                     ///< the number that gone_study had, or ""
    std::string gone_study = {};                             ///< that the destination has registered no more
    std::optional<Monotonic> claimed_at = {};                ///< to tell how long it took
};

/// Whether the lane may work, as everybody can read it.
struct Standing {
    bool is_paused = false;
    std::optional<outbox::Instant> paused_until;
    bool is_failing = false;  ///< or held
    std::int64_t failure_count = 0;
    std::optional<outbox::Instant> next_try_at;
    bool answers_commitment = false, answers_query = false;  ///< it ever did
};

/// A probe that was opened for a job; nothing where the job is no longer in doubt.
struct Probe {
    outbox::JobId job;
    std::optional<outbox::AttemptId> attempt;
};

/// Why a destination is left alone.
struct Trouble {
    bool is_held = false;  ///< needs a person; otherwise it is transient
    outbox::Reason reason = outbox::Reason::none;
    std::string_view error;  ///< ours, nothing of a peer's text
    std::int64_t failure_count = 0;
    outbox::Instant next_try_at;
};

class LaneBooks {
public:
    virtual ~LaneBooks() = default;

    virtual Standing standing(outbox::Instant now) = 0;
    /// The most urgent due jobs, the longest due first; of a long backlog every fourth is one of the newest.
    virtual std::vector<outbox::DueJob> due(outbox::Instant now, std::size_t limit) = 0;
    /// When the next queued job is due, but those that wait for their study to be registered and are due by now.
    virtual std::optional<outbox::Instant> next_due_at(outbox::Instant now) = 0;
    /// What waits for its study, and may be over: prolonged or due, as the study has come; in slices.
    virtual void settle_quiet(config::Duration quiet, outbox::Instant now) = 0;
    /// Puts off what is due, but what an operator retried; in slices.
    virtual void postpone_due(outbox::Reason reason, outbox::Instant until, outbox::Instant now) = 0;
    /// What is due after `latest` for no reason of ours is due now; in slices.
    virtual void pull_in(outbox::Instant latest, outbox::Instant now) = 0;
    /// Another blob is being made for these: they are not due until it is `prepared`, `not_prepared` or `let_go`. Those
    /// that are still queued with the blob they had are answered.
    virtual std::set<outbox::JobId> set_aside(std::span<const outbox::DueJob> jobs, outbox::Instant now) = 0;
    /// The job goes with the blob it has: due now.
    virtual void let_go(outbox::JobId job, outbox::Instant now) = 0;
    /// All that was set aside is due now; in slices.
    virtual void take_back(outbox::Instant now) = 0;
    /// The blob that a queued job sends from now on, made of the one that it had when it was due: with its edits, where
    /// those were due, else in another transfer syntax. It is due now. False: the job went on without it, and so does
    /// the blob.
    virtual bool prepared(const outbox::DueJob& job, worker::Transcoded made, outbox::Instant now) = 0;
    /// It cannot be made: the job waits until `again_at`, or, where that is nothing, for a person. `error` is ours, and
    /// without patient data; so is `note`, which is kept with the job.
    virtual void not_prepared(const outbox::DueJob& job, std::string_view error, std::string_view note,
                              std::optional<outbox::Instant> again_at, outbox::Instant now) = 0;
    /// Those that are due to be asked about: the uncertain ones first, then those to be confirmed.
    virtual std::vector<outbox::DoubtfulJob> doubtful(outbox::Instant now, std::size_t limit) = 0;
    /// When the next of them is due.
    virtual std::optional<outbox::Instant> next_doubt_at() = 0;

    /// The first `limit` of them that nobody else has claimed meanwhile.
    virtual std::vector<outbox::ClaimedJob> claim(std::span<const outbox::DueJob> wanted, std::size_t limit,
                                                  outbox::Instant now) = 0;
    /// A job that is held leaves the destination's last error, in the same commit.
    virtual void settle(std::span<const Entry> entries) = 0;
    /// Opens a probe for each, before anything is asked; its answer is waited for until `again_at`. By storage
    /// commitment where a transaction UID is given. In the order of the jobs.
    virtual std::vector<Probe> ask(std::span<const outbox::DoubtfulJob> jobs, std::string_view transaction_uid,
                                   outbox::Instant again_at, outbox::Instant now) = 0;
    virtual void put_off(std::span<const std::pair<outbox::JobId, outbox::Instant>> jobs, outbox::Instant now) = 0;
    virtual void found(std::span<const Found> findings, outbox::Instant now) = 0;
    /// The request for storage commitment was not taken.
    virtual void withdraw(std::string_view transaction_uid, outbox::Instant now) = 0;
    /// The status that answers the report (PS3.4 J.3.3).
    virtual std::uint16_t report(const dicom::CommitmentReport& report, outbox::Instant now) = 0;
    virtual void note_answers(bool query, bool commitment) = 0;
    /// These jobs cannot be asked about: the uncertain ones are sent again, or held (outcome_unknown); the others are
    /// asked about no more.
    virtual void resolve(std::span<const outbox::DoubtfulJob> jobs, bool is_resend_safe, outbox::Instant now) = 0;
    virtual void trouble(const Trouble& trouble, outbox::Instant now) = 0;
    virtual void recovered(outbox::Instant now) = 0;
    /// The blob read wrong while it was sent.
    virtual void damaged(const outbox::Digest& digest, outbox::Instant now) = 0;
};

/// The real ones, over the committer and a read-only connection of their own.
class OutboxBooks : public LaneBooks {
public:
    /// `destination` is configured in the outbox. Committer and limits must outlive this.
    OutboxBooks(Committer& committer, const std::filesystem::path& database, outbox::DestinationId destination,
                std::string name, const config::Delivery& limits);
    /// The same over a connection that was opened before. Throws nothing of the outbox.
    OutboxBooks(Committer& committer, outbox::Views views, outbox::DestinationId destination, std::string name,
                const config::Delivery& limits);

    Standing standing(outbox::Instant now) override;
    std::vector<outbox::DueJob> due(outbox::Instant now, std::size_t limit) override;
    std::optional<outbox::Instant> next_due_at(outbox::Instant now) override;
    void settle_quiet(config::Duration quiet, outbox::Instant now) override;
    void postpone_due(outbox::Reason reason, outbox::Instant until, outbox::Instant now) override;
    void pull_in(outbox::Instant latest, outbox::Instant now) override;
    std::set<outbox::JobId> set_aside(std::span<const outbox::DueJob> jobs, outbox::Instant now) override;
    void let_go(outbox::JobId job, outbox::Instant now) override;
    void take_back(outbox::Instant now) override;
    bool prepared(const outbox::DueJob& job, worker::Transcoded made, outbox::Instant now) override;
    void not_prepared(const outbox::DueJob& job, std::string_view error, std::string_view note,
                      std::optional<outbox::Instant> again_at, outbox::Instant now) override;
    std::vector<outbox::DoubtfulJob> doubtful(outbox::Instant now, std::size_t limit) override;
    std::optional<outbox::Instant> next_doubt_at() override;
    std::vector<outbox::ClaimedJob> claim(std::span<const outbox::DueJob> wanted, std::size_t limit,
                                          outbox::Instant now) override;
    void settle(std::span<const Entry> entries) override;
    std::vector<Probe> ask(std::span<const outbox::DoubtfulJob> jobs, std::string_view transaction_uid,
                           outbox::Instant again_at, outbox::Instant now) override;
    void put_off(std::span<const std::pair<outbox::JobId, outbox::Instant>> jobs, outbox::Instant now) override;
    void found(std::span<const Found> findings, outbox::Instant now) override;
    void withdraw(std::string_view transaction_uid, outbox::Instant now) override;
    std::uint16_t report(const dicom::CommitmentReport& report, outbox::Instant now) override;
    void note_answers(bool query, bool commitment) override;
    void resolve(std::span<const outbox::DoubtfulJob> jobs, bool is_resend_safe, outbox::Instant now) override;
    void trouble(const Trouble& trouble, outbox::Instant now) override;
    void recovered(outbox::Instant now) override;
    void damaged(const outbox::Digest& digest, outbox::Instant now) override;

private:
    Committer& committer_;
    const outbox::DestinationId destination_;
    const std::string name_;
    const config::Delivery& limits_;
    std::mutex mutex_;  ///< guards views_
    outbox::Views views_;
};

}  // namespace broker::deliver
