// Each call is one question to the views, or one piece for the committer.
#include "broker/deliver/lane_books.h"

#include <cassert>

#include "broker/committer/damage.h"
#include "broker/deliver/backoff.h"

namespace broker::deliver {

// Bulk work goes in slices between other people's.
constexpr std::size_t slice = 500;

namespace {

/// False: the attempt is stale, and what it found changes nothing.
bool write(outbox::Outbox& outbox, const Entry& entry) {
    switch (entry.verb) {
        case outbox::Verb::deliver:
            return outbox.deliver(entry.settlement, entry.evidence, entry.is_warning, entry.confirm_due_at);
        case outbox::Verb::defer:
            return outbox.defer(entry.settlement, entry.reason, entry.due_at);
        case outbox::Verb::doubt:
            return outbox.doubt(entry.settlement, entry.reason, entry.due_at);
        case outbox::Verb::hold:
            return outbox.hold(entry.settlement, entry.reason,
                               entry.may_have_arrived ? outbox::Outcome::unknown : outbox::Outcome::needs_a_person);
        default:
            break;
    }
    assert(false && "an attempt ends by deliver, defer, doubt or hold");
    return false;
}

}  // namespace

OutboxBooks::OutboxBooks(Committer& committer, const std::filesystem::path& database, outbox::DestinationId destination,
                         std::string name, const config::Delivery& limits)
    : OutboxBooks(committer, outbox::Views(database), destination, std::move(name), limits) {}

OutboxBooks::OutboxBooks(Committer& committer, outbox::Views views, outbox::DestinationId destination, std::string name,
                         const config::Delivery& limits)
    : committer_(committer),
      destination_(destination),
      name_(std::move(name)),
      limits_(limits),
      views_(std::move(views)) {}

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
    standing.answers_commitment = view->answers_commitment;
    standing.answers_query = view->answers_query;
    return standing;
}

std::vector<outbox::DueJob> OutboxBooks::due(outbox::Instant now, std::size_t limit) {
    std::lock_guard lock(mutex_);
    return views_.due(destination_, now, limit);
}

std::optional<outbox::Instant> OutboxBooks::next_due_at(outbox::Instant now) {
    std::lock_guard lock(mutex_);
    return views_.next_due_at(destination_, now);
}

void OutboxBooks::pull_in(outbox::Instant latest, outbox::Instant now) {
    while (committer_.run(Turn::bulk, [&](outbox::Outbox& outbox) {
        return outbox.pull_in(destination_, latest, slice, now);
    }) > 0) {
    }
}

void OutboxBooks::settle_quiet(config::Duration quiet, outbox::Instant now) {
    {
        std::lock_guard lock(mutex_);
        if (!views_.has_quiet_to_settle(destination_, quiet, now)) return;
    }
    while (committer_.run(Turn::bulk, [&](outbox::Outbox& outbox) {
        return outbox.settle_quiet(destination_, quiet, slice, now);
    }) > 0) {
    }
}

void OutboxBooks::postpone_due(outbox::Reason reason, outbox::Instant until, outbox::Instant now) {
    while (committer_.run(Turn::bulk, [&](outbox::Outbox& outbox) {
        return outbox.postpone_due(destination_, reason, until, slice, now);
    }) > 0) {
    }
}

std::set<outbox::JobId> OutboxBooks::set_aside(std::span<const outbox::DueJob> jobs, outbox::Instant now) {
    // Nobody waits for this date: the workshop ends it, or the next start.
    constexpr std::chrono::hours far{24};
    return committer_.run(Turn::settlement, [&](outbox::Outbox& outbox) {
        std::set<outbox::JobId> applied;
        for (const outbox::DueJob& each : jobs)
            if (outbox.set_aside(each.job, each.digest, now + far, now)) applied.insert(each.job);
        return applied;
    });
}

void OutboxBooks::let_go(outbox::JobId job, outbox::Instant now) {
    committer_.run(Turn::settlement,
                   [&](outbox::Outbox& outbox) { outbox.postpone(job, outbox::Reason::none, now, now); });
}

void OutboxBooks::take_back(outbox::Instant now) {
    while (committer_.run(Turn::bulk,
                          [&](outbox::Outbox& outbox) { return outbox.take_back(destination_, slice, now); }) > 0) {
    }
}

bool OutboxBooks::prepared(const outbox::DueJob& job, worker::Transcoded made, outbox::Instant now) {
    using By = outbox::DerivedBlob::By;
    const outbox::DerivedBlob blob{job.digest,
                                   job.edits_due.empty() ? By::transcode : By::edit,
                                   made.blob.digest().bytes(),
                                   static_cast<std::int64_t>(made.blob.size()),
                                   made.transfer_syntax_uid,
                                   made.recipe,
                                   job.edits_due};
    // Its name first, then the row; a blob that no row came to name is an orphan for the sweep.
    const spool::Linked linked = committer_.link(std::move(made.blob));
    return committer_.run(Turn::settlement, [&](outbox::Outbox& outbox) {
        const bool applied = outbox.prepare(job.job, blob, now);
        // Made in vain: its blob or its edits are others by now, and nobody else would end its waiting.
        if (!applied) outbox.take_back(job.job, now);
        return applied;
    });
}

void OutboxBooks::not_prepared(const outbox::DueJob& job, std::string_view error, std::string_view note,
                               std::optional<outbox::Instant> again_at, outbox::Instant now) {
    const auto reason = job.edits_due.empty() ? outbox::Reason::transcode_failed : outbox::Reason::edit_failed;
    committer_.run(Turn::settlement, [&](outbox::Outbox& outbox) {
        const bool applied = again_at ? outbox.postpone(job.job, reason, *again_at, now, note)
                                      : outbox.hold_queued(job.job, reason, now, note);
        if (applied) outbox.note_error(destination_, error, now);
    });
}

