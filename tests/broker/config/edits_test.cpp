/// Edits and holds of routes in TOML: what is understood, what is refused and where, and that it is printed as it was.
#include <doctest/doctest.h>

#include "broker/config/print.h"
#include "broker/route/edit.h"
#include "tests/broker/config/files.h"

namespace broker::config {

namespace {

const std::string head =
    "[[destination]]\nname = \"p\"\nkind = \"folder\"\npath = \"/srv/p\"\n"
    "[[route]]\nname = \"r\"\nto = [\"p\"]\n";  // 7 lines

std::string problem(const Files& files, const std::string& edit) {
    const Loaded loaded = files.load_text(head + "edit = " + edit + "\n");
    CAPTURE(edit);
    CAPTURE(joined(lines(loaded.problems)));
    CHECK(loaded.problems.size() <= 1);
    return loaded.problems.empty() ? "" : lines(loaded.problems).front();
}

}  // namespace

TEST_CASE("config edits: each action is understood, and a table's path counts from the file that it stands in") {
    const Files files;
    files.write("ids.csv", "a,b\n");
    const Loaded loaded = files.load_text(head + R"toml(hold = "the study nurse decides"
edit = [ { set = "InstitutionName", value = "" }, { remove = '(0029,"SIEMENS CSA HEADER",08)' },
         { copy = "AccessionNumber", to = "StudyID" }, { prefix = "PatientID", with = "RSC-" },
         { replace = "(0010,0020)", regex = '^0+(\d)', with = '\1' },
         { map = "PatientID", table = "ids.csv" }, { map = "PatientID", table = "ids.csv", missing = "remove" } ]
)toml");
    CAPTURE(joined(lines(loaded.problems)));
    REQUIRE(loaded.config);
    const route::Route& route = loaded.config->routes.front();
    CHECK(route.hold == "the study nurse decides");
    const std::string table = (files.folder() / "ids.csv").string();
    CHECK(route.edits ==
          R"json([{"set":"InstitutionName","value":""},{"remove":"(0029,\"SIEMENS CSA HEADER\",08)"},)json"
          R"json({"copy":"AccessionNumber","to":"StudyID"},{"prefix":"PatientID","with":"RSC-"},)json"
          R"json({"replace":"PatientID","regex":"^0+(\\d)","with":"\\1"},)json"
          R"json({"map":"PatientID","table":")json" +
              table + R"json(","missing":"hold"},{"map":"PatientID","table":")json" + table +
              R"json(","missing":"remove"}])json");
    // What is printed is read back as the same.
    const Loaded again = files.load_text(print(*loaded.config));
    CAPTURE(joined(lines(again.problems)));
    REQUIRE(again.config);
    CHECK(*again.config == *loaded.config);
}

TEST_CASE("config edits: what is wrong with one is said at its key") {
    const Files files;
    files.write("ids.csv", "a,b\nc\n");
    files.write("good.csv", "a,b\n");
    struct Row {
        const char* edit;
        std::string line;
    };
    const std::string table = (files.folder() / "ids.csv").string();
    const Row rows[] = {
        {"\"x\"", "8: route[r].edit: must be a list such as [{ remove = \"PatientName\" }], not this text"},
        {"[]", "8: route[r].edit: must be a list such as [{ remove = \"PatientName\" }], not an empty list"},
        {"[{}]", "8: route[r].edit[0]: must do one of these: set, remove, copy, prefix, replace, map"},
        {"[\n{ remove = \"PatientNme\" }]",
         "9: route[r].edit[0].remove: \"PatientNme\" is not a DICOM keyword; did you mean \"PatientName\"?"},
        {"[{ remove = \"PatientName\", set = \"PatientID\" }]",
         "8: route[r].edit[0]: does two things at once, \"set\" and \"remove\"; write each as a table of its own"},
        {"[{ remove = \"PatientName\", value = \"x\" }]", "8: route[r].edit[0].value: unknown key of \"remove\""},
        {"[{ set = \"PatientName\", valu = \"x\" }]",
         "8: route[r].edit[0].valu: unknown key of \"set\"; did you mean \"value\"?"},
        {"[{ set = \"PatientName\" }]", "8: route[r].edit[0]: value is missing: the text"},
        {"[{ set = \"PatientName\", value = 5 }]", "8: route[r].edit[0].value: must be a text, not a whole number"},
        {"[{ remove = \"RequestAttributesSequence.PatientID\" }]",
         "8: route[r].edit[0].remove: edits change top-level elements only, not those inside sequences"},
        {"[{ remove = \"OverlayData\" }]",
         "8: route[r].edit[0].remove: \"OverlayData\" stands for an element of each of several groups; write each that "
         "is meant, as \"(6000,3000)\""},
        {"[{ remove = \"SOPInstanceUID\" }]",
         "8: route[r].edit[0].remove: is what the instance is known by, here and at the destination"},
        {"[{ set = \"Modality\", value = \"ct\" }]",
         "8: route[r].edit[0].value: is something else than capital letters, digits, spaces and underscores, which "
         "CS "
         "wants"},
        {"[{ replace = \"PatientID\", regex = \"(\", with = \"\" }]",
         "8: route[r].edit[0].regex: is no regular expression in RE2's syntax: missing ): ("},
        {"[{ map = \"PatientID\", table = \"ids.csv\" }]",
         "8: route[r].edit[0].table: " + table + " line 2 has 1 column, not 2"},
        {"[{ map = \"PatientID\", table = \"none.csv\" }]",
         "8: route[r].edit[0].table: " + (files.folder() / "none.csv").string() +
             " cannot be read: No such file or directory"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.edit);
        CHECK(problem(files, row.edit) == row.line);
    }
    files.write("dates.csv", "a,20260115\nb,\nP1,2026-01-15\nc,also wrong\n");
    CHECK(problem(files, "[{ map = \"StudyDate\", table = \"dates.csv\" }]") ==
          "8: route[r].edit[0].table: " + (files.folder() / "dates.csv").string() +
              " line 3 gives something else than a date as YYYYMMDD, which DA wants");
    CHECK(problem(files, "[{ map = \"PatientID\", table = \"good.csv\", missing = \"drop\" }]") ==
          "8: route[r].edit[0].missing: must be \"hold\", \"keep\" or \"remove\", not \"drop\"");
    CHECK(problem(files, "[{ map = \"PatientID\", table = \"ids.csv\" }]") ==
          "8: route[r].edit[0].table: " + (files.folder() / "ids.csv").string() + " line 2 has 1 column, not 2");
    CHECK(files.load_text(head + "hold = \"\"\n").problems.size() == 1);
}

TEST_CASE("config edits: two routes that edit otherwise for one destination are noticed, where both can match") {
    const Files files;
    const auto notices = [&](const std::string& second, const std::string& first = "") {
        const Loaded loaded = files.load_text(head + "edit = [{ remove = \"PatientName\" }]\n" + first +
                                              "[[route]]\nname = \"s\"\nto = [\"p\"]\n" + second);
        CAPTURE(joined(lines(loaded.problems)));
        REQUIRE(loaded.config);
        return joined(lines(loaded.notices));
    };
    const std::string other = "edit = [{ remove = \"PatientID\" }]\n";
    CHECK(notices(other) ==
          "12: route[s].edit: differs from what route \"r\" edits for \"p\"; where both match, the first of them "
          "in the "
          "file, \"r\", is followed\n");
    CHECK(notices("edit = [{ remove = \"PatientName\" }]\n").empty());
    CHECK(notices("").empty());
    CHECK(notices(other + "otherwise = true\n").empty());
    CHECK(notices(other, "last = true\n").empty());
}

}  // namespace broker::config
