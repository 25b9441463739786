/// Condition form: the test that has a min and a max.
#include <charconv>
#include <cmath>
#include <utility>

#include "broker/config/condition_leaf.h"
#include "broker/config/form.h"

namespace broker::config {

namespace {

std::string expected(route::Order order) {
    switch (order) {
        case route::Order::date:
            return "a date as a text such as \"20260115\", or its beginning";
        case route::Order::time:
            return "a time as a text such as \"0700\" or \"070000.5\"";
        case route::Order::date_time:
            return "a date and time as a text such as \"20260115\" or \"20260115070000+0700\"";
        case route::Order::age:
            return "an age as a text such as \"018Y\", \"006M\", \"002W\" or \"010D\"";
        case route::Order::number:
            break;
    }
    return "a number";
}

/// The number at `node` as the shortest text that is read back as the same; nothing where none is there.
std::optional<std::string> number_text(const toml::node& node) {
    if (const auto whole = node.value_exact<std::int64_t>()) return std::to_string(*whole);
    const auto fraction = node.value_exact<double>();
    if (!fraction || !std::isfinite(*fraction)) return std::nullopt;
    char digits[32];
    const auto end = std::to_chars(digits, digits + sizeof digits, *fraction).ptr;
    const std::string text(digits, end);
    // More digits than an integer of TOML may have.
    return text.size() > 18 && text.find_first_of(".e") == std::string::npos ? text + ".0" : text;
}

std::optional<route::Bound> read_bound(Reading& reading, const Path& path, const toml::node& node,
                                       const Nature& nature) {
    const route::Order order = nature.order.value_or(route::Order::number);
    const std::optional<std::string> number = number_text(node);
    const std::optional<std::string> text = nature.order ? node.value_exact<std::string>() : std::nullopt;
    std::optional<route::Bound> bound;
    if (number && order == route::Order::number) bound = route::bound_of(order, *number, true);
    if (text) bound = route::bound_of(order, *text, false);
    if (!bound)
        reading.problem(path, "must be " + expected(order) +
                                  (nature.order ? "" : " without quotation marks, since texts have no order") +
                                  ", not " + kind_of(node));
    return bound;
}

std::string print_bound(const route::Bound& bound) {
    return bound.is_number ? bound.text : toml_text(bound.text);
}

}  // namespace

std::optional<route::Test> read_range(Reading& reading, const Path& path, const Words& words, const Nature& nature) {
    if (nature.has_no_order) {
        reading.problem(path,
                        "has values without an order, so that none lies between min and max; use a list or regex");
        return std::nullopt;
    }
    route::Range range{nature.order.value_or(route::Order::number), {}, {}};
    bool is_whole = true;
    for (const auto& [word, end] : {std::pair{"min", &route::Range::min}, std::pair{"max", &route::Range::max}}) {
        const auto given = words.find(word);
        if (given == words.end()) continue;
        range.*end = read_bound(reading, path + "." + word, *given->second, nature);
        is_whole = is_whole && range.*end;
    }
    if (!is_whole) return std::nullopt;
    if (!range.is_empty()) return range;
    reading.problem(path + ".min", range.order == route::Order::time
                                       ? "comes after max; for a time across midnight write an any of two conditions, "
                                         "one with this min and one with this max"
                                       : "comes after max, so that nothing lies between; exchange them");
    return std::nullopt;
}

std::string print_range(const route::Range& test) {
    std::string text = test.min ? "min = " + print_bound(*test.min) : "";
    if (test.max) text += (test.min ? ", max = " : "max = ") + print_bound(*test.max);
    return "{ " + text + " }";
}

}  // namespace broker::config
