/// Echoes: the signs of life that people ask of destinations: one at a time of each, and none that outlasts a stop.
///
/// Any thread. The clock outlives it; no `ask` may still run when it is destroyed.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "broker/clock.h"
#include "broker/deliver/sender.h"

namespace broker::deliver {

/// What a destination said to a sign of life.
struct Echo {
    /// Why it was not asked, or not to the end.
    enum class Refusal { none, under_way, stopping };

    Refusal refusal = Refusal::none;
    bool is_alive = false;
    std::string text;  ///< for people: ours, nothing of a peer's words
    std::chrono::milliseconds took{0};
};

class Echoes {
public:
    explicit Echoes(const Clock& clock) : clock_(clock) {}

    /// Connects to the destination with this sender of its kind and asks: C-ECHO, or whether the folder takes files.
    /// Blocks as long as its time-outs let it, or until `stop`. While another thread asks the same destination:
    /// `under_way`, at once, since every association to a dead one would only wait beside the first.
    Echo ask(const std::string& destination, std::unique_ptr<Sender> sender);

    /// Cuts short what runs, as Sender::interrupt can, and refuses what comes. Doesn't wait for it. Idempotent.
    void stop();

private:
    class Asking;

    const Clock& clock_;
    std::mutex mutex_;                        ///< guards all below
    std::map<std::string, Sender*> running_;  ///< by destination; each lives while its entry does
    bool is_stopping_ = false;
};

}  // namespace broker::deliver
