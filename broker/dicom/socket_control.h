/// SocketControl: what the owner of one DICOM connection, on whatever thread, sees of it and does to it.
///
/// Any thread. Shared by the owner and the connection: DCMTK deletes the connection when it likes, the control stays.
/// All deadlines are kept by the connection itself (dcmtk_connection.h), which looks here before it waits.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>

namespace broker::dicom {

struct SocketLimits {
    std::chrono::milliseconds idle_timeout{60'000};  ///< the longest wait for one byte to come or go
    std::uint64_t min_bytes_per_second = 0;  ///< of a peer inside a message, 0: any; counts only time spent waiting
    std::chrono::milliseconds min_rate_window{30'000};
};

/// Why a connection gives no more bytes.
enum class SocketEnd { none, closed_by_peer, idle, deadline, too_slow, stopped, cut_off, failed };

/// Like "idle", for logs.
const char* to_string(SocketEnd end);

class SocketControl {
public:
    using Instant = std::chrono::steady_clock::time_point;

    explicit SocketControl(const SocketLimits& limits) : limits_(limits), idle_(limits.idle_timeout) {}

    std::uint64_t bytes_in() const { return bytes_in_.load(std::memory_order_relaxed); }
    std::uint64_t bytes_out() const { return bytes_out_.load(std::memory_order_relaxed); }
    SocketEnd end() const { return end_.load(); }

    /// From now on one wait lasts at most this long.
    void set_idle_timeout(std::chrono::milliseconds timeout) { idle_.store(timeout); }
    /// Whatever happens, the connection gives and takes nothing after `at`. A wait that is running notices within a
    /// quarter of a second.
    void end_by(Instant at) { deadline_.store(at.time_since_epoch().count()); }
    /// Between these two the minimum rate holds.
    void begin_message() { message_.fetch_add(1); }
    void end_message() { message_.fetch_add(1); }
    /// Ends the connection at once when it is outside of a message, else as soon as that has ended.
    void end_between_messages() { ends_between_messages_.store(true); }
    /// Ends the connection at once, in both directions, without closing the descriptor. Idempotent.
    void cut_off();
    bool is_cut_off() const { return is_cut_off_.load(); }

private:
    friend class DcmtkConnection;

    void attach(int fd);
    void detach();
    void ended(SocketEnd end);
    Instant deadline() const { return Instant(Instant::duration(deadline_.load())); }
    bool is_over() const { return ends_between_messages_.load() && message_.load() % 2 == 0; }

    const SocketLimits limits_;
    std::atomic<std::chrono::milliseconds> idle_;
    std::atomic<Instant::rep> deadline_{Instant::max().time_since_epoch().count()};
    std::atomic<std::uint64_t> message_{0};  ///< odd inside a message
    std::atomic<std::uint64_t> bytes_in_{0}, bytes_out_{0};
    std::atomic<SocketEnd> end_{SocketEnd::none};
    std::atomic<bool> is_cut_off_{false}, ends_between_messages_{false};

    std::mutex mutex_;  ///< guards fd_: it must not be shut down after it was closed and its number reused
    int fd_ = -1;
};

}  // namespace broker::dicom
