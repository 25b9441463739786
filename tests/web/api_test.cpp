/// The API over a real server and a real outbox: questions, verbs, lanes, exports.
#include <doctest/doctest.h>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <array>

#include "client.h"
#include "outbox/history.h"
#include "rig.h"

namespace {

using boost::json::value;
using test::get;
using test::post;

value json_of(const test::Got& got) {
    return boost::json::parse(got.body);
}

std::string path(outbox::JobId job, const std::string& verb = "") {
    return "/api/v1/jobs/" + std::to_string(job.value) + (verb.empty() ? "" : "/" + verb);
}

}  // namespace

TEST_CASE("api: the status counts what was received and what waits") {
    test::Rig rig;
    rig.receive({});
    rig.receive({"1.2.3.2", "1.2.3", "X^Y", {}});
    const value status = json_of(get(rig.port(), "/api/v1/status"));
    CHECK(status.at("received").at("instances") == 2);
    CHECK(status.at("unrouted") == 1);
    bool is_seen = false;
    for (const value& each : status.at("destinations").as_array())
        if (each.at("name") == "pacs-a") is_seen = each.at("jobs").at("queued") == 1;
    CHECK(is_seen);
    CHECK(get(rig.port(), "/api/v1/status?x=1").status == 400);
    const test::Got first = get(rig.port(), "/api/v1/status");
    CHECK(get(rig.port(), "/api/v1/status", "If-None-Match: " + first.headers.at("etag") + "\r\n").status == 304);
    rig.receive({"1.2.3.3"});
    CHECK(get(rig.port(), "/api/v1/status", "If-None-Match: " + first.headers.at("etag") + "\r\n").status == 200);
}

TEST_CASE("api: jobs are listed by filter, page by page, newest first") {
    test::Rig rig;
    for (int i = 1; i <= 5; ++i) rig.receive({"1.2.3." + std::to_string(i), "1.2.3", "X", {"pacs-a", "archive"}});
    std::vector<std::int64_t> seen;
    std::string cursor;
    do {
        const value page = json_of(get(rig.port(), "/api/v1/jobs?destination=archive&limit=2" + cursor));
        for (const value& each : page.at("items").as_array()) {
            CHECK(each.at("destination") == "archive");
            seen.push_back(each.at("id").as_int64());
        }
        cursor = page.at("next").is_null() ? "" : "&cursor=" + std::string(page.at("next").as_string());
    } while (!cursor.empty());
    CHECK(seen.size() == 5);
    CHECK(std::is_sorted(seen.rbegin(), seen.rend()));
    const test::Got wrong = get(rig.port(), "/api/v1/jobs?colour=red");
    CHECK(wrong.status == 400);
    CHECK(json_of(wrong).at("parameter") == "colour");
    CHECK(json_of(get(rig.port(), "/api/v1/jobs?state=stuck")).at("parameter") == "state");
    CHECK(json_of(get(rig.port(), "/api/v1/jobs?state=held")).at("items").as_array().empty());
    const value first = json_of(get(rig.port(), "/api/v1/jobs?destination=archive&limit=2"));
    const test::Got other = get(rig.port(), "/api/v1/jobs?limit=2&cursor=" + std::string(first.at("next").as_string()));
    CHECK(other.status == 400);
    CHECK(json_of(other).at("parameter") == "cursor");
    CHECK(json_of(get(rig.port(), "/api/v1/jobs?patient=%27%20OR%20%271%27=%271")).at("items").as_array().empty());
}

TEST_CASE("api: a verb answers with the job as GET shows it, names the actor, and 409 says the state") {
    test::Rig rig;
    const outbox::JobId job = rig.receive({}).front();
    const test::Got held = post(rig.port(), path(job, "hold"), R"({"note":"look at this"})");
    REQUIRE(held.status == 200);
    CHECK(json_of(held).at("state") == "held");
    CHECK(json_of(held) == json_of(get(rig.port(), path(job))));
    CHECK(rig.act.last_actor() == "open:127.0.0.1");
    const test::Got again = post(rig.port(), path(job, "hold"), "");
    CHECK(again.status == 409);
    CHECK(json_of(again).at("state") == "held");
    CHECK(post(rig.port(), path(job, "release"), "{}").status == 200);
    CHECK(post(rig.port(), path(job, "retry"), "{}").status == 200);
    CHECK(post(rig.port(), path(job, "adopt"), "{}").status == 409);
    CHECK(json_of(post(rig.port(), path(job, "cancel"), "{}")).at("state") == "cancelled");
    CHECK(json_of(post(rig.port(), path(job, "resend"), "{}")).at("round") == 2);
}

