/// Lockout: how long somebody must wait after guessing wrong, by name and by address. In memory only.
#include "web/lockout.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <utility>

#include "web/ascii.h"
#include "web/limits.h"

namespace web {
namespace {

using std::chrono::seconds;

/// A key of the counts, and how many tries it allows before it makes wait.
struct Rule {
    std::string key;
    int tries_max;
};

/// Of IPv6 the network, of which one machine has all addresses.
std::string network_of(const std::string& address) {
    in6_addr bytes{};
    if (::inet_pton(AF_INET6, address.c_str(), &bytes) != 1) return address;
    return "net " + std::string(reinterpret_cast<const char*>(bytes.s6_addr), 8);
}

std::array<Rule, 3> rules_of(const Lockout::Guest& guest) {
    const std::string name = lower_case(guest.name), address = network_of(guest.address);
    return {Rule{"name from address " + address + " " + name, 5}, Rule{"address " + address, 20},
            Rule{"name " + name, 100}};
}

/// 30 s for the first try too many, twice as long for each that follows, at most 15 minutes.
seconds wait_after(int tries, int tries_max) {
    const int over = tries - tries_max;
    if (over < 0) return seconds(0);
    return std::min<seconds>(lockout_max, lockout_min * (1 << std::min(over, 10)));
}

}  // namespace

std::optional<seconds> Lockout::begin(const Guest& guest, Monotonic now) {
    const std::lock_guard lock(mutex_);
    forget_old(now);
    const auto rules = rules_of(guest);
    seconds longest(0);
    for (const Rule& rule : rules) {
        const auto found = counts_.find(rule.key);
        if (found == counts_.end()) continue;
        const auto left = found->second.last + wait_after(found->second.tries, rule.tries_max) - now;
        longest = std::max(longest, std::chrono::ceil<seconds>(left));
    }
    if (longest > seconds(0)) return longest;
    for (const Rule& rule : rules) {
        Count& count = counts_[rule.key];
        ++count.tries;
        count.before = std::exchange(count.last, now);
    }
    return std::nullopt;
}

void Lockout::succeeded(const Guest& guest) {
    withdraw(guest);
    const std::lock_guard lock(mutex_);
    counts_.erase(rules_of(guest).front().key);
}

void Lockout::withdraw(const Guest& guest) {
    const std::lock_guard lock(mutex_);
    for (const Rule& rule : rules_of(guest)) {
        const auto found = counts_.find(rule.key);
        if (found == counts_.end()) continue;
        // As if it had not been: a right login must not keep the memory of wrong ones alive.
        found->second.last = found->second.before;
        if (--found->second.tries <= 0) counts_.erase(found);
    }
}

void Lockout::forget_old(Monotonic now) {
    std::erase_if(counts_, [&](const auto& each) { return now - each.second.last >= lockout_memory; });
    while (counts_.size() >= lockout_counts_max)
        counts_.erase(std::ranges::min_element(counts_, {}, [](const auto& each) { return each.second.last; }));
}

}  // namespace web
