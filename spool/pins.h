/// Pins: the names that somebody is about to write a row for, each as often as it is pinned.
///
/// Any thread. A name is first pinned under the lock of its shard (`Spool::Parts`), and looked up there before it is
/// removed: what is not pinned then has no row on its way. A pin is taken out at any moment.
#pragma once

#include <cassert>
#include <cstddef>
#include <mutex>
#include <unordered_map>

#include "spool/digest.h"

namespace spool {

class Pins {
public:
    void add(const Digest& digest) {
        std::lock_guard lock(mutex_);
        ++counts_[digest];
    }
    void remove(const Digest& digest) {
        std::lock_guard lock(mutex_);
        const auto pinned = counts_.find(digest);
        assert(pinned != counts_.end());
        if (--pinned->second == 0) counts_.erase(pinned);
    }
    bool has(const Digest& digest) const {
        std::lock_guard lock(mutex_);
        return counts_.contains(digest);
    }

private:
    mutable std::mutex mutex_;  // guards what follows
    std::unordered_map<Digest, std::size_t> counts_;
};

}  // namespace spool
