/// Tests of `doctor`: whom it asks, and how a person sees what was found.
#include <doctest/doctest.h>

#include "tests/broker/cli/harness.h"

using namespace cli_test;

namespace {

std::string step(const std::string& subject, const std::string& name, const std::string& result,
                 const std::string& text, const std::string& hint = "null") {
    return R"({"subject":")" + subject + R"(","step":")" + name + R"(","result":")" + result + R"(","text":")" + text +
           R"(","hint":)" + hint + "}";
}

const std::string well = R"({"ok":true,"steps":[)" + step("disk", "data_dir", "ok", "/d can be written") + "," +
                         step("clock", "sync", "hint", "nobody keeps it", R"("have NTP run")") + "]}";
const std::string ill =
    R"({"ok":false,"steps":[)" + step("destination pacs", "tcp", "failed", "refused\\u001b[1m") + "]}";

}  // namespace

TEST_CASE("cli: where no broker runs, doctor looks by itself, one line per step, aligned") {
    const Ran ran =
        run_cli({"doctor"}, {.configuration = "[node]\ndata_dir = \"/no/such/folder\"\n", .examination = well});
    CHECK(ran.exit_code == 0);
    CHECK(ran.hooks == std::vector<std::string>{"examine /no/such/folder all"});
    CHECK(ran.out ==
          "ok      disk   data_dir  /d can be written\n"
          "hint    clock  sync      nobody keeps it; have NTP run\n");
    CHECK(ran.err.empty());
}

TEST_CASE("cli: a step that failed is shouted, counted, and exit 1; nothing of it can move the cursor") {
    const Ran ran = run_cli({"doctor", "pacs", "--send"},
                            {.configuration = "[node]\ndata_dir = \"/no/such/folder\"\n", .examination = ill});
    CHECK(ran.exit_code == 1);
    CHECK(ran.hooks == std::vector<std::string>{"examine /no/such/folder pacs sending"});
    CHECK(ran.out == "FAILED  destination pacs  tcp  refused\\x1b[1m\n");
    CHECK(ran.err == "1 step failed\n");
    const Ran json = run_cli({"doctor", "--json"},
                             {.configuration = "[node]\ndata_dir = \"/no/such/folder\"\n", .examination = ill});
    CHECK(json.exit_code == 1);
    CHECK(json.out.find(R"("ok":false)") != std::string::npos);
}

TEST_CASE("cli: with --data doctor looks at that folder, and a configuration with problems is exit 2") {
    const Ran ran = run_offline({"doctor"}, {.examination = well});
    CHECK(ran.exit_code == 0);
    CHECK(ran.hooks == std::vector<std::string>{"examine /a/data/folder all"});
    CHECK(run_cli({"doctor"}, {.configuration = "[nod]\n"}).exit_code == 2);
}
