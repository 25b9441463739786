// Temporary name, write, fdatasync, rename without replacing, fsync of the folders.
#include "broker/deliver/folder/folder_sender.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <vector>

#include "broker/deliver/folder/names.h"
#include "broker/dicom/descriptor.h"
#include "spool/error.h"

namespace broker::deliver {

namespace {

namespace fs = std::filesystem;
using dicom::Descriptor;

constexpr std::size_t chunk_bytes = 256 * 1024;
constexpr mode_t folder_mode = 0777, file_mode = 0666;  // what others may see is the administrator's umask

/// A system call failed; the number decides what that means.
struct Failed {
    int error;
};

/// What stands under a name that this instance needs is not what may stand there.
struct NameTaken {};

void check(int result) {
    if (result < 0) throw Failed{errno};
}

/// The folder `name` in `parent`, made if it is missing; a new one is durable when this returns. A link is not
/// followed: it could lead out of the destination.
Descriptor make_folder(int parent, const std::string& name) {
    if (::mkdirat(parent, name.c_str(), folder_mode) == 0)
        check(::fsync(parent));
    else if (errno != EEXIST)
        throw Failed{errno};
    Descriptor folder(::openat(parent, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    const bool is_no_folder = !folder.is_open() && (errno == ENOTDIR || errno == ELOOP);
    if (is_no_folder) throw NameTaken{};
    check(folder.get());
    return folder;
}

/// The file `name` in `folder`; nothing where the name is free. What is there and is no file that we can read (a link,
/// a socket, somebody's private file) concerns this instance alone.
std::optional<Descriptor> open_present(int folder, const std::string& name) {
    // Without O_NONBLOCK a named pipe would be waited for without end.
    Descriptor file(::openat(folder, name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    if (file.is_open()) return file;
    const int error = errno;
    if (error == ENOENT) return std::nullopt;
    struct stat facts {};
    const bool is_refused = error == ELOOP || error == EACCES || error == EPERM || error == ENXIO;
    if (is_refused && ::fstatat(folder, name.c_str(), &facts, AT_SYMLINK_NOFOLLOW) == 0) throw NameTaken{};
    throw Failed{error};
}

void write_all(int file, std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
        ssize_t written = ::write(file, bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR) continue;
        check(static_cast<int>(std::min<ssize_t>(written, 1)));
        bytes = bytes.subspan(static_cast<std::size_t>(written));
    }
}

/// Whether the file holds exactly the blob's bytes.
bool holds(int file, spool::VerifiedReader& blob, const std::atomic<bool>& is_interrupted) {
    struct stat facts {};
    check(::fstat(file, &facts));
    if (!S_ISREG(facts.st_mode) || static_cast<std::uint64_t>(facts.st_size) != blob.size()) return false;
    std::vector<std::byte> ours(chunk_bytes), theirs(chunk_bytes);
    while (std::size_t size = blob.next(ours)) {
        if (is_interrupted) throw Failed{EINTR};
        for (std::size_t read = 0; read < size;) {
            ssize_t got = ::read(file, theirs.data() + read, size - read);
            if (got < 0) throw Failed{errno};
            if (got == 0) return false;
            read += static_cast<std::size_t>(got);
        }
        if (!std::equal(ours.begin(), ours.begin() + static_cast<std::ptrdiff_t>(size), theirs.begin())) return false;
    }
    return true;
}

/// A file under a temporary name; gone again unless it was given its own.
class Draft {
public:
    Draft(int folder, std::string name) : folder_(folder), name_(std::move(name)) {
        // A crash may have left one: nobody else writes this name, since one attempt at a job runs at a time.
        ::unlinkat(folder_, name_.c_str(), 0);
        file_ = Descriptor(
            ::openat(folder_, name_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, file_mode));
        if (!file_.is_open() && errno == EEXIST) throw NameTaken{};
        check(file_.get());
    }
    ~Draft() {
        if (!name_.empty()) ::unlinkat(folder_, name_.c_str(), 0);
    }
    int file() const { return file_.get(); }
    /// False when the name was taken meanwhile.
    bool rename_to(const std::string& name) {
        int result = ::renameat2(folder_, name_.c_str(), folder_, name.c_str(), RENAME_NOREPLACE);
        if (result != 0 && errno == EEXIST) return false;
        // Some network file systems know no flags. The name was free a moment ago, and only this lane writes here.
        if (result != 0 && errno == EINVAL) result = ::renameat(folder_, name_.c_str(), folder_, name.c_str());
        check(result);
        name_.clear();
        return true;
    }

private:
    int folder_;
    std::string name_;
    Descriptor file_;
};

void write_file(int series, const std::string& name, spool::VerifiedReader& blob, Stride& stride, Sent& sent) {
    Draft draft(series, "." + name + ".part");
    std::vector<std::byte> buffer(chunk_bytes);
    while (std::size_t size = blob.next(buffer)) {
        for (std::span<const std::byte> rest(buffer.data(), size); !rest.empty();) {
            const auto piece = rest.first(std::min(rest.size(), stride.piece_max()));
            if (!stride.take(piece.size())) throw Failed{EINTR};
            write_all(draft.file(), piece);
            rest = rest.subspan(piece.size());
        }
        sent.bytes += static_cast<std::int64_t>(size);
    }
    check(::fdatasync(draft.file()));
    sent.event.happening = draft.rename_to(name) ? Happening::written : Happening::name_taken;
    check(::fsync(series));
}

void put(int root, const outbox::ClaimedJob& job, spool::VerifiedReader& blob, const std::atomic<bool>& is_interrupted,
         Stride& stride, Sent& sent) {
    const fs::path place = place_of(job);
    auto part = place.begin();
    Descriptor study = make_folder(root, *part);
    Descriptor series = make_folder(study.get(), *++part);
    const std::string name = *++part;
    const auto there = open_present(series.get(), name);
    if (!there) return write_file(series.get(), name, blob, stride, sent);
    bool is_same = holds(there->get(), blob, is_interrupted);
    // It may be ours from before a power cut, renamed but not synced.
    if (is_same) check(::fsync(there->get()));
    if (is_same) check(::fsync(series.get()));
    sent.event.happening = is_same ? Happening::written : Happening::name_taken;
    sent.evidence = outbox::Evidence::readback;
}

}  // namespace

Event folder_failure(int error) {
    switch (error) {
        case ENOSPC:
        case EDQUOT:
            return {Happening::no_space, 0, false};
        case EROFS:
        case EACCES:
        case EPERM:
        case ENOENT:
        case ENOTDIR:
        case ELOOP:
        case ENAMETOOLONG:
            return {Happening::path_refused, 0, false};
        case EMFILE:
        case ENFILE:
        case ENOMEM:
            return {Happening::out_of_descriptors, 0, false};
        default:
            return {Happening::path_failed, 0, false};
    }
}

FolderSender::FolderSender(fs::path path, std::vector<PaceLine> paces)
    : path_(std::move(path)), stride_(std::move(paces)) {}

void FolderSender::interrupt() {
    is_interrupted_ = true;
    stride_.interrupt();
}

std::optional<Event> FolderSender::open(const Opening&) {
    is_open_ = false;
    if (is_interrupted_) return Event{Happening::path_failed, 0, false};
    Descriptor root(::open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!root.is_open()) return folder_failure(errno);
    if (::faccessat(root.get(), ".", W_OK | X_OK, AT_EACCESS) != 0) return folder_failure(errno);
    is_open_ = true;
    return std::nullopt;
}

Sent FolderSender::send(const outbox::ClaimedJob& job, spool::Reader reader) {
    Sent sent;
    try {
        spool::VerifiedReader blob(std::move(reader), spool::Digest::from_bytes(job.digest));
        Descriptor root(::open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
        check(root.get());
        put(root.get(), job, blob, is_interrupted_, stride_, sent);
    } catch (const NameTaken&) {
        sent.event.happening = Happening::name_taken;
    } catch (const Failed& failed) {
        sent.event = folder_failure(failed.error);
        is_open_ = false;
    } catch (const spool::Error& error) {
        sent.event = blob_failure(error);
    }
    return sent;
}

}  // namespace broker::deliver
