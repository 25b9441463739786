/// Extent: where a number, date, time or age lies on its scale, and how far its precision reaches.
///
/// Values and pure functions; any thread.
#pragma once

#include <optional>
#include <string_view>

namespace broker::route {

/// What the values of a subject are where they have an order.
enum class Order { number, date, time, date_time, age };

/// The order of a VR of PS3.5; nothing for texts, names, UIDs, tags and bytes.
std::optional<Order> order_of(std::string_view vr);

/// Everything that the value may stand for: "1900" is from 19:00:00 to 19:00:59.999999. Numbers as they are, times in
/// microseconds as they are written, ages in ten-thousandths of a day. A long double holds 64 bits of each exactly.
struct Extent {
    long double least = 0, most = 0;
    std::optional<long double> offset = {};  ///< of a date and time, ahead of UTC
    bool operator==(const Extent&) const = default;
};

/// Of a value as DICOM writes it, those of ACR-NEMA (2026.01.15, 07:30) included; dates and times may lack their end.
/// Nothing for any other text.
std::optional<Extent> extent_of(Order order, std::string_view text);

/// Whether `left` begins before `right` does, or ends after it. Two with offsets are compared in UTC, others as they
/// are written.
bool begins_before(const Extent& left, const Extent& right);
bool begins_after_end_of(const Extent& left, const Extent& right);

}  // namespace broker::route