TEST_CASE("api: a destination with a webhook says how the calls to it stand, one without says nothing of it") {
    test::Rig rig;
    rig.receive({});
    const std::array<outbox::DestinationSpec, 2> notifying{
        {{.name = "pacs-a", .kind = "satusehat", .notifies = true}, {.name = "archive", .kind = "folder"}}};
    outbox::NoticeId notice;
    {
        outbox::Outbox::Transaction transaction(rig.outbox);
        rig.outbox.configure(notifying, test::now);
        const auto id = *rig.outbox.destination("pacs-a");
        rig.outbox.put_off_study({id, "1.2.3"}, outbox::Reason::order_not_found, test::now, "", test::now);
        transaction.commit();
        notice = outbox::Views(rig.database()).notices_due(id, test::now, 1).at(0).id;
    }
    {
        outbox::Outbox::Transaction transaction(rig.outbox);
        rig.outbox.put_off_notice(notice, {500, "HTTP 500"}, test::now + std::chrono::seconds(5), test::now);
        transaction.commit();
    }
    const value shown = json_of(get(rig.port(), "/api/v1/destinations/pacs-a")).at("webhook");
    CHECK(shown == boost::json::parse(R"({"waiting":1,"oldest_waiting_at":"2026-01-15T08:30:00.250Z",)"
                                      R"("last_told_at":null,"last_error":"HTTP 500"})"));
    CHECK(json_of(post(rig.port(), "/api/v1/destinations/pacs-a/resume", "{}")).at("webhook") == shown);
    {
        outbox::Outbox::Transaction transaction(rig.outbox);
        rig.outbox.end_notice(notice, 200, test::now);
        transaction.commit();
    }
    CHECK(json_of(get(rig.port(), "/api/v1/destinations/pacs-a")).at("webhook") ==
          boost::json::parse(R"({"waiting":0,"oldest_waiting_at":null,)"
                             R"("last_told_at":"2026-01-15T08:30:00.250Z","last_error":null})"));
    CHECK_FALSE(json_of(get(rig.port(), "/api/v1/destinations/archive")).as_object().contains("webhook"));
    CHECK(get(rig.port(), "/api/v1/history?event=webhook_told").status == 200);
}

TEST_CASE("api: a destination that never was is an error wherever it filters, one that left the configuration is not") {
    test::Rig rig;
    rig.receive({});
    const std::array<outbox::DestinationSpec, 1> left{{{"pacs-a", "dicom"}}};
    {
        outbox::Outbox::Transaction transaction(rig.outbox);
        rig.outbox.configure(left, test::now);
        transaction.commit();
    }
    for (const char* target : {"/api/v1/jobs?destination=", "/api/v1/history?destination=",
                               "/api/v1/history.csv?destination=", "/api/v1/history.jsonl?destination="}) {
        CAPTURE(target);
        CHECK(get(rig.port(), target + std::string("archive")).status == 200);
        const test::Got wrong = get(rig.port(), target + std::string("pacs-b"));
        CHECK(wrong.status == 400);
        CHECK(json_of(wrong).at("parameter") == "destination");
        CHECK(json_of(wrong).at("detail").as_string().find("pacs-a") != std::string::npos);
    }
    for (const char* dry : {"true", "false"}) {
        const std::string body = R"({"action":"hold","filter":{"destination":"pacs-b"},"dry_run":)" + std::string(dry);
        CHECK(post(rig.port(), "/api/v1/jobs/actions", body + "}").status == 400);
    }
    CHECK(get(rig.port(), "/api/v1/history?event=exploded").status == 400);
}

