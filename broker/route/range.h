/// Range: from one value to another, both included, or open at one end.
///
/// A value; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "broker/route/extent.h"

namespace broker::route {

/// One end, as the configuration writes it.
struct Bound {
    std::string text;
    bool is_number = false;  ///< written as a number rather than as a text
    Extent extent = {};
    bool operator==(const Bound&) const = default;
};

/// The bound that `text` is in this order, or nothing.
std::optional<Bound> bound_of(Order order, std::string text, bool is_number);

struct Range {
    Order order = Order::number;
    std::optional<Bound> min, max;  ///< one of them at least

    /// Whether a value without padding lies in it: it begins neither before `min` nor after what `max` may stand for,
    /// so that "1900" includes 19:00:59. Nothing that cannot be read does.
    bool contains(std::string_view value) const;

    /// No value can lie in it.
    bool is_empty() const { return min && max && begins_after_end_of(min->extent, max->extent); }
    bool operator==(const Range&) const = default;
};

}  // namespace broker::route
