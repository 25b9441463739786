#include "spool/spool.h"

#include <cassert>
#include <cerrno>
#include <utility>

#include "spool/intake_file.h"
#include "spool/parts.h"

namespace spool {

Spool::Spool(Disk& disk, const std::filesystem::path& data_dir, Options options)
    : parts_(std::make_unique<Parts>(disk, options)) {
    parts_->start(data_dir);
}

Spool::~Spool() = default;

bool Spool::was_clean() const {
    return parts_->was_clean;
}

const std::string& Spool::warning() const {
    return parts_->warning;
}

Intake Spool::begin(std::uint64_t bytes_max) {
    Intake::File::Limits limits{.bytes_max = bytes_max,
                                .reserve_after_bytes = parts_->options.reserve_after_bytes,
                                .reserve_bytes = parts_->options.reserve_bytes};
    return Intake(std::make_unique<Intake::File>(parts_->disk, parts_->new_draft(),
                                                 Intake::File::Shared{parts_->buffers, parts_->intakes}, limits));
}

Reader Spool::open(const Digest& digest) const {
    return Reader(parts_->open_blob(digest));
}

std::optional<std::uint64_t> Spool::size_of(const Digest& digest) const {
    Disk::Stat stat;
    int result = parts_->disk.stat(parts_->blob_place(digest), stat);
    if (result == -ENOENT) return std::nullopt;
    if (result < 0) throw failed({"look at", layout::full_blob_name(digest)}, result);
    return stat.is_file ? std::optional(stat.size) : std::nullopt;
}

bool Spool::verify(const Digest& digest) const {
    auto file = parts_->open_blob(digest);
    // A first mismatch may be memory's or the controller's; only what the medium says twice is damage. That the advice
    // to forget was not taken is no failure.
    for (int reading = 0; reading < 2; ++reading) {
        parts_->disk.forget(file->file.handle());
        try {
            if (file->hash() == digest) return true;
        } catch (const Error&) {
            parts_->doubt(digest);
            throw;
        }
    }
    parts_->doubt(digest);
    return false;
}

bool Spool::is_current(const Digest& digest, const Reader& reader) const {
    Disk::Stat named, read;
    int result = parts_->disk.stat(parts_->blob_place(digest), named);
    if (result == -ENOENT) return false;
    if (result >= 0) result = parts_->disk.stat(reader.file_->file.handle(), read);
    if (result < 0) throw failed({"look at", layout::full_blob_name(digest)}, result);
    return named.inode == read.inode;
}

Space Spool::space() const {
    Disk::Volume volume;
    int result = parts_->disk.volume(parts_->blobs.handle(), volume);
    if (result < 0) throw failed({"ask for the space of", layout::blobs_folder}, result);
    return {.total_bytes = volume.total_bytes, .free_bytes = volume.free_bytes, .free_inodes = volume.free_inodes};
}

void Spool::mark_clean() {
    assert(!parts_->is_ended);
    Disk::Place place{parts_->data.handle(), std::string(layout::clean_file)};
    int opened = parts_->disk.open(place, Disk::Open::create);
    if (opened < 0 && opened != -EEXIST) throw failed({"make", layout::clean_file}, opened);
    if (opened >= 0) OpenFile(parts_->disk, opened);  // empty: being there is all it says
    parts_->sync(parts_->data, "the data folder");
    parts_->is_ended = true;
}

void Spool::Parts::doubt(const Digest& digest) {
    std::lock_guard guard(mutex_of(digest));  // not while somebody joins it on the strength of that
    proven.remove(digest);
}

OpenFile Spool::Parts::open_folder(const Disk::Place& place, std::string_view name) const {
    int opened = disk.open(place, Disk::Open::folder);
    if (opened < 0) throw failed({"open the folder", name}, opened);
    return OpenFile(disk, opened);
}

void Spool::Parts::sync(const OpenFile& folder, std::string_view name) {
    int result = disk.sync_folder(folder.handle());
    if (result >= 0) return;
    Error error = failed({"sync", name}, result);
    if (error.code() == Errc::io) is_suspect = true;
    throw error;
}

Disk::Place Spool::Parts::blob_place(const Digest& digest) const {
    return {blobs.handle(), layout::blob_name(digest)};
}

std::unique_ptr<Reader::File> Spool::Parts::open_blob(const Digest& digest) const {
    std::string name = layout::full_blob_name(digest);
    int opened = disk.open(blob_place(digest), Disk::Open::read);
    if (opened == -ENOENT) throw Error(Errc::not_found, "there is no " + name);
    if (opened < 0) throw failed({"open", name}, opened);
    OpenFile file(disk, opened);
    Disk::Stat stat;
    int result = disk.stat(opened, stat);
    if (result < 0) throw failed({"look at", name}, result);
    if (!stat.is_file) throw Error(Errc::damaged, name + " is not a file");
    return std::make_unique<Reader::File>(Reader::File{disk, std::move(file), stat.size, std::move(name)});
}

Disk::Place Spool::Parts::new_tmp_place() {
    return {tmp.handle(), layout::tmp_name(next_tmp++)};
}

Draft Spool::Parts::new_draft() {
    if (use_tmpfile) {
        int opened = disk.open({blobs.handle(), "."}, Disk::Open::unnamed);
        if (opened >= 0) return Draft(disk, OpenFile(disk, opened));
        // The probe could not tell while the disk was full.
        if (opened != -EOPNOTSUPP && opened != -EISDIR) throw failed({"begin a file in", layout::blobs_folder}, opened);
        use_tmpfile = false;
    }
    auto place = new_tmp_place();
    int opened = disk.open(place, Disk::Open::create);
    if (opened < 0) throw failed({"begin a file in", layout::tmp_folder}, opened);
    return Draft(disk, OpenFile(disk, opened), std::move(place));
}

}  // namespace spool
