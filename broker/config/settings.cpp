/// Settings: the tables of every section.
#include "broker/config/settings.h"

#include "broker/config/section.h"

namespace broker::config {

std::vector<Table> settings_of(const Config& config) {
    std::vector<Table> all;
    for (const Section& section : config_sections())
        for (Table& table : section.tables(config)) all.push_back(std::move(table));
    return all;
}

}  // namespace broker::config
