/// Proven: the blobs whose bytes on disk this process has hashed, so that a duplicate need not be read again.
///
/// Any thread. At most `count_max` are remembered; forgetting one costs a re-reading, nothing else.
#pragma once

#include <cstddef>
#include <mutex>
#include <unordered_set>

#include "spool/digest.h"

namespace spool {

class Proven {
public:
    static constexpr std::size_t count_max = 65'536;

    bool has(const Digest& digest) const {
        std::lock_guard lock(mutex_);
        return digests_.contains(digest);
    }
    void add(const Digest& digest) {
        std::lock_guard lock(mutex_);
        if (digests_.size() >= count_max) digests_.erase(digests_.begin());
        digests_.insert(digest);
    }
    void remove(const Digest& digest) {
        std::lock_guard lock(mutex_);
        digests_.erase(digest);
    }

private:
    mutable std::mutex mutex_;  // guards what follows
    std::unordered_set<Digest> digests_;
};

}  // namespace spool
