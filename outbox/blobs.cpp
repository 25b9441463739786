/// Blobs, as far as rows know them: damaged, due for removal, removed, verified. No file is touched here.
#include "outbox/writer.h"

namespace outbox {

static std::int64_t change(Statement& statement, const Digest& digest, Instant now) {
    return Cursor(statement).bind(":digest", digest).bind(":now", now).run();
}

static std::optional<InstanceId> owner(Writer& writer, const Digest& digest) {
    Cursor row(writer.statements.blob_owner);
    row.bind(":digest", digest);
    if (!row.step()) return std::nullopt;
    return row.id<InstanceId>(0);
}

std::int64_t Outbox::damage(const Digest& digest, Instant now) {
    parts_->require_transaction();
    const auto instance = owner(*parts_, digest);
    if (!instance) return 0;
    Cursor(parts_->statements.fall_back).bind(":instance", *instance).bind(":digest", digest).bind(":now", now).run();
    // The jobs first: a blob that is being purged has none that could be held, and stays as it is.
    const auto held = Cursor(parts_->statements.hold_damaged)
                          .bind(":instance", *instance)
                          .bind(":digest", digest)
                          .bind(":now", now)
                          .run();
    change(parts_->statements.damage, digest, now);
    change(parts_->statements.damage_derived, digest, now);
    // The job that found it was held before; where the instance's own blob can be sent, nobody need release it.
    Cursor(parts_->statements.release_restored)
        .bind(":instance", *instance)
        .bind(":now", now)
        .bind(":is_brought", true)
        .run();
    return held;
}

void Outbox::release_damaged(const Digest& digest, Instant now) {
    parts_->require_transaction();
    const auto instance = owner(*parts_, digest);
    if (!instance) return;
    Cursor(parts_->statements.release_restored)
        .bind(":instance", *instance)
        .bind(":now", now)
        .bind(":is_brought", false)
        .run();
}

bool Outbox::names(const Digest& digest) {
    Cursor row(parts_->statements.names);
    row.bind(":digest", digest);
    row.step();
    return row.number(0) != 0;
}

/// Of the digests that are marked, those that no other row still needs: only these may lose their file.
static std::vector<Digest> removable(Outbox& outbox, const std::vector<Digest>& marked, Instant now) {
    std::vector<Digest> free;
    std::vector<Digest> shared;
    for (const auto& digest : marked) (outbox.names(digest) ? shared : free).push_back(digest);
    outbox.end_purge(shared, now);
    return free;
}

std::vector<Digest> Outbox::begin_purge(Instant finished_before, std::size_t limit, Instant now) {
    parts_->require_transaction();
    std::vector<InstanceId> instances;
    std::vector<Digest> marked;
    {
        Cursor row(parts_->statements.retained);
        row.bind(":before", finished_before).bind(":limit", static_cast<std::int64_t>(limit));
        while (row.step()) {
            instances.push_back(row.id<InstanceId>(0));
            marked.push_back(row.digest(1));
        }
    }
    for (const auto instance : instances) {
        Cursor(parts_->statements.begin_purge).bind(":instance", instance).bind(":now", now).run();
        Cursor derived(parts_->statements.begin_purge_derived);
        derived.bind(":instance", instance).bind(":now", now);
        while (derived.step()) marked.push_back(derived.digest(0));
    }
    return removable(*this, marked, now);
}

std::vector<Digest> Outbox::purging(std::size_t limit) {
    std::vector<Digest> marked;
    Cursor row(parts_->statements.purging);
    row.bind(":limit", static_cast<std::int64_t>(limit));
    while (row.step()) marked.push_back(row.digest(0));
    return marked;
}

void Outbox::end_purge(std::span<const Digest> digests, Instant now) {
    parts_->require_transaction();
    for (const auto& digest : digests) {
        change(parts_->statements.end_purge, digest, now);
        change(parts_->statements.end_purge_derived, digest, now);
    }
}

void Outbox::verified(const Digest& digest, Instant now) {
    parts_->require_transaction();
    change(parts_->statements.verified, digest, now);
}

}  // namespace outbox
