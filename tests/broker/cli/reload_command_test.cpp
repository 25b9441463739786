/// Tests of `reload`: what is shown before it happens, when it asks, and how it ends; and of what `check` asks.
#include <doctest/doctest.h>

#include "tests/broker/cli/harness.h"

using namespace cli_test;
using broker::cli::Reply;

namespace {

std::string answer(const std::string& changes, const std::string& removed, int jobs_held, bool applied) {
    return R"({"changes":[)" + changes + R"(],"removed":[)" + removed + R"(],"returned":[],"jobs_held":)" +
           std::to_string(jobs_held) + R"(,"ending":[],"applied":)" + (applied ? "true" : "false") + "}";
}

const std::string changed =
    R"({"where":"destination pacs","what":"changed","keys":[{"key":"port","from":"104","to":"105"},{"key":"proxy"}]})";
const std::string gone = R"({"where":"destination gone","what":"removed","keys":[]})";
const std::string held = R"({"name":"gone","jobs":12})";

std::deque<Reply> twice(const std::string& changes, const std::string& removed, int jobs) {
    return {json_reply(answer(changes, removed, jobs, false)), json_reply(answer(changes, removed, jobs, true))};
}

Reply refusal(int status, const std::string& members) {
    return {status, R"({"title":"x","detail":"why",)" + members + "}", "application/problem+json"};
}

}  // namespace

TEST_CASE("cli: a reload says what changes, and doesn't ask where no job would be held") {
    const Ran ran = run_offline({"reload", "--note", "new port"}, {.replies = twice(changed, "", 0)});
    CHECK(ran.exit_code == 0);
    REQUIRE(ran.calls.size() == 2);
    CHECK(ran.calls[0].target == "/api/v1/config/reload");
    CHECK(ran.calls[0].body == R"({"dry_run":true,"note":"new port"})");
    CHECK(ran.calls[1].body == R"({"dry_run":false,"note":"new port"})");
    CHECK(ran.out ==
          "destination pacs:\n  port 104 -> 105\n  proxy\n"
          "reloaded: 1 changes, 0 jobs held\n");
}

TEST_CASE("cli: a reload with another file than the running broker's is refused, and names the right one") {
    std::string plan = answer(changed, "", 0, false);
    plan.insert(plan.size() - 1, R"(,"files":["/proc/self/exe"])");
    const Ran ran = run_offline({"reload"}, {.replies = {json_reply(plan)}});
    CHECK(ran.exit_code == 2);
    CHECK(ran.calls.size() == 1);
    CHECK(ran.err.find("the running broker reads /proc/self/exe") != std::string::npos);
}

TEST_CASE("cli: a reload that leaves jobs held counts them and asks first") {
    const auto both = changed + "," + gone;
    const Ran no = run_offline({"reload"}, {.replies = twice(both, held, 12), .input = "n\n", .is_terminal = true});
    CHECK(no.exit_code == 1);
    CHECK(no.calls.size() == 1);
    CHECK(no.out.find("destination gone leaves 12 jobs held") != std::string::npos);
    CHECK(no.err.find("12 jobs held?") != std::string::npos);
    const Ran yes = run_offline({"reload"}, {.replies = twice(both, held, 12), .input = "y\n", .is_terminal = true});
    CHECK(yes.exit_code == 0);
    CHECK(yes.calls.size() == 2);
    CHECK(run_offline({"reload", "--yes"}, {.replies = twice(both, held, 12)}).exit_code == 0);
    const Ran dumb = run_offline({"reload"}, {.replies = twice(both, held, 12)});
    CHECK(dumb.exit_code == 2);
    CHECK(dumb.calls.size() == 1);
    CHECK(dumb.err.find("--yes") != std::string::npos);
}

TEST_CASE("cli: every problem of the broker's file is shown with its line, exit 2") {
    const Ran ran = run_offline(
        {"reload"},
        {.replies = {refusal(422, R"("problems":[{"file":"/b.toml","line":12,"key":"dicom.port","text":"must be"},)"
                                  R"({"file":"/b.toml","line":0,"key":"","text":"does not exist"}])")}});
    CHECK(ran.exit_code == 2);
    CHECK(ran.calls.size() == 1);
    CHECK(ran.err ==
          "/b.toml:12: dicom.port: must be\n/b.toml: does not exist\n"
          "not reloaded: the configuration that is in force stays\n");
    const Ran restart = run_offline(
        {"reload"}, {.replies = {refusal(
                         409, R"("state":"needs_restart","restart":[{"key":"dicom.port","from":"104","to":"105"}])")}});
    CHECK(restart.exit_code == 2);
    CHECK(restart.err.starts_with("dicom.port: 104 -> 105; restart to take it\n"));
}

TEST_CASE("cli: a broker that is stopped, or cannot act now, is a failure and no matter of the configuration") {
    const Ran stopped = run_offline({"reload"}, {.replies = {refusal(409, R"("state":"stopped")")}});
    CHECK(stopped.exit_code == 1);
    CHECK(run_offline({"reload"}, {.replies = {problem(503, "later")}}).exit_code == 1);
}

TEST_CASE("cli: a file with problems is shown without asking the broker, since the way to it stands in the file") {
    const Ran ran = run_cli({"reload"}, {.configuration = "[dicom]\nport = 0\n"});
    CHECK(ran.exit_code == 2);
    CHECK(ran.err.find(":2: dicom.port: must be") != std::string::npos);
    CHECK(ran.err.find("not reloaded") != std::string::npos);
}

TEST_CASE("cli: nothing to change is said, and what came is passed on as JSON where that is asked for") {
    CHECK(run_offline({"reload"}, {.replies = twice("", "", 0)}).out == "nothing has changed\n");
    const Ran json = run_offline({"reload", "--json"}, {.replies = twice(changed, "", 0)});
    CHECK(json.out == answer(changed, "", 0, true) + "\n");
}

TEST_CASE("cli: check asks about host names, and asks nothing of the network with --offline") {
    Setting setting;
    setting.host_names.remarks = {"destination pacs: the host name pacs.example is not known here"};
    const Ran remark = run_cli({"check"}, setting);
    CHECK(remark.exit_code == 0);
    CHECK(remark.hooks == std::vector<std::string>{"check_host_names"});
    CHECK(remark.err.find("pacs.example is not known") != std::string::npos);
    setting.host_names.problems = {{"", 0, "destination[pacs].host", "is this bridge itself"}};
    const Ran loop = run_cli({"check"}, setting);
    CHECK(loop.exit_code == 2);
    CHECK(loop.err.find("bridge.toml: destination[pacs].host: is this bridge itself") != std::string::npos);
    const Ran offline = run_cli({"check", "--offline"}, setting);
    CHECK(offline.exit_code == 0);
    CHECK(offline.hooks.empty());
}
