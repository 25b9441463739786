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
    }
}

}  // namespace broker::config
