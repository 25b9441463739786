/// Headers: the fields of a request or response, in order.
///
/// A value; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace broker::http {

struct Field {
    std::string name, value;
};

class Headers {
public:
    /// Another field, even where there is one of that name. Throws std::invalid_argument, without the value in its
    /// text, where the name is no token or the value could end the line.
    void add(std::string_view name, std::string_view value);

    /// The value of the first field of that name, in whatever case.
    std::optional<std::string_view> find(std::string_view name) const;
    std::size_t count(std::string_view name) const;

    std::size_t size() const { return fields_.size(); }
    auto begin() const { return fields_.begin(); }
    auto end() const { return fields_.end(); }

private:
    std::vector<Field> fields_;
};

}  // namespace broker::http
