/// Conditions as people type them, over instances made by others: every character set, and every dialect of encoding.
#include <doctest/doctest.h>

#include "broker/dicom/dcmtk_start.h"
#include "broker/dicom/header_scan.h"
#include "broker/route/route.h"
#include "tests/broker/config/files.h"
#include "tests/support/samples.h"
#include "tests/support/synthetic.h"

namespace broker::route {

namespace {

Condition condition_of(const std::string& toml) {
    const config::Loaded loaded = config::Files{}.load_text(
        "[[destination]]\nname = \"f\"\nkind = \"folder\"\npath = \"/srv/f\"\n"
        "[[route]]\nname = \"r\"\nto = [\"f\"]\nwhen = { " +
        toml + " }\n");
    CAPTURE(config::joined(config::lines(loaded.problems)));
    REQUIRE(loaded.config);
    return loaded.config->routes.front().when;
}

/// The header as the receiving pass reads it for this condition.
Facts facts_of(const support::Sample& sample, const Condition& condition) {
    std::set<dicom::TagPath> paths{dicom::TagPath(dicom::tags::specific_character_set),
                                   dicom::TagPath(dicom::tags::sop_class_uid),
                                   dicom::TagPath(dicom::tags::sop_instance_uid)};
    add_tags(condition, paths);
    const dicom::Wanted wanted(paths);
    dicom::HeaderScan scan(sample.transfer_syntax_uid, wanted, {});
    scan.feed(support::to_bytes(sample.data_set));
    scan.finish();
    return {scan.header(), "CT1", "BRIDGE", "", "10.1.2.3"};
}

struct Row {
    std::string file;
    std::string toml;
    bool expected;
};

void check(const Row* begin, const Row* end) {
    const auto folder = support::samples_folder();
    if (!folder) return;
    dicom::start_dcmtk();
    for (const Row* row = begin; row != end; ++row) {
        CAPTURE(row->file);
        CAPTURE(row->toml);
        const auto sample = support::read_sample(*folder / row->file);
        REQUIRE(sample);
        const Condition condition = condition_of(row->toml);
        CHECK(holds(condition, facts_of(*sample, condition)) == row->expected);
    }
}

}  // namespace

TEST_CASE("condition: names match as people type them, in every character set of the samples") {
    const Row rows[] = {
        // Arabic, Hebrew, Greek, Russian: one byte for each letter.
        {"charsets/chrArab.dcm", "PatientName = \"قباني^لنزار\"", true},
        {"charsets/chrArab.dcm", "PatientName = \"قباني*\"", true},
        {"charsets/chrArab.dcm", "PatientName = { regex = \"لنزار$\" }", true},
        {"charsets/chrArab.dcm", "PatientName = \"لنزار^قباني\"", false},
        {"charsets/chrHbrw.dcm", "PatientName = \"שרון^דבורה\"", true},
        {"charsets/chrHbrw.dcm", "PatientName = \"שרון^?????\"", true},
        {"charsets/chrHbrw.dcm", "PatientName = \"שרון^????\"", false},
        {"charsets/chrGreek.dcm", "PatientName = \"Διονυσιος\"", true},
        {"charsets/chrGreek.dcm", "PatientName = \"ΔΙΟΝΥΣΙΟΣ\"", false},
        {"charsets/chrGreek.dcm", "PatientName = { glob = \"ΔΙΟΝΥΣΙΟΣ\", ignore_case = true }", true},
        {"charsets/chrGreek.dcm", "PatientName = { regex = \"ΝΥΣ\", ignore_case = true }", true},
        {"charsets/chrGreek.dcm", "PatientName = [\"Dionysios\", \"Διονυσιος\"]", true},
        {"charsets/chrRuss.dcm", "PatientName = \"Люкceмбypг\"", true},
        {"charsets/chrRuss.dcm", "PatientName = { regex = \"^люк\", ignore_case = true }", true},
        {"charsets/chrRuss.dcm", "PatientName = \"Люксембург\"", false},  // the sender mixed in Latin letters
        // French, German: Latin-1.
        {"charsets/chrFren.dcm", "PatientName = \"Buc^Jérôme\"", true},
        {"charsets/chrFren.dcm", "PatientName = \"Buc^J?r?me\"", true},
        {"charsets/chrFren.dcm", "PatientName = \"Buc^Jerome\"", false},
        {"charsets/chrFrenMulti.dcm", "PatientName = \"Buc^Jérôme\"", true},
        {"charsets/chrGerm.dcm", "PatientName = \"Äneas^Rüdiger\"", true},
        {"charsets/chrGerm.dcm", "PatientName = { glob = \"äneas*\", ignore_case = true }", true},
        {"charsets/chrGerm.dcm", "PatientName = \"Aneas^Rüdiger\"", false},
        // Japanese: ISO 2022 with JIS X 0208, alone and behind half-width katakana.
        {"charsets/chrH31.dcm", "PatientName = \"山田^太郎\"", true},
        {"charsets/chrH31.dcm", "PatientName = \"やまだ^たろう\"", true},
        {"charsets/chrH31.dcm", "PatientName = \"Yamada^Tarou\"", true},
        {"charsets/chrH31.dcm", "PatientName = \"Yamada^Tarou=山田^太郎=やまだ^たろう\"", true},
        {"charsets/chrH31.dcm", "PatientName = \"Yamada^Tarou=山田^太郎\"", false},
        {"charsets/chrH31.dcm", "PatientName = \"*=山田*\"", true},
        {"charsets/chrH31.dcm", "PatientName = \"山田\"", false},
        {"charsets/chrH31.dcm", "PatientName = \"山田^太郎^^^\"", true},
        {"charsets/chrH31.dcm", "PatientName = { regex = \"^山田\" }", true},
        {"charsets/chrH31.dcm", "PatientName = { regex = \"ろう$\" }", true},
        {"charsets/chrH31.dcm", "PatientName = \"田山^太郎\"", false},
        {"charsets/chrH32.dcm", "PatientName = \"ﾔﾏﾀﾞ^ﾀﾛｳ\"", true},
        {"charsets/chrH32.dcm", "PatientName = \"山田^太郎\"", true},
        {"charsets/chrH32.dcm", "PatientName = \"ヤマダ^タロウ\"", false},  // full width is another name
        {"charsets/chrJapMulti.dcm", "PatientName = \"やまだ^たろう\"", true},
        {"charsets/chrJapMultiExplicitIR6.dcm", "PatientName = \"やまだ^たろう\"", true},
        // Korean, Chinese.
        {"charsets/chrI2.dcm", "PatientName = \"홍^길동\"", true},
        {"charsets/chrI2.dcm", "PatientName = \"洪^吉洞\"", true},
        {"charsets/chrI2.dcm", "PatientName = \"Hong^Gildong\"", true},
        {"charsets/chrI2.dcm", "PatientName = \"홍^길순\"", false},
        {"charsets/chrKoreanMulti.dcm", "PatientName = \"김희중\"", true},
        {"charsets/chrKoreanMulti.dcm", "PatientName = \"김희*\"", true},
        {"charsets/chrX1.dcm", "PatientName = \"王^小東\"", true},
        {"charsets/chrX1.dcm", "PatientName = \"Wang^XiaoDong=王^小東\"", true},
        {"charsets/chrX1.dcm", "PatientName = \"王^小东\"", false},  // the simplified writing
        {"charsets/chrX2.dcm", "PatientName = \"王^小东\"", true},
        {"charsets/chrX2.dcm", "PatientName = { exists = true }", true},
        {"charsets/chrX2.dcm", "not = { PatientName = \"王^小东\" }", false},
        // Inside a sequence: the item's own character set, and the one around it.
        {"charsets/chrSQEncoding.dcm", "\"RequestedProcedureCodeSequence.PatientName\" = \"山田^太郎\"", true},
        {"charsets/chrSQEncoding.dcm", "\"RequestedProcedureCodeSequence.PatientName\" = \"ﾔﾏﾀﾞ^ﾀﾛｳ\"", true},
        {"charsets/chrSQEncoding.dcm", "\"RequestedProcedureCodeSequence.PatientName\" = \"田山^太郎\"", false},
        {"charsets/chrSQEncoding.dcm", "PatientName = { exists = true }", false},
        {"charsets/chrSQEncoding.dcm", "RequestingPhysician = \"Doctor^Who^^MD\"", true},
        {"charsets/chrSQEncoding1.dcm", "\"RequestedProcedureCodeSequence.PatientName\" = \"やまだ^たろう\"", true},
        {"charsets/chrSQEncoding1.dcm", "RequestedProcedureCodeSequence = { exists = true }", true},
        {"charsets/chrSQEncoding1.dcm", "PerformedProcedureCodeSequence = { exists = true }", false},
    };
    check(std::begin(rows), std::end(rows));
}

TEST_CASE("condition: every dialect of encoding is read alike") {
    const Row rows[] = {
        // Explicit, implicit, big endian, deflated.
        {"dialects/CT_small.dcm", "Modality = [\"MR\", \"CT\"]", true},
        {"dialects/CT_small.dcm", "Modality = \"ct\"", false},
        {"dialects/CT_small.dcm", "Modality = { glob = \"ct\", ignore_case = true }", true},
        {"dialects/CT_small.dcm", "ImageType = \"AXIAL\"", true},
        {"dialects/CT_small.dcm", "ImageType = \"ORIGINAL\\\\PRIMARY\\\\AXIAL\"", false},
        {"dialects/CT_small.dcm", "StudyDate = { min = \"20040119\", max = \"20040119\" }", true},
        {"dialects/CT_small.dcm", "StudyDate = { max = \"2003\" }", false},
        {"dialects/CT_small.dcm", "StudyTime = { min = \"0700\", max = \"0727\" }", true},
        {"dialects/CT_small.dcm", "StudyTime = { min = \"0700\", max = \"0726\" }", false},
        {"dialects/CT_small.dcm", "PatientAge = { max = \"001Y\" }", true},
        {"dialects/CT_small.dcm", "AccessionNumber = { exists = true }", false},
        {"dialects/CT_small.dcm", "AccessionNumber = { exists = false }", true},
        {"dialects/CT_small.dcm", "Rows = { min = 128, max = 128 }", true},
        {"dialects/MR_small_implicit.dcm", "PatientName = \"CompressedSamples^MR1\"", true},
        {"dialects/MR_small_implicit.dcm", "SliceThickness = { min = 0.5, max = 0.8 }", true},
        {"dialects/MR_small_implicit.dcm", "SliceThickness = { min = 0.81 }", false},
        {"dialects/MR_small_bigendian.dcm", "PatientName = \"CompressedSamples^MR1\"", true},
        {"dialects/MR_small_bigendian.dcm", "Rows = { min = 64, max = 64 }", true},
        {"dialects/MR_small_bigendian.dcm", "EchoTime = { min = \"240\", max = \"240\" }", true},
        {"dialects/MR_small_expb.dcm", "Modality = \"MR\"", true},
        {"dialects/ExplVR_BigEnd.dcm", "StudyDate = { min = \"19970424\", max = \"199704\" }", true},  // 1997.04.24
        {"dialects/ExplVR_BigEnd.dcm", "StudyTime = { min = \"1400\", max = \"1404\" }", true},        // 14:04:38
        {"dialects/ExplVR_BigEnd.dcm", "StudyTime = { max = \"1403\" }", false},
        {"dialects/rtdose_expb_1frame.dcm", "Modality = \"RTDOSE\"", true},
        {"dialects/image_dfl.dcm", "Modality = \"OT\"", true},
        {"dialects/image_dfl.dcm", "PatientName = { exists = true }", false},  // ^^^^
        {"dialects/image_dfl.dcm", "ImageComments = { regex = \"INVESTIGATIONAL USE\" }", true},
        {"dialects/image_dfl.dcm", "Rows = { min = 512, max = 512 }", true},
        // Sequences: of known and unknown length, deep, of UN, and what is private.
        {"dialects/CT_small.dcm", "\"OtherPatientIDsSequence.PatientID\" = \"1234ABCD\"", true},
        {"dialects/CT_small.dcm", "\"OtherPatientIDsSequence.PatientID\" = \"ABCD1234\"", true},
        {"dialects/CT_small.dcm", "\"OtherPatientIDsSequence.PatientID\" = \"1CT1\"", false},
        {"dialects/CT_small.dcm", "OtherPatientIDsSequence = { exists = true }", true},
        {"dialects/CT_small.dcm", "'(0009,\"GEMS_IDEN_01\",02)' = \"CT01\"", true},
        {"dialects/CT_small.dcm", "'(0009,\"GEMS_IDEN_01\",04)' = \"HiSpeed*\"", true},
        {"dialects/CT_small.dcm", "'(0009,\"GEMS_IDEN_02\",02)' = \"CT01\"", false},
        {"dialects/CT_small.dcm", "'(0009,\"GEMS_IDEN_01\",27)' = { min = 862399669, max = 862399669 }", true},
        {"dialects/CT_small.dcm", "\"(0009,1002)\" = \"CT01\"", true},
        {"dialects/rtplan.dcm", "\"BeamSequence.TreatmentMachineName\" = \"unit001\"", true},
        {"dialects/rtplan.dcm", "\"BeamSequence.BeamLimitingDeviceSequence.RTBeamLimitingDeviceType\" = \"Y\"", true},
        {"dialects/rtplan.dcm", "\"BeamSequence.BeamLimitingDeviceSequence.RTBeamLimitingDeviceType\" = \"Z\"", false},
        {"dialects/rtplan.dcm",
         "\"FractionGroupSequence.ReferencedBeamSequence.BeamMeterset\" = { min = 116, max = 116.1 }", true},
        {"dialects/rtplan.dcm", "\"DoseReferenceSequence.DoseReferenceType\" = \"TARGET\"", true},
        {"dialects/rtplan.dcm", "Manufacturer = \"Linac co.\"", false},  // which stands in an item only
        {"dialects/rtplan_truncated.dcm", "Modality = \"RTPLAN\"", true},
        {"dialects/reportsi.dcm", "\"ConceptNameCodeSequence.CodeMeaning\" = \"Document Title\"", true},
        {"dialects/reportsi.dcm", "\"ConceptNameCodeSequence.CodeValue\" = \"IHE.02\"", false},  // of deeper items
        {"dialects/reportsi.dcm", "\"ContentSequence.ConceptNameCodeSequence.CodeValue\" = \"IHE.02\"", true},
        {"dialects/reportsi.dcm", "\"ContentSequence.PersonName\" = \"Enter text\"", true},
        {"dialects/reportsi.dcm", "ReferencedPerformedProcedureStepSequence = { exists = true }", false},  // no item
        {"dialects/test-SR.dcm", "\"VerifyingObserverSequence.VerifyingObserverName\" = \"Riesmeier^Jörg\"", true},
        {"dialects/test-SR.dcm",
         "\"VerifyingObserverSequence.VerificationDateTime\" = { min = \"20010213\", max = \"2001\" }", true},
        {"dialects/test-SR.dcm", "ObservationDateTime = { min = \"20010213184747\" }", false},
        {"dialects/test-SR.dcm",
         "\"ContentSequence.ContentSequence.MeasuredValueSequence.NumericValue\" = { min = 3, max = 3 }", true},
        {"dialects/UN_sequence.dcm",
         "\"(4453,100C).ReferencedSeriesSequence.ReferencedSOPSequence.ReferencedSOPClassUID\" = "
         "\"1.2.840.10008.5.1.4.1.1.2\"",
         true},
        {"dialects/UN_sequence.dcm", "\"(4453,100C)\" = { exists = true }", true},
        {"dialects/UN_sequence.dcm", "\"(4453,100C).StudyInstanceUID\" = \"1.2\"", false},
        {"dialects/priv_SQ.dcm",
         "'(3F03,\"aaabbbccc MEDICAL SYSTEMS\",01).ReferringPhysicianName' = \"111111111111111\"", true},
        {"dialects/priv_SQ.dcm", "'(3F03,\"aaabbbccc\",01).ReferringPhysicianName' = \"111111111111111\"", false},
        {"dialects/waveform_ecg.dcm", "AcquisitionDateTime = { min = \"2013012510\", max = \"2013012510\" }", true},
        {"dialects/waveform_ecg.dcm", "PatientAge = { min = \"018Y\", max = \"042Y\" }", true},
        // What is empty or broken stops nothing, and matches what can be read.
        {"dialects/empty_charset_LEI.dcm", "ImageType = \"SINGLE PLANE\"", true},
        {"dialects/badVR.dcm", "NumberOfFrames = { min = 1 }", false},  // 1A
        {"dialects/badVR.dcm", "NumberOfFrames = \"1A\"", true},
        {"dialects/badVR.dcm", "\"ReferencedRTPlanSequence.ReferencedSOPClassUID\" = { exists = true }", true},
        {"dialects/MR_truncated.dcm", "Modality = \"MR\"", true},
        {"dialects/MR_small_padded.dcm", "PatientID = \"4MR1\"", true},
        {"dialects/reportsi_with_empty_number_tags.dcm", "Modality = \"SR\"", true},
        {"dialects/nested_priv_SQ.dcm", "PatientName = { exists = true }", false},
        // How it came, beside what it is.
        {"dialects/CT_small.dcm",
         "Modality = \"CT\", address = \"10.1.0.0/16\", calling_ae_title = { regex = \"^CT\" }", true},
        {"dialects/CT_small.dcm", "sender = { exists = true }", false},
        {"dialects/CT_small.dcm", "any = [ { Modality = \"MR\" }, { not = { StudyDescription = \"e+2\" } } ]", true},
    };
    check(std::begin(rows), std::end(rows));
}

TEST_CASE("condition: private sequences of a group below the identity are followed, too") {
    const auto folder = support::samples_folder();
    if (!folder) return;
    const auto sample = support::read_sample(*folder / "dialects/nested_priv_SQ.dcm");
    REQUIRE(sample);
    constexpr dicom::Tag sequence{0x0001, 0x0001}, text{0x0001, 0x0002};
    const dicom::TagPath inner({{sequence, ""}, {text, ""}}), deepest({{sequence, ""}, {sequence, ""}, {sequence, ""}});
    const Condition condition{Branch{
        Join::all, {{Leaf{inner, "", Matches{{"Nested SQ"}}}}, {Leaf{deepest, "", Matches{{"Double Nested SQ"}}}}}}};
    CHECK(holds(condition, facts_of(*sample, condition)));
}

}  // namespace broker::route