TEST_CASE("api: a sender's jobs are those of every instance that it sent, also where another was first") {
    test::Rig rig;
    outbox::JobId job;
    for (const char* ae_title : {"CT1", "CT2"}) {
        outbox::Outbox::Transaction transaction(rig.outbox);
        outbox::Receipt receipt;
        receipt.association = {ae_title[2] - '0', ae_title, "BRIDGE", "10.1.0.20", ae_title + std::string("-room"), "",
                               test::now};
        receipt.instance.sop_instance_uid = "1.2.5.1";
        receipt.instance.sop_class_uid = "1.2.840.10008.5.1.4.1.1.2";
        receipt.instance.transfer_syntax_uid = "1.2.840.10008.1.2.1";
        receipt.instance.study_instance_uid = "1.2.5";
        receipt.instance.patient_id = "P1";
        receipt.instance.accession_number = "A1";
        receipt.instance.bytes = 1000;
        receipt.received_at = test::now;
        receipt.jobs.push_back({rig.outbox.destination("pacs-a").value(), outbox::Priority::normal, test::now});
        const auto accepted = rig.outbox.accept(receipt);
        if (!accepted.jobs.empty()) job = accepted.jobs.front();
        transaction.commit();
    }
    const auto found = [&](const std::string& query) {
        return json_of(get(rig.port(), "/api/v1/jobs?" + query)).at("items").as_array().size();
    };
    const auto retried = [&](const std::string& filter) {
        return json_of(post(rig.port(), "/api/v1/jobs/actions", R"({"action":"retry","filter":{)" + filter + "}}"))
            .at("changed")
            .as_int64();
    };
    for (const char* leading : {"", "&study=1.2.5", "&accession=A1", "&patient=P1", "&destination=pacs-a",
                                "&state=queued", "&state=queued&destination=pacs-a"}) {
        CAPTURE(leading);
        for (const char* sender : {"CT1", "CT2", "CT1-room", "CT2-room"})
            CHECK(found("sender=" + std::string(sender) + leading) == 1);
        CHECK(found("sender=CT3" + std::string(leading)) == 0);
    }
    for (const char* leading :
         {"", R"(,"study":"1.2.5")", R"(,"accession":"A1")", R"(,"patient":"P1")", R"(,"destination":"pacs-a")"}) {
        CAPTURE(leading);
        CHECK(retried(R"("sender":"CT2")" + std::string(leading)) == 1);
        CHECK(retried(R"("sender":"CT3")" + std::string(leading)) == 0);
    }
    CHECK(post(rig.port(), path(job, "hold"), "{}").status == 200);
    CHECK(found("sender=CT2&reason=held_by_operator") == 1);
    CHECK(found("sender=CT3&reason=held_by_operator") == 0);
}

TEST_CASE("api: a job's attempts are a number in the list and a list in the single one") {
    test::Rig rig;
    const outbox::JobId job = rig.receive({}).front();
    {
        outbox::Outbox::Transaction transaction(rig.outbox);
        const auto claimed = rig.outbox.claim(rig.outbox.destination("pacs-a").value(), 1, test::now);
        REQUIRE(claimed.size() == 1);
        outbox::Settlement settlement{job, claimed.front().attempt, test::now, 0xA900, "no", 0};
        CHECK(rig.outbox.hold(settlement, outbox::Reason::data_set_mismatch));
        transaction.commit();
    }
    const value listed = json_of(get(rig.port(), "/api/v1/jobs")).at("items").at(0);
    CHECK(listed.at("attempts") == 1);
    CHECK(listed.at("attempt_count") == 1);
    const value single = json_of(get(rig.port(), path(job)));
    CHECK(single.at("attempts").as_array().size() == 1);
    CHECK(single.at("attempt_count") == 1);
    CHECK(json_of(post(rig.port(), path(job, "release"), "{}")).at("attempts").is_array());
    CHECK(json_of(get(rig.port(), "/api/v1/instances/1.2.3.1")).at("jobs").at(0).at("attempts").is_array());
}

TEST_CASE("api: the status counts refusals that are not in the history yet") {
    test::Rig rig;
    rig.broker.refused = 41;
    CHECK(json_of(get(rig.port(), "/api/v1/status")).at("accepting").at("refused") == 41);
}

