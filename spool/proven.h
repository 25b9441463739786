/// Proven: the blobs whose bytes on disk this process has hashed, so that a duplicate need not be read again.
///
/// One thread at a time. At most `count_max` are remembered; forgetting one costs a re-reading, nothing else.
#pragma once

#include <cstddef>
#include <unordered_set>

#include "spool/digest.h"

namespace spool {

class Proven {
public:
    static constexpr std::size_t count_max = 65'536;

    bool has(const Digest& digest) const { return digests_.contains(digest); }
    void add(const Digest& digest) {
        if (digests_.size() >= count_max) digests_.erase(digests_.begin());
        digests_.insert(digest);
    }
    void remove(const Digest& digest) { digests_.erase(digest); }

private:
    std::unordered_set<Digest> digests_;
};

}  // namespace spool
