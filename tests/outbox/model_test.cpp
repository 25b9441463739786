/// Random verbs against a plain model: states, counters, summaries and history agree after every transaction.
#include <doctest/doctest.h>

#include <cstdlib>
#include <map>
#include <random>
#include <set>

#include "outbox/views.h"
#include "tests/outbox/books.h"

using namespace outbox;
using namespace outbox::testing;
using namespace std::chrono_literals;

namespace {

struct ModelJob {
    int instance = 0;
    std::size_t destination = 0;
    State state = State::queued;
    AttemptId attempt;               ///< that sends
    std::optional<AttemptId> probe;  ///< that is open
    bool last_send_is_unknown = false;
    bool is_damaged = false;  ///< held for this reason
    bool is_held_by_operator = false;
    int recalls = 0;
};

struct ModelInstance {
    InstanceId id;
    std::string blob = "kept";
};

/// Walks at random through the verbs and knows what each must do.
class Walk {
public:
    explicit Walk(unsigned seed) : random_(seed) {}

    void step() {
        books_.now += std::chrono::milliseconds(random(1000));
        books_.commit([&] {
            for (int i = random(12); i >= 0; --i) verb();
        });
        compare();
    }

    Books& books() { return books_; }

private:
    int random(int below) { return static_cast<int>(random_() % static_cast<unsigned>(below)); }
    bool is(const ModelJob& job, std::initializer_list<State> states) const {
        return std::find(states.begin(), states.end(), job.state) != states.end();
    }
    ModelInstance& of(const ModelJob& job) { return instances_.at(job.instance); }
    bool has_bytes(const ModelJob& job) { return of(job).blob == "kept"; }

    void verb() {
        const int choice = random(20);
        if (choice < 4 || jobs_.empty()) return accept();
        if (choice < 7) return claim();
        if (choice == 7) return blobs();
        auto chosen = std::next(jobs_.begin(), random(static_cast<int>(jobs_.size())));
        choice < 14 ? settle(chosen->first, chosen->second) : operate(chosen->first, chosen->second);
    }

    void accept() {
        const int instance = random(60);
        const auto destinations = static_cast<std::size_t>(random(4));
        auto receipt = books_.receipt(instance, 0, destinations);
        receipt.received_at = books_.now;
        for (auto& planned : receipt.jobs) planned.due_at = books_.now;
        const auto accepted = books_.outbox().accept(receipt);
        ++history_;
        CHECK(accepted.is_repeat == instances_.contains(instance));
        auto& known = instances_[instance];
        known.id = accepted.instance;
        CHECK(accepted.was_restored == (known.blob != "kept"));
        if (accepted.was_restored) restore(instance);
        known.blob = "kept";
        for (const auto job : accepted.jobs) jobs_[job].instance = instance;
        std::size_t fresh = 0;
        for (std::size_t d = 0; d < destinations; ++d) fresh += pairs_.insert({instance, d}).second;
        CHECK(accepted.jobs.size() == fresh);
    }

    void restore(int instance) {
        for (auto& [id, job] : jobs_) {
            if (job.instance != instance || !job.is_damaged || job.state != State::held) continue;
            job.state = job.last_send_is_unknown ? State::uncertain : State::queued;
            job.is_damaged = false;
            ++history_;
        }
    }

    void claim() {
        for (const auto& claimed : books_.outbox().claim(books_.destination(static_cast<std::size_t>(random(3))),
                                                         static_cast<std::size_t>(random(4)), books_.now)) {
            auto& job = jobs_.at(claimed.job);
            CHECK(job.state == State::queued);
            CHECK(has_bytes(job));
            job.state = State::sending;
            job.attempt = claimed.attempt;
            job.last_send_is_unknown = false;
        }
    }

    /// The attempt that may settle the job, or now and then one that may not.
    Settlement settlement(JobId id, const ModelJob& job, bool& may) {
        AttemptId attempt = job.state == State::sending ? job.attempt : job.probe.value_or(AttemptId{});
        may = attempt.value != 0 && is(job, {State::sending, State::uncertain, State::delivered});
        if (random(8) == 0) {
            attempt.value += 100'000;
            may = false;
        }
        return {id, attempt, books_.now, 0xB000, "said", 10};
    }

    void finish(ModelJob& job, State to, bool is_recorded) {
        if (job.state != to) job.probe.reset();
        job.state = to;
        job.is_damaged = false;
        job.is_held_by_operator = false;
        history_ += is_recorded;
    }

