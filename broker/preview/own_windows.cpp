#include "broker/preview/own_windows.h"

#include <charconv>
#include <cmath>
#include <optional>
#include <string_view>

namespace broker::preview {
namespace {

constexpr dicom::Tag window_centre{0x0028, 0x1050}, window_width{0x0028, 0x1051}, explanation{0x0028, 0x1055},
    voi_lut_function{0x0028, 0x1056};
/// More than anybody chooses from.
constexpr std::size_t windows_max = 32;

std::optional<double> number_in(std::string_view text) {
    if (text.starts_with('+')) text.remove_prefix(1);
    double value = 0;
    const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || rest != text.data() + text.size() || !std::isfinite(value)) return std::nullopt;
    return value;
}

worker::WindowFunction function_of(std::string_view name, double width) {
    if (name == "SIGMOID") return worker::WindowFunction::sigmoid;
    // Of less than one unit LINEAR is not defined.
    return name == "LINEAR_EXACT" || width < 1 ? worker::WindowFunction::linear_exact : worker::WindowFunction::linear;
}

}  // namespace

const dicom::Wanted& tags_of_windows() {
    static const dicom::Wanted tags{dicom::tags::specific_character_set,
                                    dicom::tags::sop_class_uid,
                                    dicom::tags::sop_instance_uid,
                                    window_centre,
                                    window_width,
                                    explanation,
                                    voi_lut_function};
    return tags;
}

std::vector<OwnWindow> windows_in(const dicom::Header& header) {
    const auto centres = header.values(window_centre), widths = header.values(window_width),
               explanations = header.values(explanation);
    std::vector<OwnWindow> found;
    for (std::size_t i = 0; i < centres.size() && i < widths.size() && found.size() < windows_max; ++i) {
        const std::optional<double> centre = number_in(centres[i]), width = number_in(widths[i]);
        if (!centre || !width || *width <= 0) continue;
        found.push_back({{*centre, *width, function_of(header.first(voi_lut_function), *width)},
                         i < explanations.size() ? explanations[i] : ""});
    }
    return found;
}

}  // namespace broker::preview
