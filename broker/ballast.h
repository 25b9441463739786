/// Ballast: a file that only takes room, given up when the disk is full, so that outcomes can still be recorded.
///
/// Any thread. A full disk must never keep us from writing down that an instance was delivered: that would send it
/// twice.
#pragma once

#include <cstdint>
#include <filesystem>
#include <mutex>

namespace broker {

class Ballast {
public:
    /// `bytes` 0 switches it off. Takes nothing yet.
    Ballast(std::filesystem::path file, std::uint64_t bytes);
    /// Takes the room again, if it ever had it and there is enough: the last writes may have needed it, and closing the
    /// database gave some back. Others may fill the disk until the next start, and that needs some.
    ~Ballast();
    Ballast(const Ballast&) = delete;
    Ballast& operator=(const Ballast&) = delete;

    /// Takes the room unless it is taken. False where there is not enough; then nothing is taken.
    bool take();
    /// Gives the room back. False when there was none to give.
    bool release();

private:
    const std::filesystem::path file_;
    const std::uint64_t bytes_;
    std::mutex mutex_;  ///< one take or release at a time; guards had_it_
    bool had_it_ = false;
};

}  // namespace broker
