// Study content: what is read from a header, and what is left out because it cannot be read.
#include "broker/deliver/satusehat/study_content.h"

#include <doctest/doctest.h>

#include <limits>

#include "broker/dicom/header_scan.h"
#include "tests/broker/deliver/satusehat/samples.h"
#include "tests/support/synthetic.h"

using namespace broker::deliver::satusehat;
using broker::dicom::Header;
using broker::dicom::Tag;
using broker::dicom::TagPath;
namespace tags = broker::dicom::tags;

namespace {

const TagPath concept_meaning({{Tag{0x0040, 0xA043}, {}}, {Tag{0x0008, 0x0104}, {}}});

Header full() {
    Header header;
    header.set(tags::study_instance_uid, {"2.25.771"});
    header.set(tags::study_description, {"Kepala"});
    header.set(tags::series_instance_uid, {"2.25.772"});
    header.set(tags::series_description, {"Aksial"});
    header.set(tags::series_number, {" 3 "});
    header.set(tags::modality, {"CT"});
    header.set(tags::sop_class_uid, {"1.2.840.10008.5.1.4.1.1.2"});
    header.set(tags::sop_instance_uid, {"2.25.773"});
    header.set(tags::instance_number, {"+12"});
    header.set(Tag{0x0008, 0x0008}, {"ORIGINAL", "PRIMARY", "AXIAL"});
    header.set(tags::study_date, {"20260302"});
    header.set(Tag{0x0008, 0x0030}, {"083007"});
    header.set(Tag{0x0008, 0x0021}, {"20260303"});
    header.set(Tag{0x0008, 0x0031}, {"093007"});
    header.set(Tag{0x0008, 0x0022}, {"20260304"});
    header.set(Tag{0x0008, 0x0032}, {"103007"});
    header.set(Tag{0x0008, 0x0023}, {"20260305"});
    header.set(Tag{0x0008, 0x0033}, {"113007"});
    header.set(Tag{0x0008, 0x0201}, {"+0800"});
    header.set(tags::accession_number, {"RS-0077/A "});
    header.set(tags::patient_id, {"RM-41-77"});
    header.set(tags::patient_birth_date, {"19800229"});
    return header;
}

}  // namespace

TEST_CASE("study content: every element of an image lands where it belongs") {
    const InstanceFacts facts = facts_of(full());
    CHECK(facts.study_uid == "2.25.771");
    CHECK(facts.study_description == "Kepala");
    CHECK(facts.series_uid == "2.25.772");
    CHECK(facts.series_description == "Aksial");
    CHECK(facts.series_number == 3);
    CHECK(facts.modality == "CT");
    CHECK(facts.sop_class_uid == "1.2.840.10008.5.1.4.1.1.2");
    CHECK(facts.sop_instance_uid == "2.25.773");
    CHECK(facts.instance_number == 12);
    CHECK(facts.title == "ORIGINAL\\PRIMARY\\AXIAL");
    CHECK(facts.study == Moment{"20260302", "083007"});
    CHECK(facts.series == Moment{"20260303", "093007"});
    CHECK(facts.acquisition == Moment{"20260304", "103007"});
    CHECK(facts.content == Moment{"20260305", "113007"});
    CHECK(facts.timezone == "+0800");
    CHECK(facts.accession == samples::number());
    CHECK(facts.patient_id == "RM-41-77");
    CHECK(facts.birth_date == "19800229");
}

TEST_CASE("study content: an instance with nothing in it has nothing, not even an empty accession number") {
    const InstanceFacts facts = facts_of(Header{});
    CHECK_FALSE(facts.accession);
    CHECK_FALSE(facts.series_number);
    CHECK_FALSE(facts.instance_number);
    CHECK(facts.title == "");
    CHECK(facts.study == Moment{});
}

TEST_CASE("study content: a document's title is its concept name") {
    Header header = full();
    header.set(concept_meaning, {"Laporan foto toraks"});
    CHECK(facts_of(header).title == "Laporan foto toraks");
}

