/// Holds: the names that somebody is about to write a row for, each as often as it is held.
///
/// Any thread. A name is first held under the lock of its shard (`Spool::Parts`), and looked up there before it is
/// removed: what is not held then has no row on its way. It is let go of at any moment.
#pragma once

#include <mutex>
#include <unordered_map>

#include "spool/digest.h"

namespace spool {

class Holds {
public:
    void add(const Digest& digest) {
        std::lock_guard lock(mutex_);
        ++counts_[digest];
    }
    void remove(const Digest& digest) {
        std::lock_guard lock(mutex_);
        const auto held = counts_.find(digest);
        if (--held->second == 0) counts_.erase(held);
    }
    std::size_t count(const Digest& digest) const {
        std::lock_guard lock(mutex_);
        const auto held = counts_.find(digest);
        return held == counts_.end() ? 0 : held->second;
    }

private:
    mutable std::mutex mutex_;
    std::unordered_map<Digest, std::size_t> counts_;
};

}  // namespace spool
