// The header scan against instances made by others, with DCMTK's own parser as the second opinion.
#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcdeftag.h>
#include <dcmtk/dcmdata/dcfilefo.h>
#include <dcmtk/dcmdata/dcxfer.h>
#include <doctest/doctest.h>

#include <filesystem>
#include <optional>

#include "broker/dicom/dcmtk_start.h"
#include "broker/dicom/header_scan.h"
#include "tests/support/samples.h"
#include "tests/support/synthetic.h"

namespace dicom = broker::dicom;
namespace tags = broker::dicom::tags;

namespace {

const dicom::Wanted& wanted() {
    static const dicom::Wanted all{
        tags::specific_character_set, tags::sop_class_uid, tags::sop_instance_uid,   tags::modality,
        tags::patient_name,           tags::patient_id,    tags::study_instance_uid, tags::series_instance_uid};
    return all;
}

dicom::Header scanned(const support::Sample& sample) {
    dicom::HeaderScan scan(sample.transfer_syntax_uid, wanted(), {});
    scan.feed(support::to_bytes(sample.data_set));
    scan.finish();
    return scan.header();
}

}  // namespace

TEST_CASE("header scan: it reads the samples made by others as DCMTK does") {
    const auto folder = support::samples_folder();
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
        const auto found = each.is_regular_file() ? support::read_sample(each.path()) : std::nullopt;
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
    const auto folder = support::samples_folder();
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
        const auto found = support::read_sample(*folder / "charsets" / file);
        REQUIRE(found);
        CHECK(scanned(*found).first(tags::patient_name) == name);
    }
}
