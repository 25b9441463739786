/// What operators do about studies at a destination that registers them: numbers, looking again, adopting, releasing.
#include <doctest/doctest.h>

#include <array>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include "client.h"
#include "rig.h"
#include "web/accession.h"

namespace {

using boost::json::value;
using outbox::Reason;
using test::get;
using test::post;

value json_of(const test::Got& got) {
    return boost::json::parse(got.body);
}

const std::string actions = "/api/v1/jobs/actions";

/// With a third destination, "satusehat", that wants studies registered.
struct Nation {
    Nation() {
        const std::array<outbox::DestinationSpec, 3> destinations{
            {{"pacs-a", "dicom"},
             {"archive", "folder"},
             {.name = "satusehat", .kind = "satusehat", .registers = true}}};
        change([&] { rig.outbox.configure(destinations, test::now); });
    }

    template <class Work>
    void change(Work work) {
        outbox::Outbox::Transaction transaction(rig.outbox);
        work();
        transaction.commit();
    }
    outbox::StudyAt at(const std::string& study = "1.2.3") {
        return {rig.outbox.destination("satusehat").value(), study};
    }
    outbox::JobId receive(const std::string& sop_instance_uid, const std::string& study = "1.2.3") {
        return rig.receive({sop_instance_uid, study, "Doe^Jane", {"satusehat"}}).front();
    }
    void put_off(Reason reason, const std::string& study = "1.2.3") {
        change([&] { rig.outbox.put_off_study(at(study), reason, test::now + std::chrono::hours(6), "", test::now); });
    }
    void object(Reason reason) {
        change([&] { rig.outbox.object(at(), {reason, "doubt:1", ""}, test::now); });
    }
    /// The study's destination "satusehat", as the API shows it.
    value there(const std::string& study = "1.2.3") const {
        return json_of(get(rig.port(), "/api/v1/studies/" + study)).at("destinations").at(0);
    }
    value job(outbox::JobId id) const { return json_of(get(rig.port(), "/api/v1/jobs/" + std::to_string(id.value))); }
    test::Got study_act(const std::string& verb, const std::string& body, const std::string& study = "1.2.3") const {
        return post(rig.port(), "/api/v1/studies/" + study + "/" + verb, body);
    }
    test::Got act(const std::string& body) const { return post(rig.port(), actions, body); }

    test::Rig rig;
};

}  // namespace

TEST_CASE("national: a number is assigned to a study, with the count first, for what is there and what comes later") {
    Nation nation;
    const auto job = nation.receive("1.2.3.1");
    nation.put_off(Reason::order_not_found);
    const value plan = json_of(nation.study_act("assign-accession", R"({"accession_number":"RAD-1","dry_run":true})"));
    CHECK(plan.at("count") == 1);
    CHECK(plan.at("already_registered") == 0);
    CHECK(plan.at("destinations").at(0).at("name") == "satusehat");
    CHECK(nation.job(job).at("edits").as_array().empty());

    const value done = json_of(
        nation.study_act("assign-accession", R"({"accession_number":"  RAD-1 ","note":"typed wrong at the CT"})"));
    CHECK(done.at("count") == 1);
    CHECK(done.at("changed") == 1);
    CHECK(done.at("accession_number") == "RAD-1");
    CHECK(nation.rig.act.last_actor() == "open:127.0.0.1");
    const value shown = nation.job(job);
    REQUIRE(shown.at("edits").as_array().size() == 1);
    CHECK(shown.at("edits").at(0).at("set") == "AccessionNumber");
    CHECK(shown.at("edits").at(0).at("value") == "RAD-1");
    CHECK(shown.at("is_edited") == false);
    CHECK(shown.at("due_at") == "2026-01-15T08:30:00.250Z");
    CHECK(shown.at("instance").at("accession_number") == "A1");  // as it came
    CHECK(nation.there().at("assigned_accession_number") == "RAD-1");
    CHECK(nation.job(nation.receive("1.2.3.2")).at("edits").at(0).at("value") == "RAD-1");

    const value row = json_of(get(nation.rig.port(), "/api/v1/history?event=accession_assigned")).at("items").at(0);
    CHECK(row.at("actor") == "open:127.0.0.1");
    CHECK(row.at("destination") == "satusehat");
    CHECK(row.at("detail").at("study") == "1.2.3");
    CHECK(row.at("detail").at("accession_number") == "RAD-1");
    CHECK(row.at("detail").at("note") == "typed wrong at the CT");
}

