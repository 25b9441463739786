/// Reconciliation, compared with a plain count over random books, and over books in which something does not add up.
#include "outbox/reconciliation.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>

#include "tests/outbox/books.h"
#include "tests/outbox/random_books.h"

using namespace outbox;
using namespace outbox::testing;
using namespace std::chrono_literals;

namespace {

Reconciliation reconcile(const std::filesystem::path& file, const ReconciliationFilter& filter = {}) {
    auto result = Views(file).reconcile(filter, [] { return true; });
    REQUIRE(result);
    return std::move(*result);
}

/// What a row of the database says of an instance, beside what its jobs say.
struct PlainInstance {
    std::int64_t id;
    std::string study;
    Instant received_at;
};

std::vector<PlainInstance> instances(RandomBooks& books) {
    std::vector<PlainInstance> all;
    Statement statement(books.database(), "SELECT id, coalesce(study_instance_uid, ''), received_at_ms FROM instance");
    for (Cursor row(statement); row.step();) all.push_back({row.number(0), std::string(row.text(1)), row.instant(2)});
    return all;
}

std::int64_t in_state(const ReconciledJobs& sums, State state) {
    const JobCounts& jobs = sums.jobs;
    const std::map<State, std::int64_t> counts{{State::queued, jobs.queued},       {State::sending, jobs.sending},
                                               {State::uncertain, jobs.uncertain}, {State::delivered, jobs.delivered},
                                               {State::held, jobs.held},           {State::cancelled, jobs.cancelled}};
    return counts.at(state);
}

void execute(const Books& books, const std::string& sql) {
    Database writer(books.file(), Database::Role::writer);
    writer.execute(sql.c_str());
}

std::set<std::string> differences(const Reconciliation& result) {
    std::set<std::string> all;
    for (const Difference& each : result.differences)
        all.insert(each.what + ": " + std::to_string(each.left) + ", " + std::to_string(each.right));
    return all;
}

}  // namespace

TEST_CASE("reconciliation: counts what a plain count of a period gives, and everything adds up") {
    const unsigned seed = std::random_device{}();
    CAPTURE(seed);
    RandomBooks books(seed, 1500);
    const auto jobs = books.jobs();
    const auto all = instances(books);
    for (int round = 0; round < 12; ++round) {
        CAPTURE(round);
        ReconciliationFilter filter;
        if (round > 0) {
            filter.since = books.random_instant();
            filter.until = *filter.since + std::chrono::minutes(books.random(3000));
        }
        if (round % 3 == 2) filter.destination = RandomBooks::destinations.front();
        const Reconciliation result = reconcile(books.file(), filter);
        std::set<std::int64_t> received, routed;
        std::set<std::string> studies;
        std::map<std::string, std::map<State, std::int64_t>> sums;
        std::map<std::string, std::int64_t> waiting, warnings;
        for (const PlainInstance& each : all)
            if ((!filter.since || each.received_at >= *filter.since) &&
                (!filter.until || each.received_at < *filter.until))
                received.insert(each.id);
        for (const PlainJob& job : jobs) {
            if (!received.contains(job.instance.value)) continue;
            routed.insert(job.instance.value);
            if (filter.destination && job.destination_name != *filter.destination) continue;
            ++sums[job.destination_name][job.state];
            waiting[job.destination_name] += job.state == State::queued && is_waiting(job.reason);
            warnings[job.destination_name] += job.is_warning;
            if (job.state != State::delivered && !job.study.empty()) studies.insert(job.study);
        }
        if (!filter.destination)
            for (const PlainInstance& each : all)
                if (received.contains(each.id) && !routed.contains(each.id) && !each.study.empty())
                    studies.insert(each.study);
        CHECK(result.received_count == std::ssize(received));
        CHECK(result.routed_count == std::ssize(routed));
        CHECK(result.unrouted_count == std::ssize(received) - std::ssize(routed));
        CHECK(differences(result).empty());
        REQUIRE(result.destinations.size() == sums.size());
        for (const ReconciledJobs& each : result.destinations) {
            std::int64_t count = 0;
            for (const State state : every_state) {
                CHECK(in_state(each, state) == sums[each.destination][state]);
                count += in_state(each, state);
            }
            CHECK(each.count == count);
            CHECK(each.jobs.waiting == waiting[each.destination]);
            CHECK(each.warnings == warnings[each.destination]);
        }
        std::set<std::string> listed;
        for (const ReconciledStudy& each : result.studies) listed.insert(each.study_instance_uid);
        CHECK(listed == studies);
        CHECK(listed.size() == result.studies.size());
        CHECK(result.is_compared == (round == 0 ? std::optional(true) : std::nullopt));
    }
}

