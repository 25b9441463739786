/// Setup: the one-time link by which the first admin is made, where a broker starts without any user.
///
/// Any thread. In memory only: each start without a user makes another one. It has no default password to forget.
#pragma once

#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "outbox/ids.h"

namespace web {

class Setup {
public:
    /// Opens it with a new secret, which is in what is returned and nowhere else.
    std::string open();
    /// Whether this is the secret of an open setup.
    bool fits(std::string_view secret) const;
    /// There is a user now: the link has had its day.
    void close();

private:
    mutable std::mutex mutex_;  ///< guards hash_
    std::optional<outbox::Digest> hash_;
};

}  // namespace web
