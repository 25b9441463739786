// Previews' keeper: takes in what an earlier run left in the cache, and gives way when the disk fills.
#include <spdlog/spdlog.h>

#include "broker/preview/previews.h"
#include "outbox/views.h"

namespace broker::preview {
namespace {

constexpr std::chrono::seconds looks_every{10};
constexpr std::chrono::minutes told_every{1};

}  // namespace

void Previews::keep_house() {
    try {
        scan_cache();
    } catch (const std::exception& error) {
        // What isn't known of stays on the disk until the next start.
        spdlog::warn("event=preview_scan_failed what=\"{}\"", error.what());
    }
    for (;;) {
        look_at_space();
        cache_.shrink();
        tell_if_behind();
        std::unique_lock lock(mutex_);
        house_changed_.wait_for(lock, looks_every, [this] { return is_stopping_ || has_new_limits_; });
        has_new_limits_ = false;
        if (is_stopping_) return;
    }
}

void Previews::scan_cache() {
    std::optional<outbox::Views> views;
    const auto is_kept = [&](const spool::Digest& digest) {
        if (!may_cache_) return false;
        if (!views) views.emplace(parts_.database);
        return views->is_kept(digest.bytes());
    };
    cache_.scan(is_kept, parts_.clock.monotonic());
}

/// Previews give way to instances, and leave when they are switched off.
void Previews::look_at_space() {
    const bool has_space = parts_.space() != receive::SpaceState::refusing;
    bool is_enabled = false;
    {
        const std::lock_guard lock(mutex_);
        is_enabled = limits_.enabled;
        has_space_ = has_space;
        may_cache_ = is_enabled && has_space;
    }
    if (may_cache_ || cache_.entries() == 0) return;
    cache_.clear();
    if (is_enabled)
        spdlog::warn("event=preview_cache_emptied why=\"instances need the room\"");
    else
        spdlog::info("event=preview_cache_emptied why=\"previews are switched off\"");
}

void Previews::tell_if_behind() {
    const Monotonic now = parts_.clock.monotonic();
    std::uint64_t dropped = 0, waiting = 0;
    {
        const std::lock_guard lock(mutex_);
        dropped = line_.dropped() - dropped_told_;
        waiting = line_.in_background();
        if (dropped == 0 || (told_at_ && now - *told_at_ < told_every)) return;
        told_at_ = now;
        dropped_told_ += dropped;
    }
    spdlog::warn("event=preview_behind dropped={} waiting={} what=\"their pictures are made when asked for\"", dropped,
                 waiting);
}

}  // namespace broker::preview
