/// Bundle: the answer to a search, read as what it holds of one type of resource.
///
/// Values and pure functions; any thread.
#pragma once

#include <boost/json.hpp>
#include <cstddef>
#include <string_view>
#include <variant>
#include <vector>

namespace broker::deliver::satusehat {

/// Why a body is not what was promised. None of them means that there is nothing.
enum class BodyFault {
    not_json,       ///< HTML, plain text, cut short, too large
    other_type,     ///< JSON, but not that resource
    error_outcome,  ///< an OperationOutcome in its place
    contradiction,  ///< counts what it doesn't hold, or holds what cannot be read
};

struct Bundle {
    std::vector<boost::json::object> resources;  ///< of the type, in the server's order
    std::size_t suppressed_count = 0;  ///< entries that say only that something is not shown, for want of consent
    bool has_more = false;             ///< the server has found more than it sent
};

/// Reads a searchset. Entries of other types are passed over. A missing or empty `entry` is an empty Bundle, unless
/// `total` says otherwise.
std::variant<Bundle, BodyFault> parse_bundle(std::string_view body, std::string_view type);

/// Whether `identifier` has this system and value, exactly.
bool has_identifier(const boost::json::object& resource, std::string_view system, std::string_view value);

/// The body as a resource of the type, with an id that may be put into a path.
std::variant<boost::json::object, BodyFault> parse_resource(std::string_view body, std::string_view type);

}  // namespace broker::deliver::satusehat
