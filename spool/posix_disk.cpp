#include "spool/posix_disk.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <limits>
#include <memory>

#ifndef XFS_SUPER_MAGIC
#define XFS_SUPER_MAGIC 0x58465342
#endif

namespace spool {

static_assert(Disk::whole_system == AT_FDCWD);
static_assert(sizeof(off_t) == 8);

namespace {

template <typename T>
T answer(T result) {
    return result >= 0 ? result : static_cast<T>(-errno);
}

/// A signal is no failure of the disk. Not for the syncs: what they report is reported once.
template <typename Call>
auto uninterrupted(Call call) {
    auto result = call();
    while (result < 0 && errno == EINTR) result = call();
    return answer(result);
}

int flags_of(Disk::Open how) {
    switch (how) {
        case Disk::Open::folder:
            return O_RDONLY | O_DIRECTORY;
        case Disk::Open::read:
            return O_RDONLY | O_NONBLOCK;  // a FIFO that somebody put in a blob's place must not stop us
        case Disk::Open::create:
            return O_RDWR | O_CREAT | O_EXCL;
        case Disk::Open::unnamed:
            return O_RDWR | O_TMPFILE;
        case Disk::Open::lock:
            return O_RDWR | O_CREAT;
    }
    return 0;
}

std::int64_t milliseconds(const timespec& time) {
    return static_cast<std::int64_t>(time.tv_sec) * 1000 + time.tv_nsec / 1'000'000;
}

Disk::Stat stat_of(const struct stat& raw) {
    return {.is_file = S_ISREG(raw.st_mode),
            .device = raw.st_dev,
            .inode = raw.st_ino,
            .size = static_cast<std::uint64_t>(raw.st_size),
            .modified_at_ms = milliseconds(raw.st_mtim),
            .changed_at_ms = milliseconds(raw.st_ctim)};
}

std::string kind_of(std::uint32_t magic) {
    switch (magic) {
        case EXT4_SUPER_MAGIC:
            return "ext4";  // ext2 and ext3 have the same number and, on today's kernels, the same driver
        case XFS_SUPER_MAGIC:
            return "xfs";
        case BTRFS_SUPER_MAGIC:
            return "btrfs";
        case TMPFS_MAGIC:
            return "tmpfs";
        case OVERLAYFS_SUPER_MAGIC:
            return "overlay";
        case NFS_SUPER_MAGIC:
            return "nfs";
        default:
            break;
    }
    std::array<char, 16> text{};
    std::snprintf(text.data(), text.size(), "0x%x", magic);
    return text.data();
}

}  // namespace

int PosixDisk::open(const Place& place, Open how) {
    // Below the data folder a symbolic link is never ours; the data folder itself may be reached through one.
    int flags = flags_of(how) | O_CLOEXEC | (place.folder == whole_system ? 0 : O_NOFOLLOW);
    mode_t mode = how == Open::lock ? 0600 : 0440;
    return uninterrupted([&] { return ::openat(place.folder, place.name.c_str(), flags, mode); });
}

void PosixDisk::close(Handle handle) noexcept {
    ::close(handle);
}

int PosixDisk::make_folder(const Place& place) {
    return answer(::mkdirat(place.folder, place.name.c_str(), 0700));
}

std::int64_t PosixDisk::write(Handle file, std::uint64_t offset, std::span<const std::byte> bytes) {
    return uninterrupted([&] { return ::pwrite(file, bytes.data(), bytes.size(), static_cast<off_t>(offset)); });
}

std::int64_t PosixDisk::read(Handle file, std::uint64_t offset, std::span<std::byte> into) {
    return uninterrupted([&] { return ::pread(file, into.data(), into.size(), static_cast<off_t>(offset)); });
}

int PosixDisk::reserve(Handle file, const Range& range) {
    return uninterrupted([&] {
        return ::fallocate(file, FALLOC_FL_KEEP_SIZE, static_cast<off_t>(range.offset),
                           static_cast<off_t>(range.bytes));
    });
}

int PosixDisk::cut(Handle file, std::uint64_t size) {
    return uninterrupted([&] { return ::ftruncate(file, static_cast<off_t>(size)); });
}

void PosixDisk::start_reading(Handle file, const Range& range) noexcept {
    ::posix_fadvise(file, static_cast<off_t>(range.offset), static_cast<off_t>(range.bytes), POSIX_FADV_WILLNEED);
}

void PosixDisk::start_writing(Handle file, const Range& range) noexcept {
    ::sync_file_range(file, static_cast<off_t>(range.offset), static_cast<off_t>(range.bytes), SYNC_FILE_RANGE_WRITE);
}

int PosixDisk::sync_bytes(Handle file) {
    return answer(::fdatasync(file));
}

int PosixDisk::sync_folder(Handle folder) {
    return answer(::fsync(folder));
}

int PosixDisk::link_open(Handle file, const Place& to) {
    // AT_EMPTY_PATH would be shorter but needs CAP_DAC_READ_SEARCH on Debian 12's kernel.
    std::string from = "/proc/self/fd/" + std::to_string(file);
    return answer(::linkat(AT_FDCWD, from.c_str(), to.folder, to.name.c_str(), AT_SYMLINK_FOLLOW));
}

int PosixDisk::link(const Place& from, const Place& to) {
    return answer(::linkat(from.folder, from.name.c_str(), to.folder, to.name.c_str(), 0));
}

int PosixDisk::replace(const Place& from, const Place& to) {
    return answer(::renameat(from.folder, from.name.c_str(), to.folder, to.name.c_str()));
}

int PosixDisk::unlink(const Place& place) {
    return answer(::unlinkat(place.folder, place.name.c_str(), 0));
}

int PosixDisk::stat(Handle file, Stat& into) {
    struct stat raw {};
    if (::fstat(file, &raw) != 0) return -errno;
    into = stat_of(raw);
    return 0;
}

int PosixDisk::stat(const Place& place, Stat& into) {
    struct stat raw {};
    if (::fstatat(place.folder, place.name.c_str(), &raw, AT_SYMLINK_NOFOLLOW) != 0) return -errno;
    into = stat_of(raw);
    return 0;
}

int PosixDisk::list(Handle folder, std::vector<std::string>& names) {
    // A descriptor of its own: readdir moves the position, and closedir closes what it was given.
    int own = ::openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (own < 0) return -errno;
    std::unique_ptr<DIR, int (*)(DIR*)> entries(::fdopendir(own), ::closedir);
    if (!entries) {
        int error = -errno;
        ::close(own);
        return error;
    }
    errno = 0;  // readdir says "end" and "failed" alike; only errno tells them apart
    while (const dirent* entry = ::readdir(entries.get())) {
        std::string name = static_cast<const char*>(entry->d_name);
        if (name != "." && name != "..") names.push_back(std::move(name));
        errno = 0;
    }
    return -errno;
}

int PosixDisk::volume(Handle folder, Volume& into) {
    struct statvfs raw {};
    struct statfs kind {};
    if (::fstatvfs(folder, &raw) != 0 || ::fstatfs(folder, &kind) != 0) return -errno;
    into.total_bytes = static_cast<std::uint64_t>(raw.f_blocks) * raw.f_frsize;
    into.free_bytes = static_cast<std::uint64_t>(raw.f_bavail) * raw.f_frsize;
    // btrfs makes inodes as it goes and reports none at all.
    into.free_inodes = raw.f_files == 0 ? std::numeric_limits<std::uint64_t>::max() : raw.f_favail;
    into.kind = kind_of(static_cast<std::uint32_t>(kind.f_type));
    return 0;
}

int PosixDisk::lock(Handle file) {
    return uninterrupted([&] { return ::flock(file, LOCK_EX | LOCK_NB); });
}

int PosixDisk::forget(Handle file) {
    return -::posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED);
}

}  // namespace spool