TEST_CASE("national: what is registered or delivered already keeps its number, and is counted") {
    Nation nation;
    const auto registered = nation.receive("1.2.3.1");
    nation.change([&] {
        nation.rig.outbox.note_order(nation.at(), {"A1", "sr-1", "Patient/P1", ""}, test::now);
        nation.rig.outbox.begin_registration(nation.at(), false, test::now);
        nation.rig.outbox.register_study(nation.at(), {"is-1", 1, {registered}}, test::now);
    });
    nation.receive("1.2.3.2");
    const value done = json_of(nation.study_act("assign-accession", R"({"accession_number":"RAD-1"})"));
    CHECK(done.at("changed") == 1);
    CHECK(done.at("already_registered") == 1);
    CHECK(done.at("seen") == 2);
    CHECK(nation.job(registered).at("edits").as_array().empty());
    const value there = nation.there();
    CHECK(there.at("stage") == "registered");
    CHECK(there.at("accession_number") == "A1");
    CHECK(there.at("service_request_id") == "sr-1");
    CHECK(there.at("imaging_study_id") == "is-1");
    CHECK(there.at("objection").is_null());
}

TEST_CASE("national: a number that is none is refused with what and why, and so is a place that registers nothing") {
    Nation nation;
    nation.receive("1.2.3.1");
    nation.rig.receive({"1.2.4.1", "1.2.4"});
    const auto refused = [&](const std::string& body, const std::string& parameter, const std::string& why) {
        CAPTURE(body);
        const test::Got got = nation.study_act("assign-accession", body);
        CHECK(got.status == 400);
        CHECK(json_of(got).at("parameter") == value(parameter));
        CHECK(got.body.find(why) != std::string::npos);
    };
    refused("{}", "accession_number", "is empty");
    refused(R"({"accession_number":"   "})", "accession_number", "is empty");
    refused(R"({"accession_number":"12345678901234567"})", "accession_number", "17 characters");
    refused(R"({"accession_number":"A\\B"})", "accession_number", "backslash");
    refused(R"({"accession_number":"A\nB"})", "accession_number", "control");
    refused(R"({"accession_number":7})", "accession_number", "");
    refused(R"({"accession_number":"A","number":"B"})", "number", "");
    refused(R"({"accession_number":"A","destination":"pacs-a"})", "destination", "registers no studies");
    refused(R"({"accession_number":"A","destination":"nowhere"})", "destination", "there are: ");
    CHECK(nation.study_act("assign-accession", R"({"accession_number":"A"})", "1.9").status == 404);
    const test::Got elsewhere = nation.study_act("assign-accession", R"({"accession_number":"A"})", "1.2.4");
    CHECK(elsewhere.status == 409);
    CHECK(json_of(elsewhere).at("state") == "not_registered");
    // A destination that is named needs no jobs of it yet.
    CHECK(
        nation.study_act("assign-accession", R"({"accession_number":"A","destination":"satusehat"})", "1.2.4").status ==
        200);
    CHECK(post(nation.rig.port(), "/api/v1/studies/1.2.4/send", R"({"destination":"satusehat"})").status == 200);
    const value jobs = json_of(get(nation.rig.port(), "/api/v1/jobs?study=1.2.4&destination=satusehat"));
    CHECK(jobs.at("items").at(0).at("edits").at(0).at("value") == "A");
}

TEST_CASE("national: an accession number is what VR SH allows, without the spaces around it") {
    CHECK(*web::parse_accession(" CR.221005.002 ") == "CR.221005.002");
    CHECK(*web::parse_accession("A B") == "A B");
    CHECK(*web::parse_accession("1234567890123456") == "1234567890123456");
    const std::string sixteen = "ééééééééééééééé1";  // characters, not bytes
    CHECK(*web::parse_accession(sixteen) == sixteen);
    for (const char* none :
         {"", " ", "\t", "A\tB", "A\x7f", "A\xC2\x85", "A\\B", "12345678901234567", "A\xEF\xBF\xBD"}) {
        CAPTURE(none);
        CHECK_FALSE(web::parse_accession(none));
    }
}

