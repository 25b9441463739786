/// Recent: what was begun a moment ago, so that an impatient second call of the same is told to wait.
///
/// Any thread.
#pragma once

#include <chrono>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "outbox/ids.h"

namespace web {

class Recent {
public:
    explicit Recent(std::chrono::milliseconds pause) : pause_(pause) {}

    /// Nothing: it may begin, and counts as begun at `now`. Otherwise how long it must still wait. A clock that was set
    /// back makes nobody wait.
    std::optional<std::chrono::milliseconds> begin(const std::string& what, outbox::Instant now);

private:
    const std::chrono::milliseconds pause_;
    std::mutex mutex_;  ///< guards begun_
    std::vector<std::pair<std::string, outbox::Instant>> begun_;
};

}  // namespace web
