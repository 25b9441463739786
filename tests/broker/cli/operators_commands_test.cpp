/// Tests of what operators do to many jobs: `outbox move`, `destination backfill`, `study …`.
#include <doctest/doctest.h>

#include <boost/json/parse.hpp>

#include "tests/broker/cli/harness.h"

using namespace cli_test;
using broker::cli::Reply;

namespace {

const std::string plan = R"({"count":5,"queued":3,"held":1,"uncertain":1,"sending":0,"to":"new"})";
const std::string moved = R"({"changed":5,"seen":5,"count":5,"left":{"count":0,"sending":0}})";

std::string added(int count, const std::string& rest = "") {
    const std::string number = std::to_string(count);
    return R"({"count":)" + number + R"(,"added":)" + number +
           R"(,"seen":9,"not_routed":2,"came_from_there":0,"older_version":0,"unreadable":0,"whole":true)" + rest + "}";
}

const std::string there = R"(,"there":{"queued":1,"sending":0,"uncertain":0,"delivered":4,"held":0,"cancelled":2})";

std::string job(const std::string& state, const std::string& confirm_due_at, const std::string& attempts) {
    return R"({"id":7,"destination":"pacs","state":")" + state + R"(","round":1,"confirm_due_at":)" + confirm_due_at +
           R"(,"attempts":[)" + attempts + "]}";
}

std::string probe(const std::string& outcome, const std::string& evidence) {
    const std::string closed_at = outcome == "null" ? "null" : R"("2026-01-15T10:00:02.000Z")";
    return R"({"kind":"probe","opened_at":"2026-01-15T10:00:01.000Z","closed_at":)" + closed_at + R"(,"outcome":)" +
           outcome + R"(,"evidence":)" + evidence + "}";
}

/// Answered at that time; asked by somebody else a minute before the command was given.
std::string earlier_probe(const std::string& closed_at) {
    return R"({"kind":"probe","opened_at":"2026-01-15T09:59:00.000Z","closed_at":")" + closed_at +
           R"(","outcome":"confirmed","evidence":"query"})";
}

/// Asked by somebody else a minute before, and never answered.
const std::string abandoned_probe =
    R"({"kind":"probe","opened_at":"2026-01-15T09:59:00.000Z","closed_at":null,"outcome":null,"evidence":null})";

/// What the broker is asked when one delivered job is verified, with what it says of the job afterwards.
std::deque<Reply> verification(const std::string& afterwards) {
    return {json_reply(R"({"count":1})"),
            json_reply(R"({"items":[)" + job("delivered", "null", "") + R"(],"next":null})"),
            json_reply(R"({"asked_at":"2026-01-15T10:00:00.000Z","count":1})"), json_reply(afterwards)};
}

}  // namespace

TEST_CASE("cli: a move counts first, says what may be at both, asks, and then moves") {
    const Ran yes = run_offline({"outbox", "move", "old pacs", "new", "--modality", "CT", "--note", "dead"},
                                {.replies = {json_reply(plan), json_reply(R"({"done":1,"total":5})"
                                                                          "\n"
                                                                          R"({"result":)" +
                                                                          moved + "}\n")},
                                 .input = "y\n",
                                 .is_terminal = true});
    CHECK(yes.exit_code == 0);
    REQUIRE(yes.calls.size() == 2);
    CHECK(yes.calls[0].target == "/api/v1/destinations/old%20pacs/move");
    CHECK(yes.calls[0].body == R"({"to":"new","dry_run":true,"filter":{"modality":"CT"}})");
    CHECK(yes.calls[1].body ==
          R"({"to":"new","dry_run":false,"filter":{"modality":"CT"},"uncertain":true,"note":"dead","progress":true})");
    CHECK(
        yes.err.starts_with("move 5 jobs from old pacs to new (3 queued, 1 held, 1 uncertain); the uncertain ones may "
                            "then be at both? [y/N] "));
    CHECK(yes.out == "move: 5 jobs moved\n");

    const Ran no = run_offline({"outbox", "move", "old", "new"},
                               {.replies = {json_reply(plan)}, .input = "\n", .is_terminal = true});
    CHECK(no.exit_code == 1);
    CHECK(no.calls.size() == 1);
    const Ran unasked = run_offline({"outbox", "move", "old", "new"}, {.replies = {json_reply(plan)}});
    CHECK(unasked.exit_code == 2);
    const Ran script = run_offline({"outbox", "move", "old", "new", "--yes", "--json"},
                                   {.replies = {json_reply(plan), json_reply(moved)}});
    CHECK(script.exit_code == 0);
    CHECK(boost::json::parse(script.out).at("changed") == 5);
}

