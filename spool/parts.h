/// What a Spool is made of, for the files that its functions are spread over: recovery, link, sweep.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "spool/buffers.h"
#include "spool/draft.h"
#include "spool/layout.h"
#include "spool/open_file.h"
#include "spool/pins.h"
#include "spool/proven.h"
#include "spool/reader_file.h"
#include "spool/spool.h"

namespace spool {

struct Spool::Parts {
    Parts(Disk& on, const Options& how) : disk(on), options(how), use_tmpfile(how.use_tmpfile) {}

    // recovery.cpp: README.md, Start
    void start(const std::filesystem::path& data_dir);
    void make_path(const std::filesystem::path& path);
    OpenFile make_folder(std::string_view name);
    void make_shards();
    void check_one_volume();
    void take_lock();
    void note_clean();
    void empty_tmp();
    void probe();
    bool probe_unnamed();
    void probe_named();

    // spool.cpp
    void doubt(const Digest& digest);
    OpenFile open_folder(const Disk::Place& place, std::string_view name) const;
    void sync(const OpenFile& folder, std::string_view name);
    Disk::Place blob_place(const Digest& digest) const;
    std::unique_ptr<Reader::File> open_blob(const Digest& digest) const;
    Draft new_draft();
    Disk::Place new_tmp_place();

    std::mutex& mutex_of(const Digest& digest) { return shard_mutexes[layout::shard_of(digest)]; }

    // link.cpp
    void refuse_if_suspect() const;
    /// How a sealed blob got its name, and whether other bytes lay under it before.
    struct Named {
        Link how;
        bool has_replaced = false;
    };
    Named name(const Digest& digest, std::uint64_t size, const Draft& draft);
    Named join(const Digest& digest, std::uint64_t size, const Draft& draft);
    bool is_whole(const Digest& digest) const;
    void take_place(const Digest& digest, const Draft& draft);
    void sync_shard(unsigned shard);

    // sweep.cpp
    bool keep(const Disk::Place& from, const OpenFile& folder, const std::string& name);
    bool move_blob(const Digest& digest, const OpenFile& folder);
    bool move_out(const layout::Spot& spot, const OpenFile& folder);

    Disk& disk;
    Options options;
    OpenFile data, lock, blobs, tmp, quarantine, orphans;
    Buffers buffers;
    std::atomic<unsigned> intakes = 0;
    std::atomic<bool> use_tmpfile;
    std::atomic<std::uint64_t> next_tmp = 1;
    std::string warning;
    bool was_clean = false;
    std::function<void(const Digest&)> on_removed = [](const Digest&) {};

    std::array<std::mutex, layout::shard_count>
        shard_mutexes;      ///< guard the names in each shard, until they are synced
    std::mutex kept_mutex;  ///< guards the names in quarantine/ and orphans/, until they are synced
    Pins pins;
    Proven proven;
    std::atomic<bool> is_suspect = false;  ///< a folder's sync failed: nothing is linked any more (README.md, rule 4)
    std::atomic<bool> is_ended = false;    ///< mark_clean was called
};

}  // namespace spool