TEST_CASE("api: a verb by filter of times needs to look only where jobs of these times are") {
    test::Rig rig;
    const auto later = test::now + std::chrono::hours(1);
    {
        outbox::Outbox::Transaction transaction(rig.outbox);
        for (int i = 1; i <= 2100; ++i) {
            outbox::Receipt receipt;
            receipt.association = {1, "CT1", "BRIDGE", "10.1.0.20", "", "", test::now};
            receipt.instance.sop_instance_uid = "1.2.4." + std::to_string(i);
            receipt.instance.sop_class_uid = "1.2.840.10008.5.1.4.1.1.2";
            receipt.instance.transfer_syntax_uid = "1.2.840.10008.1.2.1";
            receipt.instance.digest.fill(std::byte{1});
            receipt.instance.digest[0] = static_cast<std::byte>(i >> 8);
            receipt.instance.digest[1] = static_cast<std::byte>(i & 255);
            receipt.instance.bytes = 1000;
            receipt.received_at = i == 2100 ? later : test::now;
            receipt.jobs.push_back({rig.outbox.destination("pacs-a").value(), outbox::Priority::normal, test::now});
            rig.outbox.accept(receipt);
        }
        transaction.commit();
    }
    const outbox::Views views(rig.database());
    outbox::JobFilter filter;
    filter.since = later;
    const outbox::JobRange recent = views.job_range(filter);
    CHECK(recent.first.value > 1024);
    CHECK(recent.first.value <= 2100);
    CHECK(recent.last.value >= 2100);
    filter.since.reset();
    filter.until = test::now;
    CHECK(views.job_range(filter).last.value < 1024);
    CHECK(views.job_range({}).first.value <= 1);
}

TEST_CASE("api: jobs and verbs that don't exist are 404, and bodies are read strictly") {
    test::Rig rig;
    const outbox::JobId job = rig.receive({}).front();
    CHECK(get(rig.port(), "/api/v1/jobs/999").status == 404);
    CHECK(get(rig.port(), "/api/v1/jobs/0x1").status == 404);
    CHECK(post(rig.port(), "/api/v1/jobs/999/hold", "{}").status == 404);
    CHECK(post(rig.port(), path(job, "claim"), "{}").status == 404);
    CHECK(post(rig.port(), path(job, "deliver"), "{}").status == 404);
    CHECK(get(rig.port(), path(job, "hold")).status == 405);
    CHECK(post(rig.port(), path(job, "hold"), R"({"note":"a","note":"b"})").status == 400);
    CHECK(post(rig.port(), path(job, "hold"), R"({"why":"a"})").status == 400);
    CHECK(post(rig.port(), path(job, "hold"), "[]").status == 400);
    CHECK(json_of(get(rig.port(), path(job))).at("state") == "queued");
}

TEST_CASE("api: acting by filter counts first, then acts, and refuses to mean everything") {
    test::Rig rig;
    for (int i = 1; i <= 3; ++i) rig.receive({"1.2.3." + std::to_string(i), "1.2.3", "X", {"pacs-a", "archive"}});
    const std::string filter = R"("filter":{"destination":"pacs-a"})";
    const std::string target = "/api/v1/jobs/actions";
    CHECK(json_of(post(rig.port(), target, R"({"action":"hold","dry_run":true,)" + filter + "}")) ==
          boost::json::parse(R"({"count":3})"));
    const value done = json_of(post(rig.port(), target, R"({"action":"hold","note":"n",)" + filter + "}"));
    CHECK(done.at("changed") == 3);
    CHECK(done.at("seen") == 3);
    CHECK(json_of(post(rig.port(), target, R"({"action":"hold","dry_run":true,)" + filter + "}")).at("count") == 0);
    CHECK(json_of(get(rig.port(), "/api/v1/jobs?state=held")).at("items").as_array().size() == 3);
    for (const char* body :
         {R"({"action":"hold","filter":{}})", R"({"action":"hold"})", R"({"action":"hold","filter":{"all":true}})",
          R"({"action":"hold","filter":{"all":"true"}})", R"({"action":"claim","filter":{"state":"held"}})",
          R"({"filter":{"state":"held"}})", R"({"action":"hold","filter":{"state":""}})",
          R"({"action":"hold","filter":[]})", R"({"action":"hold","filter":{"state":"held"},"dry_run":"yes"})", "",
          "{}"}) {
        CAPTURE(body);
        CHECK(post(rig.port(), target, body).status == 400);
    }
    CHECK(json_of(get(rig.port(), "/api/v1/jobs?state=queued")).at("items").as_array().size() == 3);
}