TEST_CASE("cli: a move with a destination as filter, without one of the names, or of nothing, does nothing") {
    CHECK(run_offline({"outbox", "move", "old", "new", "--destination", "x"}).exit_code == 2);
    CHECK(run_offline({"outbox", "move", "old"}).exit_code == 2);
    CHECK(run_offline({"outbox", "move", "", "new"}).exit_code == 2);
    const Ran none = run_offline({"outbox", "move", "old", "new"}, {.replies = {json_reply(R"({"count":0})")}});
    CHECK(none.exit_code == 0);
    CHECK(none.out == "there is no job to move\n");
}

TEST_CASE("cli: a backfill counts first, asks, and says what was left out") {
    const Ran ran = run_offline({"destination", "backfill", "late", "--since", "2026-01-15", "--yes"},
                                {.replies = {json_reply(added(7)), json_reply(added(7))}});
    CHECK(ran.exit_code == 0);
    REQUIRE(ran.calls.size() == 2);
    CHECK(ran.calls[0].target == "/api/v1/destinations/late/backfill");
    CHECK(ran.calls[0].body == R"({"all":false,"dry_run":true,"since":"2026-01-14T17:00:00.000Z"})");
    CHECK(ran.calls[1].body == R"({"all":false,"dry_run":false,"since":"2026-01-14T17:00:00.000Z"})");
    CHECK(ran.out == "late: 7 jobs added, priority low; left out: 2 no route names it for\n");
    CHECK(run_offline({"destination", "backfill", "late"}, {.replies = {json_reply(added(7))}}).exit_code == 2);
    CHECK(run_offline({"destination", "backfill", "late", "--since", "soon"}).exit_code == 2);
    const Ran all = run_offline({"destination", "backfill", "late", "--all"}, {.replies = {json_reply(added(0))}});
    CHECK(all.exit_code == 0);
    CHECK(all.calls.at(0).body == R"({"all":true,"dry_run":true})");
    CHECK(all.calls.size() == 1);
}

TEST_CASE("cli: work that broke off, or failed on the way, is not taken for done") {
    const std::string begun = R"({"done":1,"total":5})"
                              "\n";
    for (const std::string& rest : {std::string(), std::string(R"({"problem":{"detail":"the disk is full"}})"
                                                               "\n")}) {
        const Ran ran = run_offline({"study", "send", "1.2.3", "cloud"},
                                    {.replies = {json_reply(begun + rest)}, .is_terminal = true});
        CHECK(ran.exit_code == 1);
        CHECK(ran.out.empty());
        CHECK(ran.err.find("repeat the command") != std::string::npos);
    }
}

TEST_CASE("cli: study send says what was there already") {
    const Ran ran = run_offline({"study", "send", "1.2.3", "cloud"}, {.replies = {json_reply(added(3, there))}});
    CHECK(ran.exit_code == 0);
    CHECK(ran.calls.at(0).target == "/api/v1/studies/1.2.3/send");
    CHECK(ran.calls.at(0).body == R"({"destination":"cloud"})");
    CHECK(ran.out ==
          "cloud: 3 jobs added, 4 were delivered before (resend sends them again), 1 are on their way already (see "
          "outbox ls), 2 were cancelled before (resend sends them)\n");
}

TEST_CASE("cli: study ls shows how far each has come, and its options are the query") {
    const std::string item = R"({"study_instance_uid":"1.2.3","instances":5,"state":"needs_a_person","destinations":[)"
                             R"({"name":"pacs","delivered":3,"of":5},{"name":"cloud","delivered":5,"of":5}]})";
    const Ran ran = run_offline({"study", "ls", "--patient", "P 1", "--date", "2026-01-15", "-q", "doe"},
                                {.replies = {json_reply(R"({"items":[)" + item + R"(],"next":null})")}});
    CHECK(ran.exit_code == 0);
    CHECK(ran.calls.at(0).target == "/api/v1/studies?patient=P%201&date=2026-01-15&q=doe&limit=50");
    CHECK(ran.out.find("pacs 3/5, cloud 5/5") != std::string::npos);
}

