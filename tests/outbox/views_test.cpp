/// What the views answer, compared with a plain count over random books.
#include "outbox/views.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <set>
#include <thread>

#include "outbox/statement.h"
#include "outbox/view_statements.h"
#include "tests/outbox/books.h"
#include "tests/outbox/random_books.h"

using namespace outbox;
using namespace outbox::testing;
using namespace std::chrono_literals;

namespace {

unsigned any_seed() {
    return std::random_device{}();
}

std::vector<JobId> expected(const std::vector<PlainJob>& jobs, const JobFilter& filter) {
    std::vector<JobId> ids;
    for (const PlainJob& job : jobs) {
        if (matches(filter, job)) ids.push_back(job.id);
    }
    return ids;
}

std::vector<JobId> all_pages(const Views& views, const JobFilter& filter, std::size_t limit) {
    std::vector<JobId> ids;
    std::optional<JobId> before;
    do {
        const JobPage page = views.jobs(filter, before, limit);
        REQUIRE(page.jobs.size() <= limit);
        REQUIRE((page.jobs.size() == limit || !page.next));
        for (const JobView& job : page.jobs) ids.push_back(job.id);
        before = page.next;
    } while (before);
    return ids;
}

std::int64_t expected_count(const std::vector<PlainJob>& jobs, const JobFilter& filter, std::set<State> states) {
    return std::count_if(jobs.begin(), jobs.end(),
                         [&](const PlainJob& job) { return matches(filter, job) && states.contains(job.state); });
}

void compare(const Views& views, const std::vector<PlainJob>& jobs, const JobFilter& filter, std::size_t limit) {
    const std::vector<JobId> ids = expected(jobs, filter);
    CHECK(all_pages(views, filter, limit) == ids);
    CHECK(views.count_jobs(filter) == std::ssize(ids));
    CHECK(views.count_jobs(filter, Verb::hold) == expected_count(jobs, filter, {State::queued, State::uncertain}));
    CHECK(views.count_jobs(filter, Verb::release) == expected_count(jobs, filter, {State::held}));
    CHECK(views.count_jobs(filter, Verb::retry) == expected_count(jobs, filter, {State::queued, State::uncertain}));
    CHECK(views.count_jobs(filter, Verb::cancel) ==
          expected_count(jobs, filter, {State::queued, State::held, State::uncertain}));
    CHECK(views.count_jobs(filter, Verb::resend) == expected_count(jobs, filter, {State::delivered, State::cancelled}));
    CHECK(views.count_jobs(filter, Verb::adopt) == expected_count(jobs, filter, {State::held}));
}

std::vector<std::string> plan_of(Database& database, const char* sql) {
    Statement statement(database, std::string("EXPLAIN QUERY PLAN ") + sql);
    std::vector<std::string> steps;
    for (Cursor row(statement); row.step();) steps.emplace_back(row.text(3));
    return steps;
}

bool has_step(const std::vector<std::string>& plan, std::string_view words) {
    return std::any_of(plan.begin(), plan.end(),
                       [&](const std::string& step) { return step.find(words) != std::string::npos; });
}

std::string joined(const std::vector<std::string>& plan) {
    std::string text;
    for (const std::string& step : plan) text += step + "; ";
    return text;
}

}  // namespace