    void settle(JobId id, ModelJob& job) {
        auto& outbox = books_.outbox();
        bool may = false;
        const auto settled = settlement(id, job, may);
        const bool was_sending = job.state == State::sending;
        const bool open = may && is(job, {State::sending, State::uncertain});
        switch (random(8)) {
            case 0:
            case 1:
                CHECK(outbox.deliver(settled, Evidence::response, random(2) == 0) == open);
                if (open) finish(job, State::delivered, true);
                break;
            case 2:
                CHECK(outbox.defer(settled, Reason::interrupted, books_.now) == open);
                if (!open) break;
                finish(job, State::queued, false);
                if (has_bytes(job)) break;
                finish(job, State::held, true);
                job.is_damaged = true;
                break;
            case 3:
                CHECK(outbox.doubt(settled, Reason::no_response, books_.now) == (may && was_sending));
                if (may && was_sending) {
                    finish(job, State::uncertain, true);
                    job.last_send_is_unknown = true;
                }
                break;
            case 4:
                CHECK(outbox.hold(settled, Reason::not_understood) == open);
                if (open) finish(job, State::held, true);
                break;
            case 5: {
                const auto probe = outbox.ask(id, books_.now);
                CHECK(probe.has_value() == is(job, {State::uncertain, State::delivered}));
                if (probe) job.probe = probe;
                break;
            }
            case 6:
                CHECK(outbox.confirm(settled, Evidence::query) == (may && job.state == State::delivered));
                if (may && job.state == State::delivered) {
                    job.probe.reset();
                    ++history_;
                }
                break;
            default:
                recall(settled, job, may);
        }
    }

    void recall(const Settlement& settled, ModelJob& job, bool may) {
        const auto& blob = of(job).blob;
        const bool applies = may && job.state == State::delivered && (blob == "kept" || blob == "damaged");
        CHECK(books_.outbox().recall(settled, books_.now) == applies);
        if (!applies) return;
        const bool is_held = blob == "damaged" || ++job.recalls > 2;
        if (blob == "damaged") ++job.recalls;
        finish(job, is_held ? State::held : State::queued, true);
        job.is_damaged = blob == "damaged";
        job.last_send_is_unknown = false;
    }

    void operate(JobId id, ModelJob& job) {
        auto& outbox = books_.outbox();
        const auto check = [&](Applied applied, bool expected, State to) {
            CHECK(applied.applied == expected);
            if (expected) finish(job, to, true);
            CHECK(applied.state == job.state);
        };
        switch (random(6)) {
            case 0:
                if (is(job, {State::queued, State::uncertain})) {
                    check(outbox.hold(id, alice, books_.now), true, State::held);
                    job.is_held_by_operator = true;
                    return;
                }
                return check(outbox.hold(id, alice, books_.now), false, State::held);
            case 1:
                return check(outbox.release(id, alice, books_.now), job.state == State::held && has_bytes(job),
                             job.is_held_by_operator && job.last_send_is_unknown ? State::uncertain : State::queued);
            case 2:
                return check(outbox.retry(id, alice, books_.now), is(job, {State::queued, State::uncertain}),
                             job.state);
            case 3:
                return check(outbox.cancel(id, Reason::moved, alice, books_.now),
                             is(job, {State::queued, State::held, State::uncertain}), State::cancelled);
            case 4: {
                const bool applies = is(job, {State::delivered, State::cancelled}) && has_bytes(job);
                check(outbox.resend(id, alice, books_.now), applies, State::queued);
                if (applies) job.last_send_is_unknown = false;
                return;
            }
            default:
                return check(outbox.adopt(id, alice, books_.now), job.state == State::held, State::delivered);
        }
    }

    void blobs() {
        auto& [number, instance] = *std::next(instances_.begin(), random(static_cast<int>(instances_.size())));
        switch (random(3)) {
            case 0: {
                const bool was_kept = instance.blob == "kept";
                std::int64_t held = 0;
                for (auto& [id, job] : jobs_) {
                    if (job.instance != number || !is(job, {State::queued, State::uncertain})) continue;
                    finish(job, State::held, true);
                    job.is_damaged = true;
                    ++held;
                }
                CHECK(books_.outbox().damage(digest_of(number, 0), books_.now) == held);
                if (was_kept) {
                    instance.blob = "damaged";
                    ++history_;
                }
                break;
            }
            case 1: {
                const auto marked = books_.outbox().begin_purge(books_.now, 2, books_.now);
                for (auto& [other, each] : instances_) {
                    if (std::find(marked.begin(), marked.end(), digest_of(other, 0)) == marked.end()) continue;
                    CHECK(each.blob == "kept");
                    CHECK(is_finished(other));
                    each.blob = "purging";
                }
                break;
            }
            default: {
                const auto digest = digest_of(number, 0);
                books_.outbox().end_purge(std::span(&digest, 1), books_.now);
                if (instance.blob != "purging") break;
                instance.blob = "purged";
                ++history_;
            }
        }
    }

    bool is_finished(int instance) const {
        bool has_jobs = false;
        for (const auto& [id, job] : jobs_) {
            if (job.instance != instance) continue;
            has_jobs = true;
            if (!is(job, {State::delivered, State::cancelled})) return false;
        }
        return has_jobs;
    }

    void compare() {
        for (const auto& [id, job] : jobs_) {
            CAPTURE(id.value);
            REQUIRE(reader_.text(("SELECT state FROM job WHERE id = " + std::to_string(id.value)).c_str()) ==
                    to_string(job.state));
        }
        REQUIRE(reader_.number("SELECT count(*) FROM job") == static_cast<std::int64_t>(jobs_.size()));
        REQUIRE(reader_.number("SELECT count(*) FROM history") == history_);
    }

