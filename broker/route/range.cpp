#include "broker/route/range.h"

namespace broker::route {

std::optional<Bound> bound_of(Order order, std::string text, bool is_number) {
    const std::optional<Extent> extent = extent_of(order, text);
    if (!extent) return std::nullopt;
    return Bound{std::move(text), is_number, *extent};
}

bool Range::contains(std::string_view value) const {
    const std::optional<Extent> extent = extent_of(order, value);
    if (!extent || (min && begins_before(*extent, min->extent))) return false;
    return !max || !begins_after_end_of(*extent, max->extent);
}

}  // namespace broker::route
