/// JSON as others write it, read within limits and without trust in its types.
///
/// Pure functions; any thread. Nothing of a body makes them throw. Values may take ten times the bytes of a body.
#pragma once

#include <boost/json.hpp>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace broker::deliver::satusehat {

/// A Bundle of ten studies of five thousand instances each has about 12 MB.
inline constexpr std::size_t json_bytes_max = std::size_t{16} << 20;
inline constexpr std::size_t json_depth_max = 32;
/// Of the texts that are looked at: ids, codes, references, UIDs. A longer one is none.
inline constexpr std::size_t json_text_bytes_max = 1024;

/// Nothing where it is no whole JSON, not UTF-8, or over a limit. A byte order mark is passed over.
std::optional<boost::json::value> read_json(std::string_view body, std::size_t bytes_max = json_bytes_max);

/// The member as an object or a list; null where it is none.
const boost::json::object* object_at(const boost::json::object& object, std::string_view key);
const boost::json::array* array_at(const boost::json::object& object, std::string_view key);

/// A text whatever its length; "" where it is none. Must not outlive the value.
std::string_view whole_text(const boost::json::value* value);

/// The member as text: a whole number as its digits; "" where it is neither, or too long.
std::string text_at(const boost::json::object& object, std::string_view key);

/// The member as a whole number, also where a text holds its digits.
std::optional<std::int64_t> number_at(const boost::json::object& object, std::string_view key);

/// `resourceType`.
inline std::string type_of(const boost::json::object& object) {
    return text_at(object, "resourceType");
}

}  // namespace broker::deliver::satusehat