TEST_CASE("cli: study verify waits for the answers and tells confirmed from denied and from unanswered") {
    struct Row {
        std::string job;
        std::string column;  ///< in JSON
        int exit_code;
    };
    const std::string due = R"("2026-01-15T10:01:00.000Z")";
    for (const Row& row :
         {Row{job("delivered", "null", probe("\"confirmed\"", "\"commitment\"")), "commitment", 0},
          Row{job("delivered", "null", probe("\"delivered\"", "\"query\"")), "query", 0},
          Row{job("delivered", due, probe("\"absent\"", "null")), "denied", 1},
          Row{job("queued", "null", probe("\"absent\"", "null")), "denied", 1},
          Row{job("delivered", "null", earlier_probe("2026-01-15T10:00:00.001Z")), "query", 0},
          Row{job("delivered", "null", earlier_probe("2026-01-15T09:59:59.999Z")), "cannot_be_asked", 1},
          Row{job("delivered", "null", abandoned_probe), "cannot_be_asked", 1},
          Row{job("delivered", "null", ""), "cannot_be_asked", 1},
          Row{job("delivered", due, probe("null", "null")), "not_answered", 1},
          Row{job("delivered", due, ""), "not_answered", 1}}) {
        CAPTURE(row.job);
        const Ran ran =
            run_offline({"study", "verify", "1.2.3", "--wait", "1ms", "--json"}, {.replies = verification(row.job)});
        CHECK(ran.exit_code == row.exit_code);
        REQUIRE(ran.calls.size() == 4);
        CHECK(ran.calls[0].target == "/api/v1/studies/1.2.3/verify");
        CHECK(ran.calls[3].target == "/api/v1/jobs/7");
        CHECK(boost::json::parse(ran.out).at("destinations").at(0).at(row.column) == 1);
    }
}

TEST_CASE("cli: study verify by filter asks first; without either it is refused; with --no-wait it only asks") {
    CHECK(run_offline({"study", "verify"}).exit_code == 2);
    CHECK(run_offline({"study", "verify", "1.2.3", "--state", "delivered"}).exit_code == 2);
    CHECK(run_offline({"study", "verify", "1.2.3", "--wait", "long"}).exit_code == 2);
    CHECK(run_offline({"study", "verify", "--modality", "CT"}, {.replies = {json_reply(R"({"count":3})")}}).exit_code ==
          2);
    const Ran ran = run_offline({"study", "verify", "--modality", "CT", "--yes", "--no-wait"},
                                {.replies = {json_reply(R"({"count":3})"), json_reply(R"({"count":3})")}});
    CHECK(ran.exit_code == 0);
    REQUIRE(ran.calls.size() == 2);
    CHECK(ran.calls[1].target == "/api/v1/jobs/actions");
    CHECK(ran.calls[1].body == R"({"dry_run":false,"action":"verify","filter":{"modality":"CT"}})");
    CHECK(ran.out == "asking about 3 jobs\n");
}

TEST_CASE("cli: a number is assigned to a study, and it asks where a part of it keeps another one") {
    const auto answer = [](const std::string& stay) {
        return json_reply(R"({"accession_number":"RAD-1","count":2,"already_registered":)" + stay +
                          R"(,"destinations":[{"name":"satusehat","count":2,"already_registered":)" + stay + "}]}");
    };
    const Ran ran = run_offline({"study", "assign-accession", "1.2.3", "RAD-1", "--note", "typed wrong"},
                                {.replies = {answer("0"), answer("0")}});
    CHECK(ran.exit_code == 0);
    REQUIRE(ran.calls.size() == 2);
    CHECK(ran.calls[0].target == "/api/v1/studies/1.2.3/assign-accession");
    CHECK(ran.calls[0].body == R"({"accession_number":"RAD-1","dry_run":true,"note":"typed wrong"})");
    CHECK(ran.calls[1].body == R"({"accession_number":"RAD-1","dry_run":false,"note":"typed wrong"})");
    CHECK(ran.out == "satusehat: 2 jobs of the study and what comes later go by RAD-1\n");

    const std::vector<std::string> partly{"study", "assign-accession", "1.2.3", "RAD-1", "--destination", "satusehat"};
    const Ran no = run_offline(partly, {.replies = {answer("3")}, .input = "n\n", .is_terminal = true});
    CHECK(no.exit_code == 1);
    CHECK(no.calls.size() == 1);
    CHECK(no.err.find("leaves 3 jobs with the number that they were registered with") != std::string::npos);
    CHECK(run_offline(partly, {.replies = {answer("3")}}).exit_code == 2);
    auto told = partly;
    told.emplace_back("--yes");
    const Ran yes = run_offline(told, {.replies = {answer("3"), answer("3")}});
    CHECK(yes.exit_code == 0);
    CHECK(yes.calls.at(1).body == R"({"accession_number":"RAD-1","dry_run":false,"destination":"satusehat"})");
    CHECK(yes.out.find("; 3 stay as they are") != std::string::npos);

    const Ran wrong = run_offline({"study", "assign-accession", "1.2.3", "A\\B"},
                                  {.replies = {problem(400, "accession_number: has a backslash")}});
    CHECK(wrong.exit_code == 2);
    CHECK(wrong.err.find("has a backslash") != std::string::npos);
    CHECK(run_offline({"study", "assign-accession", "1.2.3"}).exit_code == 2);
    CHECK(run_offline({"study", "assign-accession"}).exit_code == 2);
}

