/// Nearest and dictionary: guesses at words, keywords and tags.
#include "broker/route/nearest.h"

#include <doctest/doctest.h>

#include <vector>

#include "broker/dicom/dictionary.h"

namespace broker::route {

TEST_CASE("nearest: finds the word with the fewest typing errors, and none that is a different one") {
    const std::vector<std::string> words{"host", "port", "ae_title", "resend_safe", "timeout"};
    CHECK(nearest("hots", words) == "host");
    CHECK(nearest("Port", words) == "port");
    CHECK(nearest("aetitle", words) == "ae_title");
    CHECK(nearest("ae-title", words) == "ae_title");
    CHECK(nearest("time_out", words) == "timeout");
    CHECK_FALSE(nearest("colour", words));
    CHECK_FALSE(nearest("", words));
    CHECK_FALSE(nearest(std::string(100'000, 'h'), words));
}

}  // namespace broker::route

namespace broker::dicom {

TEST_CASE("dictionary: keywords lead to tags, retired and repeating ones too, and back") {
    REQUIRE(dictionary_is_loaded());
    struct Row {
        std::string_view keyword;
        Tag tag;
        const char* vr;
    };
    for (const Row& row :
         {Row{"Modality", {0x0008, 0x0060}, "CS"}, Row{"PatientName", {0x0010, 0x0010}, "PN"},
          Row{"OtherPatientIDs", {0x0010, 0x1000}, "LO"}, Row{"ReferencedStudySequence", {0x0008, 0x1110}, "SQ"}}) {
        CAPTURE(row.keyword);
        const DictionaryEntry* entry = find_keyword(row.keyword);
        REQUIRE(entry);
        CHECK(entry->tag == row.tag);
        CHECK(entry->vr == row.vr);
        CHECK(find_tag(row.tag) == entry);
    }
    REQUIRE(find_keyword("OverlayRows"));
    CHECK(find_keyword("OverlayRows")->tag == Tag{0x6000, 0x0010});
    CHECK_FALSE(find_keyword("modality"));
    CHECK_FALSE(find_keyword("PatientsNme"));
    CHECK_FALSE(find_tag({0x0009, 0x1001}));
    CHECK(nearest_keyword("PatientsName") == "PatientName");
    CHECK(nearest_keyword("Modalty") == "Modality");
}

TEST_CASE("dictionary: a tag is written as (gggg,eeee)") {
    CHECK(parse_tag("(0008,0060)") == Tag{0x0008, 0x0060});
    CHECK(parse_tag("(7fe0,001A)") == Tag{0x7FE0, 0x001A});
    CHECK(print_tag({0x7FE0, 0x001A}) == "(7FE0,001A)");
    for (const char* text :
         {"", "0008,0060", "(0008,006)", "(0008,00600)", "(000g,0060)", "(0008;0060)", "(+008,0060)", "(-008,0060)"})
        CHECK_MESSAGE(!parse_tag(text), text);
}

}  // namespace broker::dicom