TEST_CASE("study content: whatever is looked at is asked for, and can be scanned for") {
    const auto wanted = wanted_elements();
    CHECK(wanted.size() == 24);
    CHECK(wanted.count(concept_meaning) == 1);
    CHECK(wanted.count(TagPath(tags::specific_character_set)) == 1);
    // Each element that `facts_of` would find in a full header is among them.
    const broker::dicom::Wanted tree(wanted);
    for (const Tag tag : {tags::study_date,         tags::accession_number,   Tag{0x0008, 0x0201},
                          Tag{0x0008, 0x0008},      Tag{0x0008, 0x0021},      Tag{0x0008, 0x0031},
                          Tag{0x0008, 0x0030},      Tag{0x0008, 0x0022},      Tag{0x0008, 0x0032},
                          Tag{0x0008, 0x0023},      Tag{0x0008, 0x0033},      tags::patient_id,
                          tags::patient_birth_date, tags::modality,           tags::study_description,
                          tags::series_description, tags::study_instance_uid, tags::series_instance_uid,
                          tags::series_number,      tags::instance_number,    tags::sop_class_uid,
                          tags::sop_instance_uid,   Tag{0x0040, 0xA043}})
        CHECK(tree.find(tree.root(), tag) != nullptr);
}

TEST_CASE("study content: a number is what an IS says, or nothing") {
    struct Row {
        std::string_view text;
        std::optional<std::int32_t> number;
    };
    for (const Row& row : {Row{"1", 1},
                           {" 12 ", 12},
                           {"+7", 7},
                           {"007", 7},
                           {"0", 0},
                           {"2147483647", 2147483647},
                           {"2147483648", {}},
                           {"-1", {}},
                           {"", {}},
                           {" ", {}},
                           {"+", {}},
                           {"++1", {}},
                           {"+-1", {}},
                           {"1.0", {}},
                           {"1 2", {}},
                           {"x", {}},
                           {"99999999999999999999", {}}}) {
        CAPTURE(row.text);
        CHECK(parse_number(row.text) == row.number);
    }
}

TEST_CASE("study content: of two accession numbers in one instance neither is the one") {
    Header header = full();
    header.set(tags::accession_number, {"RS-1", "RS-2"});
    CHECK_FALSE(facts_of(header).accession);
}

TEST_CASE("study content: a UID that is none, and what would break a line, is not passed on") {
    Header header = full();
    header.set(tags::series_instance_uid, {"2.25.<x>"});
    header.set(tags::study_description, {" a\r\nb\x01 "});
    header.set(tags::series_description, {std::string(5000, 'x')});
    const InstanceFacts facts = facts_of(header);
    CHECK(facts.series_uid == "");
    CHECK(facts.study_description == "a  b");
    CHECK(facts.series_description.size() == 256);
}

TEST_CASE("study content: it started by the first date that can be read, in the order of 6.5") {
    const auto start = [](const InstanceFacts& facts) {
        const auto found = started(facts, samples::jakarta());
        return found ? print(*found, Style::utc) : "";
    };
    InstanceFacts facts = facts_of(full());
    CHECK(start(facts) == "2026-03-02T00:30:07+00:00");
    facts.study.date = "";
    CHECK(start(facts) == "2026-03-03T01:30:07+00:00");
    facts.series.date = "20260230";
    CHECK(start(facts) == "2026-03-04T02:30:07+00:00");
    facts.acquisition.date = "x";
    CHECK(start(facts) == "2026-03-05T03:30:07+00:00");
    facts.content.date = "";
    CHECK(start(facts) == "");
}

TEST_CASE("study content: a report that is scanned for these elements gives its facts, in UTF-8") {
    using support::DataSet;
    DataSet name(support::Layout::explicit_little);
    name.add(0x00080100, "SH", "18748-4").add(0x00080104, "LO", "Laporan caf\xE9");
    DataSet set(support::Layout::explicit_little);
    set.add(0x00080005, "CS", "ISO_IR 100")
        .add(0x00080016, "UI", "1.2.840.10008.5.1.4.1.1.88.22")
        .add(0x00080018, "UI", "2.25.773")
        .add(0x00080020, "DA", "20260302")
        .add(0x00080050, "SH", "RS-0077/A")
        .add(0x00080060, "CS", "SR")
        .add(0x0020000D, "UI", "2.25.771")
        .add(0x00200013, "IS", "1")
        .add_head(0x0040A043, "SQ", static_cast<std::uint32_t>(name.text().size() + 8))
        .add_item_head(support::item, static_cast<std::uint32_t>(name.text().size()))
        .raw(name.text());
    const broker::dicom::Wanted wanted(wanted_elements());
    broker::dicom::HeaderScan scan("1.2.840.10008.1.2.1", wanted, {});
    const std::string bytes = set.text();
    scan.feed(std::as_bytes(std::span(bytes)));
    scan.finish();
    const InstanceFacts facts = facts_of(scan.header());
    CHECK(facts.title == "Laporan café");
    CHECK(facts.modality == "SR");
    CHECK(facts.accession == samples::number());
    CHECK(facts.study_uid == "2.25.771");
    CHECK(facts.instance_number == 1);
    CHECK(facts.study == Moment{"20260302", ""});
}
