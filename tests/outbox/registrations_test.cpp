/// Studies at destinations that register them: who is listed, in which order, page by page, and how many there are.
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <set>

#include "outbox/migrator.h"
#include "outbox/statement.h"
#include "outbox/view_statements.h"
#include "outbox/views.h"
#include "tests/outbox/books.h"

using namespace outbox;
using namespace outbox::testing;
using namespace std::chrono_literals;

namespace {

/// Two destinations that register, "nation" and "region", and one that doesn't.
struct Registry {
    Registry() { configure(true); }

    void configure(bool region_registers) {
        const std::array<DestinationSpec, 3> specs{
            {{.name = "nation", .kind = "satusehat", .registers = true},
             {.name = "region", .kind = "satusehat", .registers = region_registers},
             {.name = "pacs", .kind = "dicom"}}};
        books.commit([&] { books.outbox().configure(specs, books.now); });
    }

    DestinationId id(const std::string& name) { return books.outbox().destination(name).value(); }

    JobId receive(const std::string& study, const std::string& accession = "", const std::string& where = "nation") {
        auto receipt = books.receipt(++instances, 0, 1);
        receipt.instance.study_instance_uid = study;
        receipt.instance.series_instance_uid = study + ".1";
        receipt.instance.accession_number = accession;
        receipt.jobs = {{.destination = id(where), .due_at = books.now}};
        return books.accept(receipt).jobs.front();
    }

    void put_off(const std::string& study, Reason reason, const std::string& where = "nation") {
        books.commit([&] { books.outbox().put_off_study({id(where), study}, reason, books.now + 6h, "", books.now); });
    }

    void object(const std::string& study, Reason reason) {
        books.commit([&] { books.outbox().object({id("nation"), study}, {reason, "doubt:1", ""}, books.now); });
    }

    std::vector<std::string> list(const RegistrationFilter& filter = {}, std::size_t limit = 100) {
        std::vector<std::string> all;
        const Views views(books.file());
        std::optional<RegistrationPlace> after;
        do {
            const RegistrationPage page = views.registering(filter, after, limit);
            CHECK(page.studies.size() <= limit);
            for (const RegisteringStudy& each : page.studies) {
                const std::string stage = each.registration ? std::string(to_string(each.registration->stage)) : "none";
                all.push_back(each.destination + " " + each.study_instance_uid + " " + stage);
            }
            after = page.next;
        } while (after);
        return all;
    }

