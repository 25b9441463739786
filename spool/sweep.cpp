// What leaves the spool: listing, unlinking, quarantine/ and orphans/ (README.md, Sweep, purge, scrub).
#include <cassert>
#include <cerrno>
#include <mutex>
#include <utility>

#include "spool/parts.h"

namespace spool {

namespace {

constexpr unsigned kept_copies_max = 1000;  ///< of one name in quarantine/ or orphans/

}  // namespace

bool Spool::unlink(const Digest& digest) {
    // Whoever links in this shard may be waiting for the disk: nobody waits for that to remove something.
    std::unique_lock lock(parts_->mutex_of(digest), std::try_to_lock);
    if (!lock || parts_->pins.has(digest)) return false;
    parts_->proven.remove(digest);
    int result = parts_->disk.unlink(parts_->blob_place(digest));
    if (result < 0 && result != -ENOENT) throw failed({"remove", layout::full_blob_name(digest)}, result);
    lock.unlock();
    parts_->on_removed(digest);
    return true;
}

void Spool::on_removed(std::function<void(const Digest&)> told) {
    parts_->on_removed = std::move(told);
}

bool Spool::quarantine(const Digest& digest) {
    return parts_->move_blob(digest, parts_->quarantine);
}

bool Spool::set_aside(const std::string& name) {
    auto spot = layout::parse_full_name(name);
    if (!spot) return false;
    if (auto digest = layout::parse_blob(*spot)) return parts_->move_blob(*digest, parts_->orphans);
    return parts_->move_out(*spot, parts_->orphans);  // a foreign file, which nobody links
}

std::size_t Spool::drop_set_aside(std::int64_t before_ms) {
    Disk& disk = parts_->disk;
    std::vector<std::string> names;
    int result = disk.list(parts_->orphans.handle(), names);
    if (result < 0) throw failed({"list", layout::orphans_folder}, result);
    std::size_t dropped = 0;
    for (std::string& name : names) {
        Disk::Place place{parts_->orphans.handle(), std::move(name)};
        Disk::Stat stat;
        result = disk.stat(place, stat);
        if (result == 0 && (!stat.is_file || stat.changed_at_ms >= before_ms)) continue;
        if (result == 0) result = disk.unlink(place);
        if (result == -ENOENT) continue;  // an admin was quicker
        if (result < 0) throw failed({"remove a file in", layout::orphans_folder}, result);
        ++dropped;
    }
    return dropped;
}

void Spool::list(const std::function<bool(const Found&)>& seen) const {
    // Strays beside the shards first, then shard by shard: never more than one folder's names in memory.
    for (unsigned folder = 0; folder <= layout::shard_count; ++folder) {
        std::string shard = folder == 0 ? "" : layout::shard_name(folder - 1);
        std::string inside = shard.empty() ? "." : shard;
        OpenFile opened = parts_->open_folder({parts_->blobs.handle(), inside}, "spool/" + inside);
        std::vector<std::string> names;
        int result = parts_->disk.list(opened.handle(), names);
        if (result < 0) throw failed({"list", "spool/" + inside}, result);
        for (const std::string& name : names) {
            Disk::Stat stat;
            result = parts_->disk.stat({opened.handle(), name}, stat);
            if (result == -ENOENT || (result == 0 && !stat.is_file)) continue;
            layout::Spot spot{shard, name};
            if (result < 0) throw failed({"look at", layout::full_name(spot)}, result);
            Found found{.digest = layout::parse_blob(spot),
                        .name = layout::full_name(spot),
                        .size = stat.size,
                        .modified_at_ms = stat.modified_at_ms};
            if (!seen(found)) return;
        }
    }
}

/// Gives the file a second name in `folder`, durably. False when there is no such file.
bool Spool::Parts::keep(const Disk::Place& from, const OpenFile& folder, const std::string& name) {
    // One at a time: of two syncs of one open folder only one need be told that it failed.
    std::lock_guard guard(kept_mutex);
    refuse_if_suspect();
    int result = -EEXIST;
    for (unsigned copy = 0; result == -EEXIST && copy < kept_copies_max; ++copy) {
        result = disk.link(from, {folder.handle(), layout::kept_name(name, copy)});
    }
    if (result == -ENOENT) return false;
    if (result < 0) throw failed({"keep", name}, result);
    sync(folder, "the folder of what is kept");
    return true;
}

bool Spool::Parts::move_blob(const Digest& digest, const OpenFile& folder) {
    {
        std::unique_lock guard(mutex_of(digest));
        if (pins.has(digest)) return false;
        proven.remove(digest);
        try {
            if (!move_out({layout::shard_name(layout::shard_of(digest)), digest.hex()}, folder)) return false;
        } catch (...) {
            guard.unlock();
            on_removed(digest);  // it may be gone all the same
            throw;
        }
    }
    on_removed(digest);
    return true;
}

/// Moves a file out of spool/ so that a crash leaves it in one place or the other or both, never in none.
bool Spool::Parts::move_out(const layout::Spot& spot, const OpenFile& folder) {
    assert(!is_ended);
    OpenFile shard = open_folder({blobs.handle(), spot.shard.empty() ? "." : spot.shard}, "spool/" + spot.shard);
    Disk::Place from{shard.handle(), spot.name};
    if (!keep(from, folder, spot.name)) return false;
    int result = disk.unlink(from);
    if (result < 0 && result != -ENOENT) throw failed({"remove", layout::full_name(spot)}, result);
    sync(shard, "spool/" + spot.shard);
    return true;
}

}  // namespace spool
