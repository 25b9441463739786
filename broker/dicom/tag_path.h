/// TagPath: where an element stands in a data set: at its top, or inside the items of sequences; private ones by
/// creator.
///
/// Values and pure functions; any thread. As text: `PatientID`, `(0010,0020)`, `(0029,"SIEMENS CSA HEADER",08)`, and
/// such steps joined by dots, of which all but the last are sequences: `RequestAttributesSequence.StudyInstanceUID`
/// stands for that element of any item.
#pragma once

#include <compare>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "broker/dicom/tag.h"

namespace broker::dicom {

struct TagStep {
    Tag tag;  ///< with a creator: `element` holds the last two digits only, 0x00 to 0xFF
    std::string
        creator;  ///< of a private block, which each data set numbers for itself (PS3.5 7.8.1); "": the tag itself
    auto operator<=>(const TagStep&) const = default;
};

struct TagPath {
    std::vector<TagStep> steps;  ///< at least one

    explicit TagPath(Tag tag) : steps{{tag, {}}} {}
    explicit TagPath(std::vector<TagStep> all) : steps(std::move(all)) {}

    /// An element of the data set itself whose tag is known beforehand.
    bool is_plain() const { return steps.size() == 1 && steps.front().creator.empty(); }
    auto operator<=>(const TagPath&) const = default;
};

/// Why a text is no path, to end the sentence `KEY …`.
struct NoPath {
    std::string why;
};

/// Keywords are those of PS3.6, as DCMTK's dictionary has them.
std::variant<TagPath, NoPath> parse_path(std::string_view text);

/// What `parse_path` reads back as the same path; keywords where there are any.
std::string print_path(const TagPath& path);

/// The VR that the dictionary gives the last step, "" where it knows none or several.
std::string dictionary_vr(const TagPath& path);

}  // namespace broker::dicom
