// Merging and writing refusals.
#include "broker/refusals.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/json.hpp>
#include <vector>

namespace broker {

namespace {

constexpr std::chrono::minutes merged_for{1};
constexpr std::size_t kinds_max = 1000;  // beyond it, what comes from anybody new is counted together

}  // namespace

Refusals::Refusals(Committer& committer, const Clock& clock, std::int64_t recorded)
    : committer_(committer), clock_(clock), count_(recorded) {}

Refusals::~Refusals() {
    stop();
}

void Refusals::start() {
    if (!thread_.joinable()) thread_ = std::jthread([this] { loop(); });
}

void Refusals::stop() {
    {
        std::lock_guard lock(mutex_);
        is_stopping_ = true;
    }
    noted_.notify_all();
    if (thread_.joinable()) thread_.join();
}

void Refusals::note(const Refusal& refusal) {
    ++count_;
    {
        std::lock_guard lock(mutex_);
        const bool is_known = tallies_.contains(refusal);
        const Refusal key =
            is_known || tallies_.size() < kinds_max ? refusal : Refusal{refusal.reason, "many", "", "", ""};
        auto [place, is_new] = tallies_.try_emplace(key);
        if (is_new) place->second.write_at = clock_.monotonic();
        ++place->second.count;
    }
    noted_.notify_one();
}

void Refusals::loop() {
    std::unique_lock lock(mutex_);
    for (;;) {
        const Monotonic now = clock_.monotonic();
        std::vector<std::pair<Refusal, std::int64_t>> due;
        Monotonic next = now + merged_for;
        for (auto at = tallies_.begin(); at != tallies_.end();) {
            Tally& tally = at->second;
            const bool is_due = is_stopping_ || tally.write_at <= now;
            if (is_due && tally.count > 0) {
                due.emplace_back(at->first, std::exchange(tally.count, 0));
                tally.write_at = now + merged_for;
            } else if (is_due) {
                at = tallies_.erase(at);
                continue;
            }
            next = std::min(next, tally.write_at);
            ++at;
        }
        if (!due.empty()) {
            lock.unlock();
            for (const auto& [refusal, count] : due) write(refusal, count);
            lock.lock();
            continue;
        }
        if (is_stopping_) return;
        noted_.wait_for(lock, next - now);
    }
}

void Refusals::write(const Refusal& refusal, std::int64_t count) {
    boost::json::object told{{"reason", refusal.reason},
                             {"address", refusal.address},
                             {"calling_ae_title", refusal.calling_ae_title},
                             {"called_ae_title", refusal.called_ae_title},
                             {"count", count}};
    if (!refusal.detail.empty()) told["detail"] = refusal.detail;
    const std::string detail = boost::json::serialize(told);
    const auto now = clock_.now();
    try {
        committer_.run(Turn::settlement, [&](outbox::Outbox& outbox) {
            outbox.record("refused", {"bridge", ""}, detail, now);
        });
    } catch (const std::exception& error) {
        // On a full disk the refusals themselves cannot be recorded; the log has them.
        spdlog::warn("event=refusal_not_recorded reason={} count={} what=\"{}\"", refusal.reason, count, error.what());
    }
}

}  // namespace broker