    Books books_;
    Database reader_{books_.file(), Database::Role::reader};
    std::mt19937 random_;
    std::map<JobId, ModelJob> jobs_;
    std::map<int, ModelInstance> instances_;
    std::set<std::pair<int, std::size_t>> pairs_;
    std::int64_t history_ = 0;
};

/// Each of them counts rows that disagree.
const std::vector<const char*> disagreements{
    R"(SELECT count(*) FROM (SELECT destination_id, state, reason, is_warning, count(*) FROM job GROUP BY 1, 2, 3, 4
       EXCEPT SELECT destination_id, state, reason, is_warning, jobs FROM counter))",
    R"(SELECT count(*) FROM (SELECT destination_id, state, reason, is_warning, jobs FROM counter WHERE jobs > 0
       EXCEPT SELECT destination_id, state, reason, is_warning, count(*) FROM job GROUP BY 1, 2, 3, 4))",
    R"(SELECT count(*) FROM instance AS i WHERE job_count <> (SELECT count(*) FROM job WHERE instance_id = i.id)
       OR unfinished_count <> (SELECT count(*) FROM job WHERE instance_id = i.id
                               AND state NOT IN ('delivered', 'cancelled')))",
    R"(SELECT count(*) FROM instance WHERE (finished_at_ms IS NULL) = (job_count > 0 AND unfinished_count = 0))",
    R"(SELECT count(*) FROM tally WHERE n <> CASE name
           WHEN 'instances' THEN (SELECT count(*) FROM instance)
           WHEN 'receipts' THEN (SELECT count(*) FROM receipt)
           WHEN 'unrouted' THEN (SELECT count(*) FROM instance WHERE job_count = 0)
           WHEN 'last_received_at_ms' THEN (SELECT max(received_at_ms) FROM receipt)
           WHEN 'bytes_unrouted' THEN (SELECT coalesce(sum(bytes), 0) FROM instance
               WHERE blob_state IN ('kept', 'damaged') AND job_count = 0)
           WHEN 'bytes_unfinished' THEN (SELECT coalesce(sum(bytes), 0) FROM instance
               WHERE blob_state IN ('kept', 'damaged') AND unfinished_count > 0)
           WHEN 'bytes_retained' THEN (SELECT coalesce(sum(bytes), 0) FROM instance
               WHERE blob_state IN ('kept', 'damaged') AND finished_at_ms IS NOT NULL)
           ELSE n END)",
    R"(SELECT count(*) FROM study AS s WHERE
       instance_count <> (SELECT count(DISTINCT sop_instance_uid) FROM instance WHERE study_instance_uid = s.study_instance_uid)
       OR bytes <> (SELECT sum(bytes) FROM instance WHERE study_instance_uid = s.study_instance_uid))",
    R"(SELECT count(*) FROM sender WHERE receipts <> (SELECT count(*) FROM receipt))",
    R"(SELECT count(*) FROM job AS j WHERE (state = 'sending') <> EXISTS (SELECT 1 FROM attempt
           WHERE id = j.attempt_id AND kind = 'send' AND closed_at_ms IS NULL))",
    R"(SELECT count(*) FROM attempt WHERE kind = 'send' AND closed_at_ms IS NULL
       AND id NOT IN (SELECT attempt_id FROM job WHERE state = 'sending'))",
    R"(SELECT count(*) FROM job AS j WHERE state = 'delivered' AND 1 <> (SELECT count(*) FROM attempt
           WHERE job_id = j.id AND round = j.round AND outcome = 'delivered'))",
    R"(SELECT count(*) FROM attempt AS a JOIN job ON job.id = a.job_id WHERE a.kind = 'probe' AND a.closed_at_ms IS NULL
       AND job.state NOT IN ('uncertain', 'delivered'))",
    R"(SELECT count(*) FROM history AS h WHERE hash <> chain_hash(previous_hash, sequence, node, at_ms, event, actor,
           instance_id, job_id, destination, sop_instance_uid, digest, detail) OR json_valid(detail) = 0
       OR previous_hash <> coalesce((SELECT hash FROM history WHERE sequence = h.sequence - 1), zeroblob(32)))",
    "SELECT count(*) FROM pragma_foreign_key_check",
};

}  // namespace

TEST_CASE("outbox: whatever verbs come in whatever order, states and history are what a plain model says") {
    const char* wanted = std::getenv("BRIDGE_SEED");
    const unsigned seed = wanted ? static_cast<unsigned>(std::atol(wanted)) : std::random_device{}();
    MESSAGE("BRIDGE_SEED=" << seed);
    Walk walk(seed);
    for (int step = 1; step <= 500; ++step) {
        walk.step();
        if (step % 50 != 0) continue;
        for (const char* question : disagreements) {
            CAPTURE(question);
            REQUIRE(walk.books().number(question) == 0);
        }
    }
    CHECK(walk.books().text("PRAGMA integrity_check") == "ok");
    CHECK_FALSE(Views(walk.books().file()).verify_history().broken_at.has_value());
}