TEST_CASE("views: every filter alone gives the jobs that match, newest first") {
    const unsigned seed = any_seed();
    CAPTURE(seed);
    RandomBooks books(seed, 900);
    const auto jobs = books.jobs();
    REQUIRE(jobs.size() > 1100);  // beyond a span
    const Views views(books.file());
    const auto each = [&](auto set) {
        JobFilter filter;
        set(filter);
        compare(views, jobs, filter, 700);
    };
    each([](JobFilter&) {});
    for (const auto& word : RandomBooks::destinations) each([&](JobFilter& filter) { filter.destination = word; });
    for (const auto& word : RandomBooks::senders) each([&](JobFilter& filter) { filter.sender = word; });
    each([](JobFilter& filter) { filter.sender = "AE2"; });
    for (const auto& word : RandomBooks::modalities) each([&](JobFilter& filter) { filter.modality = word; });
    for (const auto& word : RandomBooks::studies) each([&](JobFilter& filter) { filter.study_instance_uid = word; });
    for (const auto& word : RandomBooks::accessions) each([&](JobFilter& filter) { filter.accession_number = word; });
    for (const auto& word : RandomBooks::patients) each([&](JobFilter& filter) { filter.patient_id = word; });
    for (const auto& reason : reasons) each([&](JobFilter& filter) { filter.reason = reason.reason; });
    for (int state = 0; state < 6; ++state) each([&](JobFilter& filter) { filter.state = static_cast<State>(state); });
    for (int i = 0; i < 8; ++i) {
        each([&](JobFilter& filter) { filter.since = books.random_instant(); });
        each([&](JobFilter& filter) { filter.until = books.random_instant(); });
        each([&](JobFilter& filter) { filter.older_than = books.random_instant(); });
    }
    each([](JobFilter& filter) { filter.is_undelivered = true; });
    for (const auto& word : RandomBooks::destinations) {
        each([&](JobFilter& filter) {
            filter.destination = word;
            filter.is_undelivered = true;
        });
    }
    // The very instants of jobs: since includes, until and older_than exclude.
    for (std::size_t i = 0; i < jobs.size(); i += 400) {
        each([&](JobFilter& filter) { filter.since = jobs[i].created_at; });
        each([&](JobFilter& filter) { filter.until = jobs[i].created_at; });
        each([&](JobFilter& filter) { filter.older_than = jobs[i].owed_since; });
    }
    each([](JobFilter& filter) { filter.since = Instant::min(); });
    each([](JobFilter& filter) { filter.since = Instant::max(); });
    each([](JobFilter& filter) { filter.until = Instant::min(); });
}

TEST_CASE("views: filters in any combination give the jobs that match all of them") {
    const unsigned seed = any_seed();
    CAPTURE(seed);
    RandomBooks books(seed, 800);
    const auto jobs = books.jobs();
    const Views views(books.file());
    int found = 0;
    for (int i = 0; i < 300; ++i) {
        CAPTURE(i);
        const JobFilter filter = books.random_filter(i % 2 == 0 ? 15 : 35);
        compare(views, jobs, filter, static_cast<std::size_t>(1 + books.random(400)));
        found += expected(jobs, filter).empty() ? 0 : 1;
    }
    CHECK(found > 50);
}

TEST_CASE("views: pages give every job once, while instances come in between them") {
    const unsigned seed = any_seed();
    CAPTURE(seed);
    RandomBooks books(seed, 300);
    const Views views(books.file());
    for (const int percent : {0, 10, 20}) {
        const JobFilter filter = books.random_filter(percent);
        const auto before_paging = expected(books.jobs(), filter);
        std::vector<JobId> seen;
        std::optional<JobId> before;
        do {
            const JobPage page = views.jobs(filter, before, 7);
            for (const JobView& job : page.jobs) seen.push_back(job.id);
            books.database().execute("BEGIN");
            books.add_instance();
            books.database().execute("COMMIT");
            before = page.next;
        } while (before);
        CHECK(seen == before_paging);
    }
}

TEST_CASE("views: a page is never larger than its limit, whatever is asked") {
    RandomBooks books(1, 1000);
    const Views views(books.file());
    CHECK(views.jobs({}, std::nullopt, 1'000'000).jobs.size() == Views::page_rows_max);
    CHECK(views.history({}, std::nullopt, 1'000'000).rows.size() == Views::page_rows_max);
}

