/// Tests of `outbox`: what each command asks of the broker, and what a person sees of the answer.
#include <doctest/doctest.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "tests/broker/cli/harness.h"

using namespace cli_test;
using broker::cli::Call;
using broker::cli::Reply;

namespace {

std::string job(int id, const std::string& state, const std::string& destination = "pacs-a") {
    return R"({"id":)" + std::to_string(id) + R"(,"destination":")" + destination + R"(","state":")" + state +
           R"(","reason":null,"priority":"normal","due_at":"2026-01-15T09:00:00.000Z","attempts":2,"round":1,)" +
           R"("evidence":null,"instance":{"sop_instance_uid":"1.2.)" + std::to_string(id) + R"(","modality":"CT"}})";
}

Reply page(const std::string& items, const std::string& next = "null") {
    return json_reply("{\"items\":[" + items + "],\"next\":" + next + "}");
}

const std::string dry = R"({"action":"hold","filter":{"state":"queued"},"dry_run":true})";
const std::string wet = R"({"action":"hold","filter":{"state":"queued"},"dry_run":false})";

}  // namespace

TEST_CASE("cli: outbox ls turns its options into the query of the interface") {
    const Ran without =
        run_offline({"outbox", "ls", "--destination", "pacs a", "--state", "held", "--reason", "replaced",
                     "--accession", "A&1", "--since", "2026-01-15", "--until", "2026-01-15", "--older-than", "2h"},
                    {.replies = {page("")}});
    REQUIRE(without.calls.size() == 1);
    CHECK(without.calls[0].method == "GET");
    CHECK(without.calls[0].target ==
          "/api/v1/"
          "jobs?destination=pacs%20a&state=held&reason=replaced&accession=A%261&since=2026-01-14T17%3A00%3A00.000Z&"
          "until=2026-01-15T17%3A00%3A00.000Z&older_than=2h&limit=50");
}

TEST_CASE("cli: outbox ls shows a table and escapes what it shows") {
    const Ran ran = run_offline({"outbox", "ls"}, {.replies = {page(job(7, "queued", "a\\u001b[2Jb"))}});
    CHECK(ran.exit_code == 0);
    CHECK(ran.out.find("\x1b") == std::string::npos);
    CHECK(ran.out.find("a\\x1b[2Jb") != std::string::npos);
    CHECK(ran.out.find("1.2.7") != std::string::npos);
    CHECK(ran.out.starts_with("ID  STATE"));
}

TEST_CASE("cli: outbox ls follows the cursors up to its limit") {
    const Ran all = run_offline({"outbox", "ls", "--all", "--json"},
                                {.replies = {page(job(2, "queued"), "\"c 1\""), page(job(1, "held"))}});
    REQUIRE(all.calls.size() == 2);
    CHECK(all.calls[0].target == "/api/v1/jobs?limit=500");
    CHECK(all.calls[1].target == "/api/v1/jobs?limit=500&cursor=c%201");
    const auto value = boost::json::parse(all.out);
    CHECK(value.at("items").as_array().size() == 2);
    CHECK(value.at("next").is_null());

    const Ran limited =
        run_offline({"outbox", "ls", "--limit", "1"}, {.replies = {page(job(2, "queued"), "\"more\"")}});
    CHECK(limited.calls.size() == 1);
    CHECK(limited.calls[0].target == "/api/v1/jobs?limit=1");
    CHECK(limited.err == "there are more; use --limit N or --all\n");
}

TEST_CASE("cli: a list whose cursor stands still ends with an error") {
    const Ran ran = run_offline({"outbox", "ls", "--all"},
                                {.replies = {page(job(2, "queued"), "\"c\""), page(job(2, "queued"), "\"c\"")}});
    CHECK(ran.exit_code == 1);
    CHECK(ran.calls.size() == 2);
}

TEST_CASE("cli: outbox show tells a job's story") {
    const std::string body = R"({"id":7,"state":"held","reason":"refused","instance":{"sop_instance_uid":"1.2.7"},)"
                             R"("attempts":[{"opened_at":"2026-01-15T09:00:00.000Z","kind":"send","round":1,)"
                             R"("outcome":"transient","status":42752,"text":"out of\nresources"}]})";
    const Ran ran = run_offline({"outbox", "show", "7"}, {.replies = {json_reply(body)}});
    CHECK(ran.exit_code == 0);
    CHECK(ran.calls[0].target == "/api/v1/jobs/7");
    CHECK(ran.out.find("state: held\n") != std::string::npos);
    CHECK(ran.out.find("instance.sop_instance_uid: 1.2.7\n") != std::string::npos);
    CHECK(ran.out.find("out of\\nresources") != std::string::npos);
    CHECK(ran.out.find("0xA700") != std::string::npos);
    const Ran absent = run_offline({"outbox", "show", "8"}, {.replies = {problem(404, "there is no job 8")}});
    CHECK(absent.exit_code == 1);
    CHECK(absent.err == "dicom-bridge: show job 8: there is no job 8 (404); check the name or number with ls\n");
}

