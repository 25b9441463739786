/// Check: the names that routes lead to and compare with.
#include "broker/config/check_part.h"

namespace broker::config {

namespace {

/// The names of senders that a condition compares with, where they are no globs.
void check_condition_senders(Reading& reading, const Path& path, const route::Condition& condition,
                             const std::vector<std::string>& senders) {
    if (const auto* branch = std::get_if<route::Branch>(&condition.node)) {
        for (const route::Condition& part : branch->parts) check_condition_senders(reading, path, part, senders);
        return;
    }
    const auto& leaf = std::get<route::Leaf>(condition.node);
    const auto* matches = std::get_if<route::Matches>(&leaf.test);
    if (!matches || leaf.subject != route::Subject{route::Origin::sender}) return;
    if (matches->any_of.front().ignore_case()) return;
    for (const route::Glob& glob : matches->any_of)
        if (const std::string& name = glob.text();
            name.find_first_of("*?\\") == std::string::npos && !contains(senders, name))
            reading.problem(path + ".sender", or_nearest("there is no [[sender]] \"" + name + "\"", name, senders));
}

/// Two routes that would edit for one destination otherwise: where both match, one of them doesn't get what it wants.
/// Not where the other one applies only if this one doesn't.
void check_edits(Reading& reading, const Config& config, std::size_t later) {
    const route::Route& second = config.routes[later];
    if (second.edits.empty()) return;
    for (std::size_t i = 0; i < later; ++i) {
        const route::Route& first = config.routes[i];
        const bool may_both_match = first.otherwise == second.otherwise && !first.last;
        if (first.edits.empty() || first.edits == second.edits || !may_both_match) continue;
        for (const std::string& name : second.to)
            if (contains(first.to, name))
                reading.notice(item("route", later) + ".edit",
                               "differs from what route \"" + first.name + "\" edits for \"" + name +
                                   "\"; where both match, the first of them in the file, \"" + first.name +
                                   "\", is followed");
    }
}

}  // namespace

void check_routes(Reading& reading, const Config& config) {
    std::vector<std::string> destinations = names_of(config.destinations), senders = names_of(config.senders);
    for (std::size_t i = 0; i < config.routes.size(); ++i) {
        Path table = item("route", i);
        require(reading, table, "to", "the names of the destinations that it goes to");
        for (const std::string& name : config.routes[i].to)
            if (!contains(destinations, name))
                reading.problem(table + ".to",
                                or_nearest("there is no [[destination]] \"" + name + "\"", name, destinations));
        check_condition_senders(reading, table + ".when", config.routes[i].when, senders);
        check_edits(reading, config, i);
    }
}

}  // namespace broker::config