TEST_CASE("cli: study recheck and adopt act on a study, or ask before they act on what a filter names") {
    const Reply three = json_reply(R"({"count":3,"changed":3,"seen":3})");
    const Ran study = run_offline({"study", "recheck", "1.2.3", "--note", "entered"}, {.replies = {three, three}});
    CHECK(study.exit_code == 0);
    REQUIRE(study.calls.size() == 2);
    CHECK(study.calls[0].target == "/api/v1/studies/1.2.3/recheck");
    CHECK(study.calls[0].body == R"({"dry_run":true,"note":"entered"})");
    CHECK(study.calls[1].body == R"({"dry_run":false,"note":"entered"})");
    CHECK(study.out == "recheck: 3 jobs changed\n");

    const Ran filter =
        run_offline({"study", "recheck", "--destination", "satusehat", "--yes"}, {.replies = {three, three}});
    CHECK(filter.exit_code == 0);
    CHECK(filter.calls.at(1).target == "/api/v1/jobs/actions");
    CHECK(filter.calls.at(1).body == R"({"dry_run":false,"action":"recheck","filter":{"destination":"satusehat"}})");

    const Ran adopt = run_offline({"study", "adopt", "1.2.3"}, {.replies = {three, three}});
    CHECK(adopt.exit_code == 0);
    CHECK(adopt.calls.at(1).target == "/api/v1/studies/1.2.3/adopt");
    CHECK(adopt.calls.at(1).body == R"({"dry_run":false,"reason":"conflict"})");
    const Ran other =
        run_offline({"study", "adopt", "1.2.3", "--reason", "unexpected_answer"}, {.replies = {three, three}});
    CHECK(other.calls.at(1).body == R"({"dry_run":false,"reason":"unexpected_answer"})");
    const Ran many = run_offline({"study", "adopt", "--patient", "P1"},
                                 {.replies = {three, three}, .input = "y\n", .is_terminal = true});
    CHECK(many.err.starts_with("adopt 3 jobs? [y/N] "));
    CHECK(many.calls.at(1).body ==
          R"({"dry_run":false,"action":"adopt","filter":{"patient":"P1","reason":"conflict"}})");
    const Ran by_reason = run_offline({"study", "adopt", "--reason", "conflict", "--yes"}, {.replies = {three, three}});
    CHECK(by_reason.calls.at(1).body == R"({"dry_run":false,"action":"adopt","filter":{"reason":"conflict"}})");

    const Ran no =
        run_offline({"study", "adopt", "--patient", "P1"}, {.replies = {three}, .input = "\n", .is_terminal = true});
    CHECK(no.exit_code == 1);
    CHECK(no.calls.size() == 1);
    CHECK(run_offline({"study", "adopt", "--patient", "P1"}, {.replies = {three}}).exit_code == 2);
    CHECK(run_offline({"study", "adopt"}).exit_code == 2);
    CHECK(run_offline({"study", "recheck"}).exit_code == 2);
    CHECK(run_offline({"study", "recheck", "1.2.3", "--reason", "no_accession"}).exit_code == 2);
    CHECK(run_offline({"study", "adopt", "1.2.3", "--patient", "P1"}).exit_code == 2);
    const Ran none = run_offline({"study", "recheck", "1.2.3"}, {.replies = {json_reply(R"({"count":0})")}});
    CHECK(none.exit_code == 0);
    CHECK(none.calls.size() == 1);
    CHECK(none.out == "no job waits for an accession number or an order\n");
}

TEST_CASE("cli: study ls and show say how far a study is where it is registered") {
    const std::string study =
        R"({"study_instance_uid":"1.2.3","instances":5,"destinations":[{"name":"pacs","delivered":5,"of":5},)"
        R"({"name":"satusehat","delivered":0,"of":5,"stage":"objected","objection":"patient_doubtful",)"
        R"("accession_number":"RAD-0","service_request_id":"sr-1","imaging_study_id":null,)"
        R"("assigned_accession_number":"RAD-1"}]})";
    const Ran ls =
        run_offline({"study", "ls"}, {.replies = {json_reply(R"({"items":[)" + study + R"(],"next":null})")}});
    CHECK(ls.out.find("pacs 5/5, satusehat 0/5 (objected: patient_doubtful)") != std::string::npos);
    const Ran show = run_offline({"study", "show", "1.2.3"}, {.replies = {json_reply(study)}});
    CHECK(show.exit_code == 0);
    CHECK(show.out.find("REGISTERED AT") != std::string::npos);
    for (const char* text : {"objected", "patient_doubtful", "RAD-0", "RAD-1", "sr-1"})
        CHECK(show.out.find(text) != std::string::npos);
    const Ran plain =
        run_offline({"study", "show", "1.2.3"},
                    {.replies = {json_reply(R"({"destinations":[{"name":"pacs","delivered":5,"of":5}]})")}});
    CHECK(plain.out.find("REGISTERED AT") == std::string::npos);
}
