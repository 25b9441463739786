/// Cache: pictures on the disk, as many as fit; who was not looked at for longest goes first.
///
/// Any thread. Nothing in it is needed: a write is not synced, a file that is missing or torn is a miss, and the whole
/// folder may be deleted at any time. An index in memory knows the files, some 200 bytes each; `scan` rebuilds it. Time
/// is an argument; what was looked at last survives a restart as the files' modification time.
/// Files: entry.h. Those with other names are left alone, wherever they come from.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <list>
#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "broker/clock.h"
#include "broker/preview/entry.h"

namespace broker::preview {

class Cache {
public:
    /// `folder` is made when something is put into it. `bytes_max`: of the disk, by whole blocks.
    Cache(std::filesystem::path folder, std::uint64_t bytes_max);

    /// The picture, which from now on counts as looked at.
    std::optional<Shown> get(const EntryKey& key, Monotonic now);
    bool has(const EntryKey& key) const;

    /// Keeps the picture, unless `is_wanted` says no: it is asked when nothing can `forget` in between. Whole or not at
    /// all. Returns "", or why the disk didn't take it. What is larger than the cache isn't kept.
    std::string put(const EntryKey& key, const Shown& shown, Monotonic now, const std::function<bool()>& is_wanted);

    /// Whatever there is of this blob goes, all frames of it. Returns when it is gone.
    void forget(const spool::Digest& digest);

    /// Takes into the index what earlier runs left, latest first, and removes what `is_kept` doesn't know any more and
    /// writes that were cut short. Beside all others; what was not come to yet is a miss.
    void scan(const std::function<bool(const spool::Digest&)>& is_kept, Monotonic now);

    /// Removes all that is known of, in slices between others' work.
    void clear();
    /// On return it is no larger.
    void set_bytes_max(std::uint64_t bytes);
    /// The same once more: few small pictures may have given way to a large one.
    void shrink() { shrink_in_slices(); }

    /// From now on what goes through all files ends early, or doesn't begin. Any thread.
    void interrupt() { is_interrupted_ = true; }

    std::uint64_t bytes() const;
    std::size_t entries() const;

private:
    struct Entry {
        std::uint64_t bytes = 0;
        Monotonic touched_at;  ///< the file's time says so
        std::list<EntryKey>::iterator at = {};
    };
    using Entries = std::map<EntryKey, Entry>;

    std::filesystem::path file_of(const EntryKey& key) const { return folder_ / name_of(key); }
    std::string write(const std::filesystem::path& file, const std::string& bytes) const;
    void note(const EntryKey& key, std::uint64_t bytes, Monotonic now, bool is_newest);
    void remove(Entries::iterator at);
    void shrink(std::size_t most);
    void shrink_in_slices();

    const std::filesystem::path folder_;
    const std::string draft_mark_;
    std::atomic<std::uint64_t> next_draft_ = 1;
    std::atomic<bool> is_interrupted_ = false;

    mutable std::mutex mutex_;  ///< guards the rest, and that files come and go as the index says
    std::uint64_t bytes_max_;
    std::uint64_t bytes_ = 0;
    Entries entries_;
    std::list<EntryKey> in_order_;  ///< who was looked at longest ago first
};

}  // namespace broker::preview
