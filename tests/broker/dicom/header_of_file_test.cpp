// Headers of files by whatever maker, complete, without preamble, without anything, or no DICOM at all.
#include "broker/dicom/header_of_file.h"

#include <doctest/doctest.h>

#include <fstream>

#include "broker/dicom/part10.h"
#include "broker/dicom/transfer_syntax.h"
#include "tests/support/synthetic.h"
#include "tests/support/temp_folder.h"

namespace dicom = broker::dicom;
namespace tags = broker::dicom::tags;

namespace {

const dicom::Wanted wanted{tags::specific_character_set, tags::sop_class_uid, tags::sop_instance_uid, tags::modality,
                           tags::study_instance_uid};

std::variant<dicom::HeaderOfFile, dicom::NoHeader> header_of(const std::string& bytes) {
    const support::TempFolder folder;
    const auto file = folder.path() / "file.dcm";
    std::ofstream(file, std::ios::binary) << bytes;
    return dicom::header_of_file(file, wanted, {});
}

std::string why_none(const std::string& bytes) {
    const auto found = header_of(bytes);
    const auto* none = std::get_if<dicom::NoHeader>(&found);
    return none == nullptr ? "" : none->why;
}

/// "CT", or what is wrong.
std::string modality_of(const std::string& bytes) {
    const auto found = header_of(bytes);
    if (const auto* none = std::get_if<dicom::NoHeader>(&found)) return none->why;
    const auto& read = std::get<dicom::HeaderOfFile>(found);
    return read.has_identity ? std::string(read.header.first(tags::modality)) : "no identity";
}

/// Meta information as other makers write it: no group length, an OB of their own, values of any length.
std::string foreign_meta(std::string_view transfer_syntax) {
    return support::DataSet()
        .add(0x00020001, "OB", std::string_view("\0\1", 2))
        .add(0x00020010, "UI", transfer_syntax)
        .add(0x00020016, "AE", "SCANNER")
        .add(0x00020026, "UR", "dicom://there.example/ ")
        .add(0x00020100, "UI", "1.2.3")
        .add(0x00020102, "OB", std::string(70'000, 'x'))
        .text();
}

const std::string preamble = std::string(128, 'T') + "DICM";

}  // namespace

TEST_CASE("header of file: a Part 10 file of ours and one of a foreign maker are read") {
    const std::string data = support::ct_image().text();
    const auto head = dicom::file_header({"1.2", "1.3", std::string(dicom::explicit_vr_little_endian)});
    CHECK(modality_of(support::to_text(head) + data) == "CT");
    const auto found = header_of(preamble + foreign_meta(dicom::explicit_vr_little_endian) + data);
    const auto& read = std::get<dicom::HeaderOfFile>(found);
    CHECK(read.header.first(tags::modality) == "CT");
    CHECK(read.transfer_syntax_uid == dicom::explicit_vr_little_endian);
    CHECK(read.has_identity);
    CHECK(read.problem == dicom::ScanProblem::none);
}

TEST_CASE("header of file: without preamble, without meta information, and without both, in every encoding") {
    for (const auto layout :
         {support::Layout::explicit_little, support::Layout::implicit_little, support::Layout::explicit_big}) {
        const std::string data = support::ct_image({}, 512, layout).text();
        CHECK(modality_of(data) == "CT");
        CHECK(modality_of(preamble + data) == "CT");
        CHECK(modality_of(foreign_meta(dicom::implicit_vr_little_endian) + data) == "CT");
    }
}

TEST_CASE("header of file: meta information in implicit VR, as some write it, is read as well") {
    const std::string meta = support::DataSet(support::Layout::implicit_little)
                                 .add(0x00020010, "UI", dicom::implicit_vr_little_endian)
                                 .add(0x00020012, "UI", "1.2.3")
                                 .text();
    const std::string data = support::ct_image({}, 512, support::Layout::implicit_little).text();
    CHECK(modality_of(preamble + meta + data) == "CT");
}

TEST_CASE("header of file: what is no DICOM file is told apart from one that nobody could send") {
    CHECK(why_none("") != "");
    CHECK(why_none("Dear colleague,\n") != "");
    CHECK(why_none(std::string(200'000, '\0')) != "");
    CHECK(why_none(std::string("\x89PNG\r\n\x1a\n", 8) + std::string(500, 'x')) != "");
    CHECK(modality_of(preamble + support::DataSet().add(0x00080060, "CS", "CT").text()) == "no identity");
    const std::string torn = preamble + foreign_meta(dicom::explicit_vr_little_endian);
    CHECK(why_none(torn.substr(0, torn.size() - 10)).starts_with("is cut off"));
    CHECK(why_none(preamble + support::DataSet().add_head(0x00020102, "OB", 0xFFFFFFF0).text()).starts_with("is cut"));
    const support::TempFolder folder;
    const auto reason = [&](const std::filesystem::path& path) {
        return std::get<dicom::NoHeader>(dicom::header_of_file(path, wanted, {})).why;
    };
    CHECK(reason(folder.path() / "nothing").starts_with("cannot be read"));
    CHECK(reason(folder.path()).starts_with("is a folder"));
}

TEST_CASE("header of file: a file that ends within its data set says so, and what came before is read") {
    const std::string data = support::ct_image().text();
    const auto found = header_of(data.substr(0, data.size() - 100));
    CHECK(std::get<dicom::HeaderOfFile>(found).header.first(tags::modality) == "CT");
    support::DataSet torn;
    torn.add(0x00080016, "UI", "1.2").add(0x00080018, "UI", "1.3").add_head(0x00080060, "CS", 16).raw("CT");
    CHECK(std::get<dicom::HeaderOfFile>(header_of(torn.text())).problem == dicom::ScanProblem::truncated);
}
