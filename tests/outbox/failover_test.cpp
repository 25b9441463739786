/// Failover in the books: which jobs go to another destination, what they take with them, and how they come back.
#include <doctest/doctest.h>

#include "outbox/views.h"
#include "tests/outbox/books.h"

using namespace outbox;
using namespace outbox::testing;
using namespace std::chrono_literals;

namespace {

PlannedJob to(Books& books, std::size_t destination) {
    PlannedJob there;
    there.destination = books.destination(destination);
    there.due_at = books.now;
    return there;
}

bool fail_over(Books& books, JobId job, std::size_t destination) {
    return books.commit([&] { return books.outbox().fail_over(job, to(books, destination), books.now).applied; });
}

/// The job of that destination for the same instance.
JobId other_job(Books& books, JobId job, std::size_t destination) {
    return {books.number(
        "SELECT other.id FROM job JOIN job AS other USING (instance_id) WHERE job.id = " + std::to_string(job.value) +
        " AND other.destination_id = " + std::to_string(books.destination(destination).value))};
}

std::vector<JobId> standing_in(Books& books) {
    std::vector<JobId> all;
    for (const Stray& each : Views(books.file()).standing_in(books.destination(0), std::nullopt, JobId{}, 10))
        all.push_back(each.job);
    return all;
}

std::vector<JobId> to_fail_over(Books& books, std::size_t destination) {
    const Views views(books.file());
    std::vector<JobId> all;
    JobId after;
    for (;;) {
        const auto slice = views.to_fail_over(books.destination(0), books.destination(destination), after, 2);
        for (const Stray& each : slice.jobs) all.push_back(each.job);
        after = slice.seen;
        if (slice.is_last) return all;
    }
}

}  // namespace

TEST_CASE("outbox failover: a queued job goes, stands in for its first destination, and comes back") {
    Books books;
    auto receipt = books.receipt(1);
    receipt.jobs[0].priority = Priority::high;
    const auto job = books.accept(receipt).jobs.at(0);
    CHECK(fail_over(books, job, 1));
    const auto there = other_job(books, job, 1);
    const Views views(books.file());
    CHECK(views.job(job)->reason == Reason::moved);
    CHECK(views.job(there)->state == State::queued);
    CHECK(views.job(there)->priority == Priority::high);
    CHECK(views.job(there)->stands_in_for == "pacs");
    CHECK(views.job(there)->actor == "bridge");
    CHECK(views.job(there)->note == "failover from pacs");
    CHECK(standing_in(books) == std::vector<JobId>{there});
    CHECK(fail_over(books, there, 0));
    CHECK(views.job(there)->reason == Reason::moved);
    CHECK(views.job(job)->state == State::queued);
    CHECK(views.job(job)->round == 2);
    CHECK(views.job(job)->stands_in_for.empty());
    CHECK(views.job(job)->note == "back to pacs, which works again");
    // And once more: the job that was given up there begins another round.
    CHECK(fail_over(books, job, 1));
    CHECK(views.job(there)->round == 2);
    CHECK(views.job(there)->stands_in_for == "pacs");
    CHECK(books.number("SELECT count(*) FROM history WHERE event IN ('cancelled', 'added', 'resent')") == 6);
}

TEST_CASE("outbox failover: who asks what may go, and what stands in, learns where it first came from") {
    Books books;
    auto receipt = books.receipt(1);
    receipt.association.calling_ae_title = "CT9";
    receipt.association.address = "10.0.0.9";
    const auto job = books.accept(receipt).jobs.at(0);
    auto repeat = receipt;
    repeat.association.serial = 99;
    repeat.association.calling_ae_title = "SOMEBODY";
    repeat.association.address = "10.0.0.10";
    books.accept(repeat);
    const Views views(books.file());
    CHECK(views.to_fail_over(books.destination(0), books.destination(1), JobId{}, 2).jobs ==
          std::vector<Stray>{{job, "CT9", "10.0.0.9"}});
    CHECK(fail_over(books, job, 1));
    CHECK(views.standing_in(books.destination(0), std::nullopt, JobId{}, 2) ==
          std::vector<Stray>{{other_job(books, job, 1), "CT9", "10.0.0.9"}});
}

