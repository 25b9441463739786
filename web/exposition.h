/// Exposition: numbers as Prometheus reads them (text format 0.0.4), family by family.
///
/// One thread at a time. A family's series are written together, behind its HELP and TYPE.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "outbox/measure/histogram.h"

namespace web {

class Exposition {
public:
    using Labels = std::initializer_list<std::pair<std::string_view, std::string_view>>;

    /// The next series are of this one. A name is given without the prefix, once.
    void counter(std::string_view name, std::string_view help) { begin(name, help, "counter"); }
    void gauge(std::string_view name, std::string_view help) { begin(name, help, "gauge"); }
    void histogram(std::string_view name, std::string_view help) { begin(name, help, "histogram"); }

    /// Of a counter or a gauge. The same labels only once. What is not UTF-8 in a label's value becomes '?'.
    void add(std::int64_t value, Labels labels = {});
    void add(double value, Labels labels = {});
    /// Of a histogram. One without steps was not measured: nothing.
    void add(const measure::Distribution& distribution, Labels labels = {});

    const std::string& text() const { return text_; }

private:
    void begin(std::string_view name, std::string_view help, std::string_view type);
    void series(std::string_view suffix, Labels labels, std::string_view bound, const std::string& value);

    std::string name_, text_;
};

}  // namespace web
