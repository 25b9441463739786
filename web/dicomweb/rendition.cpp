/// Rendition: which picture a request under /dicom-web means.
#include "web/dicomweb/rendition.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <vector>

#include "web/filters.h"

namespace web::dicomweb {
namespace {

std::vector<std::string_view> parts_of(std::string_view text) {
    std::vector<std::string_view> parts;
    for (auto end = text.find(','); end != std::string_view::npos; end = text.find(',')) {
        parts.push_back(text.substr(0, end));
        text.remove_prefix(end + 1);
    }
    parts.push_back(text);
    return parts;
}

/// All of the text; never infinite, never "nan".
std::optional<double> number_of(std::string_view text) {
    double number = 0;
    const char* const last = text.data() + text.size();
    const auto [end, code] = std::from_chars(text.data(), last, number);
    if (code != std::errc() || end != last || !std::isfinite(number)) return std::nullopt;
    return number;
}

std::optional<std::uint32_t> whole_number_of(std::string_view text, std::uint32_t max) {
    std::uint32_t number = 0;
    const char* const last = text.data() + text.size();
    const auto [end, code] = std::from_chars(text.data(), last, number);
    if (code != std::errc() || end != last || number < 1 || number > max) return std::nullopt;
    return number;
}

std::optional<WindowFunction> function_of(std::string_view word) {
    if (word == "linear") return WindowFunction::linear;
    if (word == "linear-exact") return WindowFunction::linear_exact;
    if (word == "sigmoid") return WindowFunction::sigmoid;
    return std::nullopt;
}

Parsed<Window> parse_window(std::string_view text) {
    const auto parts = parts_of(text);
    if (parts.size() != 3) return Fault{"window", "not center,width,function; all three are needed"};
    const auto centre = number_of(parts[0]), width = number_of(parts[1]);
    const auto function = function_of(parts[2]);
    if (!centre || !width) return Fault{"window", "center and width must be numbers"};
    if (!function) return Fault{"window", "not a function; use linear, linear-exact, sigmoid"};
    // PS3.3 C.11.2.1.2.1: LINEAR divides by width - 1.
    if (*function == WindowFunction::linear && *width < 1) return Fault{"window", "width must be 1 or more for linear"};
    if (*width <= 0) return Fault{"window", "width must be more than 0"};
    return Window{*centre, *width, *function};
}

/// Where a region begins: from 0 on; empty is 0.
std::optional<double> begin_of(std::string_view text) {
    if (text.empty()) return 0.0;
    const auto begin = number_of(text);
    return begin && *begin >= 0 ? begin : std::nullopt;
}

/// How far it goes, and whether it is mirrored; empty is all the way.
std::optional<double> length_of(std::string_view text) {
    if (text.empty()) return to_the_edge;
    const auto length = number_of(text);
    return length && *length != 0 ? length : std::nullopt;
}

Parsed<Viewport> parse_viewport(std::string_view text, bool is_thumbnail) {
    const auto parts = parts_of(text);
    if (parts.size() != 2 && (is_thumbnail || parts.size() != 6))
        return Fault{"viewport", is_thumbnail ? "not vw,vh" : "not vw,vh or vw,vh,sx,sy,sw,sh"};
    const auto across = whole_number_of(parts[0], viewport_side_max);
    const auto down = whole_number_of(parts[1], viewport_side_max);
    if (!across || !down)
        return Fault{"viewport", fmt::format("vw and vh must be whole numbers from 1 to {}", viewport_side_max)};
    // Nobody's screen is larger, and each of them is a JPEG in memory.
    if (std::uint64_t{*across} * *down > viewport_pixels_max)
        return Fault{"viewport", fmt::format("vw times vh must be at most {}", viewport_pixels_max)};
    Viewport viewport{*across, *down};
    // Four empty ones mean the whole frame.
    if (parts.size() == 2 || std::all_of(parts.begin() + 2, parts.end(), [](auto part) { return part.empty(); }))
        return viewport;
    const auto left = begin_of(parts[2]), top = begin_of(parts[3]);
    const auto width = length_of(parts[4]), height = length_of(parts[5]);
    if (!left || !top) return Fault{"viewport", "sx and sy must be numbers from 0 on, or empty"};
    if (!width || !height)
        return Fault{"viewport", "sw and sh must be numbers other than 0 (below it: mirrored), or empty"};
    viewport.region = Region{*left, *top, std::abs(*width), std::abs(*height), *width < 0, *height < 0};
    return viewport;
}

std::optional<Fault> read_term(Rendition& into, std::string_view name, std::string_view value) {
    if (name == "window") {
        const auto window = parse_window(value);
        if (!window) return window.fault();
        into.window = *window;
    } else if (name == "viewport") {
        const auto viewport = parse_viewport(value, into.is_thumbnail);
        if (!viewport) return viewport.fault();
        into.viewport = *viewport;
    } else if (name == "quality") {
        into.quality = whole_number_of(value, 100);
        if (!into.quality) return Fault{"quality", "not a whole number from 1 to 100"};
    }
    return std::nullopt;
}

}  // namespace

Parsed<Rendition> parse_rendition(const Terms& query, bool is_thumbnail) {
    const auto unknown = is_thumbnail ? unknown_term(query, {"viewport", "accept"})
                                      : unknown_term(query, {"window", "viewport", "quality", "accept"});
    if (unknown) return *unknown;
    Rendition rendition;
    rendition.is_thumbnail = is_thumbnail;
    for (const auto& [name, value] : query)
        if (const auto fault = read_term(rendition, name, value)) return *fault;
    return rendition;
}

Parsed<std::uint32_t> parse_frame(std::string_view text) {
    if (text.find(',') != std::string_view::npos) return Fault{"frame", "one frame at a time; a picture is of one"};
    const auto frame = whole_number_of(text, std::numeric_limits<std::uint32_t>::max());
    if (!frame) return Fault{"frame", "not a whole number from 1 on"};
    return *frame;
}

std::string text_of(const Window& window) {
    std::string_view function = "linear";
    if (window.function == WindowFunction::linear_exact) function = "linear-exact";
    if (window.function == WindowFunction::sigmoid) function = "sigmoid";
    return fmt::format("{},{},{}", window.centre, window.width, function);
}

}  // namespace web::dicomweb
