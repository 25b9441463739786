/// Spool: the content-addressed blobs of one data folder, written durably.
///
/// Threads: any thread may call anything but `mark_clean`, which is the last call. A blob's removal must never race its
/// reuse: who writes a row that names a blob keeps its Linked until the row is committed, and who removes a blob makes
/// sure, where rows are committed, that no row names it. Must outlive every Intake, Sealed, Linked and Reader it made.
/// Format and crash table: README.md.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "spool/digest.h"
#include "spool/error.h"
#include "spool/intake.h"
#include "spool/linked.h"
#include "spool/reader.h"

namespace spool {

class Disk;

struct Options {
    std::uint64_t reserve_after_bytes = 1u << 20;  ///< blobs up to this size are written without reserving space ahead
    std::uint64_t reserve_bytes = 4u << 20;        ///< how far ahead of the writer space is reserved for larger ones
    std::uint64_t rehash_bytes_max = 16u << 20;    ///< a larger blob that comes again is replaced without reading it
    bool use_tmpfile = true;  ///< false: always write under tmp/ first, as where O_TMPFILE is missing
};

struct Space {
    std::uint64_t total_bytes = 0;
    std::uint64_t free_bytes = 0;  ///< what this user can still take
    std::uint64_t free_inodes = 0;
};

/// A file found under spool/, as `list` shows it. `digest` is absent for a file whose name is not a blob's.
struct Found {
    std::optional<Digest> digest;
    std::string name;  ///< inside the data folder, like "spool/ab/ab12…"
    std::uint64_t size = 0;
    std::int64_t modified_at_ms = 0;
};

class Spool {
public:
    /// Opens the data folder, making what is missing (0700), and locks it. On return every folder it made is durable,
    /// and what earlier processes left under tmp/ is gone.
    /// Throws Error: in_use (another process), unsuited (the file system cannot sync or link), no_space, io.
    Spool(Disk& disk, const std::filesystem::path& data_dir, Options options = {});
    ~Spool();
    Spool(const Spool&) = delete;
    Spool& operator=(const Spool&) = delete;

    /// True when the process before this one ended with `mark_clean`. The mark is gone, durably, once the Spool is
    /// open.
    bool was_clean() const;

    /// What the log should say about the file system the data folder is on; empty on ext4 and XFS.
    const std::string& warning() const;

    /// Begins a blob of at most `bytes_max` bytes. Throws Error: no_space, exhausted, io.
    Intake begin(std::uint64_t bytes_max);

    /// Gives a sealed blob its name and makes the name durable. On return the blob survives a power cut, and nothing
    /// removes it before the Linked is gone. When it throws, nothing is promised (the blob may be there: an orphan for
    /// the sweep). Calls for one folder wait for each other. Throws Error: no_space, io. Once a folder's sync has
    /// failed with io every later call throws, too: the process must start anew (README.md, rule 4).
    Linked link(Sealed sealed);

    /// Throws Error: not_found, io.
    Reader open(const Digest& digest) const;

    /// The size on disk, or nothing when there is no such blob. Throws Error: io.
    std::optional<std::uint64_t> size_of(const Digest& digest) const;

    /// Re-hashes one blob from the medium, twice before it says no. True when the bytes are those of the digest; after
    /// a no, or a failure, whoever brings the same bytes again replaces the file.
    /// Throws Error: not_found, io.
    bool verify(const Digest& digest) const;

    /// True while the digest's name still stands for the file that `reader`, opened for it, reads; false once that file
    /// was removed, set apart, or gave way to bytes that came again. Throws Error: io.
    bool is_current(const Digest& digest, const Reader& reader) const;

    /// Removes the name. False, and it stays for now, while a Linked pins it or somebody links in its folder; true when
    /// it isn't there. Not durable by itself: a name that comes back after a power cut is an orphan for the sweep.
    /// Throws Error: io.
    bool unlink(const Digest& digest);

    /// Moves a damaged blob to quarantine/ for a person, durably. False when it isn't there, or a Linked pins it.
    /// Throws Error: no_space, io.
    bool quarantine(const Digest& digest);

    /// Moves a file that no row names to orphans/, durably (`name` as `list` gave it). False when it isn't there, a
    /// Linked pins it, or it is no name of a file under spool/. Throws Error: no_space, io.
    bool set_aside(const std::string& name);

    /// Deletes what was set aside before `before_ms` (the inode's change time, in UTC). Returns how many files. Throws
    /// Error: io.
    std::size_t drop_set_aside(std::int64_t before_ms);

    /// From now on `told` hears of each blob that `unlink`, `quarantine` or `set_aside` took away, and of each whose
    /// bytes `link` put in the place of others, on the thread that did, behind it: for what others keep of a blob's
    /// content. Must not throw. Given before other threads use the Spool.
    void on_removed(std::function<void(const Digest&)> told);

    /// Calls `seen` for every regular file under spool/ until it returns false. Blobs linked or removed meanwhile may
    /// be missing or present. A folder that cannot be read throws Error: io; it is never taken for empty.
    void list(const std::function<bool(const Found&)>& seen) const;

    /// Of the file system that holds the spool. Throws Error: io.
    Space space() const;

    /// Writes, durably, the mark that `was_clean` of the next process finds. The last call on a Spool.
    void mark_clean();

private:
    struct Parts;
    std::unique_ptr<Parts> parts_;
};

}  // namespace spool
