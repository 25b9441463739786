/// Condition form: what a leaf may look at: the names of origins, and elements of the data set.
#include <algorithm>
#include <array>

#include "broker/config/condition_leaf.h"
#include "broker/dicom/dictionary.h"
#include "broker/route/nearest.h"

namespace broker::config {

namespace {

struct Word {
    std::string_view key;
    route::Origin origin;
};
constexpr std::array origins{Word{"calling_ae_title", route::Origin::calling_ae_title},
                             Word{"called_ae_title", route::Origin::called_ae_title},
                             Word{"sender", route::Origin::sender}, Word{"address", route::Origin::address}};
const std::vector<std::string> reserved{
    "calling_ae_title", "called_ae_title", "sender", "address", "all", "any", "not"};

/// Why no route can look at this element, or nothing where it can.
std::string unusable(const dicom::TagPath& path) {
    if (path.steps.front().tag.group >= 0x7FE0) return "is pixel data or comes after it, where no route looks";
    for (const dicom::TagStep& step : path.steps)
        if (step.tag.group <= 0x0002 || step.tag.group == 0xFFFE)
            return "stands outside the data set, where no route looks";
    return "";
}

/// Of the standard's own groups; what is newer than our dictionary may be right all the same.
bool is_unknown(const dicom::TagPath& path) {
    return std::ranges::any_of(path.steps, [](const dicom::TagStep& step) {
        const bool is_overlay_or_curve = step.tag.group >= 0x5000 && step.tag.group < 0x6100;
        return step.tag.group % 2 == 0 && !is_overlay_or_curve && dicom::find_tag(step.tag) == nullptr;
    });
}

/// What is wrong with a key that is no path, with the best guess at what was meant.
std::string not_a_path(const std::string& word, const std::string& why) {
    std::optional<std::string> origin = route::nearest(word, reserved);
    return origin ? "is not a DICOM keyword; did you mean \"" + *origin + "\"?" : why;
}

}  // namespace

std::optional<route::Subject> read_subject(Reading& reading, const Path& table, const toml::key& key) {
    std::string word{key.str()};
    for (const Word& known : origins)
        if (known.key == word) return known.origin;
    auto path = dicom::parse_path(word);
    std::string why;
    if (const auto* found = std::get_if<dicom::TagPath>(&path)) {
        why = unusable(*found);
        if (why.empty() && is_unknown(*found))
            reading.notice(table + "." + word,
                           "is an element that the data dictionary does not know; is it the right one?");
        if (why.empty()) return *found;
    } else {
        for (const Reading::Enclosing& outer : reading.enclosing()) {
            if (std::find(outer.keys.begin(), outer.keys.end(), word) == outer.keys.end()) continue;
            unknown_key(reading, table, key, reserved);
            return std::nullopt;
        }
        why = not_a_path(word, std::get<dicom::NoPath>(path).why);
    }
    reading.problem(table + "." + word, Reading::place_of(key.source()), why);
    return std::nullopt;
}

}  // namespace broker::config
