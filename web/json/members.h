/// Members: what a body's object holds, with every other name refused.
///
/// Pure functions; any thread.
#pragma once

#include <boost/json/object.hpp>
#include <cstddef>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "web/limits.h"
#include "web/parsed.h"

namespace web::json {

/// The fault of the first member that isn't one of `known`.
std::optional<Fault> unknown_member(const boost::json::object& body, std::initializer_list<std::string_view> known);

/// The fault of a body that is meant to have no members.
std::optional<Fault> fault_of_members(std::string_view body);

/// The member's text, "" when it is absent or null. A fault when it is no string, or longer than `bytes_max`.
Parsed<std::string> text_member(const boost::json::object& body, std::string_view name,
                                std::size_t bytes_max = note_bytes_max);

/// The member's truth, false when it is absent. A fault when it is no boolean.
Parsed<bool> bool_member(const boost::json::object& body, std::string_view name);

}  // namespace web::json
