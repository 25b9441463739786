/// Setup: the one-time link by which the first admin is made, where a broker starts without any user.
#include "web/setup.h"

#include "web/limits.h"
#include "web/secret.h"

namespace web {

std::string Setup::open(std::chrono::steady_clock::time_point now) {
    std::string secret = new_secret();
    const std::lock_guard lock(mutex_);
    hash_ = hash_of(secret);
    opened_at_ = now;
    return secret;
}

bool Setup::fits(std::string_view secret, std::chrono::steady_clock::time_point now) const {
    const outbox::Digest hash = hash_of(secret);
    const std::lock_guard lock(mutex_);
    return hash_ && *hash_ == hash && now - opened_at_ < setup_for;
}

void Setup::close() {
    const std::lock_guard lock(mutex_);
    hash_.reset();
}

}  // namespace web