TEST_CASE("outbox failover: what was held where it stands in comes back, for a reason of that place alone") {
    Books books;
    int instance = 0;
    for (const ReasonText& each : reasons) {
        if (each.reason == Reason::none || each.is_waiting) continue;
        const auto job = books.accept(books.receipt(++instance)).jobs.at(0);
        REQUIRE(fail_over(books, job, 1));
        const auto there = other_job(books, job, 1);
        REQUIRE(books.commit([&] { return books.outbox().hold_queued(there, each.reason, books.now); }));
        CAPTURE(each.code);
        const auto held = Views(books.file()).held_standing_in(books.destination(0), JobId{there.value - 1}, 10);
        CHECK(held.is_last);
        CHECK(held.jobs.size() == (is_of_its_place(each.reason) ? 1 : 0));
        CHECK(held.left.size() == (each.reason == Reason::destination_removed ? 1 : 0));
        if (each.reason != Reason::destination_removed) CHECK_FALSE(fail_over(books, there, 2));
        CHECK(fail_over(books, there, 0) == is_of_its_place(each.reason));
        CHECK(books.state_of(job) == (is_of_its_place(each.reason) ? State::queued : State::cancelled));
    }
}

TEST_CASE("outbox failover: what a removed stand-in left is not lost to the destination that works again") {
    Books books;
    const auto job = books.accept(books.receipt(1)).jobs.at(0);
    REQUIRE(fail_over(books, job, 1));
    const auto there = other_job(books, job, 1);
    const std::vector<DestinationSpec> left{{"pacs", "dicom"}};
    books.commit([&] {
        books.outbox().configure(left, books.now);
        books.outbox().settle_removed(10, books.now);
    });
    CHECK(books.reason_of(there) == "destination_removed");
    const auto held = Views(books.file()).held_standing_in(books.destination(0), JobId{}, 10);
    REQUIRE(held.left.size() == 1);
    CHECK(held.left.front().job == there);
    SUBCASE("nor to who stands in after it") {
        books.commit([&] {
            books.outbox().configure(std::vector<DestinationSpec>{{"pacs", "dicom"}, {"shelf", "folder"}}, books.now);
        });
        CHECK(fail_over(books, there, 2));
        CHECK(Views(books.file()).job(other_job(books, job, 2))->stands_in_for == "pacs");
    }
    SUBCASE("") {
        CHECK(fail_over(books, there, 0));
        CHECK(books.state_of(job) == State::queued);
    }
}

TEST_CASE("outbox failover: nothing goes, nor is moved, to a destination that has left the configuration") {
    Books books;
    const auto job = books.accept(books.receipt(1)).jobs.at(0);
    const std::vector<DestinationSpec> left{{"pacs", "dicom"}};
    books.commit([&] { books.outbox().configure(left, books.now); });
    CHECK_FALSE(fail_over(books, job, 1));
    CHECK_FALSE(books.commit([&] { return books.outbox().move(job, to(books, 1), alice, books.now).applied; }));
    CHECK(books.state_of(job) == State::queued);
    CHECK(books.number("SELECT count(*) FROM job") == 1);
}

TEST_CASE("outbox failover: what a person moved away from there does not come there again") {
    Books books;
    const auto both = books.accept(books.receipt(1, 0, 2)).jobs;
    books.commit([&] { CHECK(books.outbox().move(both[1], to(books, 2), alice, books.now).applied); });
    CHECK(to_fail_over(books, 1).empty());
    CHECK_FALSE(fail_over(books, both[0], 1));
    const auto job = books.accept(books.receipt(2)).jobs.at(0);
    REQUIRE(fail_over(books, job, 1));
    const auto there = other_job(books, job, 1);
    books.commit([&] { CHECK(books.outbox().move(there, to(books, 2), alice, books.now).applied); });
    books.commit([&] { CHECK(books.outbox().resend(job, alice, books.now).applied); });
    CHECK(to_fail_over(books, 1).empty());
    CHECK_FALSE(fail_over(books, job, 1));
}

