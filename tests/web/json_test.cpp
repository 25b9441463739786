/// The API's JSON, member by member.
#include <doctest/doctest.h>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include "rig.h"
#include "web/json/history.h"
#include "web/json/job.h"
#include "web/json/status.h"
#include "web/json/values.h"

namespace {

using boost::json::object;
using boost::json::value;
using test::now;

const std::string zeros(64, '0');

/// The names of an object's members, in order.
std::vector<std::string> names(const object& shown) {
    std::vector<std::string> found;
    for (const auto& member : shown) found.emplace_back(member.key());
    return found;
}

bool has_all(const object& shown, const std::vector<std::string>& wanted) {
    for (const std::string& name : wanted)
        if (!shown.contains(name)) {
            MESSAGE("missing: " << name);
            return false;
        }
    return true;
}

outbox::JobView held_job() {
    outbox::JobView view;
    view.id = {812};
    view.destination = "pacs-a";
    view.state = outbox::State::held;
    view.reason = outbox::Reason::damaged;
    view.created_at = view.changed_at = view.due_at = now;
    view.attempt_count = 3;
    view.status = 0xA700;
    view.instance.facts.sop_instance_uid = "1.2.3.1";
    view.instance.facts.patient_name = "<script>alert(1)</script>";
    view.instance.received_at = now;
    outbox::AttemptView attempt;
    attempt.id = {5};
    attempt.kind = "send";
    attempt.opened_at = now;
    attempt.outcome = outbox::Outcome::transient;
    attempt.text = "no \"space\"\n";
    view.attempts = {attempt};
    return view;
}

}  // namespace

TEST_CASE("json: a job in a list has the fixed members, and absent values are null") {
    const object shown = web::json::job(held_job());
    CHECK(has_all(shown, {"id", "destination", "state", "reason", "priority", "due_at", "attempts", "round", "evidence",
                          "instance"}));
    CHECK(shown.at("id") == 812);
    CHECK(shown.at("state") == "held");
    CHECK(shown.at("reason") == "damaged");
    CHECK(shown.at("priority") == "normal");
    CHECK(shown.at("due_at") == "2026-01-15T08:30:00.250Z");
    CHECK(shown.at("attempts") == 3);
    CHECK(shown.at("round") == 1);
    CHECK(shown.at("evidence").is_null());
    CHECK(shown.at("status") == 0xA700);
    CHECK(shown.at("digest") == value(zeros));
    const object& instance = shown.at("instance").as_object();
    CHECK(instance.at("sop_instance_uid") == "1.2.3.1");
    CHECK(instance.at("digest") == value(zeros));
    CHECK(instance.at("study_instance_uid").is_null());
}

TEST_CASE("json: one job has its attempts, oldest first") {
    const object shown = web::json::job_with_attempts(held_job());
    CHECK(shown.at("attempt_count") == 3);
    const object& attempt = shown.at("attempts").as_array().at(0).as_object();
    CHECK(names(attempt) == std::vector<std::string>{"id", "kind", "round", "opened_at", "closed_at", "outcome",
                                                     "status", "text", "bytes", "evidence"});
    CHECK(attempt.at("closed_at").is_null());
    CHECK(attempt.at("outcome") == "transient");
    CHECK(attempt.at("text") == "no \"space\"\n");
    CHECK(attempt.at("status").is_null());
}

TEST_CASE("json: a job that waits by design says so, and one without a reason has null") {
    outbox::JobView view = held_job();
    view.state = outbox::State::queued;
    view.reason = outbox::Reason::quiet_period;
    CHECK(web::json::job(view).at("is_waiting") == true);
    view.reason = outbox::Reason::none;
    CHECK(web::json::job(view).at("is_waiting") == false);
    CHECK(web::json::job(view).at("reason").is_null());
    CHECK(web::json::job(view).at("reason_text").is_null());
    view.evidence = outbox::Evidence::commitment;
    CHECK(web::json::job(view).at("evidence") == "commitment");
}

TEST_CASE("json: a job shows its edits as a list, and whether they are made") {
    outbox::JobView view = held_job();
    CHECK(web::json::job(view).at("edits") == boost::json::array());
    CHECK(web::json::job(view).at("is_edited") == false);
    view.edits = R"([{"remove":"PatientName"}])";
    view.is_edited = true;
    CHECK(web::json::job(view).at("edits").as_array().at(0).at("remove") == "PatientName");
    CHECK(web::json::job(view).at("is_edited") == true);
    view.edits = "no list of ours";
    CHECK(web::json::job(view).at("edits") == "no list of ours");
}

TEST_CASE("json: hostile text survives as text, whatever it holds") {
    for (const std::string text :
         {"<script>alert(1)</script>", "\"onmouseover=\"x", "</script>", "\\u0000", "\x1b[31mred",
          "\xE2\x80\xAEgpj.exe", "a\tb\nc", "${7*7}", "'; DROP TABLE job; --"}) {
        outbox::JobView view = held_job();
        view.instance.facts.patient_name = text;
        const std::string bytes = boost::json::serialize(web::json::job(view));
        CHECK(boost::json::parse(bytes).at("instance").at("patient_name") == value(text));
        for (const char c : bytes) CHECK(static_cast<unsigned char>(c) >= 0x20);
    }
}

