/// Patience: how long a peer is waited for: so long without any byte, and on the whole no longer than a least rate
/// allows.
///
/// Pure: it is told how long was waited and what moved; time spent otherwise (a pace, a slow disk) is not the peer's.
/// One thread at a time. Internal to this folder.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace broker::http {

class Patience {
public:
    using Duration = std::chrono::steady_clock::duration;

    Patience(std::chrono::milliseconds idle, std::uint64_t bytes_per_second)
        : idle_(idle), bytes_per_second_(bytes_per_second) {}

    /// How long the next wait may be; zero or less: it has run out.
    Duration left() const { return std::min(Duration(idle_) - since_moved_, Duration(idle_) + earned() - waited_); }
    void waited(Duration time) {
        since_moved_ += time;
        waited_ += time;
    }
    void moved(std::uint64_t bytes) {
        if (bytes > 0) since_moved_ = Duration(0);
        bytes_ += bytes;
    }

private:
    Duration earned() const { return std::chrono::microseconds(bytes_ * 1'000'000 / bytes_per_second_); }

    std::chrono::milliseconds idle_;
    std::uint64_t bytes_per_second_;
    Duration since_moved_{0}, waited_{0};
    std::uint64_t bytes_ = 0;
};

}  // namespace broker::http
