/// Error body: what a reply says is wrong, in whichever of the forms that the platform's tiers use.
///
/// Values and pure functions; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace broker::deliver::satusehat {

/// Kept with an attempt; never logged, since a text may quote what was sent.
inline constexpr std::size_t error_characters_max = 500;
/// Looked at before it is cut for keeping: a text that says at its end that files differ must not lose that.
inline constexpr std::size_t error_characters_read_max = 4000;

enum class BodyForm {
    empty,
    html,
    plain,      ///< neither HTML nor JSON: `Gateway Timeout`, or JSON that is cut short
    outcome,    ///< an OperationOutcome
    fault,      ///< Apigee's {"fault": …}
    other_json  ///< any other, a resource as promised included
};

/// One thing that is wrong. Of an OperationOutcome only issues that are errors; severities that FHIR doesn't know
/// count.
struct Complaint {
    std::string issue_code;        ///< of FHIR: "duplicate", "value"; or ""
    std::string fault_code;        ///< of Apigee: "policies.ratelimit.QuotaViolation"; or ""
    std::optional<unsigned> rule;  ///< behind "RuleNumber:" in the text
    std::string element;           ///< what it is about: "ImagingStudy.started"; or ""
    std::string text;              ///< printable, at most `error_characters_read_max` characters
    bool operator==(const Complaint&) const = default;
};

struct ErrorBody {
    BodyForm form = BodyForm::empty;
    std::vector<Complaint> complaints;  ///< a few at most
};

/// The same with at most `error_characters_max` characters of its text.
Complaint kept(Complaint complaint);

ErrorBody read_error(std::string_view content_type, std::string_view body);

/// Whether it is a page for people, whatever was asked for: a firewall's or a portal's.
bool is_html(std::string_view content_type, std::string_view body);

/// The number behind "RuleNumber:".
std::optional<unsigned> rule_in(std::string_view text);

}  // namespace broker::deliver::satusehat
