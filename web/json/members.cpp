/// Members: what a body's object holds, with every other name refused.
#include "web/json/members.h"

#include "web/json/body.h"

#include <algorithm>
#include <boost/json/value.hpp>

namespace web::json {

std::optional<Fault> unknown_member(const boost::json::object& body, std::initializer_list<std::string_view> known) {
    for (const auto& member : body) {
        const std::string name(member.key());
        if (std::ranges::find(known, name) == known.end()) return Fault{name, "not a member of this call's body"};
    }
    return std::nullopt;
}

std::optional<Fault> fault_of_members(std::string_view body) {
    const auto parsed = parse_body(body);
    return parsed ? unknown_member(*parsed, {}) : std::optional(parsed.fault());
}

Parsed<std::string> text_member(const boost::json::object& body, std::string_view name, std::size_t bytes_max) {
    const boost::json::value* member = body.if_contains(name);
    if (member == nullptr || member->is_null()) return std::string();
    if (!member->is_string()) return Fault{std::string(name), "not a text"};
    std::string text(member->get_string());
    if (text.size() > bytes_max) return Fault{std::string(name), "longer than " + std::to_string(bytes_max) + " bytes"};
    return text;
}

Parsed<bool> bool_member(const boost::json::object& body, std::string_view name) {
    const boost::json::value* member = body.if_contains(name);
    if (member == nullptr) return false;
    if (!member->is_bool()) return Fault{std::string(name), "neither true nor false"};
    return member->get_bool();
}

}  // namespace web::json