TEST_CASE("api: a destination is paused with a reason, resumed, and asked for an echo") {
    test::Rig rig;
    const std::string target = "/api/v1/destinations/pacs-a";
    const value paused = json_of(post(rig.port(), target + "/pause", R"({"reason":"new switch","for":"2h"})"));
    CHECK(paused.at("state") == "paused");
    CHECK(paused.at("paused").at("reason") == "new switch");
    CHECK(paused.at("paused").at("by") == "open:127.0.0.1");
    CHECK(paused.at("paused").at("until") == "2026-01-15T10:30:00.250Z");
    CHECK(json_of(get(rig.port(), target)) == paused);
    CHECK(json_of(post(rig.port(), target + "/resume", "{}")).at("state") == "ok");
    CHECK(post(rig.port(), target + "/resume", "{}").status == 200);
    CHECK(json_of(post(rig.port(), target + "/echo", "{}")) ==
          boost::json::parse(R"({"ok":false,"text":"C-ECHO: connection refused","milliseconds":12})"));
    rig.act.is_echo_under_way = true;
    const auto second = post(rig.port(), target + "/echo", "{}");
    CHECK(second.status == 409);
    CHECK(json_of(second).at("state") == "under_way");
    for (const char* body :
         {"{}", R"({"reason":""})", R"({"reason":" \t\n "})", R"({"reason":"x","for":"soon"})",
          R"({"reason":"x","for":"0s"})", R"({"reason":"x","until":"2020-01-01"})",
          R"({"reason":"x","for":"1h","until":"2030-01-01"})", R"({"reason":1})", R"({"reason":"x","forever":true})"})
        CHECK(post(rig.port(), target + "/pause", body).status == 400);
    for (const char* verb : {"/pause", "/resume", "/echo"})
        CHECK(post(rig.port(), std::string("/api/v1/destinations/nope") + verb,
                   std::string_view(verb) == "/pause" ? R"({"reason":"x"})" : "{}")
                  .status == 404);
    CHECK(get(rig.port(), "/api/v1/destinations/nope").status == 404);
    CHECK(json_of(get(rig.port(), "/api/v1/destinations")).at("items").as_array().size() == 2);
}

TEST_CASE("api: an instance shows its versions and jobs, and what no route took is listed") {
    test::Rig rig;
    rig.receive({"1.2.3.1", "1.2.3", "<b>X</b>", {"pacs-a", "archive"}});
    rig.receive({"1.2.3.2", "1.2.3", "X", {}});
    const value instance = json_of(get(rig.port(), "/api/v1/instances/1.2.3.1"));
    CHECK(instance.at("versions").as_array().size() == 1);
    CHECK(instance.at("versions").at(0).at("patient_name") == "<b>X</b>");
    CHECK(instance.at("jobs").as_array().size() == 2);
    CHECK(get(rig.port(), "/api/v1/instances/9.9").status == 404);
    const value unrouted = json_of(get(rig.port(), "/api/v1/unrouted?limit=1"));
    CHECK(unrouted.at("items").as_array().size() == 1);
    CHECK(unrouted.at("items").at(0).at("sop_instance_uid") == "1.2.3.2");
    CHECK(unrouted.at("next").is_null());
    CHECK(json_of(get(rig.port(), "/api/v1/senders")).at("items").at(0).at("calling_ae_title") == "CT1");
}