TEST_CASE("json: the status has the fixed shape") {
    outbox::StatusView view;
    view.instances = 10;
    view.receipts = 12;
    view.unrouted = 1;
    view.refused = 2;  // the history has not all of them yet
    view.last_received_at = now;
    view.alarms = {{outbox::AlarmId{1}, {"unrouted", "", now, 1, "1 instance matches no route", ""}, now}};
    view.kept = {1, 2, 3};
    outbox::DestinationView pacs;
    pacs.name = "pacs-a";
    pacs.kind = "dicom";
    pacs.jobs = {5, 2, 1, 0, 4, 1, 0};
    pacs.by_reason = {{outbox::State::held, outbox::Reason::damaged, 1}};
    pacs.warnings = 2;
    pacs.oldest_queued_at = now;
    pacs.last_error = "connection refused";
    view.destinations = {pacs};
    view.senders = {{.calling_ae_title = "CT1",
                     .address = "10.1.0.20",
                     .name = "",
                     .first_seen_at = now,
                     .last_seen_at = now,
                     .last_received_at = std::nullopt,
                     .receipts = 12,
                     .refused = 0,
                     .refused_reason = ""}};

    test::SetBroker broker;
    broker.refused = 3;
    const object shown = web::json::status(view, broker, now);
    CHECK(names(shown) == std::vector<std::string>{"node", "version", "started_at", "accepting", "spool", "received",
                                                   "destinations", "unrouted", "senders", "alarms", "certificates"});
    CHECK(shown.at("node") == "rs-contoh");
    CHECK(shown.at("accepting") ==
          boost::json::parse(
              R"({"ok":true,"since":"2026-01-15T08:30:00.250Z","why":null,"refused":3,"associations":2})"));
    CHECK(shown.at("spool") ==
          boost::json::parse(R"({"bytes":6,"free_bytes":1000000,"total_bytes":2000000,"state":"warn","full_at":null,
        "growing":[],"by_reason":{"unrouted":1,"unfinished":2,"retained":3}})"));
    CHECK(shown.at("received") ==
          boost::json::parse(R"({"instances":10,"receipts":12,"last_at":"2026-01-15T08:30:00.250Z"})"));
    CHECK(shown.at("unrouted") == 1);
    CHECK(shown.at("alarms").as_array().at(0).as_object().at("name") == "unrouted");
    CHECK(shown.at("certificates") ==
          boost::json::parse(R"([{"where":"dicom.tls","subject":"CN=bridge","not_after":"2026-01-25T08:30:00.000Z",
        "days_left":9}])"));
    const object& destination = shown.at("destinations").as_array().at(0).as_object();
    CHECK(has_all(destination, {"name", "kind", "state", "jobs", "warnings", "oldest_queued_at", "last_delivered_at",
                                "last_error", "breaker", "rate", "eta"}));
    CHECK(destination.at("jobs") ==
          boost::json::parse(
              R"({"queued":5,"waiting":2,"sending":1,"uncertain":0,"delivered":4,"held":1,"cancelled":0})"));
    CHECK(destination.at("breaker") == "half_open");
    CHECK(destination.at("rate") == 1.3);
    CHECK(destination.at("eta").is_null());
    CHECK(destination.at("last_delivered_at").is_null());
    CHECK(destination.at("last_error") == "connection refused");
    CHECK(destination.at("by_reason").as_array().at(0).as_object().at("reason") == "damaged");
    CHECK(shown.at("senders").as_array().at(0).as_object().at("receipts") == 12);
    CHECK(shown.at("senders").as_array().at(0).as_object().at("last_received_at").is_null());
    CHECK(shown.at("senders").as_array().at(0).as_object().at("is_new") == true);
}

TEST_CASE("json: a sender is new where nothing names it by now") {
    outbox::SenderView sender;
    sender.calling_ae_title = "CT1";
    sender.last_seen_at = now;
    sender.refused = 2;
    sender.refused_reason = "calling_ae_title";
    const object stranger = web::json::sender(sender, "");
    CHECK(stranger.at("is_new") == true);
    CHECK(stranger.at("name").is_null());
    CHECK(stranger.at("refused") == 2);
    CHECK(stranger.at("refused_reason") == "calling_ae_title");
    CHECK(web::json::sender(sender, "ct-1").at("name") == "ct-1");
    CHECK(web::json::sender(sender, "ct-1").at("is_new") == false);
}

