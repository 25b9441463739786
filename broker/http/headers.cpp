#include "broker/http/headers.h"

#include <stdexcept>

#include "broker/http/ascii.h"

namespace broker::http {

void Headers::add(std::string_view name, std::string_view value) {
    if (!is_token(name)) throw std::invalid_argument("the name of a header field is not a token");
    if (!is_field_value(value)) throw std::invalid_argument("the value of a header field holds a control character");
    fields_.push_back({std::string(name), std::string(trimmed(value))});
}

std::optional<std::string_view> Headers::find(std::string_view name) const {
    for (const Field& field : fields_)
        if (same_name(field.name, name)) return field.value;
    return std::nullopt;
}

std::size_t Headers::count(std::string_view name) const {
    return static_cast<std::size_t>(
        std::ranges::count_if(fields_, [&](const Field& field) { return same_name(field.name, name); }));
}

}  // namespace broker::http
