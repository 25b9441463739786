// The start of a Spool: README.md, Start.
#include <array>
#include <cassert>
#include <cerrno>
#include <vector>

#include "spool/parts.h"

namespace spool {

namespace {

bool is_unsupported(int result) {
    return result == -EOPNOTSUPP || result == -ENOSYS || result == -EINVAL || result == -EPERM || result == -EBADF;
}

Error unsuited(const char* missing) {
    return Error(Errc::unsuited, std::string("the file system of the data folder has no working ") + missing +
                                     ": use ext4 or XFS on a local disk for [node] data_dir");
}

/// Throws unless the call worked or the disk is full. A full disk is no reason not to start: what is there must still
/// be delivered.
void check_probe(const char* missing, int result) {
    if (result >= 0 || is_no_space(result)) return;
    if (is_unsupported(result)) throw unsuited(missing);
    throw failed({"try out", missing}, result);
}

std::string warning_about(const std::string& kind) {
    if (kind == "ext4" || kind == "xfs") return "";
    if (kind == "tmpfs") return "the data folder is on tmpfs: everything is lost when the machine stops";
    return "the data folder is on " + kind +
           ": only ext4 and XFS are known to keep a synced file through a power cut; move [node] data_dir";
}

}  // namespace

void Spool::Parts::start(const std::filesystem::path& data_dir) {
    auto path = std::filesystem::absolute(data_dir / "").parent_path();  // without a slash at the end
    make_path(path);
    data = open_folder({Disk::whole_system, path.string()}, "the data folder");
    take_lock();
    blobs = make_folder(layout::blobs_folder);
    tmp = make_folder(layout::tmp_folder);
    quarantine = make_folder(layout::quarantine_folder);
    orphans = make_folder(layout::orphans_folder);
    check_one_volume();
    make_shards();
    note_clean();
    empty_tmp();
    probe();
}

/// Makes the data folder and, where they are missing too, the folders above it, each durable before the next.
void Spool::Parts::make_path(const std::filesystem::path& path) {
    Disk::Stat ignored;
    bool is_there = disk.stat({Disk::whole_system, path.string()}, ignored) == 0;
    auto above = path.parent_path();
    if (!is_there) {
        if (above != path) make_path(above);
        int result = disk.make_folder({Disk::whole_system, path.string()});
        if (result < 0 && result != -EEXIST) throw failed({"make the folder", path.string()}, result);
    }
    // Synced even when the folder was there: who made it may have died before his own sync. A folder above that we may
    // not open was made by somebody else.
    int opened = disk.open({Disk::whole_system, above.string()}, Disk::Open::folder);
    if (is_there && (opened == -EACCES || opened == -EPERM)) return;
    if (opened < 0) throw failed({"open the folder above", path.string()}, opened);
    OpenFile folder(disk, opened);
    int result = disk.sync_folder(folder.handle());
    // Nothing of ours hangs on a folder above that cannot be synced, as on a container's read-only root.
    if (result < 0 && !is_there) throw failed({"sync the folder above", path.string()}, result);
}

void Spool::Parts::take_lock() {
    int opened = disk.open({data.handle(), std::string(layout::lock_file)}, Disk::Open::lock);
    if (opened < 0) throw failed({"open", layout::lock_file}, opened);
    lock = OpenFile(disk, opened);
    int result = disk.lock(lock.handle());
    if (result == -EWOULDBLOCK) {
        throw Error(Errc::in_use, "another process uses this data folder: stop it, or give this one its own data_dir");
    }
    if (result == -ENOLCK || result == -ENOSYS || result == -EOPNOTSUPP) throw unsuited("file lock (flock)");
    if (result < 0) throw failed({"lock", layout::lock_file}, result);
}

OpenFile Spool::Parts::make_folder(std::string_view name) {
    Disk::Place place{data.handle(), std::string(name)};
    int result = disk.make_folder(place);
    if (result < 0 && result != -EEXIST) throw failed({"make the folder", name}, result);
    return open_folder(place, name);
}

void Spool::Parts::check_one_volume() {
    Disk::Stat first;
    int result = disk.stat(data.handle(), first);
    for (const OpenFile* folder : {&blobs, &tmp, &quarantine, &orphans}) {
        Disk::Stat stat;
        if (result >= 0) result = disk.stat(folder->handle(), stat);
        if (result < 0) throw failed({"look at", "the data folder"}, result);
        if (stat.device != first.device) {
            throw Error(Errc::unsuited,
                        "the folders inside the data folder lie on several file systems: a blob cannot "
                        "be linked from one to another; mount one file system as the data folder");
        }
    }
}

void Spool::Parts::make_shards() {
    for (unsigned shard = 0; shard < layout::shard_count; ++shard) {
        int result = disk.make_folder({blobs.handle(), layout::shard_name(shard)});
        if (result < 0 && result != -EEXIST) throw failed({"make a folder in", layout::blobs_folder}, result);
    }
    // Also when nothing was made, see make_path.
    int result = disk.sync_folder(blobs.handle());
    if (result >= 0) result = disk.sync_folder(data.handle());
    if (is_unsupported(result)) throw unsuited("sync of folders (fsync)");
    if (result < 0) throw failed({"sync", "the data folder"}, result);
}

void Spool::Parts::note_clean() {
    int result = disk.unlink({data.handle(), std::string(layout::clean_file)});
    if (result == -ENOENT) return;
    if (result < 0) throw failed({"remove", layout::clean_file}, result);
    sync(data, "the data folder");  // or a crash of this process would look like an orderly stop
    was_clean = true;
}

void Spool::Parts::empty_tmp() {
    std::vector<std::string> names;
    int result = disk.list(tmp.handle(), names);
    if (result < 0) throw failed({"list", layout::tmp_folder}, result);
    for (const std::string& name : names) {
        result = disk.unlink({tmp.handle(), name});
        if (result == -EISDIR || result == -EPERM) continue;  // a folder is not ours
        if (result < 0 && result != -ENOENT) throw failed({"remove a file in", layout::tmp_folder}, result);
    }
}

void Spool::Parts::probe() {
    Disk::Volume volume;
    int result = disk.volume(data.handle(), volume);
    if (result < 0) throw failed({"ask for the space of", "the data folder"}, result);
    warning = warning_about(volume.kind);
    if (use_tmpfile) use_tmpfile = probe_unnamed();
    if (!use_tmpfile) probe_named();
    check_probe("sync of folders (fsync)", disk.sync_folder(tmp.handle()));
}

/// False where files without a name, or naming them through /proc, don't work.
bool Spool::Parts::probe_unnamed() {
    int opened = disk.open({blobs.handle(), "."}, Disk::Open::unnamed);
    if (is_no_space(opened)) return true;
    if (opened < 0) return false;
    OpenFile file(disk, opened);
    check_probe("sync of files (fdatasync)", disk.sync_bytes(file.handle()));
    auto place = new_tmp_place();
    int result = disk.link_open(file.handle(), place);
    if (result == 0) disk.unlink(place);
    return result == 0 || is_no_space(result);
}

void Spool::Parts::probe_named() {
    auto place = new_tmp_place();
    int opened = disk.open(place, Disk::Open::create);
    if (is_no_space(opened)) return;
    if (opened < 0) throw failed({"make a file in", layout::tmp_folder}, opened);
    Draft draft(disk, OpenFile(disk, opened), place);
    check_probe("sync of files (fdatasync)", disk.sync_bytes(draft.handle()));
    auto second = new_tmp_place();
    int result = draft.link(second);
    if (result == 0) disk.unlink(second);
    check_probe("links", result);
}

}  // namespace spool
