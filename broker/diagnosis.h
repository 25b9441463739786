/// Diagnosis: what one step of an examination found: of this node, or of one destination.
///
/// A value; any thread. Texts are ours, for people, in plain ASCII: nothing of a peer's words, no secret, no patient.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace broker {

enum class Health {
    well,
    failed,
    hint,  ///< nothing that could fail, but worth a look
};

struct Diagnosis {
    std::string subject;  ///< "disk", "destination pacs-a"
    std::string step;     ///< "tcp"
    Health health = Health::well;
    std::string text;
    std::string advice = {};  ///< what to do about it, or ""
};

using Diagnoses = std::vector<Diagnosis>;

/// The subject of a destination's steps begins so; the step that sent something there.
inline constexpr std::string_view destination_subject = "destination ";
inline constexpr std::string_view test_object_step = "test object";

/// What to look at.
struct Examination {
    std::optional<std::string> destination;  ///< this one alone; nothing: the node, and every destination
    bool sends_test = false;                 ///< one test object to each that takes one
};

}  // namespace broker
