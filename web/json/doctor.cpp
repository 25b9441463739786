/// Doctor: what an examination found, step by step.
#include "web/json/doctor.h"

#include <algorithm>
#include <boost/json/array.hpp>

#include "web/json/values.h"

namespace web::json {
namespace {

const char* word(Health health) {
    switch (health) {
        case Health::failed:
            return "failed";
        case Health::hint:
            return "hint";
        case Health::ok:
            break;
    }
    return "ok";
}

}  // namespace

boost::json::object examination(const std::vector<Diagnosis>& found) {
    boost::json::array steps;
    for (const Diagnosis& each : found)
        steps.emplace_back(boost::json::object{{"subject", each.subject},
                                               {"step", each.step},
                                               {"result", word(each.health)},
                                               {"text", each.text},
                                               {"hint", or_null(each.advice)}});
    const bool is_well = std::ranges::none_of(found, [](const auto& each) { return each.health == Health::failed; });
    return {{"ok", is_well}, {"steps", std::move(steps)}};
}

}  // namespace web::json
