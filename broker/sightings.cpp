// Merging and writing sightings.
#include "broker/sightings.h"

#include <spdlog/spdlog.h>

#include <algorithm>

namespace broker {

namespace {

constexpr std::chrono::minutes merged_for{1};
constexpr std::chrono::milliseconds room_every{100};

}  // namespace

Sightings::Sightings(Committer& committer, const Clock& clock) : committer_(committer), clock_(clock) {}

Sightings::~Sightings() {
    stop();
}

void Sightings::start() {
    if (!thread_.joinable()) thread_ = std::jthread([this] { loop(); });
}

void Sightings::stop() {
    {
        std::lock_guard lock(mutex_);
        is_stopping_ = true;
    }
    noted_.notify_all();
    if (thread_.joinable()) thread_.join();
}

void Sightings::note(const receive::Sighting& sighting) {
    // A request that told no AE title is in the history; as a sender it could not be named.
    if (sighting.calling_ae_title.empty()) return;
    {
        std::lock_guard lock(mutex_);
        const std::pair key{sighting.calling_ae_title, sighting.address};
        if (tallies_.size() >= visitors_max && !tallies_.contains(key) && !make_room()) return;
        auto [place, is_new] = tallies_.try_emplace(key);
        Tally& tally = place->second;
        if (is_new) tally.write_at = clock_.monotonic();
        tally.is_news = true;
        tally.visitor.calling_ae_title = sighting.calling_ae_title;
        tally.visitor.address = sighting.address;
        tally.visitor.name = sighting.sender;
        if (!sighting.refused_by.empty()) {
            ++tally.visitor.refused;
            tally.visitor.refused_reason = sighting.refused_by;
        }
    }
    noted_.notify_one();
}

/// One that is written already gives way, now and then: a flood must neither cost a write each, nor hide who comes
/// after it.
bool Sightings::make_room() {
    const Monotonic now = clock_.monotonic();
    if (now < room_made_at_ + room_every) return false;
    const auto written = std::ranges::find_if(tallies_, [](const auto& each) { return !each.second.is_news; });
    if (written == tallies_.end()) return false;
    tallies_.erase(written);
    room_made_at_ = now;
    return true;
}

/// What is to be written now; what was quiet for its minute is forgotten.
std::vector<outbox::Visitor> Sightings::take_due(Monotonic now, Monotonic& next) {
    std::vector<outbox::Visitor> due;
    for (auto at = tallies_.begin(); at != tallies_.end();) {
        Tally& tally = at->second;
        const bool is_due = is_stopping_ || tally.write_at <= now;
        if (is_due && !tally.is_news) {
            at = tallies_.erase(at);
            continue;
        }
        if (is_due) {
            due.push_back(tally.visitor);
            tally.visitor.refused = 0;
            tally.is_news = false;
            tally.write_at = now + merged_for;
        }
        next = std::min(next, tally.write_at);
        ++at;
    }
    return due;
}

void Sightings::loop() {
    std::unique_lock lock(mutex_);
    for (;;) {
        const Monotonic now = clock_.monotonic();
        Monotonic next = now + merged_for;
        const auto due = take_due(now, next);
        if (!due.empty()) {
            lock.unlock();
            write(due);
            lock.lock();
            continue;
        }
        if (is_stopping_) return;
        noted_.wait_for(lock, next - now);
    }
}

void Sightings::write(const std::vector<outbox::Visitor>& visitors) {
    const auto now = clock_.now();
    try {
        committer_.run(Turn::settlement, [&](outbox::Outbox& outbox) {
            for (const outbox::Visitor& each : visitors) outbox.seen(each, now);
        });
    } catch (const std::exception& error) {
        // On a full disk nothing of the kind can be kept; they come again.
        spdlog::warn("event=sightings_not_recorded count={} what=\"{}\"", visitors.size(), error.what());
    }
}

}  // namespace broker
