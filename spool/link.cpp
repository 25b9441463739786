// Giving a sealed blob its name: README.md, rules 1, 3, 4 and 5.
#include <cassert>
#include <cerrno>
#include <utility>

#include "spool/intake_file.h"
#include "spool/parts.h"

namespace spool {

Linked::Linked(const Digest& digest, std::uint64_t bytes, Pins& pins) : digest_(digest), size_(bytes), pins_(&pins) {
    pins.add(digest);
}

Linked::~Linked() {
    unpin();
}

Linked::Linked(Linked&& other) noexcept
    : digest_(other.digest_), size_(other.size_), how_(other.how_), pins_(std::exchange(other.pins_, nullptr)) {}

Linked& Linked::operator=(Linked&& other) noexcept {
    if (this == &other) return *this;
    unpin();
    digest_ = other.digest_;
    size_ = other.size_;
    how_ = other.how_;
    pins_ = std::exchange(other.pins_, nullptr);
    return *this;
}

void Linked::unpin() {
    if (pins_ != nullptr) pins_->remove(digest_);
}

Linked Spool::link(Sealed sealed) {
    Parts& parts = *parts_;
    assert(!parts.is_ended && sealed.file_ && "a spent Sealed");
    const Digest& digest = sealed.digest_;
    // Until the sync is over: nobody may build on a name whose sync is about to fail.
    std::unique_lock lock(parts.mutex_of(digest));
    parts.refuse_if_suspect();
    Linked linked(digest, sealed.size_, parts.pins);
    const Parts::Named named = parts.name(digest, sealed.size_, sealed.file_->draft);
    linked.how_ = named.how;
    try {
        parts.sync_shard(layout::shard_of(digest));
        parts.refuse_if_suspect();  // another folder's sync failed meanwhile
    } catch (...) {
        // A name whose folder was not synced must not be taken for a durable one later.
        parts.proven.remove(digest);
        if (linked.how_ == Link::linked) parts.disk.unlink(parts.blob_place(digest));
        throw;
    }
    lock.unlock();
    if (named.has_replaced) parts.on_removed(digest);
    return linked;
}

void Spool::Parts::refuse_if_suspect() const {
    if (is_suspect)
        throw Error(Errc::io, "the sync of a folder failed earlier: nothing is linked until the program is restarted");
}

Spool::Parts::Named Spool::Parts::name(const Digest& digest, std::uint64_t size, const Draft& draft) {
    int result = draft.link(blob_place(digest));
    if (result == -EEXIST) return join(digest, size, draft);
    if (result < 0) throw failed({"link", layout::full_blob_name(digest)}, result);
    proven.add(digest);
    return {Link::linked};
}

/// There is a file of that name already.
Spool::Parts::Named Spool::Parts::join(const Digest& digest, std::uint64_t size, const Draft& draft) {
    auto place = blob_place(digest);
    Disk::Stat stat;
    int result = disk.stat(place, stat);
    if (result < 0) throw failed({"look at", layout::full_blob_name(digest)}, result);
    if (stat.size == size && proven.has(digest)) return {Link::reused};
    Named named{Link::reused};
    if (stat.size != size || (size <= options.rehash_bytes_max && !is_whole(digest))) {
        keep(place, quarantine, digest.hex());
        take_place(digest, draft);
        named = {Link::replaced, true};
    } else if (size > options.rehash_bytes_max) {
        // Nobody has looked whether those were the same.
        take_place(digest, draft);
        named.has_replaced = true;
    }
    proven.add(digest);
    return named;
}

bool Spool::Parts::is_whole(const Digest& digest) const {
    auto file = open_blob(digest);
    try {
        return file->hash() == digest;
    } catch (const Error&) {
        return false;  // what cannot be read is as good as lost, and we hold its bytes in our hands
    }
}

/// By one rename, so that there is no moment at which the name stands for nothing.
void Spool::Parts::take_place(const Digest& digest, const Draft& draft) {
    auto spare = new_tmp_place();
    int result = draft.link(spare);
    if (result < 0) throw failed({"link a file in", layout::tmp_folder}, result);
    result = disk.replace(spare, blob_place(digest));
    if (result >= 0) return;
    disk.unlink(spare);
    throw failed({"replace", layout::full_blob_name(digest)}, result);
}

void Spool::Parts::sync_shard(unsigned shard) {
    std::string name = std::string(layout::blobs_folder) + "/" + layout::shard_name(shard);
    sync(open_folder({blobs.handle(), layout::shard_name(shard)}, name), name);
}

}  // namespace spool