TEST_CASE("outbox failover: from one stand-in to the next it still stands in for the first") {
    Books books;
    const auto job = books.accept(books.receipt(1)).jobs.at(0);
    CHECK(fail_over(books, job, 1));
    CHECK(fail_over(books, other_job(books, job, 1), 2));
    const Views views(books.file());
    CHECK(views.job(other_job(books, job, 2))->stands_in_for == "pacs");
    CHECK(fail_over(books, other_job(books, job, 2), 0));
    CHECK(views.job(job)->state == State::queued);
}

TEST_CASE("outbox failover: only what is queued and doesn't wait by design goes") {
    Books books;
    for (const State state : every_state) {
        const auto job = books.job_in(state);
        CAPTURE(to_string(state));
        CHECK(fail_over(books, job, 1) == (state == State::queued));
    }
    for (const auto reason : {Reason::quiet_period, Reason::time_window, Reason::being_prepared}) {
        const auto job = books.job_in(State::queued);
        books.commit([&] { books.outbox().postpone(job, reason, books.now + 1h, books.now); });
        CHECK_FALSE(fail_over(books, job, 1));
        CHECK(books.state_of(job) == State::queued);
    }
    CHECK(to_fail_over(books, 1).empty());
    const auto backing_off = books.job_in(State::sending);
    books.commit([&] {
        books.outbox().defer(books.settlement(backing_off, books.open_attempt(backing_off)), Reason::temporary_failure,
                             books.now + 1h);
    });
    CHECK(to_fail_over(books, 1) == std::vector<JobId>{backing_off});
}

TEST_CASE("outbox failover: where the other destination has a promise of its own, both stay as they are") {
    Books books;
    const auto both = books.accept(books.receipt(1, 0, 2)).jobs;
    const auto given_up = books.accept(books.receipt(2, 0, 2)).jobs;
    books.commit([&] { books.outbox().cancel(given_up[1], Reason::cancelled_by_operator, alice, books.now); });
    std::vector<JobId> free;
    for (int i = 3; i < 8; ++i) free.push_back(books.accept(books.receipt(i)).jobs.at(0));
    CHECK(to_fail_over(books, 1) == free);
    CHECK_FALSE(fail_over(books, both[0], 1));
    CHECK_FALSE(fail_over(books, given_up[0], 1));
    CHECK(books.state_of(both[0]) == State::queued);
    CHECK(books.state_of(both[1]) == State::queued);
    CHECK(books.state_of(given_up[1]) == State::cancelled);
}

TEST_CASE("outbox failover: an older version doesn't follow where a newer one is already") {
    Books books;
    const auto older = books.accept(books.receipt(1)).jobs.at(0);
    const auto newer = books.accept(books.receipt(1, 7)).jobs.at(0);
    CHECK(to_fail_over(books, 1) == std::vector<JobId>{older, newer});
    CHECK(fail_over(books, newer, 1));
    CHECK(to_fail_over(books, 1).empty());
}

TEST_CASE("outbox failover: a newer version that replaces the older one takes its stand-in, too") {
    Books books;
    const auto older = books.accept(books.receipt(1)).jobs.at(0);
    CHECK(fail_over(books, older, 1));
    const auto there = other_job(books, older, 1);
    auto next = books.receipt(1, 7);
    next.jobs[0].on_new_version = OnNewVersion::replace;
    books.accept(next);
    CHECK(books.state_of(there) == State::cancelled);
    CHECK(books.reason_of(there) == "replaced");
    CHECK_FALSE(fail_over(books, there, 0));
    // What its own route wants there is no stand-in.
    const auto own = books.accept(books.receipt(2, 0, 2)).jobs.at(1);
    auto other = books.receipt(2, 7);
    other.jobs[0].on_new_version = OnNewVersion::replace;
    books.accept(other);
    CHECK(books.state_of(own) == State::queued);
}

