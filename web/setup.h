/// Setup: the one-time link by which the first admin is made, where a broker starts without any user.
///
/// Any thread. In memory only: each start without a user makes another one, which is void after `setup_for`, since a
/// service's journal keeps what was printed. There is no default password to forget. Times are monotonic.
#pragma once

#include <chrono>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "outbox/ids.h"

namespace web {

class Setup {
public:
    /// Opens it with a new secret, which is in what is returned and nowhere else.
    std::string open(std::chrono::steady_clock::time_point now);
    /// Whether this is the secret of an open setup.
    bool fits(std::string_view secret, std::chrono::steady_clock::time_point now) const;
    /// There is a user now: the link has had its day.
    void close();

private:
    mutable std::mutex mutex_;  ///< guards both
    std::chrono::steady_clock::time_point opened_at_;
    std::optional<outbox::Digest> hash_;
};

}  // namespace web
