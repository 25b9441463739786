#include "broker/worker/edit_order.h"

#include <algorithm>

#include "broker/dicom/text_encoder.h"
#include "broker/dicom/utf8.h"
#include "broker/dicom/value_rules.h"

namespace broker::worker {
namespace {

constexpr std::string_view utf_8 = "ISO_IR 192";

std::string joined(std::span<const std::string> values) {
    std::string text;
    for (std::size_t i = 0; i < values.size(); ++i) text += (i == 0 ? "" : "\\") + values[i];
    return text;
}

bool is_ascii_set(std::span<const std::string> terms) {
    return std::all_of(terms.begin(), terms.end(), [](const std::string& term) {
        return term.empty() || term == "ISO_IR 6" || term == "ISO 2022 IR 6";
    });
}

/// As it may be shown: what is no defined term may be anything.
std::string name_of(std::span<const std::string> terms) {
    const std::string all = joined(terms);
    for (const std::string& term : terms)
        if (!dicom::fault_of("CS", term).empty()) return "its Specific Character Set";
    return all.size() > 64 ? "its Specific Character Set" : all;
}

}  // namespace

std::variant<Rewriting, route::EditFailure> order_of(const route::Changes& changes,
                                                     std::span<const std::string> terms) {
    Rewriting order;
    dicom::TextEncoder encoder(terms);
    bool needs_utf_8 = false, is_plain = true;
    for (const route::Change& each : changes.all) {
        Rewriting::Element element{each.tag, !each.values, each.vr,
                                   joined(each.values.value_or(std::vector<std::string>{}))};
        if (!dicom::is_ascii(element.value)) {
            is_plain = false;
            auto encoded = encoder.encode(element.value, each.vr == "PN");
            needs_utf_8 = needs_utf_8 || !encoded;
            if (!encoded && !is_ascii_set(terms))
                return route::EditFailure{dicom::print_path(dicom::TagPath({each.tag})) +
                                          " would have characters that " + name_of(terms) + " has not"};
            if (encoded) element.value = *std::move(encoded);
        }
        order.elements.push_back(std::move(element));
    }
    order.absent.assign(changes.absent.begin(), changes.absent.end());
    order.single.assign(changes.single.begin(), changes.single.end());
    if (needs_utf_8) {
        order.is_ascii_only = true;
        order.elements.push_back({{dicom::tags::specific_character_set, {}}, false, "CS", std::string(utf_8)});
        std::ranges::sort(order.elements, {}, &Rewriting::Element::tag);
    } else if (!is_plain) {
        order.is_in = joined(terms);
    }
    return order;
}

}  // namespace broker::worker
