/// LaneBooks: what a lane reads and writes of the outbox, for one destination.
///
/// Any thread. What a writing call did is durable when it returns. Throws Stopped when the broker takes no more work,
/// and outbox::Error.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "broker/committer/committer.h"
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
    outbox::Digest digest{};                                 ///< of the blob that was sent
    std::string error;                                       ///< hold: the destination's last error; ours, no peer's
};

/// Whether the lane may work, as everybody can read it.
struct Standing {
    bool is_paused = false;
    std::optional<outbox::Instant> paused_until;
    bool is_failing = false;  ///< or held
    std::int64_t failure_count = 0;
    std::optional<outbox::Instant> next_try_at;
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
    /// The most urgent due jobs, in the order in which `claim` takes them.
    virtual std::vector<outbox::DueJob> due(outbox::Instant now, std::size_t limit) = 0;
    /// When the next queued or uncertain job is due.
    virtual std::optional<outbox::Instant> next_due_at() = 0;
    /// Those that are due to be resolved.
    virtual std::vector<outbox::UncertainJob> uncertain(outbox::Instant now, std::size_t limit) = 0;

    virtual std::vector<outbox::ClaimedJob> claim(std::size_t limit, outbox::Instant now) = 0;
    /// A job that is held leaves the destination's last error, in the same commit.
    virtual void settle(std::span<const Entry> entries) = 0;
    /// These uncertain jobs cannot be asked about: they are sent again, or held (outcome_unknown).
    virtual void resolve(std::span<const outbox::UncertainJob> jobs, bool is_resend_safe, outbox::Instant now) = 0;
    virtual void trouble(const Trouble& trouble, outbox::Instant now) = 0;
    virtual void recovered(outbox::Instant now) = 0;
    /// The blob read wrong while it was sent.
    virtual void damaged(const outbox::Digest& digest, outbox::Instant now) = 0;
};

/// The real ones, over the committer and a read-only connection of their own.
class OutboxBooks : public LaneBooks {
public:
    /// `destination` is configured in the outbox. The committer must outlive this.
    OutboxBooks(Committer& committer, const std::filesystem::path& database, outbox::DestinationId destination,
                std::string name);

    Standing standing(outbox::Instant now) override;
    std::vector<outbox::DueJob> due(outbox::Instant now, std::size_t limit) override;
    std::optional<outbox::Instant> next_due_at() override;
    std::vector<outbox::UncertainJob> uncertain(outbox::Instant now, std::size_t limit) override;
    std::vector<outbox::ClaimedJob> claim(std::size_t limit, outbox::Instant now) override;
    void settle(std::span<const Entry> entries) override;
    void resolve(std::span<const outbox::UncertainJob> jobs, bool is_resend_safe, outbox::Instant now) override;
    void trouble(const Trouble& trouble, outbox::Instant now) override;
    void recovered(outbox::Instant now) override;
    void damaged(const outbox::Digest& digest, outbox::Instant now) override;

private:
    Committer& committer_;
    const outbox::DestinationId destination_;
    const std::string name_;
    std::mutex mutex_;  ///< guards views_
    outbox::Views views_;
};

}  // namespace broker::deliver
