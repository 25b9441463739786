/// Unavailable: the one table of what this version refuses or does not act on; a feature that arrives deletes its
/// lines.
#include "broker/config/unavailable.h"

#include <array>

namespace broker::config {

namespace {

/// A setting of one table: `key` says where it stands inside it, `used` whether it asks for more than this version
/// does.
template <class Owner>
struct Rule {
    const char* key;
    const char* what;
    bool (*used)(const Owner&);
};

using C = Config;
using D = Destination;

constexpr std::array refused_sections{
    Rule<C>{"retention.purge_early_below", "purge_early_below",
            [](const C& c) { return c.retention.purge_early_below.has_value(); }},
    Rule<C>{"notify[0]", "[[notify]]", [](const C& c) { return !c.notify.empty(); }},
    Rule<C>{"heartbeat", "[heartbeat]", [](const C& c) { return c.heartbeat.has_value(); }},
};

constexpr std::array refused_of_destinations{
    Rule<D>{"kind", "kind = \"dicomweb\"", [](const D& d) { return d.kind == DestinationKind::dicomweb; }},
};

/// Accepted without an effect; worth a notice only where somebody wrote it down.
struct Idle {
    const char* key;
    const char* what;
};
constexpr std::array idle_sections{
    Idle{"alarm.oldest_undelivered", "oldest_undelivered"},
    Idle{"alarm.disk_full_within", "disk_full_within"},
    Idle{"alarm.silent_sender", "silent_sender"},
};

template <class Owner, std::size_t n>
void refuse(Reading& reading, const Path& table, const Owner& owner, const std::array<Rule<Owner>, n>& rules) {
    for (const Rule<Owner>& rule : rules) {
        Path path = table.empty() ? rule.key : table + "." + rule.key;
        // What the kind sets by itself is refused with the kind.
        if (rule.used(owner) && reading.has(path))
            reading.problem(path, std::string{rule.what} + " is not available in this version");
    }
}

void note(Reading& reading, const Path& path, const char* what) {
    if (reading.has(path)) reading.notice(path, std::string{what} + " has no effect in this version");
}

}  // namespace

void check_available(const Config& config, Reading& reading) {
    refuse(reading, "", config, refused_sections);
    for (std::size_t i = 0; i < config.destinations.size(); ++i)
        refuse(reading, "destination[" + std::to_string(i) + "]", config.destinations[i], refused_of_destinations);
    for (const Idle& idle : idle_sections) note(reading, idle.key, idle.what);
}

}  // namespace broker::config