    Books books;
    int instances = 0;
};

using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("registrations: the one that has been at its stage for longest comes first, and behind all what nobody saw") {
    Registry registry;
    registry.receive("1.1");
    registry.receive("1.2");
    registry.receive("1.3", "", "region");
    registry.receive("1.4");
    registry.receive("1.5", "", "pacs");
    CHECK(registry.list() == Lines{"nation 1.1 none", "nation 1.2 none", "nation 1.4 none", "region 1.3 none"});
    registry.books.now += 1min;
    registry.put_off("1.2", Reason::no_accession);
    registry.books.now += 1min;
    registry.put_off("1.1", Reason::order_not_found);
    registry.put_off("1.3", Reason::order_not_found, "region");
    registry.books.now += 1min;
    registry.put_off("1.2", Reason::no_accession);  // looked at again: it is there as long as it was
    for (const std::size_t limit : {1, 2, 3, 100}) {
        CAPTURE(limit);
        CHECK(registry.list({}, limit) == Lines{"nation 1.2 no_accession", "nation 1.1 order_not_found",
                                                "region 1.3 order_not_found", "nation 1.4 none"});
    }
}

TEST_CASE("registrations: each filter gives what it names") {
    Registry registry;
    registry.receive("1.1", "A1");
    registry.receive("1.2", "A2");
    registry.receive("1.3", "A1", "region");
    registry.receive("1.4");
    registry.put_off("1.1", Reason::order_not_found);
    registry.object("1.2", Reason::patient_doubtful);
    const auto of = [&](auto set) {
        RegistrationFilter filter;
        set(filter);
        return registry.list(filter, 1);
    };
    const std::string one = "nation 1.1 order_not_found", two = "nation 1.2 objected", three = "region 1.3 none",
                      four = "nation 1.4 none";
    CHECK(of([](auto& filter) { filter.destination = "region"; }) == Lines{three});
    CHECK(of([](auto& filter) { filter.destination = "pacs"; }).empty());
    CHECK(of([](auto& filter) { filter.destination = "nowhere"; }).empty());
    CHECK(of([](auto& filter) { filter.stage = Stage::objected; }) == Lines{two});
    CHECK(of([](auto& filter) { filter.stage = Stage::registered; }).empty());
    CHECK(of([](auto& filter) { filter.is_unregistered = true; }) == Lines{four, three});
    CHECK(of([](auto& filter) { filter.objection = Reason::patient_doubtful; }) == Lines{two});
    CHECK(of([](auto& filter) { filter.objection = Reason::conflict; }).empty());
    CHECK(of([](auto& filter) { filter.accession_number = "A1"; }) == Lines{one, three});
    CHECK(of([](auto& filter) { filter.accession_number = "A9"; }).empty());
    CHECK(of([](auto& filter) {
              filter.accession_number = "A1";
              filter.stage = Stage::order_not_found;
              filter.destination = "nation";
          }) == Lines{one});
    // By the number that a person assigned, and by the one that the order was found with.
    registry.books.commit([&] {
        auto& outbox = registry.books.outbox();
        outbox.assign({registry.id("nation"), "1.4"}, {"A9", "[9]"}, alice, registry.books.now);
        outbox.note_order({registry.id("nation"), "1.1"}, {"A7", "sr-1", "", ""}, registry.books.now);
    });
    CHECK(of([](auto& filter) { filter.accession_number = "A9"; }) == Lines{four});
    CHECK(of([](auto& filter) { filter.accession_number = "A7"; }) == Lines{"nation 1.1 ordered"});
}

TEST_CASE("registrations: a study says what it waits for and what became of its jobs") {
    Registry registry;
    const JobId first = registry.receive("1.1", "A1");
    registry.receive("1.1", "A1");
    registry.receive("1.1", "A1", "pacs");
    registry.put_off("1.1", Reason::order_not_found);
    registry.books.commit([&] { return registry.books.outbox().act(Verb::cancel, first, alice, registry.books.now); });
    const Views views(registry.books.file());
    const auto page = views.registering({}, std::nullopt, 10);
    REQUIRE(page.studies.size() == 1);
    const RegisteringStudy& study = page.studies.front();
    CHECK(study.instance_count == 3);
    CHECK(study.accession_number == "A1");
    CHECK(study.jobs.queued == 1);
    CHECK(study.jobs.waiting == 1);
    CHECK(study.jobs.cancelled == 1);
    CHECK(study.jobs.delivered + study.jobs.held + study.jobs.sending + study.jobs.uncertain == 0);
    CHECK(study.next_look_at == registry.books.now + 6h);
    CHECK(study.since == registry.books.now);
}

TEST_CASE("registrations: who is owed nothing any more is not waited for, and comes back with what is sent again") {
    Registry registry;
    const JobId first = registry.receive("1.1"), second = registry.receive("1.1");
    const auto act = [&](Verb verb, JobId job) {
        const Applied applied =
            registry.books.commit([&] { return registry.books.outbox().act(verb, job, alice, registry.books.now); });
        CHECK(applied.applied);
    };
    act(Verb::cancel, first);
    CHECK(registry.list() == Lines{"nation 1.1 none"});
    act(Verb::cancel, second);
    CHECK(registry.list().empty());
    act(Verb::resend, first);
    CHECK(registry.list() == Lines{"nation 1.1 none"});
    act(Verb::hold, first);
    act(Verb::adopt, first);
    CHECK(registry.list().empty());
}

TEST_CASE("registrations: a destination that begins to register lists what is queued, and nothing once it ends") {
    Registry registry;
    registry.configure(false);
    registry.receive("1.1", "", "region");
    CHECK(registry.list().empty());
    registry.configure(true);
    CHECK(registry.list() == Lines{"region 1.1 none"});
    registry.configure(false);
    CHECK(registry.list().empty());
    CHECK(registry.books.number("SELECT count(*) FROM unregistered") == 0);
}

TEST_CASE("registrations: the summary has as many studies as the lists") {
    Registry registry;
    for (int i = 1; i <= 9; ++i) {
        const std::string study = "1." + std::to_string(i);
        registry.receive(study, "", i > 7 ? "region" : "nation");
        registry.books.now += 1min;
        if (i < 4) registry.put_off(study, Reason::no_accession);
        if (i == 4) registry.put_off(study, Reason::order_not_found);
        if (i == 5) registry.object(study, Reason::patient_doubtful);
        if (i == 6) registry.object(study, Reason::conflict);
    }
    const Views views(registry.books.file());
    std::size_t studies = 0;
    std::set<std::string> lines;
    for (const RegistrationCount& each : views.registration_counts(std::nullopt)) {
        RegistrationFilter filter;
        filter.destination = each.destination;
        filter.stage = each.stage;
        filter.is_unregistered = !each.stage;
        if (each.objection != Reason::none) filter.objection = each.objection;
        const RegistrationPage page = views.registering(filter, std::nullopt, 100);
        CHECK(std::ssize(page.studies) == each.studies);
        REQUIRE_FALSE(page.studies.empty());
        CHECK(page.studies.front().since == each.oldest_at);
        studies += page.studies.size();
        CHECK(lines
                  .emplace(each.destination + (each.stage ? std::string(to_string(*each.stage)) : "") +
                           std::string(code(each.objection)))
                  .second);
    }
    CHECK(studies == 9);
    CHECK(lines.size() == 6);
    CHECK(views.registration_counts("region").size() == 1);
    CHECK(views.registration_counts("pacs").empty());
}

TEST_CASE("registrations: a list of what is rare looks at a limited number of studies at a time, and misses none") {
    Registry registry;
    registry.receive("9.1");
    registry.put_off("9.1", Reason::order_not_found);
    {
        Database writer(registry.books.file(), Database::Role::writer);
        writer.execute(
            "BEGIN;"
            "CREATE TEMP TABLE k AS WITH RECURSIVE k(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM k WHERE x < 10005)"
            " SELECT x FROM k;"
            "INSERT INTO registration (destination_id, study_instance_uid, stage, began_at_ms, stage_at_ms)"
            " SELECT (SELECT id FROM destination WHERE name = 'region'), '8.' || x, 'order_not_found', 0, x FROM k;"
            "COMMIT;");
    }
    const Views views(registry.books.file());
    RegistrationFilter filter;
    filter.destination = "nation";
    const RegistrationPage first = views.registering(filter, std::nullopt, 10);
    CHECK(first.studies.empty());
    REQUIRE(first.next);
    const RegistrationPage second = views.registering(filter, first.next, 10);
    REQUIRE(second.studies.size() == 1);
    CHECK(second.studies.front().study_instance_uid == "9.1");
    CHECK_FALSE(second.next);
}

TEST_CASE("registrations: no list sorts or scans more than its leading filter names") {
    Registry registry;
    Database reader(registry.books.file(), Database::Role::reader);
    struct Expected {
        const char* sql;
        const char* step;
        bool may_sort;
    };
    for (const Expected& each :
         {Expected{sql::registrations_of_stage,
                   "INDEX registration_by_stage (stage=? AND (stage_at_ms,destination_id,study_instance_uid)>(?,?,?))",
                   false},
          Expected{sql::registrations_of_objection,
                   "INDEX registration_by_objection (objection_reason=? AND "
                   "(stage_at_ms,destination_id,study_instance_uid)>(?,?,?))",
                   false},
          Expected{sql::registrations_oldest, "INDEX registration_by_age (stage_at_ms>?)", false},
          Expected{sql::registrations_of_accession, "INDEX registration_by_study (study_instance_uid=?)", true},
          Expected{sql::unregistered_oldest, "INDEX unregistered_by_age (since_ms>?)", false},
          Expected{sql::registration_counts, "COVERING INDEX registration_counted (destination_id=?)", false}}) {
        std::string plan;
        Statement statement(reader, std::string("EXPLAIN QUERY PLAN ") + each.sql);
        for (Cursor row(statement); row.step();) plan += std::string(row.text(3)) + "; ";
        CAPTURE(plan);
        CHECK(plan.find(each.step) != std::string::npos);
        CHECK((plan.find("USE TEMP B-TREE FOR ORDER BY") != std::string::npos) == each.may_sort);
        CHECK(plan.find("SCAN r") == std::string::npos);
    }
}

TEST_CASE("registrations: a database of an older program lists what is owed there and was not looked at") {
    const auto lists = std::ranges::find_if(
        migrations, [](const Migration& each) { return std::string_view(each.name).ends_with("_lists.sql"); });
    REQUIRE(lists != migrations.end());
    support::TempFolder folder;
    Database database(folder.path() / "outbox.db", Database::Role::writer);
    migrate(database, migrations.subspan(0, static_cast<std::size_t>(lists - migrations.begin())));
    database.execute(
        "INSERT INTO destination (id, name, kind, is_configured, first_configured_at_ms, registers)"
        " VALUES (1, 'nation', 'satusehat', 1, 0, 1);"
        "CREATE TEMP TABLE k (x, study, is_registered);"
        "INSERT INTO k VALUES (1, '1.1', 0), (2, '1.1', 0), (3, '1.2', 0), (4, '1.3', 1), (5, NULL, 0);"
        "INSERT INTO instance (id, sop_instance_uid, version, digest, bytes, sop_class_uid, transfer_syntax_uid,"
        " study_instance_uid, patient_name, patient_id, patient_birth_date, accession_number, modality, study_date,"
        " study_description, series_number, series_description, instance_number, uids_differ, uid_malformed,"
        " calling_ae_title, sender, received_at_ms, blob_changed_at_ms) SELECT x, '1.' || x, 1,"
        " cast(printf('%032d', x) AS BLOB), 1, '1', '1', study, '', '', '', '', 'CT', '', '', '', '', '', 0, 0, '',"
        " '', 0, 0 FROM k;"
        "INSERT INTO job (instance_id, destination_id, digest, state, priority, due_at_ms, created_at_ms,"
        " owed_since_ms, changed_at_ms, verb, actor, is_registered) SELECT x, 1, cast(printf('%032d', x) AS BLOB),"
        " 'queued', 1, 0, 100 + x, 0, 0, 'accept', 'bridge', is_registered FROM k;"
        "INSERT INTO registration (destination_id, study_instance_uid, stage, began_at_ms, stage_at_ms)"
        " VALUES (1, '1.2', 'ordered', 0, 0);");
    migrate(database);
    CHECK(database.text("SELECT group_concat(study_instance_uid || ' ' || since_ms) FROM unregistered") == "1.1 101");
}