TEST_CASE("json: a destination shows what was delivered minute by minute, and the disk what grows") {
    web::Lane lane;
    lane.recent = {0, 3, 12};
    CHECK(web::json::destination({}, lane, now).at("recent") == boost::json::array{0, 3, 12});
    CHECK(web::json::destination({}, std::nullopt, now).at("recent") == boost::json::array());
    web::Space space;
    space.full_at = now;
    space.growing = {{"unfinished", 5'000'000'000}};
    const object shown = web::json::spool({}, space);
    CHECK(shown.at("full_at") == "2026-01-15T08:30:00.250Z");
    CHECK(shown.at("growing") == boost::json::parse(R"([{"reason":"unfinished","bytes_per_day":5000000000}])"));
}

TEST_CASE("json: a heartbeat is the status without the words that a person wrote") {
    outbox::StatusView view;
    outbox::DestinationView pacs;
    pacs.name = "pacs-a";
    pacs.paused_at = now;
    pacs.paused_by = "local:alice";
    pacs.paused_reason = "Doe^Jane was sent twice";
    view.destinations = {pacs};
    test::SetBroker broker;
    object expected = web::json::status(view, broker, now);
    auto& paused = expected.at("destinations").as_array().at(0).at("paused").as_object();
    CHECK(paused.at("reason") == "Doe^Jane was sent twice");
    paused.at("reason") = nullptr;
    CHECK(web::json::heartbeat(view, broker, now) == expected);
    CHECK(boost::json::serialize(web::json::heartbeat(view, broker, now)).find("Doe") == std::string::npos);
}

TEST_CASE("json: an alarm says what it is about, since when, how many, and what to do") {
    CHECK(web::json::alarms({}).empty());
    const outbox::AlarmView view{
        outbox::AlarmId{7}, {"held", "pacs-a", now, 3, "3 jobs for pacs-a wait for a person", "release them"}, now};
    CHECK(web::json::alarms({view}) == boost::json::parse(R"([{"name":"held","subject":"pacs-a",
        "since":"2026-01-15T08:30:00.250Z","count":3,"text":"3 jobs for pacs-a wait for a person",
        "hint":"release them"}])"));
}

TEST_CASE("json: a destination's state is paused before held before failing before ok") {
    using std::chrono::hours;
    outbox::DestinationView view;
    const auto state = [&] {
        return std::string(web::json::destination(view, std::nullopt, now).at("state").as_string());
    };
    CHECK(state() == "ok");
    view.failing_since = now;
    CHECK(state() == "failing");
    view.held_at = now;
    view.held_reason = outbox::Reason::association_refused;
    CHECK(state() == "held");
    view.paused_at = now;
    view.paused_by = "local:alice";
    view.paused_reason = "maintenance";
    CHECK(state() == "paused");
    const object shown = web::json::destination(view, std::nullopt, now);
    CHECK(shown.at("paused").as_object().at("by") == "local:alice");
    CHECK(shown.at("paused").as_object().at("until").is_null());
    CHECK(shown.at("held").as_object().at("reason") == "association_refused");
    CHECK(shown.at("breaker").is_null());
    CHECK(shown.at("rate").is_null());
    view.paused_until = now + hours(1);
    CHECK(state() == "paused");
    view.paused_until = now;
    CHECK(state() == "held");
}

TEST_CASE("json: an unchanged status has unchanged bytes, so its tag holds") {
    outbox::StatusView view;
    const test::SetBroker broker;
    CHECK(boost::json::serialize(web::json::status(view, broker, now)) ==
          boost::json::serialize(web::json::status(view, broker, now + std::chrono::seconds(2))));
}

TEST_CASE("json: a row of the history shows its detail as an object, or as text where it is none") {
    outbox::HistoryRow row;
    row.sequence = 7;
    row.at = now;
    row.event = "held";
    row.job = outbox::JobId{812};
    row.detail = R"({"reason":"damaged"})";
    object shown = web::json::history_row(row);
    CHECK(shown.at("detail").as_object().at("reason") == "damaged");
    CHECK(shown.at("job") == 812);
    CHECK(shown.at("instance").is_null());
    CHECK(shown.at("actor").is_null());
    CHECK(shown.at("hash") == value(zeros));
    row.detail = "plain";
    CHECK(web::json::history_row(row).at("detail") == "plain");
}

TEST_CASE("json: a verification is intact only when nothing is broken and the anchor was found") {
    outbox::Verification found;
    found.rows = 3;
    CHECK(web::json::verification(found).at("intact") == true);
    found.anchor_found = false;
    CHECK(web::json::verification(found).at("intact") == false);
    found.anchor_found = true;
    found.broken_at = 2;
    CHECK(web::json::verification(found).at("intact") == false);
    CHECK(web::json::verification(found).at("broken_at") == 2);
}

TEST_CASE("json: a digest's hex is read back, and nothing else is") {
    outbox::Digest digest{};
    digest[0] = std::byte{0xAB};
    digest[31] = std::byte{0x01};
    const std::string hex = web::json::hex_of(digest);
    CHECK(hex.starts_with("ab00"));
    CHECK(web::json::parse_hex(hex) == digest);
    CHECK_FALSE(web::json::parse_hex(hex.substr(1)));
    CHECK_FALSE(web::json::parse_hex("AB" + hex.substr(2)));
}
