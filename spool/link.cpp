// Giving sealed blobs their names: README.md, rules 1, 3, 4 and 5.
#include <cassert>
#include <cerrno>

#include "spool/intake_file.h"
#include "spool/parts.h"

namespace spool {

std::vector<Link> Spool::link_all(std::span<Sealed> sealed) {
    Parts& parts = *parts_;
    assert(!parts.is_ended);
    if (parts.is_suspect) {
        throw Error(Errc::io, "the sync of a folder failed earlier: nothing is linked until the program is restarted");
    }
    std::vector<Link> links;
    links.reserve(sealed.size());
    try {
        Parts::Shards shards;
        for (Sealed& blob : sealed) {
            assert(blob.file_ && "a spent Sealed");
            links.push_back(parts.link(blob.digest_, blob.size_, blob.file_->draft));
            shards.set(layout::shard_of(blob.digest_));
        }
        parts.sync_shards(shards);
    } catch (...) {
        // A name whose folder was not synced must not be taken for a durable one by a later batch.
        for (std::size_t i = 0; i < links.size(); ++i) {
            parts.proven.remove(sealed[i].digest_);
            if (links[i] == Link::linked) parts.disk.unlink(parts.blob_place(sealed[i].digest_));
        }
        throw;
    }
    for (Sealed& blob : sealed) blob.file_.reset();
    return links;
}

Link Spool::Parts::link(const Digest& digest, std::uint64_t size, const Draft& draft) {
    int result = draft.link(blob_place(digest));
    if (result == -EEXIST) return join(digest, size, draft);
    if (result < 0) throw failed({"link", layout::full_blob_name(digest)}, result);
    proven.add(digest);
    return Link::linked;
}

/// There is a file of that name already.
Link Spool::Parts::join(const Digest& digest, std::uint64_t size, const Draft& draft) {
    auto place = blob_place(digest);
    Disk::Stat stat;
    int result = disk.stat(place, stat);
    if (result < 0) throw failed({"look at", layout::full_blob_name(digest)}, result);
    Link link = Link::reused;
    if (stat.size != size || (!proven.has(digest) && size <= options.rehash_bytes_max && !is_whole(digest))) {
        keep(place, quarantine, digest.hex());
        take_place(digest, draft);
        link = Link::replaced;
    } else if (!proven.has(digest) && size > options.rehash_bytes_max) {
        take_place(digest, draft);
    }
    proven.add(digest);
    return link;
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

void Spool::Parts::sync_shards(const Shards& shards) {
    for (unsigned shard = 0; shard < layout::shard_count; ++shard) {
        if (!shards.test(shard)) continue;
        std::string name = std::string(layout::blobs_folder) + "/" + layout::shard_name(shard);
        sync(open_folder({blobs.handle(), layout::shard_name(shard)}, name), name);
    }
}

}  // namespace spool
