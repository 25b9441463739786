/// Key instance: the one instance whose picture stands for a series, and the order in which series stand for a study.
#include "web/dicomweb/key_instance.h"

#include <algorithm>
#include <array>

namespace web::dicomweb {
namespace {

/// PS3.4 B.5 and GG.3, under 1.2.840.10008.5.1.4. One that ends in a dot means all below it.
constexpr std::string_view root = "1.2.840.10008.5.1.4.";
constexpr auto without_pixels = std::to_array<std::string_view>({
    "1.1.4.2",                                 // MR Spectroscopy: a signal per voxel
    "1.1.8",        "1.1.9",      "1.1.9.",    // standalone overlays and curves; waveforms
    "1.1.10",       "1.1.11",     "1.1.11.",   // standalone LUTs; presentation states
    "1.1.66",       "1.1.66.1",   "1.1.66.2",  // raw data, spatial registration, fiducials
    "1.1.66.3",     "1.1.66.5",   "1.1.66.6",  // deformable registration, surface segmentation, tractography
    "1.1.67",                                  // Real World Value Mapping
    "1.1.68.",                                 // surface scans
    "1.1.77.1.5.3",                            // Stereometric Relationship
    "1.1.78.",      "1.1.79.",    "1.1.80.",   // measurements of eyes: refraction, thickness, visual fields
    "1.1.88.",                                 // structured reports, key objects, CAD, dose
    "1.1.90.",      "1.1.91.",                 // content assessment, annotations of slides
    "1.1.104.",                                // encapsulated PDF, CDA, STL, OBJ, MTL
    "1.1.200.",     "1.1.201.",                // protocols, inventories
    "1.1.481.3",    "1.1.481.4",  "1.1.481.5",  "1.1.481.6",  "1.1.481.7",  "1.1.481.8",  "1.1.481.9",
    "1.1.481.10",   "1.1.481.11", "1.1.481.12", "1.1.481.13", "1.1.481.14", "1.1.481.15", "1.1.481.16",
    "1.1.481.17",   "1.1.481.18", "1.1.481.19", "1.1.481.20", "1.1.481.21", "1.1.481.22",
    "1.1.481.25",  // RT structures, plans, sets and records; its images and doses have
    "34.",          "38.",        "39.",        "43.",        "44.",
    "45.",  // delivery instructions, hanging protocols, palettes, implant templates
});

bool is_seen_last(std::string_view modality) {
    constexpr std::string_view last[] = {"SR", "KO", "PR", "DOC"};
    return std::ranges::find(last, modality) != std::end(last);
}

}  // namespace

bool may_have_pixels(std::string_view sop_class_uid) {
    if (!sop_class_uid.starts_with(root)) return true;
    sop_class_uid.remove_prefix(root.size());
    return std::ranges::none_of(without_pixels, [&](std::string_view each) {
        return each.ends_with('.') ? sop_class_uid.starts_with(each) : sop_class_uid == each;
    });
}

bool is_viewable(const outbox::SeriesMember& member) {
    return member.is_kept && may_have_pixels(member.sop_class_uid);
}

std::vector<std::size_t> keys_of(std::span<const outbox::SeriesMember> members) {
    if (members.empty()) return {};
    std::vector<std::size_t> viewable;
    for (std::size_t i = 0; i < members.size(); ++i)
        if (is_viewable(members[i])) viewable.push_back(i);
    if (viewable.empty()) {
        const auto kept = std::ranges::find(members, true, &outbox::SeriesMember::is_kept);
        return {kept == members.end() ? 0 : static_cast<std::size_t>(kept - members.begin())};
    }
    const std::size_t middle = (viewable.size() - 1) / 2;
    std::vector<std::size_t> keys{viewable[middle]};
    for (std::size_t away = 1; away < viewable.size() && keys.size() < keys_max; ++away) {
        if (middle + away < viewable.size()) keys.push_back(viewable[middle + away]);
        if (middle >= away && keys.size() < keys_max) keys.push_back(viewable[middle - away]);
    }
    return keys;
}

std::vector<outbox::SeriesView> in_order_of_sight(std::vector<outbox::SeriesView> series) {
    std::erase_if(series, [](const outbox::SeriesView& each) { return each.series_instance_uid.empty(); });
    std::ranges::stable_partition(series, [](const outbox::SeriesView& each) { return !is_seen_last(each.modality); });
    return series;
}

}  // namespace web::dicomweb
