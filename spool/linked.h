/// Linked: a blob that has its name, durably, and keeps it: while a Linked lives, nothing removes or moves that name.
///
/// Whoever is about to write a row that names the blob holds one until the row is committed. It may be moved to another
/// thread and destroyed on any. It must not outlive its Spool.
#pragma once

#include <cstdint>
#include <utility>

#include "spool/digest.h"

namespace spool {

class Holds;

/// What became of a sealed blob in `Spool::link`.
enum class Link {
    linked,    ///< new
    reused,    ///< the same bytes were there already; unread ones over `rehash_bytes_max` gave way to the sealed ones
    replaced,  ///< a file of this name was there with other bytes: it is in quarantine/, the sealed bytes took its
               ///< place
};

class Linked {
public:
    /// Takes the hold; `Spool::link` says how it went.
    Linked(const Digest& digest, std::uint64_t bytes, Holds& holds);
    ~Linked();
    Linked(Linked&& other) noexcept;
    Linked& operator=(Linked&& other) noexcept;

    const Digest& digest() const { return digest_; }
    std::uint64_t size() const { return size_; }
    Link how() const { return how_; }

private:
    friend class Spool;
    Digest digest_;
    std::uint64_t size_;
    Link how_ = Link::reused;
    Holds* holds_;  ///< null: moved from
};

}  // namespace spool
