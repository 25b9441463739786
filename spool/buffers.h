/// Buffers: write buffers that intakes borrow and give back, so that none is mapped and faulted in per blob.
///
/// Any thread. Must outlive the intakes that borrow.
#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace spool {

class Buffers {
public:
    static constexpr std::size_t bytes = 128u << 10;
    static constexpr std::size_t kept_max = 64;  ///< 8 MiB; as many as there are associations by default

    using Buffer = std::unique_ptr<std::byte[]>;

    /// A buffer of `bytes` bytes with anything in it.
    Buffer borrow() {
        {
            std::lock_guard lock(mutex_);
            if (!kept_.empty()) {
                Buffer buffer = std::move(kept_.back());
                kept_.pop_back();
                return buffer;
            }
        }
        return std::make_unique_for_overwrite<std::byte[]>(bytes);
    }

    void give_back(Buffer buffer) {
        std::lock_guard lock(mutex_);
        if (kept_.size() < kept_max) kept_.push_back(std::move(buffer));
    }

private:
    std::mutex mutex_;  // guards what follows
    std::vector<Buffer> kept_;
};

}  // namespace spool
