/// Histogram: how long something took, counted in steps, so that one number of many can be shown.
///
/// Any thread; noting takes no lock and never waits. It reads no clock: it is told what was measured.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <vector>

namespace measure {

/// What a histogram had counted at one moment. A value.
struct Distribution {
    std::vector<double> bounds_s;       ///< rising
    std::vector<std::uint64_t> counts;  ///< one more: what took at most bounds_s[i] and longer than the one before
    double sum_s = 0;
    bool operator==(const Distribution&) const = default;
};

class Histogram {
public:
    /// From what a disk takes for one write to what a thin link takes for a large study.
    static constexpr std::array bounds_ms{1, 3, 10, 30, 100, 300, 1'000, 3'000, 10'000, 30'000, 100'000, 300'000};

    void note(std::chrono::nanoseconds took) noexcept;
    Distribution read() const;

private:
    std::array<std::atomic<std::uint64_t>, bounds_ms.size() + 1> counts_{};
    std::atomic<std::uint64_t> sum_us_{0};
};

}  // namespace measure
