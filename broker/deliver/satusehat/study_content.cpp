#include "broker/deliver/satusehat/study_content.h"

#include <charconv>

#include "broker/deliver/satusehat/text.h"
#include "broker/dicom/uid.h"

namespace broker::deliver::satusehat {

namespace {

using dicom::Tag;
using dicom::TagPath;
namespace tags = dicom::tags;

constexpr Tag image_type{0x0008, 0x0008}, series_date{0x0008, 0x0021}, acquisition_date{0x0008, 0x0022},
    content_date{0x0008, 0x0023}, study_time{0x0008, 0x0030}, series_time{0x0008, 0x0031},
    acquisition_time{0x0008, 0x0032}, content_time{0x0008, 0x0033}, timezone_offset{0x0008, 0x0201};

/// A LO has 64 characters and a SH 16; what is written longer is cut, so that no element makes a body grow.
constexpr std::size_t characters_max = 256;

/// Concept Name Code Sequence, Code Meaning: the title of a document (PS3.3 C.17.3).
const TagPath& concept_name() {
    static const TagPath path({{Tag{0x0040, 0xA043}, {}}, {Tag{0x0008, 0x0104}, {}}});
    return path;
}

std::string text(const dicom::Header& header, Tag tag) {
    return printable(header.first(tag), characters_max);
}

std::string uid(const dicom::Header& header, Tag tag) {
    const std::string_view value = without_padding(header.first(tag));
    return dicom::is_keyable_uid(value) ? std::string(value) : std::string{};
}

std::string joined(std::span<const std::string> values) {
    std::string out;
    for (const std::string& each : values) out += (out.empty() ? "" : "\\") + each;
    return out;
}

std::string title_of(const dicom::Header& header) {
    const auto names = header.values(concept_name());
    if (!names.empty()) return printable(names.front(), characters_max);
    return printable(joined(header.values(image_type)), characters_max);
}

}  // namespace

std::set<TagPath> wanted_elements() {
    std::set<TagPath> wanted{concept_name()};
    for (const Tag tag : {tags::specific_character_set,
                          image_type,
                          tags::sop_class_uid,
                          tags::sop_instance_uid,
                          tags::study_date,
                          series_date,
                          acquisition_date,
                          content_date,
                          study_time,
                          series_time,
                          acquisition_time,
                          content_time,
                          tags::accession_number,
                          tags::modality,
                          timezone_offset,
                          tags::study_description,
                          tags::series_description,
                          tags::patient_id,
                          tags::patient_birth_date,
                          tags::study_instance_uid,
                          tags::series_instance_uid,
                          tags::series_number,
                          tags::instance_number})
        wanted.insert(TagPath(tag));
    return wanted;
}

InstanceFacts facts_of(const dicom::Header& header) {
    const auto moment = [&](Tag date, Tag time) { return Moment{text(header, date), text(header, time)}; };
    InstanceFacts facts;
    facts.study_uid = uid(header, tags::study_instance_uid);
    facts.study_description = text(header, tags::study_description);
    facts.series_uid = uid(header, tags::series_instance_uid);
    facts.series_description = text(header, tags::series_description);
    facts.series_number = parse_number(header.first(tags::series_number));
    facts.modality = text(header, tags::modality);
    facts.sop_class_uid = uid(header, tags::sop_class_uid);
    facts.sop_instance_uid = uid(header, tags::sop_instance_uid);
    facts.instance_number = parse_number(header.first(tags::instance_number));
    facts.title = title_of(header);
    facts.study = moment(tags::study_date, study_time);
    facts.series = moment(series_date, series_time);
    facts.acquisition = moment(acquisition_date, acquisition_time);
    facts.content = moment(content_date, content_time);
    facts.timezone = text(header, timezone_offset);
    // All of its values: of two numbers neither is the one, and a backslash makes no Accession.
    facts.accession = Accession::parse(joined(header.values(tags::accession_number)));
    facts.patient_id = text(header, tags::patient_id);
    facts.birth_date = text(header, tags::patient_birth_date);
    return facts;
}

std::optional<std::int32_t> parse_number(std::string_view text) {
    text = without_padding(text);
    if (text.starts_with('+')) text.remove_prefix(1);
    std::int32_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    // unsignedInt of FHIR takes no negative number.
    if (error != std::errc{} || end != text.data() + text.size() || number < 0) return std::nullopt;
    return number;
}

std::optional<DateTime> started(const InstanceFacts& facts, const Zone& zone) {
    for (const Moment* each : {&facts.study, &facts.series, &facts.acquisition, &facts.content})
        if (auto found = date_time(*each, facts.timezone, zone)) return found;
    return std::nullopt;
}

}  // namespace broker::deliver::satusehat