TEST_CASE("views: a list of what is rare looks at a limited number of jobs at a time, and misses none") {
    RandomBooks books(1, 0);
    // The two at the ends are the rare ones.
    books.database().execute(
        "BEGIN;"
        "CREATE TEMP TABLE k AS WITH RECURSIVE k(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM k WHERE x < 4000)"
        " SELECT x, cast(printf('%032d', x) AS BLOB) AS digest FROM k;"
        "INSERT INTO instance (id, sop_instance_uid, version, digest, bytes, sop_class_uid, transfer_syntax_uid,"
        " patient_name, patient_id, patient_birth_date, accession_number, modality, study_date, study_description,"
        " series_number, series_description, instance_number, uids_differ, uid_malformed, calling_ae_title, sender,"
        " received_at_ms, blob_changed_at_ms) SELECT x, '1.' || x, 1, digest, 1, '1', '1', '', '', '', '',"
        " iif(x IN (1, 4000), 'MR', 'CT'), '', '', '', '', '', 0, 0, '', '', 0, 0 FROM k;"
        "INSERT INTO job (instance_id, destination_id, digest, state, priority, due_at_ms, created_at_ms, "
        "owed_since_ms,"
        " changed_at_ms, verb, actor) SELECT x, d.id, digest, 'queued', 1, 0, 0, 0, 0, 'accept', 'bridge'"
        " FROM k CROSS JOIN destination d ORDER BY x, d.id;"
        "COMMIT;");
    const Views views(books.file());
    JobFilter filter;
    filter.modality = "MR";
    const JobPage first = views.jobs(filter, std::nullopt, 100);
    CHECK(first.jobs.size() == 3);
    CHECK(first.next == JobId{12'000 - std::int64_t{Views::walk_rows_max} + 1});
    const JobPage second = views.jobs(filter, first.next, 100);
    CHECK(second.jobs.size() == 3);
    CHECK(!second.next);
    CHECK(views.count_jobs(filter) == 6);
    HistoryFilter of_patient;
    of_patient.patient_id = "";
    of_patient.destination = "nowhere";
    const HistoryPage page = views.history(of_patient, std::nullopt, 100);
    CHECK(page.rows.empty());
    CHECK(page.next == 12'000 - std::int64_t{Views::walk_rows_max} + 1);
    CHECK(!views.history(of_patient, page.next, 100).next);
}

TEST_CASE("views: no list reads more of the jobs than its leading filter names") {
    RandomBooks books(1, 50);
    struct Expected {
        const char* sql;
        const char* step;
        bool may_sort;
    };
    const Expected lists[] = {
        {sql::jobs_of_study, "SEARCH i USING INDEX instance_by_series (study_instance_uid=?)", true},
        {sql::jobs_of_accession, "SEARCH i USING INDEX instance_by_accession (accession_number=?)", true},
        {sql::jobs_of_patient, "SEARCH i USING INDEX instance_by_patient (patient_id=?)", true},
        {sql::jobs_open_of_destination,
         "SEARCH j USING INDEX job_open (destination_id=? AND state=? AND id>? AND id<?)", false},
        {sql::jobs_undelivered_of_destination,
         "SEARCH j USING INDEX job_undelivered (destination_id=? AND id>? AND id<?)", false},
        {sql::undelivered_ages, "SEARCH job USING COVERING INDEX job_undelivered (destination_id=?)", false},
        {sql::jobs_of_reason, "SEARCH j USING INDEX job_by_reason (reason=? AND id>? AND id<?)", false},
        {sql::jobs_of_state, "SEARCH j USING INDEX job_open_by_state (state=? AND id>? AND id<?)", false},
        {sql::jobs_of_destination, "SEARCH j USING INDEX job_by_destination (destination_id=? AND id>? AND id<?)",
         false},
        {sql::jobs_newest, "SEARCH j USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)", false},
        {sql::history_of_study, "SEARCH h USING INDEX history_by_instance (instance_id=?)", true},
        {sql::history_of_accession, "SEARCH h USING INDEX history_by_instance (instance_id=?)", true},
        {sql::history_of_patient, "SEARCH h USING INDEX history_by_instance (instance_id=?)", true},
        {sql::history_of_actor, "SEARCH h USING INDEX history_by_actor (actor=? AND sequence>? AND sequence<?)", false},
        {sql::history_of_event, "SEARCH h USING INDEX history_by_event (event=? AND sequence>? AND sequence<?)", false},
        {sql::history_newest, "SEARCH h USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)", false},
        {sql::due_jobs, "SEARCH j USING INDEX job_due (destination_id=? AND priority=? AND due_at_ms<?)", false},
        {sql::next_due_at, "SEARCH j USING INDEX job_due (destination_id=? AND priority=?)", false},
        {sql::has_quiet_to_settle, "SEARCH job USING INDEX job_quiet (destination_id=? AND due_at_ms<?)", false},
        {sql::to_fail_over, "SEARCH j USING INDEX job_open (destination_id=? AND state=? AND id>?)", false},
        {sql::to_fail_over, "SEARCH other USING INDEX sqlite_autoindex_job_1 (instance_id=? AND destination_id=?)",
         false},
        {sql::standing_in, "SEARCH j USING INDEX job_standing_in (stands_in_for=? AND id>?)", false},
        {sql::held_standing_in, "SEARCH j USING INDEX job_standing_in_held (stands_in_for=? AND id>?)", false},
        {sql::next_to_register, "SEARCH j USING INDEX job_unregistered (destination_id=? AND due_at_ms<?)", false},
        {sql::study_at, "SEARCH j USING INDEX sqlite_autoindex_job_1 (instance_id=? AND destination_id=?)", true},
        {sql::accession_uses, "SEARCH instance USING INDEX instance_by_accession (accession_number=?)", true},
        {sql::registrations, "SEARCH r USING INDEX registration_by_study (study_instance_uid=?)", true},
        {sql::notices_due, "SEARCH n USING INDEX notice_open (destination_id=? AND due_at_ms<?)", false},
        {sql::notices_due,
         "SEARCH older USING INDEX notice_by_study (destination_id=? AND study_instance_uid=? AND id<?)", false},
        {sql::uncertain_jobs, "SEARCH j USING INDEX job_uncertain (destination_id=? AND due_at_ms<?)", false},
        {sql::destinations, "SEARCH job USING INDEX job_owed (destination_id=?)", false},
        {sql::instances_unrouted, "SEARCH instance USING INDEX instance_unrouted (id<?)", false},
        {sql::received_since, "SEARCH i USING INTEGER PRIMARY KEY (rowid>?)", false},
        {sql::series_study, "SEARCH instance USING INDEX instance_by_series_uid (series_instance_uid=?)", false},
        {sql::series_row,
         "SEARCH instance USING INDEX instance_by_series (study_instance_uid=? AND series_instance_uid=?)", true},
        {sql::series_instances,
         "SEARCH i USING INDEX instance_by_series (study_instance_uid=? AND series_instance_uid=?)", true},
        {sql::series_members,
         "SEARCH i USING INDEX instance_by_series (study_instance_uid=? AND series_instance_uid=?)", true},
        {sql::series_members,
         "SEARCH newer USING COVERING INDEX sqlite_autoindex_instance_2 (sop_instance_uid=? AND version>?)", true},
        {sql::receipts_of_instance, "SEARCH r USING INDEX receipt_by_instance (instance_id=?)", false},
    };
    for (const Expected& each : lists) {
        const auto plan = plan_of(books.database(), each.sql);
        const std::string shown = joined(plan);
        CAPTURE(shown);
        CHECK(has_step(plan, each.step));
        for (const char* table : {"SCAN j", "SCAN i", "SCAN h"}) CHECK(!has_step(plan, table));
        CHECK(has_step(plan, "USE TEMP B-TREE") == each.may_sort);
    }
    for (const char* sql : {sql::jobs_of_study, sql::jobs_of_accession, sql::jobs_of_patient}) {
        CHECK(has_step(plan_of(books.database(), sql), "SEARCH j USING INDEX sqlite_autoindex_job_1 (instance_id=?)"));
    }
    for (const char* sql : {sql::unfinished_blobs, sql::kept_blobs}) {
        const auto plan = plan_of(books.database(), sql);
        const std::string shown = joined(plan);
        CAPTURE(shown);
        CHECK(has_step(plan, "SEARCH b USING INDEX derived_blob_by_instance (instance_id=?)"));
        CHECK(!has_step(plan, "USE TEMP B-TREE"));
        CHECK(!has_step(plan, "SCAN"));
    }
}

TEST_CASE("views: what was received comes slice by slice, with what its first receipt decided, purged or not") {
    Books books;
    for (int i = 1; i <= 5; ++i) {
        books.now += std::chrono::hours(1);
        auto receipt = books.receipt(i, 0, i == 2 ? 2 : 1);
        receipt.association.serial = i;
        receipt.association.calling_ae_title = "CT" + std::to_string(i);
        books.accept(receipt);
    }
    // The same bytes again, from elsewhere: the first receipt stays what counts.
    auto again = books.receipt(2, 0, 1);
    again.association.serial = 6;
    again.association.calling_ae_title = "ARCHIVE";
    again.routes = {"later"};
    books.accept(again);
    const Views views(books.file());
    std::vector<std::string> uids;
    InstanceId after;
    for (;;) {
        const auto slice = views.received(std::nullopt, after, 2);
        if (slice.empty()) break;
        for (const auto& each : slice) uids.push_back(each.sop_instance_uid);
        after = slice.back().instance;
    }
    CHECK(uids == std::vector<std::string>{"1.2.3.1", "1.2.3.2", "1.2.3.3", "1.2.3.4", "1.2.3.5"});
    const auto all = views.received(std::nullopt, {}, 10);
    CHECK(all[1].calling_ae_title == "CT2");
    CHECK(all[1].called_ae_title == "BRIDGE");
    CHECK(all[1].address == "10.1.0.20");
    CHECK(all[1].sender == "ct-1");
    CHECK(all[1].blob_state == "kept");
    CHECK(all[1].routes == std::vector<std::string>{"national \"first\""});
    CHECK(all[1].destinations == std::vector<std::string>{"pacs", "cloud"});
    CHECK(all[0].destinations == std::vector<std::string>{"pacs"});
    CHECK(views.received(books.now, {}, 10).size() == 1);
    CHECK(views.received(books.now - std::chrono::hours(2), {}, 10).size() == 3);
    CHECK(views.received(books.now + std::chrono::hours(1), {}, 10).empty());

    const auto receipts = views.receipts(all[1].instance, 10);
    REQUIRE(receipts.size() == 2);
    CHECK(receipts[0].calling_ae_title == "CT2");
    CHECK_FALSE(receipts[0].is_repeat);
    CHECK(receipts[1].calling_ae_title == "ARCHIVE");
    CHECK(receipts[1].is_repeat);
    CHECK(receipts[1].routes == std::vector<std::string>{"later"});
    CHECK(receipts[1].destinations == std::vector<std::string>{"pacs"});
    CHECK(views.receipts(all[1].instance, 1).size() == 1);
    CHECK(views.receipts({99}, 10).empty());
}

TEST_CASE("views: the status adds up to what is in the tables") {
    const unsigned seed = any_seed();
    CAPTURE(seed);
    RandomBooks books(seed, 400);
    const Views views(books.file());
    const auto jobs = books.jobs();
    const StatusView status = views.status();
    CHECK(status.instances == 400);
    CHECK(status.receipts == 400);
    CHECK(status.unrouted == books.database().number("SELECT count(*) FROM instance WHERE job_count = 0"));
    CHECK(status.unrouted == std::ssize(views.unrouted(std::nullopt, 1000).instances));
    CHECK(status.kept.unrouted + status.kept.unfinished + status.kept.retained ==
          books.database().number("SELECT sum(bytes) FROM instance"));
    CHECK(status.kept.unfinished ==
          books.database().number("SELECT sum(bytes) FROM instance WHERE unfinished_count > 0"));
    CHECK(status.last_received_at->time_since_epoch().count() ==
          books.database().number("SELECT max(received_at_ms) FROM receipt"));
    REQUIRE(status.destinations.size() == 3);
    CHECK(status.destinations[0].name == "cloud");
    for (const DestinationView& view : status.destinations) {
        const auto count = [&](auto fits) {
            return std::count_if(jobs.begin(), jobs.end(),
                                 [&](const PlainJob& job) { return job.destination == view.id.value && fits(job); });
        };
        CHECK(view.jobs.queued == count([](const PlainJob& job) { return job.state == State::queued; }));
        CHECK(view.jobs.waiting == count([](const PlainJob& job) { return job.reason == Reason::quiet_period; }));
        CHECK(view.jobs.sending == count([](const PlainJob& job) { return job.state == State::sending; }));
        CHECK(view.jobs.uncertain == count([](const PlainJob& job) { return job.state == State::uncertain; }));
        CHECK(view.jobs.delivered == count([](const PlainJob& job) { return job.state == State::delivered; }));
        CHECK(view.jobs.held == count([](const PlainJob& job) { return job.state == State::held; }));
        CHECK(view.jobs.cancelled == count([](const PlainJob& job) { return job.state == State::cancelled; }));
        CHECK(view.warnings == count([](const PlainJob& job) { return job.is_warning; }));
        for (const ReasonCount& each : view.by_reason) {
            CHECK(each.reason != Reason::none);
            CHECK(each.jobs ==
                  count([&](const PlainJob& job) { return job.state == each.state && job.reason == each.reason; }));
        }
        Instant oldest = Instant::max();
        for (const PlainJob& job : jobs) {
            const bool is_aging = job.state == State::queued && job.reason != Reason::quiet_period;
            if (is_aging && job.destination == view.id.value) oldest = std::min(oldest, job.owed_since);
        }
        CHECK(view.oldest_queued_at.value_or(Instant::max()) == oldest);
        CHECK(views.destination(view.name)->jobs.queued == view.jobs.queued);
    }
    CHECK(!views.destination("nowhere"));
    CHECK(status.senders.size() == 3);
    CHECK(std::is_sorted(status.senders.begin(), status.senders.end(),
                         [](const SenderView& a, const SenderView& b) { return a.last_seen_at > b.last_seen_at; }));
}

TEST_CASE("views: a destination that left the configuration is shown while jobs remain") {
    RandomBooks books(1, 5);
    const Views views(books.file());
    books.database().execute(
        "INSERT INTO destination (name, kind, is_configured, first_configured_at_ms, paused_at_ms,"
        " paused_until_ms, paused_by, paused_reason, held_at_ms, held_reason, failing_since_ms,"
        " failure_count, next_try_at_ms, last_error, last_error_at_ms, last_delivered_at_ms)"
        " VALUES ('old', 'folder', 1, 0, 11, 12, 'local:eve', 'new disk', 13, 'tls_failed', 14, 15, 16,"
        " 'no route', 17, 18)");
    CHECK(views.status().destinations.size() == 4);
    const DestinationView view = views.destination("old").value();
    CHECK(view.kind == "folder");
    CHECK(view.paused_at == Instant(11ms));
    CHECK(view.paused_until == Instant(12ms));
    CHECK(view.paused_by == "local:eve");
    CHECK(view.paused_reason == "new disk");
    CHECK(view.held_at == Instant(13ms));
    CHECK(view.held_reason == Reason::tls_failed);
    CHECK(view.failing_since == Instant(14ms));
    CHECK(view.failure_count == 15);
    CHECK(view.next_try_at == Instant(16ms));
    CHECK(view.last_error == "no route");
    CHECK(view.last_error_at == Instant(17ms));
    CHECK(view.last_delivered_at == Instant(18ms));
    CHECK(!view.oldest_queued_at);
    books.database().execute("UPDATE destination SET is_configured = 0");
    for (const DestinationView& each : views.status().destinations) CHECK(each.name != "old");
}

TEST_CASE("views: a job is shown with its instance and its attempts") {
    RandomBooks books(2, 300);
    const Views views(books.file());
    JobFilter filter;
    filter.state = State::delivered;
    const JobPage page = views.jobs(filter, std::nullopt, 10);
    REQUIRE(page.jobs.size() == 10);
    CHECK(page.jobs[0].attempts.empty());
    const JobView job = views.job(page.jobs[0].id).value();
    CHECK(job.state == State::delivered);
    CHECK(job.evidence == Evidence::response);
    CHECK(job.evidence_at.has_value());
    CHECK(job.status.has_value());
    REQUIRE(job.attempts.size() == 1);
    CHECK(job.attempts[0].kind == "send");
    CHECK(job.attempts[0].outcome == Outcome::delivered);
    CHECK(job.attempts[0].evidence == Evidence::response);
    CHECK(job.instance.facts.sop_instance_uid == "1.9." + std::to_string(job.instance.id.value));
    CHECK(job.instance.facts.bytes == 100 + job.instance.id.value);
    CHECK(job.instance.facts.sop_class_uid == "1.3.1");
    CHECK(job.instance.facts.transfer_syntax_uid == "1.4.1");
    const auto plain = books.jobs();
    const auto same = std::find_if(plain.begin(), plain.end(), [&](const PlainJob& each) { return each.id == job.id; });
    CHECK(job.instance.facts.modality == same->modality);
    CHECK(job.instance.facts.study_instance_uid == same->study);
    CHECK(job.instance.facts.accession_number == same->accession);
    CHECK(job.instance.facts.patient_id == same->patient);
    CHECK(job.created_at == same->created_at);
    CHECK(job.due_at == same->due_at);
    CHECK(static_cast<int>(job.priority) == same->priority);
    const auto versions = views.instance(job.instance.facts.sop_instance_uid);
    REQUIRE(versions.size() == 1);
    CHECK(versions[0].id == job.instance.id);
    CHECK(views.instance("1.9.0").empty());
    CHECK(!views.job(JobId{999'999}));
    CHECK(views.knows(job.digest));
    CHECK(!views.knows(Digest{}));
}

/// The hand that is dealt of `owed`, which are in their order: where a priority has more than fits, every fourth place
/// of its room goes to its newest.
static std::vector<PlainJob> hand_of(const std::vector<PlainJob>& owed, std::size_t limit) {
    if (owed.size() < limit) return owed;
    if (limit == 0) return {};
    const int last = owed[limit - 1].priority;
    const auto is_last = [&](const PlainJob& job) { return job.priority == last; };
    const auto first = std::find_if(owed.begin(), owed.end(), is_last);
    const auto end = std::find_if_not(first, owed.end(), is_last);
    const auto room = limit - static_cast<std::size_t>(first - owed.begin());
    std::vector<PlainJob> hand(owed.begin(), first);
    auto oldest = first, newest = end;
    for (std::size_t place = 1; place <= room && oldest < newest; ++place)
        hand.push_back(place % 4 == 0 ? *--newest : *oldest++);
    return hand;
}

TEST_CASE("views: the due jobs come most urgent first, then earliest due, a quarter of a full hand newest") {
    const unsigned seed = any_seed();
    CAPTURE(seed);
    RandomBooks books(seed, 600);
    const Views views(books.file());
    const auto jobs = books.jobs();
    for (int i = 0; i < 30; ++i) {
        const Instant now = books.random_instant();
        const auto destination = 1 + books.random(3);
        std::vector<PlainJob> owed;
        for (const PlainJob& job : jobs) {
            const bool can_go = job.state == State::queued && job.blob_state == "kept";
            if (job.destination == destination && can_go) owed.push_back(job);
        }
        Instant next = Instant::max();
        for (const PlainJob& job : owed) next = std::min(next, job.due_at);
        CHECK(views.next_due_at(DestinationId{destination}, Instant{}).value_or(Instant::max()) == next);
        // A quiet period has an end, but is given only once somebody looked whether it is over.
        std::erase_if(owed,
                      [&](const PlainJob& job) { return job.due_at > now || job.reason == Reason::quiet_period; });
        std::sort(owed.begin(), owed.end(), [](const PlainJob& a, const PlainJob& b) {
            return std::tuple(a.priority, a.due_at, a.id) < std::tuple(b.priority, b.due_at, b.id);
        });
        const auto limit = static_cast<std::size_t>(books.random(60));
        const auto hand = hand_of(owed, limit);
        const auto due = views.due(DestinationId{destination}, now, limit);
        CHECK(std::equal(due.begin(), due.end(), hand.begin(), hand.end(), [](const DueJob& a, const PlainJob& b) {
            return a.job == b.id && a.edits_due == (b.is_edit_due ? "edits" : "");
        }));
        std::vector<PlainJob> asked;
        for (const PlainJob& job : jobs) {
            const bool is_asked = job.state == State::uncertain && job.due_at <= now;
            if (job.destination == destination && is_asked) asked.push_back(job);
        }
        std::sort(asked.begin(), asked.end(), [](const PlainJob& a, const PlainJob& b) {
            return std::tuple(a.due_at, a.id) < std::tuple(b.due_at, b.id);
        });
        const auto uncertain = views.uncertain(DestinationId{destination}, now, 1000);
        CHECK(std::equal(uncertain.begin(), uncertain.end(), asked.begin(), asked.end(),
                         [](const DoubtfulJob& a, const PlainJob& b) { return a.job == b.id; }));
    }
    CHECK(!views.next_due_at(DestinationId{99}, Instant{}));
}

TEST_CASE("views: a due job goes by the transfer syntax of the blob that is sent") {
    RandomBooks books(3, 200);
    const Views views(books.file());
    const auto derived = books.database().number(
        "SELECT min(j.id) FROM job j JOIN derived_blob b ON b.digest = j.digest JOIN instance i ON i.id = j.instance_id"
        " WHERE j.state = 'queued' AND j.destination_id = 1 AND b.blob_state = 'kept' AND i.blob_state = 'kept'");
    REQUIRE(derived > 0);
    for (const DueJob& job : views.due(DestinationId{1}, Instant::max(), 10'000)) {
        if (job.job.value == derived) CHECK(job.transfer_syntax_uid == "1.4.2");
        CHECK((job.transfer_syntax_uid == "1.4.1" || job.transfer_syntax_uid == "1.4.2"));
    }
}

TEST_CASE("views: walking the blobs finds each kept one once, in any step") {
    const unsigned seed = any_seed();
    CAPTURE(seed);
    RandomBooks books(seed, 1300);
    const Views views(books.file());
    const auto walk = [](std::size_t limit, auto next) {
        std::multiset<std::pair<std::int64_t, Digest>> found;
        InstanceId after{0};
        while (true) {
            const std::vector<KeptBlob> blobs = next(after, limit);
            if (blobs.empty()) return found;
            for (const KeptBlob& blob : blobs) found.emplace(blob.instance.value, blob.digest);
            REQUIRE(blobs.back().instance > after);
            after = blobs.back().instance;
        }
    };
    const auto expected_blobs = [&books](const std::string& sql) {
        std::multiset<std::pair<std::int64_t, Digest>> found;
        Statement statement(books.database(), sql);
        for (Cursor row(statement); row.step();) found.emplace(row.number(0), row.digest(1));
        return found;
    };
    const auto unfinished = expected_blobs(
        "SELECT id, digest FROM instance WHERE unfinished_count > 0 AND blob_state = 'kept' UNION ALL"
        " SELECT b.instance_id, b.digest FROM derived_blob b, job j WHERE b.blob_state = 'kept' AND j.digest = b.digest"
        " AND j.state NOT IN ('delivered', 'cancelled')");
    const std::string since = std::to_string(books.random_instant().time_since_epoch().count());
    const std::string kept =
        "SELECT id, digest FROM instance WHERE blob_state = 'kept' AND received_at_ms >= #since UNION ALL"
        " SELECT b.instance_id, b.digest FROM derived_blob b, instance i WHERE b.blob_state = 'kept'"
        " AND i.id = b.instance_id AND i.received_at_ms >= #since";
    const auto kept_since = [&](const std::string& instant) {
        std::string sql = kept;
        for (auto at = sql.find("#since"); at != std::string::npos; at = sql.find("#since"))
            sql.replace(at, 6, instant);
        return expected_blobs(sql);
    };
    const Instant since_at(std::chrono::milliseconds(std::stoll(since)));
    for (const std::size_t limit : {std::size_t{1}, std::size_t{17}, std::size_t{5000}}) {
        CHECK(walk(limit, [&](InstanceId after, std::size_t n) { return views.unfinished_blobs(after, n); }) ==
              unfinished);
        CHECK(walk(limit, [&](InstanceId after, std::size_t n) { return views.kept_blobs(after, std::nullopt, n); }) ==
              kept_since("0"));
        CHECK(walk(limit, [&](InstanceId after, std::size_t n) { return views.kept_blobs(after, since_at, n); }) ==
              kept_since(since));
    }
}

TEST_CASE("views: one answer comes from one snapshot") {
    RandomBooks books(1, 10);
    books.database().execute("UPDATE destination SET failure_count = 10");
    std::atomic<bool> is_over = false;
    std::thread reader([&] {
        const Views views(books.file());
        while (!is_over) {
            const StatusView status = views.status();
            // Every commit of the writer below keeps them equal; they are read by two statements.
            CHECK(status.destinations[0].failure_count == status.instances);
        }
    });
    for (int i = 0; i < 300; ++i) {
        books.database().execute("BEGIN");
        books.database().execute("UPDATE destination SET failure_count = failure_count + 1");
        books.add_instance();
        books.database().execute("COMMIT");
    }
    is_over = true;
    reader.join();
}

TEST_CASE("views: nothing is held between two calls that would keep the log from being emptied") {
    RandomBooks books(1, 50);
    const Views views(books.file());
    views.status();
    views.jobs({}, std::nullopt, 10);
    views.count_jobs({});
    views.history({}, std::nullopt, 10);
    int rows = 0;
    bool was_emptied = true;
    views.export_history({}, [&](const HistoryRow&) {
        // Not even while a row is handed over.
        books.database().checkpoint(true);
        was_emptied = was_emptied && books.database().wal_pages() == 0;
        return ++rows < 5;
    });
    CHECK(rows == 5);
    CHECK(was_emptied);
    books.add_instance();
    views.verify_history();
    books.database().checkpoint(true);
    CHECK(books.database().wal_pages() == 0);
}

TEST_CASE("views: a database that is not there, newer, older or not ours is refused, saying what to do") {
    const auto code_of = [](const std::filesystem::path& file) -> std::optional<Errc> {
        try {
            const Views views(file);
        } catch (const Error& error) {
            CHECK(std::string(error.what()).size() > 20);
            return error.code();
        }
        return std::nullopt;
    };
    RandomBooks books(1, 1);
    CHECK(!code_of(books.file()));
    CHECK(code_of(books.file().parent_path() / "absent.db") == Errc::io);
    CHECK(!std::filesystem::exists(books.file().parent_path() / "absent.db"));
    books.database().execute("PRAGMA user_version = 99");
    CHECK(code_of(books.file()) == Errc::newer);
    books.database().execute("PRAGMA user_version = 0");
    CHECK(code_of(books.file()) == Errc::damaged);
}

TEST_CASE("views: they cannot write") {
    RandomBooks books(1, 1);
    Database reader(books.file(), Database::Role::reader);
    CHECK_THROWS_AS(reader.execute("UPDATE tally SET n = 0"), Error);
}
