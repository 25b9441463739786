/// Conditions in the file: what they become, and what is wrong with them.
#include <doctest/doctest.h>

#include "tests/broker/config/files.h"

namespace broker::config {

namespace {

using namespace route;

const std::
    string
        head =
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
    Condition ct = leaf("Modality", dicom::tags::modality, Matches{{"CT"}});
    CHECK(of("{}") == Condition{});
    CHECK(of("{ Modality = \"CT\" }") == all({ct}));
    CHECK(of("{ \"(0008,0060)\" = [\"CT\", \"DX*\"] }") ==
          all({leaf("(0008,0060)", dicom::tags::modality, Matches{{"CT", "DX*"}})}));
    CHECK(of("{ \"(0009,1001)\" = \"private\" }") ==
          all({leaf("(0009,1001)", dicom::Tag{0x0009, 0x1001}, Matches{{"private"}})}));
    CHECK(of("{ AccessionNumber = { exists = false } }") ==
          all({leaf("AccessionNumber", dicom::tags::accession_number, Exists{false})}));
    CHECK(of("{ address = [\"10.0.0.0/8\", \"::1\"] }") ==
          all({leaf("address", Origin::address, Matches{{"10.0.0.0/8", "::1"}})}));
    CHECK(of("{ not = { Modality = \"CT\" } }") == all({{Branch{Join::not_all, {ct}}}}));
    CHECK(of("{ any = [{ Modality = \"CT\" }, { Modality = \"CT\" }] }") ==
          all({{Branch{Join::any, {all({ct}), all({ct})}}}}));
    CHECK(of("{ all = [{ not = { Modality = \"CT\" } }] }") ==
          all({{Branch{Join::all, {all({{Branch{Join::not_all, {ct}}}})}}}}));
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
        {"{ \"(0008,006)\" = \"CT\" }", "8: route[r].when.(0008,006): is not a DICOM keyword"},
        {"{ PixelData = { exists = true } }", "8: route[r].when.PixelData: is pixel data"},
        {"{ TransferSyntaxUID = \"1.2\" }", "8: route[r].when.TransferSyntaxUID: stands outside the data set"},
        {"{ ReferencedStudySequence = { exists = true } }", "8: route[r].when.ReferencedStudySequence: is a sequence"},
        {"{ Modality = 1 }", "8: route[r].when.Modality: must be a text such as \"CT*\""},
        {"{ Modality = [] }", "8: route[r].when.Modality: must be a text such as \"CT*\""},
        {"{ Modality = [\"CT\", 1] }", "8: route[r].when.Modality: must be a text such as \"CT*\""},
        {"{ Modality = \"\" }", "8: route[r].when.Modality: \"\" matches no value; write { exists = false }"},
        {"{ Modality = \"  \" }", "8: route[r].when.Modality: must be a text that is not only spaces"},
        {"{ Modality = {} }", "8: route[r].when.Modality: must be a text such as"},
        {"{ Modality = { exist = true } }", "8: route[r].when.Modality.exist: unknown key; did you mean \"exists\"?"},
        {"{ Modality = { exists = 1 } }", "8: route[r].when.Modality.exists: must be true or false"},
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

TEST_CASE("config: conditions nested without end are refused") {
    std::string when = "{ Modality = \"CT\" }";
    for (int depth = 0; depth < 60; ++depth) when = "{ not = " + when + " }";
    Loaded loaded = Files{}.load_text(head + "when = " + when + "\n");
    REQUIRE(loaded.problems.size() == 1);
    CHECK(loaded.problems.front().text == "is nested deeper than 32 conditions");
}

}  // namespace broker::config
