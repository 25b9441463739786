/// Tests of `route explain` and `route diff`.
#include <doctest/doctest.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fstream>

#include "tests/broker/cli/harness.h"
#include "tests/support/temp_folder.h"

using namespace cli_test;

namespace {

const std::string explanation = R"({"file":"a.dcm","has_identity":true,"problem":"none","modality":"CT",
"sop_instance_uid":"1.2.3.4","study_instance_uid":"1.2.3","calling_ae_title":"CT1","called_ae_title":"BRIDGE",
"address":null,"sender":"ct-1","unrouted":false,
"destinations":[{"destination":"pacs","priority":"high","hold":null,"edits":[],"edited_by":null,"not_edited_by":[],
"came_from_there":false},{"destination":"old","priority":"normal","hold":"look first","edits":["remove PatientName"],
"edited_by":"ct","not_edited_by":["copies"],"came_from_there":true}],
"routes":[{"name":"ct","verdict":"matched","because":null,"otherwise":false,"last":true,"findings":[
{"subject":"Modality","test":"is CT or DX","values":["CT"],"holds":true}],"to":["pacs","old"]},
{"name":"mr","verdict":"not_matched","because":null,"otherwise":false,"findings":[
{"subject":"StationName","test":"is ER*","values":["WARD\u001b[2J"],"holds":false},
{"subject":"PatientID","test":"is present","values":[],"holds":false}],"to":["mr-pacs"]},
{"name":"late","verdict":"after_last","because":"ct","otherwise":false,"findings":[],"to":["x"]},
{"name":"rest","verdict":"not_needed","because":"ct","otherwise":true,"findings":[],"to":["x"]}]})";

const std::string unrouted = R"({"file":"a.dcm","has_identity":false,"problem":"truncated","modality":"",
"sop_instance_uid":"","study_instance_uid":"","calling_ae_title":null,"called_ae_title":"BRIDGE","address":null,
"sender":null,"unrouted":true,"destinations":[],"routes":[]})";

const std::string diff = R"({"instances":1200,"same":1000,"changed":180,"unreadable":5,"purged":15,"unrouted_now":7,
"unrouted_then":0,"differs_from_recorded":3,"destinations":[{"name":"copy","gains":180,"loses":0,"edits_change":1,
"priority_changes":2,"hold_changes":3}],"groups":[{"from":[{"destination":"pacs","priority":"normal","hold":null,
"edits":[]}],"to":[{"destination":"copy","priority":"low","hold":"wait","edits":["remove PatientName"]},
{"destination":"pacs","priority":"normal","hold":null,"edits":[]}],"count":170,"examples":[{"sop_instance_uid":"1.2.9",
"study_instance_uid":"1.2","modality":"CT","received_at":"2026-01-14T08:00:00.000Z","routes_now":["all"],
"routes_then":["all","copies"]}]},{"from":[],"to":[],"count":5,"examples":[]}],"in_other_groups":5,"whole":true})";

/// `route diff` of a new configuration with that text.
Ran run_diff(const std::string& text, std::vector<std::string> more, Setting setting = {}) {
    const support::TempFolder folder;
    const auto file = folder.path() / "new.toml";
    std::ofstream(file) << text;
    std::vector<std::string> arguments{"route", "diff", file.string()};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run_offline(std::move(arguments), std::move(setting));
}

}  // namespace

TEST_CASE("cli: route explain says of every route what decided, and where the instance would go") {
    const Ran ran = run_cli({"route", "explain", "a.dcm", "--calling", "CT1"}, {.explanation = explanation});
    CHECK(ran.exit_code == 0);
    CHECK(ran.hooks == std::vector<std::string>{"explain a.dcm from CT1 at  to BRIDGE"});
    CHECK(ran.out ==
          "a.dcm: CT, study 1.2.3, instance 1.2.3.4\n"
          "as if it came from calling AE title CT1 at address (none) to called AE title BRIDGE; sender: ct-1\n"
          "assumed, since it was not given: --called, --address\n"
          "\n"
          "yes  ct: goes to pacs, old\n"
          "     Modality is CT or DX (\"CT\")\n"
          "no   mr\n"
          "     not so: StationName is ER* (\"WARD\\x1b[2J\")\n"
          "     not so: PatientID is present (absent)\n"
          "-    late\n"
          "     not looked at: \"ct\" matched and is the last\n"
          "-    rest\n"
          "     not needed: it takes what no other route does, and \"ct\" matched\n"
          "\n"
          "DESTINATION  PRIORITY  HELD        EDITS               NOTE\n"
          "pacs         high      -           -                   -\n"
          "old          normal    look first  remove PatientName  no job: it comes from there; edited as ct says, not "
          "as copies\n");
    const Ran json = run_cli({"route", "explain", "a.dcm", "--json"}, {.explanation = explanation});
    CHECK(boost::json::parse(json.out) == boost::json::parse(explanation));
    const Ran whence = run_cli({"route", "explain", "a.dcm", "--called", "OTHER", "--address", "10.0.0.1"},
                               {.explanation = explanation});
    CHECK(whence.hooks.front() == "explain a.dcm from  at 10.0.0.1 to OTHER");
}