TEST_CASE("national: what a study waits for is looked for again at once, by study or by filter, with the count first") {
    Nation nation;
    const auto job = nation.receive("1.2.3.1"), other = nation.receive("1.2.4.1", "1.2.4");
    nation.put_off(Reason::no_accession);
    nation.put_off(Reason::order_not_found, "1.2.4");
    nation.rig.receive({"1.2.3.9"});  // queued elsewhere, and waits for nothing
    CHECK(json_of(nation.study_act("recheck", R"({"dry_run":true})")).at("count") == 1);
    const value done = json_of(nation.study_act("recheck", R"({"note":"entered in the RIS"})"));
    CHECK(done.at("changed") == 1);
    CHECK(nation.job(job).at("due_at") == "2026-01-15T08:30:00.250Z");
    CHECK(nation.job(job).at("reason") == "no_accession");
    CHECK(nation.job(other).at("due_at") != "2026-01-15T08:30:00.250Z");
    const std::string filter = R"("action":"recheck","filter":{"destination":"satusehat"})";
    CHECK(json_of(nation.act("{" + filter + R"(,"dry_run":true})")).at("count") == 2);
    CHECK(json_of(nation.act("{" + filter + "}")).at("changed") == 2);
    CHECK(nation.job(other).at("due_at") == "2026-01-15T08:30:00.250Z");
    CHECK(nation.act(R"({"action":"recheck","filter":{}})").status == 400);
    CHECK(nation.study_act("recheck", "{}", "1.9").status == 404);
    CHECK(nation.study_act("recheck", R"({"reason":"conflict"})").status == 400);
    const value rows = json_of(get(nation.rig.port(), "/api/v1/history?event=rechecked")).at("items");
    REQUIRE(rows.as_array().size() == 3);
    CHECK(rows.at(2).at("actor") == "open:127.0.0.1");
    CHECK(rows.at(2).at("detail").at("note") == "entered in the RIS");
}

TEST_CASE("national: adopting a study means what is held for a conflict, unless another reason is given") {
    Nation nation;
    const auto conflicting = nation.receive("1.2.3.1");
    nation.change([&] { nation.rig.outbox.hold_study(nation.at(), Reason::conflict, "", test::now); });
    const auto doubtful = nation.receive("1.2.3.2");
    nation.object(Reason::patient_doubtful);
    CHECK(json_of(nation.study_act("adopt", R"({"dry_run":true})")).at("count") == 1);
    CHECK(json_of(nation.study_act("adopt", "{}")).at("changed") == 1);
    CHECK(nation.job(conflicting).at("state") == "delivered");
    CHECK(nation.job(conflicting).at("evidence") == "operator");
    CHECK(nation.job(doubtful).at("state") == "held");
    CHECK(nation.study_act("adopt", R"({"reason":"no_such"})").status == 400);
    CHECK(json_of(nation.study_act("adopt", R"({"reason":"patient_doubtful"})")).at("changed") == 1);
    CHECK(nation.job(doubtful).at("state") == "delivered");
    CHECK(nation.study_act("adopt", "{}", "1.9").status == 404);
}

TEST_CASE("national: releasing a study overrules what stands against it, and says who did") {
    for (const Reason reason : {Reason::patient_doubtful, Reason::awaiting_release}) {
        CAPTURE(code(reason));
        Nation nation;
        const auto first = nation.receive("1.2.3.1"), second = nation.receive("1.2.3.2");
        nation.object(reason);
        CHECK(nation.there().at("stage") == "objected");
        CHECK(nation.there().at("objection") == value(std::string(code(reason))));
        const std::string release = R"("action":"release","filter":{"study":"1.2.3"})";
        CHECK(json_of(nation.act("{" + release + R"(,"dry_run":true})")).at("count") == 2);
        CHECK(json_of(nation.act("{" + release + "}")).at("changed") == 2);
        for (const auto job : {first, second}) CHECK(nation.job(job).at("state") == "queued");
        CHECK(nation.there().at("objection").is_null());
        CHECK(nation.there().at("stage") == "order_not_found");
        const outbox::Views views(nation.rig.database());
        CHECK(views.registrations("1.2.3").front().overruled == std::vector<std::string>{"doubt:1"});
        const value rows = json_of(get(nation.rig.port(), "/api/v1/history?event=released")).at("items");
        CHECK(rows.at(0).at("actor") == "open:127.0.0.1");
    }
}

TEST_CASE("national: a study shows its steps where it is registered, also before the first, and nowhere else") {
    Nation nation;
    nation.rig.receive({"1.2.3.1", "1.2.3", "Doe^Jane", {"pacs-a", "satusehat"}});
    const value list = json_of(get(nation.rig.port(), "/api/v1/studies"));
    const value& destinations = list.at("items").at(0).at("destinations");
    REQUIRE(destinations.as_array().size() == 2);
    CHECK_FALSE(destinations.at(0).as_object().contains("stage"));
    for (const char* key : {"stage", "accession_number", "service_request_id", "imaging_study_id", "objection",
                            "assigned_accession_number"})
        CHECK(destinations.at(1).at(key).is_null());
    nation.put_off(Reason::no_accession);
    const value again = json_of(get(nation.rig.port(), "/api/v1/studies"));
    CHECK(again.at("items").at(0).at("destinations").at(1).at("stage") == "no_accession");
}
