// The header scan against instances made by others, with DCMTK's own parser as the second opinion.
#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcdeftag.h>
#include <dcmtk/dcmdata/dcfilefo.h>
#include <dcmtk/dcmdata/dcxfer.h>
#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>

#include "broker/dicom/dcmtk_start.h"
#include "broker/dicom/header_scan.h"
#include "tests/support/synthetic.h"

namespace dicom = broker::dicom;
namespace tags = broker::dicom::tags;

namespace {

const std::set<dicom::Tag>& wanted() {
    static const std::set<dicom::Tag> all{
        tags::specific_character_set, tags::sop_class_uid, tags::sop_instance_uid,   tags::modality,
        tags::patient_name,           tags::patient_id,    tags::study_instance_uid, tags::series_instance_uid};
    return all;
}

std::string read_file(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

/// The data set's bytes and transfer syntax of a Part 10 file, or nothing where its header doesn't say.
struct Sample {
    std::string transfer_syntax_uid, data_set;
};
std::optional<Sample> sample(const std::filesystem::path& path) {
    const std::string file = read_file(path);
    if (file.size() < 144 || file.substr(128, 12) != std::string("DICM\2\0\0\0UL\4\0", 12)) return std::nullopt;
    std::size_t offset = 144;
    for (std::size_t i = 0; i < 4; ++i)
        offset += static_cast<std::size_t>(static_cast<unsigned char>(file[140 + i])) << (8 * i);
    const auto syntax = file.substr(0, 1024).find(std::string_view("\2\0\x10\0UI", 6));
    if (offset > file.size() || syntax == std::string::npos) return std::nullopt;
    std::string uid = file.substr(syntax + 8, static_cast<unsigned char>(file[syntax + 6]));
    while (!uid.empty() && uid.back() == '\0') uid.pop_back();
    return Sample{uid, file.substr(offset)};
}

dicom::Header scanned(const Sample& sample) {
    dicom::HeaderScan scan(sample.transfer_syntax_uid, wanted(), {});
    scan.feed(support::to_bytes(sample.data_set));
    scan.finish();
    return scan.header();
}

std::optional<std::filesystem::path> samples_folder() {
    const auto samples = std::filesystem::path(BRIDGE_SAMPLES);
    if (std::filesystem::exists(samples)) return samples;
    const char* ci = std::getenv("CI");
    REQUIRE_MESSAGE((ci == nullptr || std::string(ci) != "true"), "the sample instances are missing");
    MESSAGE("skipped: the sample instances are not here");
    return std::nullopt;
}

}  // namespace

TEST_CASE("header scan: it reads the samples made by others as DCMTK does") {
    const auto folder = samples_folder();
    if (!folder) return;
    dicom::start_dcmtk();  // it has much to say about broken files
    const std::pair<dicom::Tag, DcmTagKey> pairs[] = {{tags::sop_class_uid, DCM_SOPClassUID},
                                                      {tags::sop_instance_uid, DCM_SOPInstanceUID},
                                                      {tags::modality, DCM_Modality},
                                                      {tags::patient_id, DCM_PatientID},
                                                      {tags::study_instance_uid, DCM_StudyInstanceUID},
                                                      {tags::series_instance_uid, DCM_SeriesInstanceUID}};
    std::size_t compared = 0;
    for (const auto& each : std::filesystem::recursive_directory_iterator(*folder)) {
        const auto found = each.is_regular_file() ? sample(each.path()) : std::nullopt;
        DcmFileFormat other;
        // An implicit data set under a name that means an explicit one: DCMTK believes the name and reads nonsense.
        if (each.path().filename().string().starts_with("rtdose_rle")) continue;
        if (!found || other.loadFile(each.path().c_str()).bad()) continue;
        CAPTURE(each.path().filename().string());
        const auto header = scanned(*found);
        for (const auto& [tag, key] : pairs) {
            OFString value;
            other.getDataset()->findAndGetOFString(key, value);
            CHECK(header.first(tag) == std::string_view(value.c_str()));
            ++compared;
        }
    }
    CHECK(compared > 600);
}

TEST_CASE("header scan: names in every character set of the samples come out as people write them") {
    const auto folder = samples_folder();
    if (!folder) return;
    const std::pair<const char*, const char*> names[] = {
        {"chrArab.dcm", "قباني^لنزار"},
        {"chrFren.dcm", "Buc^Jérôme"},
        {"chrGerm.dcm", "Äneas^Rüdiger"},
        {"chrGreek.dcm", "Διονυσιος"},
        {"chrH31.dcm", "Yamada^Tarou=山田^太郎=やまだ^たろう"},
        {"chrH32.dcm", "ﾔﾏﾀﾞ^ﾀﾛｳ=山田^太郎=やまだ^たろう"},
        {"chrHbrw.dcm", "שרון^דבורה"},
        {"chrI2.dcm", "Hong^Gildong=洪^吉洞=홍^길동"},
        {"chrKoreanMulti.dcm", "김희중"},
        {"chrRuss.dcm", "Люкceмбypг"},
        {"chrX1.dcm", "Wang^XiaoDong=王^小東="},
        {"chrX2.dcm", "Wang^XiaoDong=王^小东="},
    };
    for (const auto& [file, name] : names) {
        CAPTURE(file);
        const auto found = sample(*folder / "charsets" / file);
        REQUIRE(found);
        CHECK(scanned(*found).first(tags::patient_name) == name);
    }
}