TEST_CASE("cli: route explain is loud about what no route takes, and fails for what is no DICOM file") {
    const Ran ran = run_cli({"route", "explain", "a.dcm"}, {.explanation = unrouted});
    CHECK(ran.exit_code == 0);
    CHECK(ran.out.find("UNROUTED: no route takes it") != std::string::npos);
    CHECK(ran.out.find("NOBODY CAN SEND IT") != std::string::npos);
    CHECK(ran.out.find("could not be read whole (truncated)") != std::string::npos);
    CHECK(ran.out.find("there is no [[route]]") != std::string::npos);
    const Ran none = run_cli({"route", "explain", "letter.txt"});
    CHECK(none.exit_code == 2);
    CHECK(none.err == "dicom-bridge: letter.txt is not a DICOM file\n");
    CHECK(run_cli({"route", "explain"}).exit_code == 2);
    CHECK(run_cli({"route"}).exit_code == 2);
    const Ran broken = run_cli({"route", "explain", "a.dcm"}, {.configuration = "[dicom]\nport = 0\n"});
    CHECK(broken.exit_code == 2);
    CHECK(broken.err.find("dicom.port") != std::string::npos);
}

TEST_CASE("cli: route diff sends the new settings whole, and shows counts, destinations and examples") {
    const Ran ran =
        run_diff("[dicom]\nae_title = \"NEW\"\n", {"--since", "2026-01-15"}, {.replies = {json_reply(diff)}});
    CAPTURE(ran.err);
    CHECK(ran.exit_code == 0);
    REQUIRE(ran.calls.size() == 1);
    CHECK(ran.calls[0].method == "POST");
    CHECK(ran.calls[0].target == "/api/v1/routes/diff");
    const auto body = boost::json::parse(ran.calls[0].body);
    CHECK(std::string(body.at("settings").as_string()).find("ae_title = \"NEW\"") != std::string::npos);
    CHECK(body.at("since") == "2026-01-14T17:00:00.000Z");
    CHECK(body.at("limit") == 20);
    CHECK(ran.out ==
          "1200 instances received: 180 would go elsewhere, or otherwise, 1000 as now; 15 not judged, their bytes are "
          "purged; 5 not judged, they cannot be read (see spool verify)\n"
          "unrouted: 7 now, 0 then\n"
          "3 would go elsewhere by the present rules, too, than when they came: these have changed since\n"
          "\n"
          "DESTINATION  GAINS  LOSES  OTHER EDITS  OTHER PRIORITY  OTHER HOLD\n"
          "copy         180    0      1            2               3\n"
          "\n"
          "170 x  pacs  ->  copy (low, held, edited: remove PatientName), pacs\n"
          "     CT 1.2.9 of 2026-01-14T08:00:00.000Z, routes all  ->  all, copies\n"
          "\n"
          "5 x  nowhere  ->  nowhere\n"
          "\n"
          "5 more change in other ways; --limit shows more of them\n");
    const Ran week = run_diff("", {"--limit", "5"}, {.replies = {json_reply(diff)}});
    CHECK(boost::json::parse(week.calls.at(0).body).at("since") == "2026-01-08T10:00:00.000Z");
    CHECK(boost::json::parse(week.calls.at(0).body).at("limit") == 5);
    const Ran json = run_diff("", {"--json"}, {.replies = {json_reply(diff)}});
    CHECK(boost::json::parse(json.out) == boost::json::parse(diff));
}

TEST_CASE("cli: route diff of a file with problems names them, and asks nothing; what was cut short is a failure") {
    const Ran broken = run_diff("[dicom]\nport = 0\n", {});
    CHECK(broken.exit_code == 2);
    CHECK(broken.calls.empty());
    CHECK(broken.err.find("new.toml:2: dicom.port") != std::string::npos);
    CHECK(run_diff("", {"--since", "soon"}).exit_code == 2);
    CHECK(run_diff("", {"--limit", "0"}).exit_code == 2);
    CHECK(run_offline({"route", "diff", "/there/is/none.toml"}).exit_code == 2);
    std::string cut = diff;
    cut.replace(cut.find("\"whole\":true"), 12, "\"whole\":false");
    CHECK(run_diff("", {}, {.replies = {json_reply(cut)}}).exit_code == 1);
    CHECK(run_diff("", {}, {.replies = {problem(400, "settings: settings:3: destination[x].path: is in use")}})
              .exit_code == 2);
    const Ran watched = run_diff("", {},
                                 {.replies = {json_reply("{\"done\":1,\"total\":5}\n{\"result\":" +
                                                         boost::json::serialize(boost::json::parse(diff)) + "}\n")},
                                  .is_terminal = true});
    CHECK(watched.exit_code == 0);
    CHECK(watched.out.starts_with("1200 instances received"));
}
