/// Linked: a blob that has its name, durably, and keeps it: while a Linked lives, that name is pinned, and nothing
/// removes or moves it.
///
/// Whoever is about to write a row that names the blob keeps it until the row is committed. It may be moved to another
/// thread and destroyed on any. It must not outlive its Spool.
#pragma once

#include <cstdint>

#include "spool/digest.h"

namespace spool {

class Pins;

/// What became of a sealed blob in `Spool::link`.
enum class Link {
    linked,    ///< new
    reused,    ///< the same bytes were there already; unread ones over `rehash_bytes_max` gave way to the sealed ones
    replaced,  ///< a file of this name was there with other bytes: it is in quarantine/, the sealed bytes took its
               ///< place
};

class Linked {
public:
    ~Linked();
    Linked(Linked&& other) noexcept;
    Linked& operator=(Linked&& other) noexcept;

    const Digest& digest() const { return digest_; }
    std::uint64_t size() const { return size_; }
    Link how() const { return how_; }

private:
    friend class Spool;
    /// Pins the name; `Spool::link` says how it went.
    Linked(const Digest& digest, std::uint64_t bytes, Pins& pins);
    void unpin();

    Digest digest_;
    std::uint64_t size_;
    Link how_ = Link::reused;
    Pins* pins_;  ///< null: moved from
};

}  // namespace spool
