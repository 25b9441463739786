/// Print: every section of the layout, in its order.
#include "broker/config/print.h"

#include "broker/config/layout.h"

namespace broker::config {

std::string print(const Config& config) {
    std::string text;
    for (const Field<Config>& section : config_layout().fields)
        if (std::optional<std::string> block = section.print(config)) text += *block;
    return text;
}

}  // namespace broker::config
