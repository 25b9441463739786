/// The configuration over HTTP: what is shown of it, and how a reload is answered.
#include <doctest/doctest.h>

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include "client.h"
#include "rig.h"

namespace {

using boost::json::value;
using test::get;
using test::post;

const std::string reload = "/api/v1/config/reload";

value json_of(const test::Got& got) {
    return boost::json::parse(got.body);
}

}  // namespace

TEST_CASE("configuration: what is in force is shown as text, with its digest and its files") {
    test::Rig rig;
    const value shown = json_of(get(rig.port(), "/api/v1/config"));
    CHECK(shown.at("text") == "[node]\nname = \"rs-contoh\"\n");
    CHECK(shown.at("sha256") == "ab12");
    CHECK(shown.at("files").at(0) == "/etc/dicom-bridge/bridge.toml");
    CHECK(shown.at("loaded_at") == "2026-01-15T08:30:00.250Z");
    CHECK(shown.at("notices").as_array().empty());
}

TEST_CASE("configuration: a reload names what changed and how many jobs are held, and who asked") {
    test::Rig rig;
    rig.configure.reloaded.changes = {
        {"destination pacs", "changed", {{"port", "104", "105"}, {"proxy", std::nullopt, std::nullopt}}}};
    rig.configure.reloaded.removed = {{"gone", 12}};
    rig.configure.reloaded.jobs_held = 12;
    const value plan = json_of(post(rig.port(), reload, R"({"dry_run":true})"));
    CHECK(plan.at("applied") == false);
    CHECK(plan.at("jobs_held") == 12);
    CHECK(plan.at("removed").at(0).at("name") == "gone");
    CHECK(plan.at("removed").at(0).at("jobs") == 12);
    CHECK(plan.at("changes").at(0).at("where") == "destination pacs");
    CHECK(plan.at("changes").at(0).at("keys").at(0).at("to") == "105");
    CHECK(plan.at("changes").at(0).at("keys").at(1).as_object().size() == 1);
    rig.configure.reloaded.is_applied = true;
    CHECK(json_of(post(rig.port(), reload, R"({"note":"why"})")).at("applied") == true);
    REQUIRE(rig.configure.asked.size() == 2);
    CHECK(rig.configure.asked[0].starts_with("dry open:127.0.0.1"));
    CHECK(rig.configure.asked[1] == "open:127.0.0.1 why");
}

TEST_CASE("configuration: problems are 422, what needs a restart is 409, both with a list of all") {
    test::Rig rig;
    rig.configure.reloaded.problems = {{"/b.toml", 12, "dicom.port", "must be a number"},
                                       {"/b.toml", 0, "", "is gone"}};
    const auto wrong = post(rig.port(), reload, "{}");
    CHECK(wrong.status == 422);
    CHECK(wrong.headers.at("content-type") == "application/problem+json");
    CHECK(json_of(wrong).at("title") == "Unprocessable Content");
    REQUIRE(json_of(wrong).at("problems").as_array().size() == 2);
    CHECK(json_of(wrong).at("problems").at(0).at("line") == 12);
    CHECK(json_of(wrong).at("problems").at(0).at("key") == "dicom.port");
    rig.configure.reloaded = {};
    rig.configure.reloaded.restart = {{"dicom.port", "104", "105"}, {"http.port", "1", "2"}};
    const auto restart = post(rig.port(), reload, "{}");
    CHECK(restart.status == 409);
    CHECK(json_of(restart).at("restart").at(1).at("key") == "http.port");
    CHECK(json_of(restart).at("restart").at(0).at("from") == "104");
    CHECK(json_of(restart).at("detail").as_string().find("dicom.port, http.port") != std::string_view::npos);
}

TEST_CASE("configuration: a body that means nothing changes nothing") {
    test::Rig rig;
    CHECK(post(rig.port(), reload, R"({"force":true})").status == 400);
    CHECK(post(rig.port(), reload, R"({"dry_run":"yes"})").status == 400);
    CHECK(post(rig.port(), reload, R"({"note":7})").status == 400);
    CHECK(get(rig.port(), reload).status == 405);
    CHECK(rig.configure.asked.empty());
}
