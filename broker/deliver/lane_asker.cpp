// Look at what is in doubt, plan for each, ask for those that go together, bring the answers to the books.
#include "broker/deliver/lane_asker.h"

#include <fmt/format.h>

#include <algorithm>

#include "broker/deliver/backoff.h"
#include "broker/deliver/judgement.h"
#include "broker/deliver/lane_log.h"
#include "broker/dicom/uid.h"

namespace broker::deliver {

namespace {

// A service that was refused may be switched on later.
constexpr std::chrono::hours refusal_holds{1};
// At least, between two looks: what is due and cannot be asked about must not become a loop.
constexpr std::chrono::milliseconds look_pause{20};

std::vector<Question> questions_of(std::span<const outbox::DoubtfulJob> jobs) {
    std::vector<Question> questions;
    for (const outbox::DoubtfulJob& each : jobs)
        questions.push_back(
            {each.job, each.sop_class_uid, each.sop_instance_uid, each.study_instance_uid, each.series_instance_uid});
    return questions;
}

/// A cut line says nothing about what the destination would have answered.
bool is_network(const std::optional<Event>& event) {
    return event && (event->happening == Happening::connection_lost || event->happening == Happening::no_response);
}

std::string_view text_of(Finding finding) {
    switch (finding) {
        case Finding::present:
            return "asked by C-FIND: the destination has it";
        case Finding::absent:
            return "asked by C-FIND: the destination doesn't have it";
        case Finding::unknown:
            break;
    }
    return "asked by C-FIND: no answer that proves anything";
}

constexpr std::string_view not_asked = "was to be asked by C-FIND: the question could not be put";

}  // namespace

LaneAsker::LaneAsker(const config::Destination& destination, const config::Delivery& limits, const Clock& clock,
                     LaneBooks& books, Gate& gate, const MakeAsker& make_asker)
    : destination_(destination),
      limits_(limits),
      clock_(clock),
      books_(books),
      gate_(gate),
      make_asker_(make_asker),
      random_(std::random_device{}()) {
    if (!make_asker_) offers_ = {Offer::no, Offer::no, false, false};
}

LaneAsker::~LaneAsker() {
    stop();
}

void LaneAsker::start() {
    if (!thread_.joinable()) thread_ = std::jthread([this] { run(); });
}

void LaneAsker::wake() {
    std::lock_guard lock(mutex_);
    is_woken_ = true;
    changed_.notify_all();
}

void LaneAsker::begin_stop() {
    std::lock_guard lock(mutex_);
    is_stopping_ = true;
    changed_.notify_all();
}

void LaneAsker::stop() {
    begin_stop();
    {
        std::lock_guard lock(mutex_);
        if (asker_) asker_->interrupt();
    }
    if (thread_.joinable()) thread_.join();
}

bool LaneAsker::is_stopping() const {
    std::lock_guard lock(mutex_);
    return is_stopping_;
}

void LaneAsker::run() {
    std::unique_lock lock(mutex_);
    while (!is_stopping_) {
        const Monotonic now = clock_.monotonic();
        const bool is_due = now >= rest_until_ && (is_woken_ || now >= look_at_);
        if (!is_due) {
            changed_.wait_until(lock, is_woken_ ? rest_until_ : std::max(look_at_, rest_until_));
            continue;
        }
        is_woken_ = false;
        look_at_ = now + limits_.look_every;
        rest_until_ = now + look_pause;
        lock.unlock();
        try {
            step(clock_.now());
        } catch (const Stopped&) {
            return;
        } catch (const std::exception& error) {
            log_error("asking_failed", destination_.name, error.what());
            std::lock_guard rest(mutex_);
            rest_until_ = clock_.monotonic() + limits_.error_pause;
        }
        lock.lock();
    }
}

void LaneAsker::step(outbox::Instant now) {
    const Standing standing = books_.standing(now);
    // Its lane wakes us when the destination is back or an operator resumed it.
    if (make_asker_ && (standing.is_paused || gate_.breaker() != Breaker::State::closed)) return;
    offers_.answered_commitment = standing.answers_commitment;
    offers_.answered_query = standing.answers_query;
    if (make_asker_ && clock_.monotonic() - offers_learned_at_ > refusal_holds) {
        offers_learned_at_ = clock_.monotonic();
        offers_.commitment = offers_.query = Offer::unknown;
    }
    const auto jobs = books_.doubtful(now, limits_.ask_batch);
    if (!jobs.empty()) {
        take(jobs, now);
        gate_.wake();  // some may be queued again
    }
    const auto next = books_.next_doubt_at();
    if (!next) return;
    std::lock_guard lock(mutex_);
    const auto wait = std::min<std::chrono::milliseconds>(*next - clock_.now(), limits_.look_every);
    look_at_ = clock_.monotonic() + std::max<std::chrono::milliseconds>(wait, look_pause);
}

void LaneAsker::take(std::span<const outbox::DoubtfulJob> jobs, outbox::Instant now) {
    std::vector<outbox::DoubtfulJob> by_commitment, by_query, hopeless;
    std::vector<std::pair<outbox::JobId, outbox::Instant>> waiting;
    for (const outbox::DoubtfulJob& each : jobs) {
        const Plan next = plan(each, offers_, destination_.confirm, limits_, now);
        if (next.step == Step::ask_commitment) by_commitment.push_back(each);
        if (next.step == Step::ask_query) by_query.push_back(each);
        if (next.step == Step::give_up) hopeless.push_back(each);
        if (next.step == Step::wait) waiting.emplace_back(each.job, next.until);
    }
    if (!waiting.empty()) books_.put_off(waiting, now);
    if (!hopeless.empty()) books_.resolve(hopeless, destination_.resend_safe, now);
    if (!by_commitment.empty()) ask_commitment(by_commitment, now);
    if (!by_query.empty() && !is_stopping()) ask_query(by_query, now);
}

void LaneAsker::ask_query(std::span<const outbox::DoubtfulJob> jobs, outbox::Instant now) {
    const auto asker = make();
    const auto probes = books_.ask(jobs, "", now + limits_.ask_again, now);
    const Answers answers = asker->query(questions_of(jobs));
    learn(offers_.query, answers, true);
    std::vector<Found> found;
    const auto at = clock_.now();
    for (std::size_t i = 0; i < jobs.size() && i < answers.findings.size(); ++i) {
        if (!probes[i].attempt) continue;
        // What was not asked, since the service is not offered or the association broke, is decided anew at once; the
        // lane's own rest keeps that from being a storm.
        const bool is_put = i < answers.put_count;
        const auto again = is_put ? again_after(jobs[i].probe_count) : at;
        // The status is the last one that failed, and no other question's.
        const auto status = answers.findings[i] == Finding::unknown ? answers.status : std::nullopt;
        found.push_back({jobs[i].job,
                         *probes[i].attempt,
                         {},
                         answers.findings[i],
                         false,
                         outbox::Evidence::query,
                         status,
                         std::string(is_put ? text_of(answers.findings[i]) : not_asked),
                         again});
    }
    books_.found(found, at);
    if (answers.event) rest_after(*answers.event, "C-FIND");
}

void LaneAsker::ask_commitment(std::span<const outbox::DoubtfulJob> jobs, outbox::Instant now) {
    const auto asker = make();
    const std::string transaction = dicom::new_uid();
    const auto probes = books_.ask(jobs, transaction, now + limits_.report_wait, now);
    const Answers answers = asker->request_commitment(
        transaction, questions_of(jobs), limits_.report_linger,
        [&](const dicom::CommitmentReport& report) { return books_.report(report, clock_.now()); });
    learn(offers_.commitment, answers, false);
    const bool is_taken = answers.is_offered && !answers.event && !answers.status;
    if (is_taken) return;
    // What the peer never took will not be reported on: the probes end, and the next way is tried at once.
    std::vector<Found> found;
    const auto at = clock_.now();
    books_.withdraw(transaction, at);
    for (std::size_t i = 0; i < jobs.size(); ++i) {
        if (!probes[i].attempt) continue;
        const auto again = answers.event ? again_after(jobs[i].probe_count) : at;
        found.push_back({jobs[i].job,
                         *probes[i].attempt,
                         {},
                         Finding::unknown,
                         false,
                         outbox::Evidence::commitment,
                         answers.status,
                         "asked for storage commitment: not taken",
                         again});
    }
    books_.found(found, at);
    if (answers.event) rest_after(*answers.event, "storage commitment");
    // Offered, and yet refused, or met with an abort, as Orthanc does where it doesn't know us: the other way, until
    // that is forgotten. Else such a peer would be asked in vain for ever.
    if (answers.is_offered && !is_network(answers.event)) offers_.commitment = Offer::no;
}

void LaneAsker::learn(Offer& offer, const Answers& answers, bool is_query) {
    if (answers.event && !answers.is_offered) return;  // nobody was asked
    offer = answers.is_offered ? Offer::yes : Offer::no;
    if (!answers.event) failures_ = 0;
    if (!answers.is_offered) return;
    // An accepted context is not yet an answer.
    const bool has_answered =
        is_query ? std::ranges::any_of(answers.findings, [](Finding finding) { return finding != Finding::unknown; })
                 : !answers.event && !answers.status;
    if (!has_answered) return;
    books_.note_answers(is_query, !is_query);
    (is_query ? offers_.answered_query : offers_.answered_commitment) = true;
}

void LaneAsker::rest_after(const Event& event, std::string_view what) {
    const auto wait = backoff(failures_++, {limits_.backoff_base, limits_.backoff_max},
                              std::uniform_real_distribution<double>(0, 1)(random_));
    log_asking_interrupted(destination_.name, fmt::format("{}: {}", what, describe(event)));
    std::lock_guard lock(mutex_);
    rest_until_ = clock_.monotonic() + wait;
}

outbox::Instant LaneAsker::again_after(std::int64_t probe_count) const {
    // Patient with archives that index slowly, without asking a busy one for ever once a minute.
    constexpr std::int64_t doublings_max = 6, patient_until = 4;
    const auto doublings = std::clamp<std::int64_t>(probe_count - patient_until, 0, doublings_max);
    return clock_.now() + limits_.ask_again * (std::int64_t{1} << doublings);
}

std::shared_ptr<Asker> LaneAsker::make() {
    std::shared_ptr<Asker> asker = make_asker_();
    std::lock_guard lock(mutex_);
    asker_ = asker;
    if (is_stopping_) asker->interrupt();
    return asker;
}

}  // namespace broker::deliver
