/// Exposition: numbers as Prometheus reads them (text format 0.0.4), family by family.
#include "web/exposition.h"

#include <fmt/format.h>

#include "web/target.h"

namespace web {

namespace {

/// The format knows three escapes; other control characters are no words of ours.
std::string escaped(std::string_view value) {
    const bool is_text = is_utf8(value);
    std::string safe;
    for (const char c : value) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '\\')
            safe += "\\\\";
        else if (c == '"')
            safe += "\\\"";
        else if (c == '\n')
            safe += "\\n";
        else if (byte < 0x20 || byte == 0x7F || (byte >= 0x80 && !is_text))
            safe += '?';
        else
            safe += c;
    }
    return safe;
}

}  // namespace

void Exposition::begin(std::string_view name, std::string_view help, std::string_view type) {
    name_ = fmt::format("dicom_bridge_{}", name);
    text_ += fmt::format("# HELP {} {}\n# TYPE {} {}\n", name_, help, name_, type);
}

void Exposition::series(std::string_view suffix, Labels labels, std::string_view bound, const std::string& value) {
    std::string shown;
    for (const auto& [label, of] : labels)
        shown += fmt::format("{}{}=\"{}\"", shown.empty() ? "" : ",", label, escaped(of));
    if (!bound.empty()) shown += fmt::format("{}le=\"{}\"", shown.empty() ? "" : ",", bound);
    text_ += name_;
    text_ += suffix;
    if (!shown.empty()) text_ += "{" + shown + "}";
    text_ += " " + value + "\n";
}

void Exposition::add(std::int64_t value, Labels labels) {
    series("", labels, "", std::to_string(value));
}

void Exposition::add(double value, Labels labels) {
    series("", labels, "", fmt::format("{}", value));
}

void Exposition::add(const measure::Distribution& distribution, Labels labels) {
    if (distribution.counts.size() != distribution.bounds_s.size() + 1) return;
    std::uint64_t count = 0;
    for (std::size_t i = 0; i < distribution.counts.size(); ++i) {
        count += distribution.counts[i];
        const bool is_last = i == distribution.bounds_s.size();
        series("_bucket", labels, is_last ? "+Inf" : fmt::format("{}", distribution.bounds_s[i]),
               std::to_string(count));
    }
    series("_sum", labels, "", fmt::format("{}", distribution.sum_s));
    series("_count", labels, "", std::to_string(count));
}

}  // namespace web