TEST_CASE("cli: every verb acts on the jobs that are named, one by one") {
    for (const char* verb : {"hold", "release", "retry", "cancel", "resend", "adopt"}) {
        const Ran ran = run_offline({"outbox", verb, "7", "9"},
                                    {.replies = {json_reply(job(7, "held")), json_reply(job(9, "held"))}});
        CHECK(ran.exit_code == 0);
        REQUIRE(ran.calls.size() == 2);
        CHECK(ran.calls[0].method == "POST");
        CHECK(ran.calls[0].target == std::string("/api/v1/jobs/7/") + verb);
        CHECK(ran.calls[1].target == std::string("/api/v1/jobs/9/") + verb);
        CHECK(ran.calls[1].body == "{}");
        CHECK(ran.out == "job 7: held\njob 9: held\n");
    }
}

TEST_CASE("cli: a note says why, for the history") {
    const Ran one = run_offline({"outbox", "cancel", "7", "--note", "sent by hand"},
                                {.replies = {json_reply(job(7, "cancelled"))}});
    CHECK(one.calls.at(0).body == R"({"note":"sent by hand"})");
    const Ran many = run_offline({"outbox", "cancel", "--state", "held", "--note", "old", "--yes"},
                                 {.replies = {json_reply(R"({"count":1})"), json_reply(R"({"count":1})")}});
    CHECK(many.calls.at(1).body == R"({"action":"cancel","filter":{"state":"held"},"dry_run":false,"note":"old"})");
}

TEST_CASE("cli: a refused job doesn't keep the verb from the next, but decides the exit code") {
    const Ran ran = run_offline({"outbox", "hold", "7", "9", "--json"},
                                {.replies = {problem(409, "job 7 is delivered"), json_reply(job(9, "held"))}});
    CHECK(ran.exit_code == 1);
    CHECK(ran.err == "dicom-bridge: hold job 7: job 7 is delivered (409); look at its present state with ls or show\n");
    const auto value = boost::json::parse(ran.out);
    CHECK(value.at("items").as_array().size() == 1);
}

TEST_CASE("cli: acting by filter counts first, asks, and then acts") {
    const std::deque<Reply> replies = {json_reply(R"({"count":12})"), json_reply(R"({"count":11})")};
    const Ran yes =
        run_offline({"outbox", "hold", "--state", "queued"}, {.replies = replies, .input = "y\n", .is_terminal = true});
    CHECK(yes.exit_code == 0);
    REQUIRE(yes.calls.size() == 2);
    CHECK(yes.calls[0].target == "/api/v1/jobs/actions");
    CHECK(yes.calls[0].body == dry);
    CHECK(yes.calls[1].body == wet);
    CHECK(yes.err == "hold 12 jobs? [y/N] ");
    CHECK(yes.out == "hold: 11 jobs changed\n");

    for (const char* typed : {"n\n", "\n", "", "yep\n"}) {
        const Ran no = run_offline({"outbox", "hold", "--state", "queued"},
                                   {.replies = replies, .input = typed, .is_terminal = true});
        CHECK(no.exit_code == 1);
        CHECK(no.calls.size() == 1);
    }
}

TEST_CASE("cli: without a terminal nobody can be asked: --yes, or nothing happens") {
    const std::deque<Reply> replies = {json_reply(R"({"count":12})"), json_reply(R"({"count":12})")};
    const Ran without = run_offline({"outbox", "hold", "--state", "queued"}, {.replies = replies, .input = "y\n"});
    CHECK(without.exit_code == 2);
    CHECK(without.calls.size() == 1);
    const Ran with = run_offline({"outbox", "hold", "--state", "queued", "--yes"}, {.replies = replies});
    CHECK(with.exit_code == 0);
    REQUIRE(with.calls.size() == 2);
    CHECK(with.calls[0].body == dry);
    CHECK(with.calls[1].body == wet);
}

TEST_CASE("cli: a filter that matches nothing asks nobody and changes nothing") {
    const Ran ran = run_offline({"outbox", "hold", "--state", "queued"}, {.replies = {json_reply(R"({"count":0})")}});
    CHECK(ran.exit_code == 0);
    CHECK(ran.calls.size() == 1);
}

TEST_CASE("cli: an answer without a count is not taken for one") {
    for (const char* body : {"{}", R"({"count":"many"})", "[]", "not json"}) {
        const Ran ran = run_offline({"outbox", "hold", "--state", "queued", "--yes"}, {.replies = {json_reply(body)}});
        CHECK(ran.exit_code == 1);
        CHECK(ran.calls.size() == 1);
    }
}
