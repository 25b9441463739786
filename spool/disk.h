/// Disk: the few system calls that the spool makes, and the seam where tests fail the n-th one or cut the power.
///
/// Every call answers as the kernel does: a value of 0 or more, or minus the errno. None throws. Any thread, as with
/// the system calls themselves; a Handle is used by one thread at a time. A Disk must outlive every Handle it gave.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace spool {

class Disk {
public:
    using Handle = int;

    /// As the folder of a Place: the name is a path of the whole system.
    static constexpr Handle whole_system = -100;

    /// A name in an open folder. It may go through one folder below ("ab/ab12…").
    struct Place {
        Handle folder;
        std::string name;
    };

    enum class Open {
        folder,   ///< to list, to sync, or as the folder of a Place
        read,     ///< a file that is there
        create,   ///< a new file to write, mode 0440; EEXIST when the name is taken
        unnamed,  ///< a new file without a name, in the folder that the Place names (O_TMPFILE)
        lock,     ///< a file to lock, made when missing
    };

    struct Range {
        std::uint64_t offset;
        std::uint64_t bytes;
    };

    struct Stat {
        bool is_file = false;
        std::uint64_t device = 0;  ///< of the file system: files of two cannot be linked
        std::uint64_t inode = 0;   ///< which file it is; not given to another one while a handle is open
        std::uint64_t size = 0;
        std::int64_t modified_at_ms = 0;
        std::int64_t changed_at_ms = 0;  ///< of the inode: the last link, unlink, or write
    };

    struct Volume {
        std::uint64_t total_bytes = 0;
        std::uint64_t free_bytes = 0;
        std::uint64_t free_inodes = 0;
        std::string kind;  ///< "ext4", "xfs", … or the magic number in hex
    };

    virtual ~Disk() = default;

    virtual int open(const Place& place, Open how) = 0;
    /// Never fails: what had to be durable was synced before.
    virtual void close(Handle handle) noexcept = 0;
    /// Mode 0700. EEXIST when the name is taken.
    virtual int make_folder(const Place& place) = 0;

    /// May write less than all, like pwrite.
    virtual std::int64_t write(Handle file, std::uint64_t offset, std::span<const std::byte> bytes) = 0;
    /// May read less than all; 0 at the end of the file.
    virtual std::int64_t read(Handle file, std::uint64_t offset, std::span<std::byte> into) = 0;
    /// Begins to bring a range of a file from the medium into memory. Advice, as `start_writing`.
    virtual void start_reading(Handle file, const Range& range) noexcept = 0;
    /// Takes blocks for the range without changing the file's size.
    virtual int reserve(Handle file, const Range& range) = 0;
    /// Makes the file `size` bytes long and gives back what was reserved after it.
    virtual int cut(Handle file, std::uint64_t size) = 0;

    /// Begins to bring a range that was written to the medium and does not wait. Advice: what goes wrong is told by
    /// `sync_bytes`, which is needed all the same.
    virtual void start_writing(Handle file, const Range& range) noexcept = 0;
    /// On 0 the file's bytes and size are durable; its names are not.
    virtual int sync_bytes(Handle file) = 0;
    /// On 0 the names in the folder are durable as they are now.
    virtual int sync_folder(Handle folder) = 0;

    /// Names a file that is open and may have no name yet. EEXIST when the name is taken.
    virtual int link_open(Handle file, const Place& to) = 0;
    /// Gives a named file a second name. EEXIST when that is taken.
    virtual int link(const Place& from, const Place& to) = 0;
    /// Renames; whatever had the name `to` loses it in the same step.
    virtual int replace(const Place& from, const Place& to) = 0;
    virtual int unlink(const Place& place) = 0;

    virtual int stat(Handle file, Stat& into) = 0;
    virtual int stat(const Place& place, Stat& into) = 0;
    /// The names in a folder, in no order, without "." and "..".
    virtual int list(Handle folder, std::vector<std::string>& names) = 0;
    virtual int volume(Handle folder, Volume& into) = 0;

    /// Takes the lock that only one process can hold, until close. EWOULDBLOCK when another has it.
    virtual int lock(Handle file) = 0;
    /// Asks that the next reading of the file comes from the medium, not from memory.
    virtual int forget(Handle file) = 0;
};

}  // namespace spool