TEST_CASE("reconciliation: studies with anything not delivered, the newest first, up to a limit that is told") {
    Books books;
    for (int study = 1; study <= 4; ++study) {
        for (int i = 0; i < 3; ++i) {
            books.now += 1min;
            auto receipt = books.receipt(10 * study + i, 0, 2);
            if (study == 3) receipt.jobs.clear();
            const auto accepted = books.accept(receipt);
            for (const JobId job : accepted.jobs) {
                if (study == 2 || i > 0)
                    books.commit([&] {
                        books.outbox().hold(job, alice, books.now);
                        books.outbox().adopt(job, alice, books.now);
                    });
            }
        }
    }
    const Reconciliation all = reconcile(books.file());
    REQUIRE(all.studies.size() == 3);
    CHECK_FALSE(all.is_truncated);
    CHECK(all.studies[0].study_instance_uid == "1.2.4.4");
    CHECK(all.studies[0].received_at == books.now);
    CHECK(all.studies[0].accession_number == "A4");
    CHECK(all.studies[0].modalities == "CT");
    REQUIRE(all.studies[0].destinations.size() == 2);
    CHECK(all.studies[0].destinations[0].count == 3);
    CHECK(all.studies[0].destinations[0].jobs.delivered == 2);
    CHECK(all.studies[0].destinations[0].jobs.queued == 1);
    CHECK(all.studies[1].study_instance_uid == "1.2.4.3");
    CHECK(all.studies[1].unrouted_count == 3);
    CHECK(all.studies[1].destinations.empty());
    CHECK(all.studies[2].study_instance_uid == "1.2.4.1");
    ReconciliationFilter filter;
    filter.studies_max = 1;
    const Reconciliation first = reconcile(books.file(), filter);
    CHECK(first.is_truncated);
    REQUIRE(first.studies.size() == 1);
    CHECK(first.studies[0].study_instance_uid == "1.2.4.4");
    CHECK(first.received_count == 12);
    // Of a study that came over midnight, only what is of the day.
    filter = {};
    filter.since = books.now;
    const Reconciliation last = reconcile(books.file(), filter);
    CHECK(last.received_count == 1);
    CHECK(last.studies.empty());
    CHECK_FALSE(last.is_compared);
}