TEST_CASE("api: alarms are those that are raised, alone and in the status alike") {
    test::Rig rig;
    CHECK(json_of(get(rig.port(), "/api/v1/alarms")).at("items").as_array().empty());
    const auto raise = [&](const std::string& name, const std::string& subject) {
        rig.books.commit([&] {
            return rig.outbox.raise_alarm({name, subject, test::now, 2, "look at it", "like this"}, test::now);
        });
    };
    raise("unrouted", "");
    raise("held", "pacs-a");
    const value alarms = json_of(get(rig.port(), "/api/v1/alarms"));
    REQUIRE(alarms.at("items").as_array().size() == 2);
    CHECK(alarms.at("items").at(0).at("name") == "unrouted");
    CHECK(alarms.at("items").at(1).at("subject") == "pacs-a");
    CHECK(alarms.at("items").at(1).at("hint") == "like this");
    CHECK(json_of(get(rig.port(), "/api/v1/status")).at("alarms") == alarms.at("items"));
    rig.books.commit(
        [&] { return rig.outbox.clear_alarm(outbox::Views(rig.database()).alarms().at(0).id, test::now); });
    CHECK(json_of(get(rig.port(), "/api/v1/alarms")).at("items").as_array().size() == 1);
}

TEST_CASE("api: the spool and the node say what they are") {
    test::Rig rig;
    rig.receive({});
    const value spool = json_of(get(rig.port(), "/api/v1/spool"));
    CHECK(spool.at("state") == "warn");
    CHECK(spool.at("by_reason").at("unfinished") == 1000);
    const value node = json_of(get(rig.port(), "/api/v1/node"));
    CHECK(node.at("timezone") == "Asia/Jakarta");
    CHECK(node.at("access") == "open");
    CHECK(node.at("can_act") == true);
}

TEST_CASE("api: the history is listed, filtered, and verified") {
    test::Rig rig;
    const outbox::JobId job = rig.receive({}).front();
    post(rig.port(), path(job, "hold"), R"({"note":"=1+1"})");
    const value all = json_of(get(rig.port(), "/api/v1/history?limit=1"));
    REQUIRE(all.at("items").as_array().size() == 1);
    CHECK(all.at("items").at(0).at("actor") == "open:127.0.0.1");
    CHECK_FALSE(all.at("next").is_null());
    CHECK(json_of(get(rig.port(), "/api/v1/history?actor=nobody")).at("items").as_array().empty());
    CHECK(get(rig.port(), "/api/v1/history?state=held").status == 400);
    const value found = json_of(get(rig.port(), "/api/v1/history/verify"));
    CHECK(found.at("intact") == true);
    CHECK(found.at("rows").as_int64() >= 2);
    const std::string tip(found.at("tip").as_string());
    CHECK(json_of(get(rig.port(), "/api/v1/history/verify?anchor=" + tip)).at("anchor_found") == true);
    CHECK(json_of(get(rig.port(), "/api/v1/history/verify?anchor=" + std::string(64, '0'))).at("intact") == false);
    CHECK(get(rig.port(), "/api/v1/history/verify?anchor=x").status == 400);
    CHECK(get(rig.port(), "/api/v1/history/verify?file=x").status == 400);
}

TEST_CASE("api: the exported history is whole: jsonl verifies, csv runs nothing") {
    test::Rig rig;
    for (int i = 0; i < 300; ++i) rig.receive({"1.2.3." + std::to_string(i)});
    const test::Got jsonl = get(rig.port(), "/api/v1/history.jsonl");
    REQUIRE(jsonl.is_whole);
    std::size_t at = 0;
    const auto found = outbox::verify_chain(
        [&]() -> std::optional<outbox::HistoryRow> {
            if (at >= jsonl.body.size()) return std::nullopt;
            const std::size_t end = jsonl.body.find('\n', at);
            const std::string line = jsonl.body.substr(at, end - at);
            at = end + 1;
            return outbox::from_jsonl(line);
        },
        std::nullopt);
    CHECK(found.rows >= 300);
    CHECK_FALSE(found.broken_at);
    const test::Got csv = get(rig.port(), "/api/v1/history.csv?event=received");
    REQUIRE(csv.is_whole);
    CHECK(csv.headers.at("content-type").starts_with("text/csv"));
    CHECK(csv.headers.at("content-disposition") == "attachment; filename=\"history.csv\"");
    CHECK(std::count(csv.body.begin(), csv.body.end(), '\n') == 301);
    CHECK(get(rig.port(), "/api/v1/history.csv?limit=1").status == 400);
}
