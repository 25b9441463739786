/// Unavailable: the one table of what this version refuses; a feature that arrives deletes its lines.
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
};

constexpr std::array refused_of_destinations{
    Rule<D>{"kind", "kind = \"dicomweb\"", [](const D& d) { return d.kind == DestinationKind::dicomweb; }},
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

}  // namespace

void check_available(const Config& config, Reading& reading) {
    refuse(reading, "", config, refused_sections);
    for (std::size_t i = 0; i < config.destinations.size(); ++i)
        refuse(reading, "destination[" + std::to_string(i) + "]", config.destinations[i], refused_of_destinations);
}

}  // namespace broker::config
