#include "broker/deliver/satusehat/json.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "broker/deliver/satusehat/text.h"

namespace broker::deliver::satusehat {

namespace json = boost::json;

namespace {

std::string text_of(const json::value& value) {
    if (value.is_int64()) return std::to_string(value.get_int64());
    if (value.is_uint64()) return std::to_string(value.get_uint64());
    const std::string_view text = whole_text(&value);
    return text.size() > json_text_bytes_max ? std::string{} : std::string(text);
}

std::optional<std::int64_t> number_of(const json::value& value) {
    constexpr double exact_max = 9'007'199'254'740'992.0;  // 2^53: every whole number up to here is a double
    if (value.is_double()) {
        const double number = value.get_double();
        if (!(std::abs(number) <= exact_max) || std::trunc(number) != number) return std::nullopt;
        return static_cast<std::int64_t>(number);
    }
    const std::string text = text_of(value);
    const std::string_view digits = without_padding(text);
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
    return number;
}

/// 1e999 is JSON, but no number that could be written again.
bool has_only_numbers(const json::value& value) {
    if (value.is_double()) return std::isfinite(value.get_double());
    if (const auto* list = value.if_array()) return std::ranges::all_of(*list, has_only_numbers);
    const auto* object = value.if_object();
    return object == nullptr ||
           std::ranges::all_of(*object, [](const auto& member) { return has_only_numbers(member.value()); });
}

}  // namespace

std::optional<json::value> read_json(std::string_view body, std::size_t bytes_max) {
    if (body.starts_with("\xEF\xBB\xBF")) body.remove_prefix(3);
    if (body.empty() || body.size() > bytes_max) return std::nullopt;
    json::parse_options options;
    options.max_depth = json_depth_max;
    json::error_code failed;
    json::value value = json::parse(json::string_view(body.data(), body.size()), failed, {}, options);
    if (failed) return std::nullopt;
    if (!has_only_numbers(value)) return std::nullopt;
    return value;
}

const json::object* object_at(const json::object& object, std::string_view key) {
    const json::value* found = object.if_contains(key);
    return found == nullptr ? nullptr : found->if_object();
}

const json::array* array_at(const json::object& object, std::string_view key) {
    const json::value* found = object.if_contains(key);
    return found == nullptr ? nullptr : found->if_array();
}

std::string_view whole_text(const json::value* value) {
    if (value == nullptr || !value->is_string()) return {};
    const json::string& text = value->get_string();
    return {text.data(), text.size()};
}

std::string text_at(const json::object& object, std::string_view key) {
    const json::value* found = object.if_contains(key);
    return found == nullptr ? std::string{} : text_of(*found);
}

std::optional<std::int64_t> number_at(const json::object& object, std::string_view key) {
    const json::value* found = object.if_contains(key);
    return found == nullptr ? std::nullopt : number_of(*found);
}

}  // namespace broker::deliver::satusehat