TEST_CASE("reconciliation: what does not add up is said, with both numbers") {
    Books books;
    for (int i = 1; i <= 3; ++i) books.accept(books.receipt(i, 0, 1));
    books.accept(books.receipt(4, 0, 0));
    const std::string name =
        books.text("SELECT name FROM destination WHERE id = " + std::to_string(books.destination().value));
    CHECK(differences(reconcile(books.file())).empty());

    execute(books, "UPDATE counter SET jobs = jobs + 2 WHERE state = 'queued'");
    CHECK(differences(reconcile(books.file())) ==
          std::set<std::string>{name + ": jobs = its counters: 3, 5", name + ": queued = its counter: 3, 5"});
    // Of a part there is no counter.
    ReconciliationFilter part;
    part.since = books.now - 1h;
    CHECK(differences(reconcile(books.file(), part)).empty());
    execute(books, "UPDATE counter SET jobs = jobs - 2 WHERE state = 'queued'");

    execute(books, "UPDATE tally SET n = n + 1 WHERE name IN ('instances', 'unrouted')");
    CHECK(differences(reconcile(books.file())) ==
          std::set<std::string>{"instances received = the tally of instances: 4, 5",
                                "instances unrouted = the tally of unrouted: 1, 2"});
    execute(books, "UPDATE tally SET n = n - 1 WHERE name IN ('instances', 'unrouted')");

    // An instance that has forgotten its job; the schema's guards must go before anybody can do that.
    std::string drop;
    {
        Database reader(books.file(), Database::Role::reader);
        Statement triggers(reader, "SELECT name FROM sqlite_schema WHERE type = 'trigger' AND tbl_name = 'instance'");
        for (Cursor row(triggers); row.step();) drop += "DROP TRIGGER " + std::string(row.text(0)) + ";";
    }
    execute(books, drop + "UPDATE instance SET job_count = 0, unfinished_count = 0 WHERE id = 1");
    CHECK(differences(reconcile(books.file(), part)) ==
          std::set<std::string>{"instances received = routed + unrouted: 4, 5", "jobs = the instances' job_count: 3, 2",
                                "unfinished jobs = the instances' unfinished_count: 3, 2"});
}

TEST_CASE("reconciliation: more rows than one snapshot is held for are counted in slices, whatever comes between") {
    RandomBooks books(1, 0);
    books.database().execute(
        "BEGIN;"
        "CREATE TEMP TABLE k AS WITH RECURSIVE k(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM k WHERE x < 12000)"
        " SELECT x, cast(printf('%032d', x) AS BLOB) AS digest FROM k;"
        "INSERT INTO instance (id, sop_instance_uid, version, digest, bytes, sop_class_uid, transfer_syntax_uid,"
        " patient_name, patient_id, patient_birth_date, accession_number, modality, study_date, study_description,"
        " series_number, series_description, instance_number, uids_differ, uid_malformed, calling_ae_title, sender,"
        " received_at_ms, blob_changed_at_ms) SELECT x, '1.' || x, 1, digest, 1, '1', '1', '', '', '', '',"
        " 'CT', '', '', '', '', '', 0, 0, '', '', 0, 0 FROM k;"
        "INSERT INTO job (instance_id, destination_id, digest, state, priority, due_at_ms, created_at_ms,"
        " owed_since_ms, changed_at_ms, verb, actor) SELECT x, d.id, digest, 'queued', 1, 0, 0, 0, 0, 'accept',"
        " 'bridge' FROM k CROSS JOIN destination d ORDER BY x, d.id;"
        "COMMIT;");
    int slices = 0;
    const auto result = Views(books.file()).reconcile({}, [&] {
        ++slices;
        books.database().execute(
            "INSERT INTO instance (sop_instance_uid, version, digest, bytes, sop_class_uid, transfer_syntax_uid,"
            " patient_name, patient_id, patient_birth_date, accession_number, modality, study_date, study_description,"
            " series_number, series_description, instance_number, uids_differ, uid_malformed, calling_ae_title, sender,"
            " received_at_ms, blob_changed_at_ms) SELECT '2.' || max(id), 1, cast(printf('%032d', max(id) + 1) AS "
            "BLOB),"
            " 1, '1', '1', '', '', '', '', 'CT', '', '', '', '', '', 0, 0, '', '', 0, 0 FROM instance");
        return true;
    });
    REQUIRE(result);
    CHECK(slices >= 4);  // 36,000 rows
    CHECK(result->received_count == 12'000);
    CHECK(result->routed_count == 12'000);
    CHECK(differences(*result).empty());
    CHECK(result->is_compared == false);
    CHECK_FALSE(Views(books.file()).reconcile({}, [] { return false; }));
}
