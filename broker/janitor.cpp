// The janitor's rounds.
#include "broker/janitor.h"

#include <spdlog/spdlog.h>

#include <vector>

#include "broker/committer/damage.h"

namespace broker {

namespace {

std::int64_t ms(outbox::Instant instant) {
    return instant.time_since_epoch().count();
}

}  // namespace

Janitor::Janitor(Parts parts, const config::Config& config, std::optional<outbox::Instant> verify_since)
    : parts_(std::move(parts)),
      spool_marks_(config.spool),
      retention_(config.retention),
      limits_(config.janitor),
      verify_since_(verify_since) {}

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
            stopped_.wait_for(lock, limits_.interval, [&] { return is_stopping_; });
        }
    });
}

void Janitor::stop() {
    {
        std::lock_guard lock(mutex_);
        is_stopping_ = true;
    }
    stopped_.notify_all();
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
    if (!swept_at_ || now - *swept_at_ >= limits_.sweep_every) {
        swept_at_ = now;
        done.set_aside = sweep();
        const auto before = parts_.clock.now() - spool_marks_.orphans_for;
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
    while (retention_.keep_for && !is_stopping()) {
        const auto now = parts_.clock.now();
        const auto marked = parts_.committer.run(Turn::bulk, [&](outbox::Outbox& outbox) {
            return outbox.begin_purge(now - *retention_.keep_for, limits_.batch, now);
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
    while (!is_stopping()) {
        std::vector<outbox::Digest> removed;
        parts_.committer.between([&](spool::Spool& spool, outbox::Outbox& outbox) {
            for (const outbox::Digest& each : outbox.purging(limits_.batch))
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
    const auto young = ms(parts_.clock.now() - limits_.orphan_grace);
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
    for (;;) {
        const auto blobs = views.kept_blobs(verified_until_, verify_since_, limits_.batch);
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
        if (blobs.size() < limits_.batch) break;
    }
    verify_since_.reset();
}

}  // namespace broker
