// Look at what is due, open for it, claim, send, judge, hand over to the clerk; and the other way round when it fails.
#include "broker/deliver/lane_worker.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "broker/deliver/day.h"
#include "broker/deliver/lane_log.h"
#include "spool/error.h"

namespace broker::deliver {

namespace {

// At least, between two looks that found nothing: keeps a job that is due and cannot be claimed from becoming a loop.
constexpr std::chrono::milliseconds look_pause{10};
constexpr std::chrono::minutes horizon_check_every{10};

/// Over HTTP: an answer that may be about the one instance. Throttling, and what stands before the platform (502, 503,
/// 504), fail whatever comes.
bool may_be_its_own_fault(const Event& event) {
    if (event.happening != Happening::http_answer) return false;
    return satusehat::may_be_about_one(static_cast<satusehat::Answer>(event.number >> 16), event.number & 0xFFFF);
}

}  // namespace

LaneWorker::LaneWorker(const LaneContext& context, unsigned index)
    : context_(context),
      index_(index),
      overrides_{context.destination.overrides, context.delivery.override_attempts_max},
      sender_(context.make_sender()),
      preparer_(context_.destination, context_.workshop, *sender_),
      random_(std::random_device{}()) {}

void LaneWorker::run() {
    for (;;) {
        const Gate::Go go = context_.gate.wait(index_);
        if (go == Gate::Go::stop) break;
        try {
            step(go);
            // Who may not go on now may not for a while: an association that nobody uses would only go stale.
            if (context_.gate.claim_max(index_, 1) == 0) leave();
        } catch (const Stopped& stopped) {
            // The broker takes no more outcomes; what is sending becomes uncertain at the next start.
            log_error("lane_stopped", context_.destination.name, stopped.what());
            break;
        } catch (const std::exception& error) {
            log_error("lane_failed", context_.destination.name, error.what());
            hand_back_batch();
            context_.gate.put_off(in(context_.delivery.error_pause));
            context_.gate.rest(index_, in(context_.delivery.error_pause));
        }
    }
    hand_back_batch();
    leave();
}

void LaneWorker::interrupt() {
    is_interrupted_ = true;
    sender_->interrupt();
}

void LaneWorker::step(Gate::Go go) {
    // The books would else hold the lane that the gate has let go.
    if (is_recovery_owed_) recovered();
    if (go == Gate::Go::probe) return probe();
    if (go == Gate::Go::recheck) return recheck();
    look();
}

void LaneWorker::look() {
    // Looks again at once, unless it turns out that there is nothing to do.
    context_.gate.rest(index_, Monotonic{});
    const auto now = context_.clock.now();
    const Standing standing = context_.books.standing(now);
    if (standing.is_paused) {
        leave();
        const auto latest = now + context_.delivery.look_every;
        return context_.gate.rest(index_, at(std::min(standing.paused_until.value_or(latest), latest)));
    }
    context_.books.settle_quiet(context_.destination.after_study_quiet, now);
    if (!is_open(context_.destination.send_between, now))
        context_.books.postpone_due(outbox::Reason::time_window, opens_at(context_.destination.send_between, now), now);
    const Registering::Look look = register_next(now);
    if (look.trouble) return;
    auto due = context_.books.due(now, pairs_max);
    if (due.empty() && look.has_looked) return;
    if (due.empty()) return idle(now);
    // Those who are on their way wake us when they have claimed.
    const Gate::Way way = sender_->is_open() ? Gate::Way::is_open : Gate::Way::opens_first;
    if (!context_.gate.set_out(due.size(), way)) return context_.gate.rest(index_, in(context_.delivery.look_every));
    bool is_ready = false;
    try {
        is_ready = make_ready(due);
    } catch (...) {
        context_.gate.arrived(way);
        throw;
    }
    context_.gate.arrived(way);
    if (is_ready) deliver_batch();
}

/// The next study that the destination is to be told of, where it wants that. Its trouble was dealt with.
Registering::Look LaneWorker::register_next(outbox::Instant now) {
    if (context_.gate.claim_max(index_, 1) == 0) return {};
    Registering::Look look = context_.studies.look(now);
    if (look.trouble) trouble(*look.trouble, classify(*look.trouble, overrides_), true);
    return look;
}

/// Opens and claims. False: nothing was claimed.
bool LaneWorker::make_ready(std::vector<outbox::DueJob> due) {
    std::size_t ordered = preparer_.edit(due);
    ordered += preparer_.compress(due);
    if (!due.empty() && !sender_->is_open() && !open(opening_for(due))) return false;
    ordered += preparer_.decompress(due);
    // All of them wait for the workshop, which is full: it wakes us.
    if (due.empty() && ordered == 0) context_.gate.rest(index_, in(context_.delivery.look_every));
    claim(due);
    return !batch_.empty();
}

void LaneWorker::idle(outbox::Instant now) {
    const auto linger_for = context_.delivery.linger_for;
    const auto latest = now + context_.delivery.look_every;
    const auto ticks = context_.clock.monotonic();
    if (!horizon_checked_at_ || ticks - *horizon_checked_at_ >= horizon_check_every) {
        horizon_checked_at_ = ticks;
        context_.books.pull_in(now + context_.delivery.due_horizon, now);
    }
    const auto next = std::max(context_.books.next_due_at(now).value_or(latest), now + look_pause);
    if (sender_->is_open()) {
        const bool is_soon = next - now < linger_for;
        const bool has_come = context_.gate.linger(index_, is_soon ? next - now : linger_for);
        if (has_come || is_soon) return;
    }
    leave();
    context_.gate.rest(index_, at(std::min(next, latest)));
}

/// What is due and can be claimed as it is; what must be edited first is on its way to the workshop.
std::vector<outbox::DueJob> LaneWorker::edited_due(std::size_t limit) {
    auto due = context_.books.due(context_.clock.now(), pairs_max);
    preparer_.edit(due);
    if (due.size() > limit) due.resize(limit);
    return due;
}

void LaneWorker::probe() {
    const auto now = context_.clock.now();
    if (context_.books.standing(now).is_paused || !is_open(context_.destination.send_between, now))
        return context_.gate.put_off(in(context_.delivery.look_every));
    leave();
    if (!open(opening_for(edited_due(pairs_max)))) return;
    auto failed = sender_->verify();
    // Any answer to a C-ECHO is a sign of life.
    if (failed && failed->happening != Happening::status) return trouble(*failed, classify(*failed, overrides_), true);
    // What failed may have been a registration: that the rest works doesn't show that this does.
    const Registering::Look look = register_next(now);
    if (look.is_busy) {
        leave();
        return context_.gate.put_off(in(context_.delivery.error_pause));
    }
    if (look.trouble) return;
    while (context_.gate.is_half_open() && !context_.gate.is_stopping()) {
        claim(edited_due(1));
        // The books hold the lane until its next try: a sign of life alone doesn't show that it was mended.
        if (batch_.empty() && !edited_due(1).empty()) {
            leave();
            const auto latest = context_.clock.now() + context_.delivery.look_every;
            return context_.gate.put_off(at(context_.books.standing(latest).next_try_at.value_or(latest)));
        }
        if (batch_.empty() && context_.gate.passed()) recovered();
        deliver_batch();
    }
}

void LaneWorker::recheck() {
    const auto now = context_.clock.now();
    const Standing standing = context_.books.standing(now);
    if (!standing.is_failing || (standing.next_try_at && *standing.next_try_at <= now)) context_.gate.hurry();
}

Opening LaneWorker::opening_for(std::span<const outbox::DueJob> due) const {
    Opening opening;
    auto add = [&](const Pair& pair) {
        bool is_new = std::find(opening.pairs.begin(), opening.pairs.end(), pair) == opening.pairs.end();
        if (is_new && opening.pairs.size() < pairs_max) opening.pairs.push_back(pair);
    };
    for (const outbox::DueJob& each : due) add({each.sop_class_uid, each.transfer_syntax_uid});
    for (const Pair& each : recent_) add(each);
    if (!due.empty()) opening.calling_ae_title = due.front().calling_ae_title;
    opening.fallbacks = fallbacks_of(opening.pairs, context_.destination);
    return opening;
}

Opening LaneWorker::opening_for(const outbox::ClaimedJob& job) const {
    std::vector<outbox::DueJob> wanted{{job.job, job.sop_class_uid, job.transfer_syntax_uid, job.calling_ae_title}};
    for (const outbox::ClaimedJob& each : batch_)
        wanted.push_back({each.job, each.sop_class_uid, each.transfer_syntax_uid, each.calling_ae_title});
    return opening_for(wanted);
}

bool LaneWorker::open(const Opening& opening) {
    leave();
    if (auto failed = sender_->open(opening)) {
        trouble(*failed, classify(*failed, overrides_), true);
        return false;
    }
    is_counted_ = true;
    context_.gate.opened(+1);
    return true;
}

void LaneWorker::leave() {
    sender_->close();
    if (std::exchange(is_counted_, false)) context_.gate.opened(-1);
}

void LaneWorker::claim(const std::vector<outbox::DueJob>& due) {
    const std::size_t most = context_.gate.claim_max(index_, context_.delivery.batch);
    if (most == 0 || due.empty()) return;
    // A fair share of what is due, so that the last few large instances go side by side.
    const std::size_t share = (due.size() + context_.destination.parallel - 1) / context_.destination.parallel;
    auto claimed = context_.books.claim(due, std::clamp<std::size_t>(share, 1, most), context_.clock.now());
    batch_.assign(claimed.begin(), claimed.end());
    claimed_at_ = context_.clock.monotonic();
}

void LaneWorker::deliver_batch() {
    while (!batch_.empty()) {
        // The lane stops, or another worker found the destination failing.
        if (context_.gate.claim_max(index_, 1) == 0) return hand_back_batch();
        outbox::ClaimedJob job = std::move(batch_.front());
        batch_.pop_front();
        fetch_ahead();
        deliver(job);
    }
}

/// The medium brings the next blob while this one is sent and answered: after a long outage none is in memory.
void LaneWorker::fetch_ahead() {
    if (batch_.empty()) return;
    try {
        context_.open_blob(spool::Digest::from_bytes(batch_.front().digest)).start_reading();
    } catch (const spool::Error&) {
        // Its own turn will tell.
    }
}

void LaneWorker::deliver(const outbox::ClaimedJob& job) {
    bool is_covered = sender_->is_open() && sender_->covers(job);
    if (!is_covered && !open_for(job)) {
        hand_back(job);
        return hand_back_batch();
    }
    remember({job.sop_class_uid, job.transfer_syntax_uid});
    settle(job, send(job));
}

bool LaneWorker::open_for(const outbox::ClaimedJob& job) {
    try {
        return open(opening_for(job));
    } catch (...) {
        hand_back(job);  // it is in no batch any more
        throw;
    }
}

Sent LaneWorker::send(const outbox::ClaimedJob& job) {
    try {
        return sender_->send(job, context_.open_blob(spool::Digest::from_bytes(job.digest)));
    } catch (const spool::Error& error) {
        return {blob_failure(error), 0, std::nullopt, {}};
    } catch (const std::exception& error) {
        // Nobody knows how far it came.
        log_error("send_failed", context_.destination.name, error.what());
        sender_->close();
        return {{Happening::connection_lost, 0, true}, 0, std::nullopt, {}};
    }
}

void LaneWorker::settle(const outbox::ClaimedJob& job, const Sent& sent) {
    bool is_trouble = false;
    const Ruling ruling = rule(job, sent, is_trouble);
    Entry entry =
        entry_for(job, sent, ruling,
                  {context_.clock.now(), jitter(), {context_.delivery.backoff_base, context_.delivery.backoff_max}});
    if (ruling.reason == outbox::Reason::handed_back) entry.due_at = entry.settlement.at;
    entry.may_have_arrived = ruling.reason == outbox::Reason::breaks_association && sent.event.last_byte_sent;
    if (entry.verb == outbox::Verb::doubt) entry.due_at = entry.settlement.at + context_.delivery.ask_after;
    const bool is_confirmed = sent.evidence != outbox::Evidence::response;
    if (entry.verb == outbox::Verb::deliver && context_.destination.confirm != config::Confirm::none && !is_confirmed)
        entry.confirm_due_at = entry.settlement.at + context_.delivery.confirm_after;
    entry.claimed_at = claimed_at_;
    log_outcome(context_.destination.name, job, entry, entry.error);
    context_.clerk.give(std::move(entry));
    constexpr std::uint32_t duplicate_invocation = 0x0210;  // to be met with a new association
    if (sent.status == duplicate_invocation) sender_->close();
    if (!sender_->is_open()) leave();
    const bool is_local = sent.event.happening == Happening::damaged || sent.event.happening == Happening::unreadable;
    const bool is_proof = !is_interruption(sent.event) && !is_local;
    if (is_trouble)
        trouble(sent.event, ruling, false);
    else if (is_proof && context_.gate.passed(job.job))
        recovered();
}

Ruling LaneWorker::rule(const outbox::ClaimedJob& job, const Sent& sent, bool& is_trouble) {
    Ruling ruling = classify(sent.event, overrides_);
    ruling = exhaust(ruling, ruling.scope == Scope::destination ? context_.gate.failure_count() : job.attempt_count);
    is_trouble = ruling.scope == Scope::destination;
    if (sent.event.happening == Happening::context_refused && preparer_.can_prepare(job)) {
        ruling.verdict = Verdict::transient;
        ruling.scope = Scope::instance;
        ruling.reason = outbox::Reason::handed_back;
        ruling.text = "its transfer syntax is refused: it will be made in one that is taken";
        is_trouble = false;
        return ruling;
    }
    if (!is_interruption(sent.event)) {
        // It says so of one instance again and again, while others pass: that one waits, and nobody for it.
        const bool is_of_http = may_be_its_own_fault(sent.event);
        const bool is_refusal = is_trouble && (sent.event.happening == Happening::status || is_of_http);
        if (!is_refusal || !context_.gate.refused(job.job)) return ruling;
        if (is_of_http && !context_.gate.is_alone(job.job)) return ruling;
        ruling.scope = Scope::instance;
        ruling.reason = outbox::Reason::temporary_failure;  // which counts, so that it is tried less and less often
        if (is_of_http) {
            ruling.verdict = Verdict::needs_a_person;
            ruling.reason = outbox::Reason::failed_repeatedly;
            ruling.text = "the destination fails at this instance, while others pass";
        }
        is_trouble = false;
        return ruling;
    }
    if (is_interrupted_) {
        // By ourselves: nobody's fault.
        ruling.reason = ruling.verdict == Verdict::unknown ? outbox::Reason::stopped : outbox::Reason::handed_back;
        is_trouble = false;
        return ruling;
    }
    const Gate::Strike strike = context_.gate.struck(job.job);
    if (strike.is_poison) {
        ruling.verdict = Verdict::needs_a_person;
        ruling.scope = Scope::instance;
        ruling.reason = outbox::Reason::breaks_association;
        ruling.text = "the destination drops the association at this instance, while others pass";
        is_trouble = false;
    } else if (strike.is_destination || context_.gate.is_half_open()) {
        is_trouble = true;
    }
    return ruling;
}

void LaneWorker::hand_back(const outbox::ClaimedJob& job) {
    context_.clerk.give(handed_back(job, context_.clock.now()));
}

void LaneWorker::hand_back_batch() {
    for (const outbox::ClaimedJob& each : std::exchange(batch_, {})) hand_back(each);
}

void LaneWorker::trouble(const Event& event, const Ruling& ruled, bool while_opening) {
    if (is_interrupted_) return;
    leave();
    const std::int64_t before = context_.gate.failure_count();
    const Ruling ruling = while_opening ? exhaust(ruled, before) : ruled;
    const config::Delivery& limits = context_.delivery;
    const bool is_held = ruling.verdict == Verdict::needs_a_person;
    // The upper half of the jitter: a month's outage costs fewer than 2,000 connections.
    const auto pause = backoff(before, {limits.breaker_base, limits.breaker_max}, 0.5 + jitter() / 2);
    const auto asked = std::max<std::chrono::milliseconds>(ruling.pause_min, event.retry_after);
    const auto wait = is_held ? limits.held_probe_every : std::max(pause, asked);
    // Others of this lane are inside: the destination works, it only takes no more. Some say so, some never answer.
    const bool is_refusal = event.happening == Happening::rejected || event.happening == Happening::not_accepted;
    const bool is_crowded = is_refusal && !is_held && context_.gate.open_count() > 0;
    if (is_crowded && !context_.gate.is_half_open()) return context_.gate.crowded(index_, in(wait));
    const auto now = context_.clock.now();
    const std::string error = explain(event, ruling);
    const Trouble told{is_held, ruling.reason, error, before + 1, now + wait};
    context_.books.trouble(told, now);
    context_.gate.failed(in(wait));
    log_trouble(context_.destination.name, told, now);
}

void LaneWorker::recovered() {
    is_recovery_owed_ = true;
    context_.books.recovered(context_.clock.now());
    is_recovery_owed_ = false;
    context_.wake();
    log_recovered(context_.destination.name);
}

void LaneWorker::remember(const Pair& pair) {
    if (!recent_.empty() && recent_.front() == pair) return;
    std::erase(recent_, pair);
    recent_.push_front(pair);
    if (recent_.size() > pairs_max) recent_.pop_back();
}

double LaneWorker::jitter() {
    return std::uniform_real_distribution<double>(0, 1)(random_);
}

Monotonic LaneWorker::in(std::chrono::milliseconds wait) const {
    return context_.clock.monotonic() + wait;
}

Monotonic LaneWorker::at(outbox::Instant instant) const {
    return in(instant - context_.clock.now());
}

}  // namespace broker::deliver
