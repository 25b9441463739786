/// Recent: what was begun a moment ago, so that an impatient second call of the same is told to wait.
#include "web/recent.h"

#include <algorithm>

namespace web {

std::optional<std::chrono::milliseconds> Recent::begin(const std::string& what, outbox::Instant now) {
    const std::lock_guard lock(mutex_);
    std::erase_if(begun_, [&](const auto& each) { return now < each.second || now - each.second >= pause_; });
    const auto known = std::ranges::find(begun_, what, &std::pair<std::string, outbox::Instant>::first);
    if (known != begun_.end()) return pause_ - (now - known->second);
    begun_.emplace_back(what, now);
    return std::nullopt;
}

}  // namespace web
