/// Pool: the connections that are kept for the next request.
///
/// Any thread. Closes what is too old or too many when something is taken or given, and by itself never.
#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <vector>

#include "broker/http/waiting.h"
#include "broker/http/wire.h"

namespace broker::http {

class Pool {
public:
    Pool(std::size_t count_max, std::chrono::milliseconds kept_for) : count_max_(count_max), kept_for_(kept_for) {}
    ~Pool() { close(); }

    /// The one that was used last and is still open and quiet, to be cut unless it parts; null: there is none.
    std::unique_ptr<Wire> take(Monotonic now);
    void give(std::unique_ptr<Wire> wire, Monotonic now);
    /// All of them.
    void close();
    std::size_t count() const;

private:
    struct Kept {
        std::unique_ptr<Wire> wire;
        Monotonic since;
    };

    const std::size_t count_max_;
    const std::chrono::milliseconds kept_for_;
    mutable std::mutex mutex_;  ///< guards all below
    std::vector<Kept> kept_;    ///< the one that was used last at the end
};

}  // namespace broker::http
