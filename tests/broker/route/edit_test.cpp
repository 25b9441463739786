/// Edits: which are refused whatever the instance, how they are kept, and what they make of an instance.
#include "broker/route/edit.h"

#include <doctest/doctest.h>

#include "broker/route/edit_plan.h"
#include "broker/route/edit_words.h"

namespace broker::route {

namespace {

dicom::TagStep tag(std::string_view text) {
    const auto parsed = dicom::parse_path(text);
    REQUIRE(std::holds_alternative<dicom::TagPath>(parsed));
    return std::get<dicom::TagPath>(parsed).steps.front();
}

Edit set(std::string_view name, std::string value) {
    return {tag(name), Set{std::move(value)}};
}
Edit remove(std::string_view name) {
    return {tag(name), Remove{}};
}
Edit prefix(std::string_view name, std::string with) {
    return {tag(name), Prefix{std::move(with)}};
}
Edit replace(std::string_view name, std::string regex, std::string with) {
    return {tag(name), Replace{std::move(regex), std::move(with)}};
}
Edit map(std::string_view name, Map::Missing missing = Map::Missing::hold) {
    return {tag(name), Map{"/etc/dicom-bridge/ids.csv", missing}};
}
Edit copy(std::string_view from, std::string_view to) {
    return {tag(from), Copy{tag(to)}};
}

std::string fault(const Edit& edit) {
    const auto found = fault_of(edit);
    return found ? found->key + " " + found->text : "";
}

std::variant<std::shared_ptr<const Table>, TableFault> ids(const std::string&) {
    Table table;
    table.add("P1", "N1", 1);
    table.add("P2", "N2", 2);
    return std::make_shared<const Table>(std::move(table));
}

using Values = std::vector<std::string>;

dicom::Header header(std::initializer_list<std::pair<const char*, Values>> values) {
    dicom::Header made;
    for (const auto& [name, all] : values) made.set(tag(name).tag, all);
    return made;
}

Changes planned(const std::vector<Edit>& edits, const dicom::Header& of) {
    const auto made = plan(edits, of, ids);
    REQUIRE_MESSAGE(std::holds_alternative<Changes>(made), std::get<EditFailure>(made).text);
    return std::get<Changes>(made);
}

std::string failure(const std::vector<Edit>& edits, const dicom::Header& of) {
    const auto made = plan(edits, of, ids);
    return std::holds_alternative<EditFailure>(made) ? std::get<EditFailure>(made).text : "";
}

/// What one element becomes: "gone", "as it was", or its values.
std::string become(const std::vector<Edit>& edits, const dicom::Header& of, std::string_view name) {
    for (const Change& each : planned(edits, of).all) {
        if (each.tag != tag(name)) continue;
        if (!each.values) return "gone";
        std::string text;
        for (std::size_t i = 0; i < each.values->size(); ++i) text += (i == 0 ? "" : "\\") + (*each.values)[i];
        return text;
    }
    return "as it was";
}

}  // namespace

TEST_CASE("edit: what no edit may change, and what cannot be given a value") {
    struct Row {
        Edit edit;
        const char* why;
    };
    const std::vector<Row> rows{
        {remove("SOPInstanceUID"), "remove is what the instance is known by, here and at the destination"},
        {set("StudyInstanceUID", "1.2"), "set is what the instance is known by, here and at the destination"},
        {prefix("SeriesInstanceUID", "1."), "prefix is what the instance is known by, here and at the destination"},
        {remove("SOPClassUID"), "remove is what the instance is known by, here and at the destination"},
        {set("SpecificCharacterSet", "ISO_IR 192"), "set says how all other text is to be read"},
        {remove("TransferSyntaxUID"), "remove is no element of an instance's data set"},
        {remove("PixelData"), "remove is pixel data, or comes behind it, which no edit changes"},
        {remove("(FFFA,FFFA)"), "remove is pixel data, or comes behind it, which no edit changes"},
        {remove("(0010,0000)"), "remove is the length of a group, which follows by itself"},
        {remove("(0029,0010)"), "remove says whose the private elements of its block are; remove those"},
        {set("(0029,1008)", "x"), "set is private, and can only be removed"},
        {prefix(R"((0029,"SIEMENS CSA HEADER",08))", "x"), "prefix is private, and can only be removed"},
        {copy("PatientID", "(0029,1008)"), "to is private, and can only be removed"},
        {copy("ReferencedStudySequence", "PatientID"), "copy has no text that could be copied"},
        {set("ReferencedStudySequence", "x"), "set has no text (its VR is SQ), and can only be removed"},
        {set("FrameIncrementPointer", "x"), "set has no text (its VR is AT), and can only be removed"},
        {set("(0010,9998)", "x"), "set has no VR that is known, and can only be removed"},
        {set("SmallestImagePixelValue", "1"), "set has no VR that is known, and can only be removed"},
        {copy("PatientID", "StudyInstanceUID"), "to is what the instance is known by, here and at the destination"},
    };
    for (const Row& row : rows) CHECK(fault(row.edit) == row.why);
    for (const Edit& good : {remove("PatientName"), remove("ReferencedStudySequence"), remove("(0029,1008)"),
                             remove(R"((0029,"SIEMENS CSA HEADER",08))"), remove("(0010,9998)"), set("Rows", "512"),
                             set("PatientName", ""), copy("StudyInstanceUID", "StudyID"), map("PatientID")})
        CHECK(fault(good).empty());
}

TEST_CASE("edit: values that the VR does not allow") {
    struct Row {
        Edit edit;
        const char* why;
    };
    const std::vector<Row> rows{
        {set("InstitutionName", std::string(65, 'x')), "value is longer than 64 characters, which LO allows"},
        {set("AccessionNumber", std::string(17, 'x')), "value is longer than 16 characters, which SH allows"},
        {set("Modality", "ct"),
         "value is something else than capital letters, digits, spaces and underscores, which CS wants"},
        {set("StudyDate", "20260230"), "value is something else than a date as YYYYMMDD, which DA wants"},
        {set("StudyDate", "2026-01-15"), "value is something else than a date as YYYYMMDD, which DA wants"},
        {set("StudyTime", "2500"), "value is something else than a time as HHMMSS.FFFFFF, which TM wants"},
        {set("AcquisitionDateTime", "20260115+99"),
         "value is something else than a date and time as YYYYMMDDHHMMSS.FFFFFF+ZZZZ, which DT wants"},
        {set("PatientAge", "45"), "value is something else than three digits and D, W, M or Y, which AS wants"},
        {set("PatientWeight", "heavy"), "value is something else than a decimal number, which DS wants"},
        {set("SeriesNumber", "1.5"), "value is something else than a whole number of 32 bits, which IS wants"},
        {set("FrameOfReferenceUID", "1.02"), "value is something else than a UID, which UI wants"},
        {set("SeriesNumber", "+-5"), "value is something else than a whole number of 32 bits, which IS wants"},
        {set("PatientWeight", "+-5"), "value is something else than a decimal number, which DS wants"},
        {set("StudyDate", "20250229"), "value is something else than a date as YYYYMMDD, which DA wants"},
        {set("SimpleFrameList", "1\\\\3"), "value has an empty value among others, which UL cannot have"},
        {set("Rows", "70000"), "value is something else than a whole number from 0 to 65535, which US wants"},
        {set("PatientComments",
             "a\x01"
             "b"),
         "value is a text with control characters, which LT doesn't allow"},
        {set("PatientName", "a=b=c=d"),
         "value is something else than at most three forms of a name with at most 64 characters each, which PN wants"},
        {set("PatientID", "\xE9"), "value is not UTF-8"},
        {prefix("StudyDate", "2"), "with cannot stand before a value of DA"},
        {prefix("PatientID", ""), "with must not be empty"},
        {prefix("Modality", "x-"),
         "with is something else than capital letters, digits, spaces and underscores, which CS wants"},
        {replace("PatientID", "(", "x"), "regex is no regular expression in RE2's syntax: missing ): ("},
    };
    for (const Row& row : rows) CHECK(fault(row.edit) == row.why);
    CHECK(fault(replace("PatientID", "^(0+)", "\\2")).starts_with("with does not fit the regex: "));
    const std::string umlauts = "\xC3\xA4\xC3\xB6\xC3\xBC";
    std::string long_name;
    while (long_name.size() < 126) long_name += umlauts;
    for (const Edit& good :
         {set("InstitutionName", long_name), set("StudyTime", "235960.5"), set("StudyTime", "07"),
          set("StudyDate", "20240229"), set("SimpleFrameList", "1\\3"),
          set("AcquisitionDateTime", "20260115083000.25+0700"), set("AcquisitionDateTime", "2026"),
          set("PatientWeight", " 1.5e2"), set("SeriesNumber", "-7"), set("ImageType", "DERIVED\\SECONDARY"),
          set("PatientComments", "one\r\ntwo \\ three"), set("RescaleSlope", "+1"), prefix("SeriesNumber", "1"),
          set("EventTimeOffset", "1.5"), replace("PatientID", "^0+", "")})
        CHECK(fault(good).empty());
}

TEST_CASE("edit: what is kept with a job is read back as it was, and is always the same text") {
    const std::vector<Edit> edits{set("InstitutionName", "R\"S\"U\n\xC3\xBC"),
                                  remove(R"((0029,"SIEMENS CSA HEADER",08))"),
                                  copy("AccessionNumber", "StudyID"),
                                  prefix("PatientID", "RSC-"),
                                  replace("PatientID", "^0+", "\\0"),
                                  map("PatientID", Map::Missing::remove),
                                  remove("(0010,9998)")};
    CHECK(parse_edits(print_edits(edits)) == edits);
    CHECK(print_edits({}).empty());
    CHECK(parse_edits("") == std::vector<Edit>{});
    // Jobs of years ago must still be understood.
    CHECK(print_edits(edits) ==
          "[{\"set\":\"InstitutionName\",\"value\":\"R\\\"S\\\"U\\n\xC3\xBC\"},"
          "{\"remove\":\"(0029,\\\"SIEMENS CSA HEADER\\\",08)\"},{\"copy\":\"AccessionNumber\",\"to\":\"StudyID\"},"
          "{\"prefix\":\"PatientID\",\"with\":\"RSC-\"},"
          "{\"replace\":\"PatientID\",\"regex\":\"^0+\",\"with\":\"\\\\0\"},"
          "{\"map\":\"PatientID\",\"table\":\"/etc/dicom-bridge/ids.csv\",\"missing\":\"remove\"},"
          "{\"remove\":\"(0010,9998)\"}]");
    for (const char* other :
         {"x", "{}", "[1]", "[{}]", R"([{"remove":"NoKeyword"}])", R"([{"remove":"PatientID","value":"x"}])",
          R"([{"set":"PatientID"}])", R"([{"map":"PatientID","table":"x","missing":"maybe"}])",
          R"([{"scramble":"PatientID"}])", R"([{"remove":"RequestAttributesSequence.PatientID"}])"})
        CHECK_FALSE(parse_edits(other).has_value());
}

TEST_CASE("edit words: each action has its sentence, and what is nothing of ours is shown as it stands") {
    const std::vector<Edit> edits{set("InstitutionName", "R\"S"),
                                  set("PatientName", ""),
                                  remove("(0010,9998)"),
                                  copy("AccessionNumber", "StudyID"),
                                  prefix("PatientID", "RSC-"),
                                  replace("PatientID", "^0+", ""),
                                  map("PatientID")};
    CHECK(lines_of_edits(print_edits(edits)) ==
          std::vector<std::string>{
              "set InstitutionName to \"R\"\"S\"", "set PatientName to nothing", "remove (0010,9998)",
              "copy AccessionNumber to StudyID", "prefix PatientID with \"RSC-\"",
              "replace PatientID: each \"^0+\" by \"\"",
              "map PatientID by the table \"/etc/dicom-bridge/ids.csv\"; without a row in it the job is held"});
    CHECK(lines_of_edits("").empty());
    CHECK(lines_of_edits("[1]") == std::vector<std::string>{"[1]"});
}

TEST_CASE("edit plan: each action, on one value, on several, and on none") {
    const auto of = header({{"PatientID", {"P1"}}, {"AccessionNumber", {"A7"}}, {"OtherPatientIDs", {"P1", "", "P2"}}});
    CHECK(become({set("PatientID", "X")}, of, "PatientID") == "X");
    CHECK(become({set("PatientID", "")}, of, "PatientID").empty());
    CHECK(become({set("ImageType", "A\\B")}, of, "ImageType") == "A\\B");
    CHECK(become({remove("PatientID")}, of, "PatientID") == "gone");
    CHECK(become({copy("AccessionNumber", "StudyID")}, of, "StudyID") == "A7");
    CHECK(become({copy("StudyID", "AccessionNumber")}, of, "AccessionNumber") == "as it was");
    CHECK(become({prefix("PatientID", "RSC-")}, of, "PatientID") == "RSC-P1");
    CHECK(become({prefix("OtherPatientIDs", "R")}, of, "OtherPatientIDs") == "RP1\\\\RP2");
    CHECK(become({prefix("StudyID", "R")}, of, "StudyID") == "as it was");
    CHECK(become({replace("PatientID", "[0-9]", "<\\0>")}, of, "PatientID") == "P<1>");
    CHECK(become({replace("OtherPatientIDs", "P", "Q")}, of, "OtherPatientIDs") == "Q1\\\\Q2");
    CHECK(become({replace("PatientID", "Z", "Q")}, of, "PatientID") == "as it was");
    CHECK(become({replace("PatientID", ".*", "")}, of, "PatientID").empty());
    CHECK(become({map("PatientID")}, of, "PatientID") == "N1");
    CHECK(become({map("OtherPatientIDs")}, of, "OtherPatientIDs") == "N1\\\\N2");
    CHECK(become({map("StudyID")}, of, "StudyID") == "as it was");
    CHECK(become({map("AccessionNumber", Map::Missing::keep)}, of, "AccessionNumber") == "as it was");
    CHECK(become({map("AccessionNumber", Map::Missing::remove)}, of, "AccessionNumber") == "gone");
}

TEST_CASE("edit plan: edits apply in order, each to what the ones before it made") {
    const auto of = header({{"PatientID", {"P1"}}, {"AccessionNumber", {"A7"}}});
    CHECK(become({prefix("PatientID", "A"), prefix("PatientID", "B")}, of, "PatientID") == "BAP1");
    CHECK(become({map("PatientID"), prefix("PatientID", "R-")}, of, "PatientID") == "R-N1");
    CHECK(become({remove("PatientID"), prefix("PatientID", "R-")}, of, "PatientID") == "gone");
    CHECK(become({remove("PatientID"), copy("AccessionNumber", "PatientID")}, of, "PatientID") == "A7");
    CHECK(become({copy("PatientID", "StudyID"), remove("PatientID")}, of, "StudyID") == "P1");
    CHECK(become({set("PatientID", "P2"), map("PatientID")}, of, "PatientID") == "N2");
}

TEST_CASE("edit plan: numbers have no empty values among others") {
    const auto of = header({{"ReferencedFrameNumber", {"1", "", "3"}}});
    CHECK(failure({copy("ReferencedFrameNumber", "SimpleFrameList")}, of) ==
          "SimpleFrameList would have an empty value among others, which UL cannot have");
}

TEST_CASE("edit plan: a failure names the tag and the rule, never the value") {
    const auto of = header({{"PatientID", {"SECRET"}},
                            {"InstitutionName", {std::string(60, 'S')}},
                            {"PatientName",
                             {"SE\xEF\xBF\xBD"
                              "CRET"}},
                            {"StudyDescription", {"SECRET"}}});
    CHECK(failure({map("PatientID")}, of) == "PatientID has no row in ids.csv");
    CHECK(failure({prefix("InstitutionName", "RSUP-")}, of) ==
          "InstitutionName would be longer than 64 characters, which LO allows");
    CHECK(failure({prefix("PatientName", "A")}, of) == "PatientName would hold characters that could not be read");
    CHECK(failure({copy("StudyDescription", "StudyDate")}, of) ==
          "StudyDate would be something else than a date as YYYYMMDD, which DA wants");
    const auto gone = plan({map("PatientID")}, of, [](const std::string&) { return TableFault{"cannot be read: x"}; });
    CHECK(std::get<EditFailure>(gone).text == "ids.csv cannot be read: x");
}

TEST_CASE("edit plan: it says what it relies on") {
    const auto of = header({{"PatientID", {"P1"}}, {"AccessionNumber", {"A7"}}});
    const auto changes =
        planned({copy("AccessionNumber", "StudyID"), prefix("PatientID", "R"), prefix("PatientName", "R")}, of);
    CHECK(changes.absent == std::set{dicom::tags::patient_name});
    CHECK(changes.single == std::set{dicom::tags::accession_number});
    CHECK(tags_read({copy("AccessionNumber", "StudyID"), set("StudyID", "x"), remove("PatientName"),
                     map("PatientID")}) == std::set{dicom::tags::accession_number, dicom::tags::patient_id});
}

}  // namespace broker::route
