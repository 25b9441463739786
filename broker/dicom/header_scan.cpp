#include "broker/dicom/header_scan.h"

#include "broker/dicom/character_set.h"
#include "broker/dicom/dictionary.h"
#include "broker/dicom/element_text.h"
#include "broker/dicom/transfer_syntax.h"

namespace broker::dicom {
namespace {

std::string vr_of(Tag tag, const std::string& explicit_vr) {
    if (!explicit_vr.empty() && explicit_vr != "UN") return explicit_vr;
    const DictionaryEntry* entry = find_tag(tag);
    if (entry == nullptr) return "LO";
    if (entry->vr == "xs") return "US";  // DCMTK's name for US or SS
    return may_be_bytes(*entry) ? "OW" : entry->vr;
}

std::vector<std::string> values_in(const ElementReader::Element& element, Tag tag, CharacterSet& character_set) {
    const std::string vr = vr_of(tag, element.vr);
    // Of bytes that came as UN or without a VR, as of those that the reader only counts.
    if (is_binary(vr)) return {std::to_string(element.bytes.size())};
    return values_of({vr, element.bytes, element.is_big_endian}, character_set);
}

std::vector<std::string> terms_in(std::string_view bytes) {
    CharacterSet ascii({});
    return values_of({"CS", bytes, false}, ascii);
}

}  // namespace

HeaderScan::HeaderScan(std::string_view transfer_syntax_uid, const Wanted& wanted, const ScanLimits& limits)
    : wanted_(wanted), elements_(wanted, limits) {
    if (is_deflated(transfer_syntax_uid)) inflater_.emplace(limits.inflated_bytes_max);
}

void HeaderScan::feed(std::span<const std::byte> bytes) {
    if (is_done()) return;
    if (!inflater_) return elements_.feed(bytes);
    const auto result = inflater_->feed(bytes, [this](std::span<const std::byte> inflated) {
        elements_.feed(inflated);
        return !elements_.is_done();
    });
    if (result == Inflater::Result::wants_more) return;
    inflater_.reset();
    is_spent_ = true;
    if (result == Inflater::Result::ended) elements_.finish();
    if (result == Inflater::Result::broken) problem_ = ScanProblem::not_inflatable;
    if (result == Inflater::Result::limit) problem_ = ScanProblem::inflated_too_long;
}

void HeaderScan::finish() {
    if (!is_spent_) elements_.finish();
}

bool HeaderScan::is_done() const {
    return is_spent_ || elements_.is_done();
}

ScanProblem HeaderScan::problem() const {
    return problem_ != ScanProblem::none ? problem_ : elements_.problem();
}

bool HeaderScan::has_identity() const {
    const auto& found = elements_.found();
    return found.contains(tags::sop_class_uid) && found.contains(tags::sop_instance_uid);
}

Header HeaderScan::header() const {
    const auto& found = elements_.found();
    std::vector<std::string> terms;
    if (const auto at = found.find(tags::specific_character_set); at != found.end()) terms = terms_in(at->second.bytes);
    CharacterSet character_set(terms);
    Header header;
    for (const auto& [tag, element] : found) {
        auto values = values_in(element, tag, character_set);
        if (!values.empty()) header.set(tag, std::move(values));
    }
    if (!elements_.collected().empty()) add_collected(header, terms);
    return header;
}

void HeaderScan::add_collected(Header& header, const std::vector<std::string>& terms) const {
    std::map<std::string, CharacterSet> character_sets;  // many items have the same
    character_sets.emplace("", CharacterSet(terms));
    std::map<std::size_t, std::vector<std::string>> by_path;
    for (const ElementReader::Collected& each : elements_.collected()) {
        const std::string& own = elements_.scopes()[each.scope];
        auto character_set = character_sets.find(own);
        if (character_set == character_sets.end())
            character_set = character_sets.emplace(own, CharacterSet(terms_in(own))).first;
        const TagStep& last = wanted_.path(each.path).steps.back();
        // Whichever block it is, no dictionary knows a private element's tag.
        const Tag tag = last.creator.empty()
                            ? last.tag
                            : Tag{last.tag.group, static_cast<std::uint16_t>(0x1000 | last.tag.element)};
        for (std::string& value : values_in(each.element, tag, character_set->second))
            by_path[each.path].push_back(std::move(value));
    }
    for (auto& [path, values] : by_path) header.set(wanted_.path(path), std::move(values));
}

}  // namespace broker::dicom
