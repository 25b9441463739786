// Each call is one question to the views, or one piece for the committer.
#include "broker/deliver/lane_books.h"

#include <cassert>

#include "broker/committer/damage.h"

namespace broker::deliver {

namespace {

/// False: the attempt is stale, and what it found changes nothing.
bool write(outbox::Outbox& outbox, const Entry& entry) {
    switch (entry.verb) {
        case outbox::Verb::deliver:
            return outbox.deliver(entry.settlement, entry.evidence, entry.is_warning);
        case outbox::Verb::defer:
            return outbox.defer(entry.settlement, entry.reason, entry.due_at);
        case outbox::Verb::doubt:
            return outbox.doubt(entry.settlement, entry.reason, entry.due_at);
        case outbox::Verb::hold:
            return outbox.hold(entry.settlement, entry.reason);
        default:
            break;
    }
    assert(false && "an attempt ends by deliver, defer, doubt or hold");
    return false;
}

}  // namespace

OutboxBooks::OutboxBooks(Committer& committer, const std::filesystem::path& database, outbox::DestinationId destination,
                         std::string name)
    : committer_(committer), destination_(destination), name_(std::move(name)), views_(database) {}

Standing OutboxBooks::standing(outbox::Instant now) {
    std::lock_guard lock(mutex_);
    auto view = views_.destination(name_);
    if (!view) return {};
    Standing standing;
    standing.is_paused = view->paused_at && (!view->paused_until || now < *view->paused_until);
    standing.paused_until = view->paused_until;
    standing.is_failing = view->failing_since.has_value() || view->held_at.has_value();
    standing.failure_count = view->failure_count;
    standing.next_try_at = view->next_try_at;
    return standing;
}

std::vector<outbox::DueJob> OutboxBooks::due(outbox::Instant now, std::size_t limit) {
    std::lock_guard lock(mutex_);
    return views_.due(destination_, now, limit);
}

std::optional<outbox::Instant> OutboxBooks::next_due_at() {
    std::lock_guard lock(mutex_);
    auto next = views_.next_due_at(destination_);
    auto uncertain = views_.uncertain(destination_, outbox::Instant::max(), 1);
    if (!uncertain.empty() && (!next || uncertain.front().due_at < *next)) next = uncertain.front().due_at;
    return next;
}

std::vector<outbox::UncertainJob> OutboxBooks::uncertain(outbox::Instant now, std::size_t limit) {
    std::lock_guard lock(mutex_);
    return views_.uncertain(destination_, now, limit);
}

std::vector<outbox::ClaimedJob> OutboxBooks::claim(std::size_t limit, outbox::Instant now) {
    return committer_.run(Turn::settlement,
                          [&](outbox::Outbox& outbox) { return outbox.claim(destination_, limit, now); });
}

void OutboxBooks::settle(std::span<const Entry> entries) {
    committer_.run(Turn::settlement, [&](outbox::Outbox& outbox) {
        for (const Entry& each : entries) {
            const bool is_held = write(outbox, each) && each.verb == outbox::Verb::hold;
            if (is_held) outbox.note_error(destination_, each.error, each.settlement.at);
        }
    });
}

void OutboxBooks::resolve(std::span<const outbox::UncertainJob> jobs, bool is_resend_safe, outbox::Instant now) {
    committer_.run(Turn::settlement, [&](outbox::Outbox& outbox) {
        for (const outbox::UncertainJob& each : jobs) {
            if (is_resend_safe)
                outbox.defer_uncertain(each.job, outbox::Reason::no_response, now, now);
            else if (outbox.hold_uncertain(each.job, outbox::Reason::outcome_unknown, now))
                outbox.note_error(destination_, outbox::text(outbox::Reason::outcome_unknown), now);
        }
    });
}

void OutboxBooks::trouble(const Trouble& trouble, outbox::Instant now) {
    committer_.run(Turn::settlement, [&](outbox::Outbox& outbox) {
        if (trouble.is_held)
            outbox.held_lane(destination_, trouble.reason, trouble.error, trouble.next_try_at, now);
        else
            outbox.failing(destination_, trouble.error, trouble.failure_count, trouble.next_try_at, now);
    });
}

void OutboxBooks::recovered(outbox::Instant now) {
    committer_.run(Turn::settlement, [&](outbox::Outbox& outbox) { outbox.recovered(destination_, now); });
}

void OutboxBooks::damaged(const outbox::Digest& digest, outbox::Instant now) {
    settle_damage(committer_, digest, now);
}

}  // namespace broker::deliver
