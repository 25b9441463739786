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
    return entry->vr;
}

}  // namespace

HeaderScan::HeaderScan(std::string_view transfer_syntax_uid, const std::set<Tag>& wanted, const ScanLimits& limits)
    : elements_(wanted, limits) {
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
    CharacterSet ascii({});
    std::vector<std::string> terms;
    if (const auto at = found.find(tags::specific_character_set); at != found.end())
        terms = values_of({"CS", at->second.bytes, false}, ascii);
    CharacterSet character_set(terms);
    Header header;
    for (const auto& [tag, element] : found) {
        auto values = values_of({vr_of(tag, element.vr), element.bytes, element.is_big_endian}, character_set);
        if (!values.empty()) header.set(tag, std::move(values));
    }
    return header;
}

}  // namespace broker::dicom
