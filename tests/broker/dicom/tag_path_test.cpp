// Tag paths: as people write them, and back.
#include "broker/dicom/tag_path.h"

#include <doctest/doctest.h>

#include "broker/dicom/dictionary.h"

namespace dicom = broker::dicom;

namespace {

dicom::TagPath parsed(std::string_view text) {
    auto path = dicom::parse_path(text);
    const auto* wrong = std::get_if<dicom::NoPath>(&path);
    CAPTURE(text);
    REQUIRE_MESSAGE(wrong == nullptr, (wrong ? wrong->why : ""));
    return std::get<dicom::TagPath>(path);
}

}  // namespace

TEST_CASE(
    "tag path: keywords, tags, private elements and steps into sequences are read, and printed as they are read") {
    struct Row {
        std::string_view text;
        std::vector<dicom::TagStep> steps;
        std::string printed;
    };
    const Row rows[] = {
        {"PatientID", {{{0x0010, 0x0020}, ""}}, "PatientID"},
        {"(0010,0020)", {{{0x0010, 0x0020}, ""}}, "PatientID"},
        {"(0009,1001)", {{{0x0009, 0x1001}, ""}}, "(0009,1001)"},
        {"(0029,\"SIEMENS CSA HEADER\",08)",
         {{{0x0029, 0x0008}, "SIEMENS CSA HEADER"}},
         "(0029,\"SIEMENS CSA HEADER\",08)"},
        {"(0029,\" SIEMENS CSA HEADER \",08)",  // as data sets are read: padding says nothing
         {{{0x0029, 0x0008}, "SIEMENS CSA HEADER"}},
         "(0029,\"SIEMENS CSA HEADER\",08)"},
        {"OverlayData", {{{0x6000, 0x3000}, ""}}, "(6000,3000)"},  // one of sixteen groups
        {"(0029,\"A.B\",f8)", {{{0x0029, 0x00F8}, "A.B"}}, "(0029,\"A.B\",F8)"},
        {"RequestAttributesSequence.ScheduledProcedureStepID",
         {{{0x0040, 0x0275}, ""}, {{0x0040, 0x0009}, ""}},
         "RequestAttributesSequence.ScheduledProcedureStepID"},
        {"(0040,0275).(0040,0009)",
         {{{0x0040, 0x0275}, ""}, {{0x0040, 0x0009}, ""}},
         "RequestAttributesSequence.ScheduledProcedureStepID"},
        {"(0029,\"X.Y\",10).(0009,1001).PatientID",
         {{{0x0029, 0x0010}, "X.Y"}, {{0x0009, 0x1001}, ""}, {{0x0010, 0x0020}, ""}},
         "(0029,\"X.Y\",10).(0009,1001).PatientID"},
    };
    for (const Row& row : rows) {
        const dicom::TagPath path = parsed(row.text);
        CHECK(path == dicom::TagPath(row.steps));
        CHECK(dicom::print_path(path) == row.printed);
        CHECK(parsed(row.printed) == path);
    }
}

TEST_CASE("tag path: plain is an element of the data set itself whose tag is known") {
    CHECK(parsed("PatientID").is_plain());
    CHECK(parsed("(0009,1001)").is_plain());
    CHECK_FALSE(parsed("(0009,\"X\",01)").is_plain());
    CHECK_FALSE(parsed("RequestAttributesSequence.PatientID").is_plain());
}

TEST_CASE("tag path: what is none is said with what to write instead") {
    struct Row {
        std::string_view text;
        std::string_view why;
    };
    const Row rows[] = {
        {"", "is not a DICOM keyword"},
        {"Modalty", "is not a DICOM keyword; did you mean \"Modality\"?"},
        {"(0010,002)", "is no tag; write \"(gggg,eeee)\""},
        {"(0010,0020", "is no tag"},
        {"(0028,\"X\",08)", "is no tag"},  // an even group has no creators
        {"(0029,\"\",08)", "is no tag"},
        {"(0029,\"  \",08)", "is no tag"},
        {"(0029,\"X\",8)", "is no tag"},
        {"(0029,\"X\",0808)", "is no tag"},
        {"(0029,\"X\",0g)", "is no tag"},
        {"(0029,X,08)", "is no tag"},
        {"(0029,\"X\\Y\",08)", "is no tag"},  // no LO has a backslash
        {"(0029,\"X,08)", "is no tag"},
        {"PatientID.PatientName", "leads through PatientID, which is no sequence"},
        {"RequestAttributesSequence.PatientNme",
         "has a step \"PatientNme\" that is not a DICOM keyword; did you mean \"PatientName\"?"},
        {"RequestAttributesSequence.", "has a step \"\" that is not a DICOM keyword"},
        {".PatientID", "has a step \"\" that is not a DICOM keyword"},
        {"RequestAttributesSequence..PatientID", "has a step \"\" that"},
        {"(0009,1001).(0009,1001).(0009,1001).(0009,1001).(0009,1001).(0009,1001).(0009,1001).(0009,1001).PatientID",
         "goes through more than 8 levels"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.text);
        const auto path = dicom::parse_path(row.text);
        const auto* wrong = std::get_if<dicom::NoPath>(&path);
        REQUIRE(wrong);
        CAPTURE(wrong->why);
        CHECK(wrong->why.starts_with(row.why));
    }
}

TEST_CASE("tag path: the dictionary gives the VR of the last step, where it knows one") {
    CHECK(dicom::dictionary_vr(parsed("PatientName")) == "PN");
    CHECK(dicom::dictionary_vr(parsed("RequestAttributesSequence.ScheduledProcedureStepID")) == "SH");
    CHECK(dicom::dictionary_vr(parsed("RequestAttributesSequence")) == "SQ");
    CHECK(dicom::dictionary_vr(parsed("(0009,1001)")).empty());
    CHECK(dicom::dictionary_vr(parsed("(0009,\"X\",01)")).empty());
    CHECK(dicom::dictionary_vr(parsed("SmallestImagePixelValue")).empty());  // US or SS
}
