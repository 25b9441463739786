/// Requestor: one association that sends C-STOREs one after the other, or a few ahead of their answers.
///
/// One thread at a time. Throws std::runtime_error where the peer refuses, aborts or is gone.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tests/bench/instance.h"
#include "tests/bench/socket.h"

namespace bench {

using Clock = std::chrono::steady_clock;

struct Job {
    std::string host, called_ae_title, calling_ae_title, uid_root;
    std::uint16_t port = 0;
    std::int64_t count = 0, associations = 0;
    std::int64_t window = 1;      ///< requests sent before an answer is waited for
    std::int64_t per_second = 0;  ///< of all associations together; 0: as fast as they can
    std::uint64_t bytes = 0;
};

/// What one association saw.
struct Seen {
    std::map<std::uint16_t, std::int64_t> statuses;
    std::vector<double> took_ms;  ///< from the first byte of a request to its answer
    Clock::time_point began_at{}, last_at{};
    std::string error;
};

class Requestor {
public:
    /// Opens the association of this number. `job` must outlive it.
    Requestor(const Job& job, std::int64_t number);

    /// Takes numbers from `next` until it has reached the job's count, and sends the instances of these numbers.
    void send(std::atomic<std::int64_t>& next, Seen& seen);
    void release();

private:
    void keep_pace(std::int64_t number, Clock::time_point began_at) const;
    void answer(std::deque<Clock::time_point>& sent, Seen& seen);

    const Job& job_;
    Socket socket_;
    std::unique_ptr<Instance> instance_;
};

}  // namespace bench
