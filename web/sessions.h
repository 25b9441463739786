/// Sessions: who is logged in from which browser. In memory only: a restart ends them all.
///
/// Any thread. The secret that the browser keeps is never kept here, only its SHA-256. Times are monotonic.
#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "web/exchange.h"

namespace web {

class Sessions {
public:
    using Monotonic = std::chrono::steady_clock::time_point;

    /// A session ends when nobody used it for `idle`, and in any case after `total`.
    Sessions(std::chrono::milliseconds idle, std::chrono::milliseconds total) : idle_(idle), total_(total) {}

    /// A new secret of 256 bits, for one browser. Where there are too many sessions, the longest unused one ends.
    std::string begin(const LoggedIn& who, Monotonic now);
    /// Who has it; nothing: nobody, or no longer. `is_use`: somebody does something, so it lasts on.
    std::optional<LoggedIn> find(std::string_view secret, bool is_use, Monotonic now);
    void end(std::string_view secret);
    /// All of one user: the password changed, or the user was removed.
    void end_all(outbox::UserId user);
    std::size_t count() const;

private:
    struct Session {
        LoggedIn who;
        Monotonic began, used;
    };
    void drop_ended(Monotonic now);

    const std::chrono::milliseconds idle_, total_;
    mutable std::mutex mutex_;  ///< guards sessions_
    std::map<outbox::Digest, Session> sessions_;
};

}  // namespace web
