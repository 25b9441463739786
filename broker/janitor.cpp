// The janitor's rounds.
#include "broker/janitor.h"

#include <spdlog/spdlog.h>

#include <utility>
#include <vector>

#include "broker/committer/damage.h"

namespace broker {

namespace {

std::int64_t ms(outbox::Instant instant) {
    return instant.time_since_epoch().count();
}

}  // namespace

Janitor::Janitor(Parts parts, const config::Config& config, std::optional<outbox::Instant> verify_since)
    : parts_(std::move(parts)), verify_since_(verify_since), limits_(limits_of(config)) {}

Janitor::Limits Janitor::limits_of(const config::Config& config) {
    return {config.spool.orphans_for, config.retention.keep_for, config.janitor};
}

Janitor::Limits Janitor::limits() {
    std::lock_guard lock(mutex_);
    return limits_;
}

void Janitor::set_limits(const config::Config& config) {
    {
        std::lock_guard lock(mutex_);
        limits_ = limits_of(config);
        has_new_limits_ = true;
    }
    changed_.notify_all();
}

Janitor::~Janitor() {
    stop();
}

void Janitor::start() {
    if (thread_.joinable()) return;
    thread_ = std::jthread([this] {
        while (!is_stopping()) {
            try {
                round();
            } catch (const Stopped&) {
                return;
            } catch (const std::exception& error) {
                spdlog::error("event=janitor_failed what=\"{}\"", error.what());
            }
            std::unique_lock lock(mutex_);
            const auto woken = [&] { return is_stopping_ || std::exchange(has_new_limits_, false); };
            changed_.wait_for(lock, limits_.of_rounds.interval, woken);
        }
    });
}

void Janitor::stop() {
    {
        std::lock_guard lock(mutex_);
        is_stopping_ = true;
    }
    changed_.notify_all();
    if (thread_.joinable()) thread_.join();
}

bool Janitor::is_stopping() {
    std::lock_guard lock(mutex_);
    return is_stopping_;
}

Round Janitor::round() {
    Round done;
    done.purged = purge();
    const Monotonic now = parts_.clock.monotonic();
    const Limits present = limits();
    if (!swept_at_ || now - *swept_at_ >= present.of_rounds.sweep_every) {
        swept_at_ = now;
        done.set_aside = sweep();
        const auto before = parts_.clock.now() - present.orphans_for;
        parts_.committer.between(
            [&](spool::Spool& spool, outbox::Outbox&) { done.dropped = spool.drop_set_aside(ms(before)); });
    }
    verify_recent(done);
    if (parts_.space.look().state != receive::SpaceState::refusing && !parts_.ballast.take())
        spdlog::warn("event=ballast_missing what=\"no room for it: on a full disk outcomes may not be recorded\"");
    if (done.purged + done.set_aside + done.dropped + done.damaged > 0)
        spdlog::info("event=janitor_round purged={} set_aside={} dropped={} damaged={}", done.purged, done.set_aside,
                     done.dropped, done.damaged);
    return done;
}

std::size_t Janitor::purge() {
    // First what a crash left between the mark and the removal.
    std::size_t purged = purge_marked();
    while (!is_stopping()) {
        const Limits present = limits();
        if (!present.keep_for) break;
        const auto now = parts_.clock.now();
        const auto marked = parts_.committer.run(Turn::bulk, [&](outbox::Outbox& outbox) {
            return outbox.begin_purge(now - *present.keep_for, present.of_rounds.batch, now);
        });
        if (marked.empty()) break;
        purged += purge_marked();
    }
    return purged;
}

// The same instance may be coming in again right now. Who linked it before we remove it has it pinned: it stays, marked
// until its row is written; who comes later finds the name gone and links its own copy: no success for bytes that are
// gone.
std::size_t Janitor::purge_marked() {
    std::size_t purged = 0;
    const std::size_t slice = limits().of_rounds.batch;
    while (!is_stopping()) {
        std::vector<outbox::Digest> removed;
        parts_.committer.between([&](spool::Spool& spool, outbox::Outbox& outbox) {
            for (const outbox::Digest& each : outbox.purging(slice))
                if (spool.unlink(spool::Digest::from_bytes(each))) removed.push_back(each);
        });
        if (removed.empty()) break;
        const auto now = parts_.clock.now();
        parts_.committer.run(Turn::bulk, [&](outbox::Outbox& outbox) { outbox.end_purge(removed, now); });
        purged += removed.size();
    }
    return purged;
}

std::size_t Janitor::sweep() {
    // The committer's answer decides anyway; the grace only saves it the question.
    const auto young = ms(parts_.clock.now() - limits().of_rounds.orphan_grace);
    const outbox::Views views(parts_.database);
    std::vector<spool::Found> candidates;
    parts_.spool.list([&](const spool::Found& found) {
        if (found.modified_at_ms < young && !(found.digest && views.knows(found.digest->bytes())))
            candidates.push_back(found);
        return !is_stopping();
    });
    std::size_t count = 0;
    for (const spool::Found& found : candidates) {
        if (is_stopping()) break;
        parts_.committer.between([&](spool::Spool& spool, outbox::Outbox& outbox) {
            if (found.digest && outbox.names(found.digest->bytes())) return;
            if (spool.set_aside(found.name)) ++count;
        });
    }
    return count;
}

void Janitor::verify_recent(Round& done) {
    if (!verify_since_) return;
    const outbox::Views views(parts_.database);
    const std::size_t slice = limits().of_rounds.batch;
    for (;;) {
        const auto blobs = views.kept_blobs(verified_until_, verify_since_, slice);
        for (const outbox::KeptBlob& blob : blobs) {
            if (is_stopping()) return;
            verified_until_ = blob.instance;
            const auto digest = spool::Digest::from_bytes(blob.digest);
            bool is_sound = false;
            try {
                is_sound = parts_.spool.verify(digest);
            } catch (const spool::Error& error) {
                if (error.code() != spool::Errc::not_found) throw;
            }
            const auto now = parts_.clock.now();
            if (is_sound) {
                parts_.committer.run(Turn::bulk, [&](outbox::Outbox& outbox) { outbox.verified(blob.digest, now); });
                ++done.verified;
                continue;
            }
            if (!settle_damage(parts_.committer, blob.digest, now)) continue;
            spdlog::error("event=blob_damaged digest={} found=verification", digest.hex());
            ++done.damaged;
        }
        if (blobs.size() < slice) break;
    }
    verify_since_.reset();
}

}  // namespace broker
