/// Native model: the elements of a data set in DICOM's XML (PS3.19 A.1), as far as an answer to a store needs them.
///
/// A pure function; any thread. Reads what others send: bounded in depth and size, without recursion, and it knows no
/// entities but XML's own five and numbers. No DTD, so nothing is fetched or unfolded.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace broker::deliver::satusehat {

/// One value, and the sequences that it stands in with the number of each item, outermost first.
struct NativeValue {
    struct Step {
        std::string tag;  ///< eight hexadecimal digits, in capitals
        std::size_t item = 0;
        bool operator==(const Step&) const = default;
    };
    std::vector<Step> path;
    std::string tag;
    std::string value;
    bool operator==(const NativeValue&) const = default;
};

struct NativeModel {
    std::vector<NativeValue> values;
    std::vector<NativeValue::Step> top;  ///< the elements at the top with the number of their items
};

inline constexpr std::size_t native_depth_max = 32;
inline constexpr std::size_t native_values_max = 10'000;

/// Nothing where it is no whole NativeDicomModel, or over a limit.
std::optional<NativeModel> parse_native_model(std::string_view xml);

}  // namespace broker::deliver::satusehat