TEST_CASE("outbox failover: what an operator resends or moves stands in for nobody any more") {
    Books books;
    const auto job = books.accept(books.receipt(1)).jobs.at(0);
    CHECK(fail_over(books, job, 1));
    const auto there = other_job(books, job, 1);
    const Views views(books.file());
    books.commit([&] { CHECK(books.outbox().move(there, to(books, 2), alice, books.now).applied); });
    CHECK(views.job(other_job(books, job, 2))->stands_in_for.empty());
    books.commit([&] { CHECK(books.outbox().resend(there, alice, books.now).applied); });
    CHECK(views.job(there)->stands_in_for.empty());
    CHECK(standing_in(books).empty());
}

TEST_CASE("outbox failover: what comes back and was never sent is not ambiguous at its own destination") {
    Books books;
    const auto job = books.accept(books.receipt(1)).jobs.at(0);
    CHECK(fail_over(books, job, 1));
    CHECK(fail_over(books, other_job(books, job, 1), 0));
    const auto attempt =
        books.commit([&] { return books.outbox().claim(books.destination(), 1, books.now); }).at(0).attempt;
    books.commit([&] { books.outbox().doubt(books.settlement(job, attempt), Reason::no_response, books.now); });
    const Views views(books.file());
    CHECK_FALSE(views.uncertain(books.destination(), books.now, 1).at(0).is_ambiguous);
}

TEST_CASE("outbox failover: its begin and its end are one row each, and a removal ends it") {
    Books books;
    const auto set = [&](std::optional<DestinationId> other) {
        return books.commit([&] { return books.outbox().set_failover(books.destination(0), other, books.now); });
    };
    CHECK(set(books.destination(1)));
    CHECK_FALSE(set(books.destination(1)));
    const Views views(books.file());
    CHECK(views.destination("pacs")->failover_to == "cloud");
    CHECK(views.destination("pacs")->failover_since == books.now);
    CHECK(set(books.destination(2)));
    CHECK(set(std::nullopt));
    CHECK_FALSE(set(std::nullopt));
    CHECK(views.destination("pacs")->failover_to.empty());
    CHECK(books.text("SELECT group_concat(event || ' ' || destination || ' ' || coalesce(detail ->> '$.to', ''), ', ')"
                     " FROM history WHERE event LIKE 'failover%'") ==
          "failover_begun pacs cloud, failover_begun pacs shelf, failover_ended pacs ");
    CHECK(set(books.destination(1)));
    books.commit([&] { books.outbox().configure(std::vector<DestinationSpec>{{"cloud", "dicomweb"}}, books.now); });
    CHECK(views.destination("pacs")->failover_to.empty());
    CHECK(books.text("SELECT event FROM history ORDER BY sequence DESC LIMIT 1") == "failover_ended");
}

TEST_CASE("outbox failover: edits go with the job, and nothing takes the place of an edited one that isn't") {
    Books books;
    auto receipt = books.receipt(1);
    receipt.jobs[0].edits = "remove PatientName";
    const auto job = books.accept(receipt).jobs.at(0);
    CHECK(fail_over(books, job, 1));
    CHECK(books.text("SELECT text FROM job JOIN edit ON edit.id = job.edit_id WHERE job.id = " +
                     std::to_string(other_job(books, job, 1).value)) == "remove PatientName");
    CHECK(fail_over(books, other_job(books, job, 1), 0));
    CHECK(fail_over(books, job, 1));
    // The other one was moved from there as it was, for a route that edits nothing.
    auto plain = books.receipt(2, 0, 2);
    plain.jobs[0].edits = "remove PatientName";
    const auto jobs = books.accept(plain).jobs;
    books.commit([&] { CHECK(books.outbox().move(jobs[1], to(books, 2), alice, books.now).applied); });
    CHECK(to_fail_over(books, 1).empty());
    CHECK_FALSE(fail_over(books, jobs[0], 1));
    CHECK_FALSE(books.commit([&] { return books.outbox().move(jobs[0], to(books, 1), alice, books.now).applied; }));
    CHECK(books.state_of(jobs[0]) == State::queued);
}
