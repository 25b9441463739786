#include "spool/inspection.h"

#include <cerrno>

#include "spool/draft.h"
#include "spool/layout.h"
#include "spool/parts.h"
#include "spool/reader_file.h"

namespace spool {

namespace {

OpenFile open_or_throw(Disk& disk, const Disk::Place& place, Disk::Open how) {
    const int opened = disk.open(place, how);
    if (opened == -ENOENT) throw Error(Errc::not_found, "there is no " + place.name);
    if (opened < 0) throw failed({"open", place.name}, opened);
    return OpenFile(disk, opened);
}

}  // namespace

Inspection::Inspection(Disk& disk, const std::filesystem::path& data_dir)
    : disk_(disk),
      blobs_(
          open_or_throw(disk, {Disk::whole_system, (data_dir / layout::blobs_folder).string()}, Disk::Open::folder)) {}

Inspection::Finding Inspection::look(const Digest& digest, std::uint64_t size) const {
    const Disk::Place place{blobs_.handle(), layout::blob_name(digest)};
    const int opened = disk_.open(place, Disk::Open::read);
    if (opened == -ENOENT) return Finding::missing;
    if (opened < 0) throw failed({"open", layout::full_blob_name(digest)}, opened);
    OpenFile file(disk_, opened);
    Disk::Stat stat;
    if (const int result = disk_.stat(opened, stat); result < 0)
        throw failed({"look at", layout::full_blob_name(digest)}, result);
    if (!stat.is_file || stat.size != size) return Finding::damaged;
    disk_.forget(opened);
    const Reader::File blob{disk_, std::move(file), stat.size, layout::full_blob_name(digest)};
    return blob.hash() == digest ? Finding::sound : Finding::damaged;
}

FolderHold::FolderHold(Disk& disk, const std::filesystem::path& data_dir)
    // A folder without a lock was never a bridge's: the lock is not made here.
    : lock_(open_or_throw(disk, {Disk::whole_system, (data_dir / layout::lock_file).string()}, Disk::Open::read)) {
    const int result = disk.lock(lock_.handle());
    if (result == -EWOULDBLOCK)
        throw Error(Errc::in_use, "a broker is running on " + data_dir.string() + "; ask it, without --data");
    if (result < 0) throw failed({"lock", layout::lock_file}, result);
}

}  // namespace spool