std::vector<outbox::DoubtfulJob> OutboxBooks::doubtful(outbox::Instant now, std::size_t limit) {
    std::lock_guard lock(mutex_);
    auto jobs = views_.uncertain(destination_, now, limit);
    for (auto& each : views_.to_confirm(destination_, now, limit - jobs.size())) jobs.push_back(std::move(each));
    return jobs;
}

std::optional<outbox::Instant> OutboxBooks::next_doubt_at() {
    std::lock_guard lock(mutex_);
    std::optional<outbox::Instant> next;
    for (const auto& jobs : {views_.uncertain(destination_, outbox::Instant::max(), 1),
                             views_.to_confirm(destination_, outbox::Instant::max(), 1)})
        if (!jobs.empty() && (!next || jobs.front().due_at < *next)) next = jobs.front().due_at;
    return next;
}

std::vector<outbox::ClaimedJob> OutboxBooks::claim(std::span<const outbox::DueJob> wanted, std::size_t limit,
                                                   outbox::Instant now) {
    std::vector<outbox::JobId> jobs;
    for (const outbox::DueJob& each : wanted) jobs.push_back(each.job);
    return committer_.run(Turn::settlement,
                          [&](outbox::Outbox& outbox) { return outbox.claim(destination_, jobs, limit, now); });
}

void OutboxBooks::settle(std::span<const Entry> entries) {
    committer_.run(Turn::settlement, [&](outbox::Outbox& outbox) {
        for (const Entry& each : entries) {
            const bool has_applied = write(outbox, each);
            if (has_applied && !each.gone_study.empty())
                outbox.forget_registration({destination_, each.gone_study}, each.gone_imaging_study,
                                           each.settlement.at);
            if (has_applied && each.verb == outbox::Verb::hold)
                outbox.note_error(destination_, each.error, each.settlement.at);
        }
    });
}

std::vector<Probe> OutboxBooks::ask(std::span<const outbox::DoubtfulJob> jobs, std::string_view transaction_uid,
                                    outbox::Instant again_at, outbox::Instant now) {
    return committer_.run(Turn::settlement, [&](outbox::Outbox& outbox) {
        std::vector<Probe> probes;
        std::vector<std::pair<outbox::JobId, outbox::AttemptId>> opened;
        for (const outbox::DoubtfulJob& each : jobs) {
            probes.push_back({each.job, outbox.ask(each.job, now)});
            if (!probes.back().attempt) continue;
            outbox.put_off_probe(each.job, again_at, now);
            opened.emplace_back(each.job, *probes.back().attempt);
        }
        if (!transaction_uid.empty()) outbox.ask_commitment(transaction_uid, opened, now);
        return probes;
    });
}

void OutboxBooks::put_off(std::span<const std::pair<outbox::JobId, outbox::Instant>> jobs, outbox::Instant now) {
    committer_.run(Turn::settlement, [&](outbox::Outbox& outbox) {
        for (const auto& [job, until] : jobs) outbox.put_off_probe(job, until, now);
    });
}

void OutboxBooks::found(std::span<const Found> findings, outbox::Instant now) {
    committer_.run(Turn::settlement, [&](outbox::Outbox& outbox) {
        for (Found each : findings) {
            each.destination = destination_;
            record_finding(outbox, each, limits_, now);
        }
    });
}

void OutboxBooks::withdraw(std::string_view transaction_uid, outbox::Instant now) {
    committer_.run(Turn::settlement, [&](outbox::Outbox& outbox) { outbox.withdraw_commitment(transaction_uid, now); });
}

std::uint16_t OutboxBooks::report(const dicom::CommitmentReport& report, outbox::Instant now) {
    constexpr std::uint16_t success = 0x0000, invalid_instance = 0x0117;
    const auto changed = committer_.run(Turn::settlement, [&](outbox::Outbox& outbox) {
        return record_report(outbox, report, destination_, limits_, now);
    });
    return changed ? success : invalid_instance;
}

void OutboxBooks::note_answers(bool query, bool commitment) {
    committer_.run(Turn::settlement,
                   [&](outbox::Outbox& outbox) { outbox.note_answers(destination_, query, commitment); });
}

/// After silence it may be sent again blindly, where sending twice is safe. What was answered in the same useless way
/// twice would be answered so for ever.
static bool may_resend(const outbox::DoubtfulJob& job) {
    return !job.was_answered || job.doubt_count <= 1;
}

/// The first time at once, then less and less often.
static std::chrono::milliseconds pause_before_resend(const outbox::DoubtfulJob& job, const config::Delivery& limits) {
    constexpr double jitter = 0.5;  // in the middle of what full jitter would give: the answers came at any time anyway
    if (job.doubt_count <= 1) return {};
    return backoff(job.doubt_count - 2, {limits.backoff_base, limits.backoff_max}, jitter);
}

void OutboxBooks::resolve(std::span<const outbox::DoubtfulJob> jobs, bool is_resend_safe, outbox::Instant now) {
    committer_.run(Turn::settlement, [&](outbox::Outbox& outbox) {
        for (const outbox::DoubtfulJob& each : jobs) {
            if (each.state == outbox::State::delivered)
                outbox.put_off_probe(each.job, std::nullopt, now);
            else if (is_resend_safe && may_resend(each))
                outbox.defer_uncertain(each.job, outbox::Reason::no_response, now + pause_before_resend(each, limits_),
                                       now);
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
