/// Conditions in the file: what they become, and what is wrong with them.
#include <doctest/doctest.h>

#include "tests/broker/config/files.h"

namespace broker::config {

namespace {

using namespace route;

const std::string head =
    "[[destination]]\nname = \"f\"\nkind = \"folder\"\npath = \"/srv/f\"\n[[route]]\nname = \"r\"\nto = "
    "[\"f\"]\n";  // 7 lines

Condition of(const std::string& when) {
    Loaded loaded = Files{}.load_text(head + "when = " + when + "\n");
    CAPTURE(when);
    CAPTURE(joined(lines(loaded.problems)));
    REQUIRE(loaded.config);
    return loaded.config->routes.front().when;
}

Condition all(std::vector<Condition> parts) {
    return {Branch{Join::all, std::move(parts)}};
}
Condition leaf(std::string key, Subject subject, Test test) {
    return {Leaf{subject, std::move(key), std::move(test)}};
}

}  // namespace

TEST_CASE("config: conditions are read as they are written") {
    Condition ct = leaf("Modality", dicom::TagPath(dicom::tags::modality), Matches{{"CT"}});
    CHECK(of("{}") == Condition{});
    CHECK(of("{ Modality = \"CT\" }") == all({ct}));
    CHECK(of("{ \"(0008,0060)\" = [\"CT\", \"DX*\"] }") ==
          all({leaf("(0008,0060)", dicom::TagPath(dicom::tags::modality), Matches{{"CT", "DX*"}})}));
    CHECK(of("{ \"(0009,1001)\" = \"private\" }") ==
          all({leaf("(0009,1001)", dicom::TagPath(dicom::Tag{0x0009, 0x1001}), Matches{{"private"}})}));
    CHECK(of("{ AccessionNumber = { exists = false } }") ==
          all({leaf("AccessionNumber", dicom::TagPath(dicom::tags::accession_number), Exists{false})}));
    CHECK(of("{ address = [\"10.0.0.0/8\", \"::1\"] }") ==
          all({leaf("address", Origin::address, Matches{{"10.0.0.0/8", "::1"}})}));
    CHECK(of("{ not = { Modality = \"CT\" } }") == all({{Branch{Join::not_all, {ct}}}}));
    CHECK(of("{ any = [{ Modality = \"CT\" }, { Modality = \"CT\" }] }") ==
          all({{Branch{Join::any, {all({ct}), all({ct})}}}}));
    CHECK(of("{ all = [{ not = { Modality = \"CT\" } }] }") ==
          all({{Branch{Join::all, {all({{Branch{Join::not_all, {ct}}}})}}}}));
}

TEST_CASE("config: tests of text, of the whole of a value or of what is found in it, are read") {
    const Subject station(dicom::TagPath(dicom::Tag{0x0008, 0x1010})), name(dicom::TagPath(dicom::tags::patient_name));
    const auto any_case = [](const char* text) { return *Glob::in_any_case(text); };
    const auto regex = [](const char* pattern, bool ignore_case) {
        return std::get<Regex>(Regex::compile(pattern, ignore_case));
    };
    CHECK(of("{ StationName = { glob = \"ER*\" } }") == all({leaf("StationName", station, Matches{{"ER*"}})}));
    CHECK(of("{ StationName = { glob = \"er*\", ignore_case = true } }") ==
          all({leaf("StationName", station, Matches{{any_case("er*")}})}));
    CHECK(of("{ StationName = { glob = [\"er*\", \"x\"], ignore_case = true } }") ==
          all({leaf("StationName", station, Matches{{any_case("er*"), any_case("x")}})}));
    CHECK(of("{ StationName = { glob = \"ER*\", ignore_case = false } }") == of("{ StationName = \"ER*\" }"));
    CHECK(of("{ StationName = { regex = \"^ER\" } }") == all({leaf("StationName", station, regex("^ER", false))}));
    CHECK(of("{ StationName = { regex = \"^er\", ignore_case = true } }") ==
          all({leaf("StationName", station, regex("^er", true))}));
    CHECK(of("{ StationName = { regex = \"^er\", ignore_case = true } }") !=
          of("{ StationName = { regex = \"^er\" } }"));
    CHECK(of("{ sender = { regex = \"^ct\" } }") == all({leaf("sender", Origin::sender, regex("^ct", false))}));
    // Names are compared without what says nothing, and are written so.
    CHECK(of("{ PatientName = \"Doe^John^^ \" }") == all({{Leaf{name, "PatientName", Matches{{"Doe^John"}}, true}}}));
    CHECK(of("{ PatientName = [\"Doe^John\", \"Doe^John^\"] }") == of("{ PatientName = \"Doe^John\" }"));
}

TEST_CASE("config: ranges are read in the order that the dictionary gives the values") {
    const auto range = [](const char* key, Order order, std::optional<Bound> min, std::optional<Bound> max) {
        const auto path = dicom::parse_path(key);
        return all({leaf(key, std::get<dicom::TagPath>(path), route::Range{order, std::move(min), std::move(max)})});
    };
    CHECK(of("{ StudyDate = { min = \"20260101\", max = \"2026\" } }") ==
          range("StudyDate", Order::date, bound_of(Order::date, "20260101", false),
                bound_of(Order::date, "2026", false)));
    CHECK(of("{ StudyTime = { min = \"0700\" } }") ==
          range("StudyTime", Order::time, bound_of(Order::time, "0700", false), {}));
    CHECK(of("{ AcquisitionDateTime = { max = \"20260115070000+0700\" } }") ==
          range("AcquisitionDateTime", Order::date_time, {}, bound_of(Order::date_time, "20260115070000+0700", false)));
    CHECK(of("{ PatientAge = { max = \"018Y\" } }") ==
          range("PatientAge", Order::age, {}, bound_of(Order::age, "018Y", false)));
    CHECK(of("{ Rows = { min = 512, max = \"1024\" } }") ==
          range("Rows", Order::number, bound_of(Order::number, "512", true), bound_of(Order::number, "1024", false)));
    CHECK(of("{ SliceThickness = { max = 1.5 } }") ==
          range("SliceThickness", Order::number, {}, bound_of(Order::number, "1.5", true)));
    CHECK(of("{ SmallestImagePixelValue = { min = \"0\" } }") ==
          range("SmallestImagePixelValue", Order::number, bound_of(Order::number, "0", false), {}));
    CHECK(of("{ StudyID = { min = 5 } }") == range("StudyID", Order::number, bound_of(Order::number, "5", true), {}));
    CHECK(of("{ '(0009,\"ACME\",01)' = { min = -5 } }") ==
          range("(0009,\"ACME\",01)", Order::number, bound_of(Order::number, "-5", true), {}));
}

TEST_CASE("config: elements in sequences and private blocks are read by their path in quotation marks") {
    const dicom::TagPath step({{{0x0040, 0x0275}, ""}, {{0x0040, 0x0009}, ""}}),
        csa({{{0x0029, 0x0008}, "SIEMENS CSA HEADER"}});
    CHECK(of("{ \"RequestAttributesSequence.ScheduledProcedureStepID\" = \"X\" }") ==
          all({leaf("RequestAttributesSequence.ScheduledProcedureStepID", step, Matches{{"X"}})}));
    CHECK(of("{ '(0029,\"SIEMENS CSA HEADER\",08)' = \"IMAGE*\" }") ==
          all({leaf("(0029,\"SIEMENS CSA HEADER\",08)", csa, Matches{{"IMAGE*"}})}));
    CHECK(of("{ RequestAttributesSequence = { exists = true } }") ==
          all({leaf("RequestAttributesSequence", dicom::TagPath(dicom::Tag{0x0040, 0x0275}), Exists{true})}));
    // A dotted key is TOML's way to write a table of one test, too.
    CHECK(of("{ Modality.exists = true }") == of("{ Modality = { exists = true } }"));
}

TEST_CASE("config: a rule on a keyword that does not exist, or that no route can look at, is refused") {
    struct Row {
        std::string when;
        std::string line;
    };
    const Row rows[] = {
        {"{ Modalty = \"CT\" }", "8: route[r].when.Modalty: is not a DICOM keyword; did you mean \"Modality\"?"},
        {"{ PatientsName = \"X\" }",
         "8: route[r].when.PatientsName: is not a DICOM keyword; did you mean \"PatientName\"?"},
        {"{ caling_ae_title = \"X\" }",
         "8: route[r].when.caling_ae_title: is not a DICOM keyword; did you mean \"calling_ae_title\"?"},
        {"{ Colour = \"red\" }", "8: route[r].when.Colour: is not a DICOM keyword"},
        {"{ \"(0008,006)\" = \"CT\" }", "8: route[r].when.(0008,006): is no tag; write"},
        {"{ PixelData = { exists = true } }", "8: route[r].when.PixelData: is pixel data"},
        {"{ TransferSyntaxUID = \"1.2\" }", "8: route[r].when.TransferSyntaxUID: stands outside the data set"},
        {"{ ReferencedStudySequence = \"1\" }", "8: route[r].when.ReferencedStudySequence: is a sequence or bytes"},
        {"{ ReferencedStudySequence = { min = 1 } }",
         "8: route[r].when.ReferencedStudySequence: is a sequence or bytes"},
        {"{ EncapsulatedDocument = \"x\" }", "8: route[r].when.EncapsulatedDocument: is a sequence or bytes"},
        {"{ \"RequestAttributesSequence.PatientNme\" = \"X\" }",
         "8: route[r].when.RequestAttributesSequence.PatientNme: has a step \"PatientNme\" that is not a DICOM "
         "keyword; "
         "did you mean \"PatientName\"?"},
        {"{ \"PatientID.PatientName\" = \"X\" }",
         "8: route[r].when.PatientID.PatientName: leads through PatientID, which is no sequence"},
        {"{ '(0028,\"ACME\",08)' = \"X\" }", "8: route[r].when.(0028,\"ACME\",08): is no tag; write"},
        {"{ RequestAttributesSequence.ScheduledProcedureStepID = \"X\" }",
         "8: route[r].when.RequestAttributesSequence: is a table to TOML, since its dots are not quoted; write "
         "\"RequestAttributesSequence.ScheduledProcedureStepID\" = …"},
        {"{ RequestAttributesSequence.RequestedProcedureCodeSequence.CodeValue = { exists = true } }",
         "8: route[r].when.RequestAttributesSequence: is a table to TOML, since its dots are not quoted; write "
         "\"RequestAttributesSequence.RequestedProcedureCodeSequence.CodeValue\" = …"},
        {"{ \"(0009,1001)\".CodeValue = \"X\" }",
         "8: route[r].when.(0009,1001): is a table to TOML, since its dots are not quoted; write "
         "\"(0009,1001).CodeValue\" = …"},
        {"{ Modality = 1 }", "8: route[r].when.Modality: must be a text such as \"CT*\""},
        {"{ Modality = [] }", "8: route[r].when.Modality: must be a text such as \"CT*\""},
        {"{ Modality = [\"CT\", 1] }", "8: route[r].when.Modality: must be a text such as \"CT*\""},
        {"{ Modality = \"\" }", "8: route[r].when.Modality: \"\" matches no value; write { exists = false }"},
        {"{ Modality = \"  \" }", "8: route[r].when.Modality: must be a text that is not only spaces"},
        {"{ Modality = {} }", "8: route[r].when.Modality: must be a text such as"},
        {"{ Modality = { exist = true } }", "8: route[r].when.Modality.exist: unknown key; did you mean \"exists\"?"},
        {"{ Modality = { exists = 1 } }", "8: route[r].when.Modality.exists: must be true or false"},
        {"{ Modality = { exists = true, regex = \"C\" } }",
         "8: route[r].when.Modality: has exists and regex, of which"},
        {"{ Modality = { glob = \"C\", regex = \"C\" } }", "8: route[r].when.Modality: has glob and regex, of which"},
        {"{ Rows = { regex = \"1\", max = 5 } }", "8: route[r].when.Rows: has regex and max, of which"},
        {"{ Modality = { ignore_case = true } }", "8: route[r].when.Modality: ignore_case says how a glob or regex"},
        {"{ Modality = { exists = true, ignore_case = true } }",
         "8: route[r].when.Modality: has ignore_case, which goes with glob or regex only"},
        {"{ Modality = { glob = \"C\", ignore_case = 1 } }", "8: route[r].when.Modality.ignore_case: must be true or"},
        {"{ Modality = { glob = 1 } }",
         "8: route[r].when.Modality.glob: must be a text such as \"CT*\" or a list, not a whole number"},
        {"{ Modality = { glob = \"\" } }", "8: route[r].when.Modality.glob: \"\" matches no value"},
        {"{ Modality = { glob = \"" + std::string(1001, 'a') + "\" } }",
         "8: route[r].when.Modality.glob: is longer than 1000 bytes"},
        {"{ Modality = [\"CT\", \"" + std::string(5000, 'a') + "\"] }",
         "8: route[r].when.Modality: is longer than 1000 bytes"},
        {"{ Modality = { glob = \"" + std::string(900, '*') + "\", ignore_case = true } }",
         "8: route[r].when.Modality.glob: is too long for ignore_case"},
        {"{ PatientName = \"^^^\" }",
         "8: route[r].when.PatientName: must be a name that is not empty, which this text is not"},
        {"{ StudyDescription = { regex = 1 } }",
         "8: route[r].when.StudyDescription.regex: must be a regular expression"},
        {"{ StudyDescription = { regex = \"\" } }", "8: route[r].when.StudyDescription.regex: must be a regular"},
        {"{ StudyDescription = { regex = '(a)\\1' } }",
         "8: route[r].when.StudyDescription.regex: has a back-reference \"\\1\"; RE2 has none, because such patterns "
         "could run for ever"},
        {"{ StudyDescription = { regex = \"(?=a)\" } }", "8: route[r].when.StudyDescription.regex: has a look-around"},
        {"{ StudyDescription = { regex = \"[\" } }",
         "8: route[r].when.StudyDescription.regex: is no regular expression in RE2's syntax: missing ]"},
        {"{ StudyDescription = { regex = \"" + std::string(1001, 'a') + "\" } }",
         "8: route[r].when.StudyDescription.regex: is longer than 1000 bytes"},
        {"{ PatientName = { min = \"A\" } }", "8: route[r].when.PatientName: has values without an order"},
        {"{ StudyInstanceUID = { min = 1 } }", "8: route[r].when.StudyInstanceUID: has values without an order"},
        {"{ sender = { min = 1 } }", "8: route[r].when.sender: has values without an order"},
        {"{ StudyDescription = { min = \"A\" } }",
         "8: route[r].when.StudyDescription.min: must be a number without quotation marks, since texts have no order, "
         "not this text"},
        {"{ '(0009,\"ACME\",01)' = { max = \"1\" } }",
         "8: route[r].when.(0009,\"ACME\",01).max: must be a number without quotation marks"},
        {"{ StudyDate = { min = 20260101 } }",
         "8: route[r].when.StudyDate.min: must be a date as a text such as \"20260115\", or its beginning, not "
         "a whole number"},
        {"{ StudyDate = { min = 2026-01-01 } }", "8: route[r].when.StudyDate.min: must be a date as a text"},
        {"{ StudyDate = { min = \"2026-01-01\" } }", "8: route[r].when.StudyDate.min: must be a date as a text"},
        {"{ StudyTime = { max = \"7:00\" } }", "8: route[r].when.StudyTime.max: must be a time as a text"},
        {"{ PatientAge = { max = \"18\" } }", "8: route[r].when.PatientAge.max: must be an age as a text"},
        {"{ AcquisitionDateTime = { max = \"x\" } }",
         "8: route[r].when.AcquisitionDateTime.max: must be a date and time"},
        {"{ Rows = { max = \"many\" } }", "8: route[r].when.Rows.max: must be a number, not this text"},
        {"{ Rows = { max = nan } }", "8: route[r].when.Rows.max: must be a number, not a fraction"},
        {"{ Rows = { min = 2, max = 1 } }", "8: route[r].when.Rows.min: comes after max, so that nothing lies between"},
        {"{ StudyTime = { min = \"2200\", max = \"0600\" } }",
         "8: route[r].when.StudyTime.min: comes after max; for a time across midnight write an any of two conditions"},
        {"{ address = { regex = \"10\" } }", "8: route[r].when.address: is compared with networks"},
        {"{ address = { glob = \"10.*\" } }", "8: route[r].when.address: is compared with networks"},
        {"{ address = \"10.0.0.*\" }", "8: route[r].when.address: must be an address or a network"},
        {"{ any = { Modality = \"CT\" } }", "8: route[r].when.any: must be a list of one or more tables"},
        {"{ any = [] }", "8: route[r].when.any: must be a list of one or more tables"},
        {"{ not = [] }", "8: route[r].when.not: must be a table"},
        {"{ not = {} }", "8: route[r].when.not: must name at least one condition"},
    };
    for (const Row& row : rows) {
        Loaded loaded = Files{}.load_text(head + "when = " + row.when + "\n");
        CAPTURE(row.when);
        CAPTURE(joined(lines(loaded.problems)));
        REQUIRE(loaded.problems.size() == 1);
        CHECK(lines(loaded.problems).front().starts_with(row.line));
    }
}

TEST_CASE("config: what is wrong with a condition or an edit is said without its values, which may be a patient's") {
    for (const char* line :
         {"when = { PatientID = 12345678 }", "when = { PatientID = [12345678] }",
          "when = { PatientBirthDate = { min = 12345678 } }", "when = { PatientBirthDate = { min = \"1234-56-78\" } }",
          "when = { PatientName = { regex = \"[12345678\" } }", "when = { PatientName = { regex = 12345678 } }",
          "when = { PatientID = { exists = \"12345678\" } }", "when = { any = \"12345678\" }",
          "when = { not = \"12345678\" }", "when = { StudyInstanceUID = \"12345678^\" }",
          "edit = [{ set = \"PatientID\", value = 12345678 }]", "edit = \"12345678\"",
          "edit = [{ set = \"PatientBirthDate\", value = \"12345678x\" }]",
          "edit = [{ replace = \"PatientID\", regex = \"(12345678\", with = \"\" }]"}) {
        const Loaded loaded = Files{}.load_text(head + line + "\n");
        CAPTURE(line);
        CHECK(joined(lines(loaded.problems)).find("12345678") == std::string::npos);
    }
}

TEST_CASE("config: conditions nested without end are refused") {
    std::string when = "{ Modality = \"CT\" }";
    for (int depth = 0; depth < 60; ++depth) when = "{ not = " + when + " }";
    Loaded loaded = Files{}.load_text(head + "when = " + when + "\n");
    REQUIRE(loaded.problems.size() == 1);
    CHECK(loaded.problems.front().text == "is nested deeper than 32 conditions");
}

}  // namespace broker::config
