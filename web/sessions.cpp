/// Sessions: who is logged in from which browser. In memory only: a restart ends them all.
#include "web/sessions.h"

#include <algorithm>

#include "web/limits.h"
#include "web/secret.h"

namespace web {

std::string Sessions::begin(const LoggedIn& who, Monotonic now) {
    std::string secret = new_secret();
    const std::lock_guard lock(mutex_);
    drop_ended(now);
    if (sessions_.size() >= sessions_max)
        sessions_.erase(std::ranges::min_element(sessions_, {}, [](const auto& each) { return each.second.used; }));
    sessions_.insert_or_assign(hash_of(secret), Session{who, now, now});
    return secret;
}

std::optional<LoggedIn> Sessions::find(std::string_view secret, bool is_use, Monotonic now) {
    const outbox::Digest hash = hash_of(secret);
    const std::lock_guard lock(mutex_);
    drop_ended(now);
    const auto found = sessions_.find(hash);
    if (found == sessions_.end()) return std::nullopt;
    if (is_use) found->second.used = now;
    return found->second.who;
}

void Sessions::end(std::string_view secret) {
    const outbox::Digest hash = hash_of(secret);
    const std::lock_guard lock(mutex_);
    sessions_.erase(hash);
}

void Sessions::end_all(outbox::UserId user) {
    const std::lock_guard lock(mutex_);
    std::erase_if(sessions_, [&](const auto& each) { return each.second.who.id == user; });
}

std::size_t Sessions::count() const {
    const std::lock_guard lock(mutex_);
    return sessions_.size();
}

void Sessions::drop_ended(Monotonic now) {
    std::erase_if(sessions_, [&](const auto& each) {
        return now - each.second.used >= idle_ || now - each.second.began >= total_;
    });
}

}  // namespace web
