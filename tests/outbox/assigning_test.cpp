/// Accession numbers that a person assigns, what is looked at again at once, and what is adopted before it is known of.
#include <doctest/doctest.h>

#include <set>

#include "outbox/database.h"
#include "outbox/views.h"
#include "tests/outbox/books.h"

using namespace outbox;
using namespace outbox::testing;
using namespace std::chrono_literals;

namespace {

const std::string remove_name = R"([{"remove":"PatientName"}])";
const std::string number_1 = R"([{"set":"AccessionNumber","value":"RAD-1"}])";
const std::string number_2 = R"([{"set":"AccessionNumber","value":"RAD-2"}])";
const std::string name_and_1 = R"([{"remove":"PatientName"},{"set":"AccessionNumber","value":"RAD-1"}])";
const std::string name_and_2 = R"([{"remove":"PatientName"},{"set":"AccessionNumber","value":"RAD-2"}])";
const Digest edited{std::byte{8}}, edited_again{std::byte{9}};

/// The first destination wants studies registered; the study is "1.2.3", and came without a number.
struct Clinic {
    Clinic() {
        const std::vector<DestinationSpec> specs{
            {.name = "pacs", .kind = "satusehat", .registers = true}, {"cloud", "dicomweb"}, {"shelf", "folder"}};
        books.commit([&] { books.outbox().configure(specs, books.now); });
        study = {books.destination(), "1.2.3"};
    }

    Receipt receipt(int instance, const std::string& edits = "") const {
        auto receipt = books.receipt(instance);
        receipt.instance.study_instance_uid = "1.2.3";
        receipt.instance.accession_number = "";
        receipt.jobs.front().edits = edits;
        return receipt;
    }
    JobId take(int instance, const std::string& edits = "") {
        return books.accept(receipt(instance, edits)).jobs.at(0);
    }
    /// One that waits for an accession number, for a long time yet.
    JobId waiting(int instance, Reason reason = Reason::no_accession) {
        const JobId job = take(instance);
        put_off(reason);
        return job;
    }
    std::int64_t put_off(Reason reason) {
        return books.commit(
            [&] { return books.outbox().put_off_study(study, reason, books.now + 6h, "none", books.now); });
    }
    std::optional<Assigned> assign(const std::string& number, const std::string& edits) {
        return books.commit([&] { return books.outbox().assign(study, {number, edits}, alice, books.now); });
    }
    Assigned assign_1() { return assign("RAD-1", number_1).value(); }
    Assigned assign_2() { return assign("RAD-2", number_2).value(); }
    bool make(JobId job, const Digest& digest) {
        const auto blob = books.made(job, digest, DerivedBlob::By::edit);
        return books.commit([&] { return books.outbox().prepare(job, blob, books.now); });
    }
    std::int64_t register_with(const std::vector<JobId>& jobs, const std::vector<Digest>& digests = {}) {
        return books.commit([&] {
            books.outbox().note_order(study, {"RAD-0", "sr-1", "Patient/P1", ""}, books.now);
            books.outbox().begin_registration(study, false, books.now);
            return books.outbox().register_study(study, {"is-1", 1, jobs, digests}, books.now);
        });
    }
    bool act(Verb verb, JobId job) {
        return books.commit([&] { return books.outbox().act(verb, job, alice, books.now).applied; });
    }
    std::vector<ClaimedJob> claim() {
        return books.commit([&] { return books.outbox().claim(books.destination(), 10, books.now); });
    }
    std::vector<DueJob> due() { return Views(books.file()).due(books.destination(), books.now, 100); }
    JobView job(JobId id) { return *Views(books.file()).job(id); }
    std::string last(const std::string& event, const std::string& column) {
        return books.text("SELECT " + column + " FROM history WHERE event = '" + event +
                          "' ORDER BY sequence DESC LIMIT 1");
    }

    Books books;
    StudyAt study;
};

PlannedJob planned(DestinationId destination, Instant now, const std::string& edits = "") {
    PlannedJob there;
    there.destination = destination;
    there.due_at = now;
    there.edits = edits;
    return there;
}

}  // namespace

TEST_CASE("outbox assigning: what waits for a number is edited with it, after its route's edits, and is due now") {
    Clinic clinic;
    const auto plain = clinic.waiting(1), with_edits = clinic.take(2, remove_name);
    CHECK(clinic.make(with_edits, edited));
    clinic.put_off(Reason::order_not_found);
    const auto own = clinic.job(plain).instance.facts;
    CHECK(clinic.due().empty());
    clinic.books.now += 1min;
    const Assigned assigned = clinic.assign_1();
    CHECK(assigned.changed == 2);
    CHECK(assigned.already_registered == 0);
    CHECK(clinic.job(plain).edits == number_1);
    CHECK(clinic.job(with_edits).edits == name_and_1);
    CHECK(clinic.job(plain).note.empty());
    for (const JobId job : {plain, with_edits}) {
        CHECK(clinic.job(job).state == State::queued);
        CHECK(clinic.job(job).reason == Reason::none);
        CHECK(clinic.job(job).due_at == clinic.books.now);
        CHECK_FALSE(clinic.job(job).is_edited);
        CHECK(clinic.job(job).digest == clinic.job(job).instance.facts.digest);
    }
    const auto due = clinic.due();
    REQUIRE(due.size() == 2);
    CHECK(due[0].edits_due == number_1);
    CHECK(due[1].edits_due == name_and_1);
    // Not before its copies are made is it looked at, and never sent otherwise.
    CHECK_FALSE(Views(clinic.books.file()).next_to_register(clinic.books.destination(), clinic.books.now));
    CHECK(clinic.make(plain, edited_again));
    CHECK(clinic.make(with_edits, Digest{std::byte{10}}));
    CHECK(Views(clinic.books.file()).next_to_register(clinic.books.destination(), clinic.books.now));
    CHECK(clinic.last("edited", "detail ->> '$.edits'") == name_and_1);
    // What was received stays as it came.
    CHECK(clinic.job(plain).instance.facts.digest == own.digest);
    CHECK(clinic.job(plain).instance.facts.accession_number.empty());
    CHECK(clinic.job(plain).instance.blob_state == "kept");
}

TEST_CASE("outbox assigning: it is one row of the history, with who, which study, which number and the one before") {
    Clinic clinic;
    clinic.waiting(1);
    clinic.waiting(2);
    const auto rows = clinic.books.history_rows();
    clinic.assign_1();
    CHECK(clinic.books.history_rows() == rows + 1);
    CHECK(clinic.last("accession_assigned", "actor") == "local:alice");
    CHECK(clinic.last("accession_assigned", "destination") == "pacs");
    CHECK(clinic.last("accession_assigned", "detail ->> '$.study'") == "1.2.3");
    CHECK(clinic.last("accession_assigned", "detail ->> '$.accession_number'") == "RAD-1");
    CHECK(clinic.last("accession_assigned", "detail ->> '$.jobs'") == "2");
    CHECK(clinic.last("accession_assigned", "detail ->> '$.note'") == "because");
    CHECK(clinic.last("accession_assigned", "detail ->> '$.before' IS NULL") == "1");
    clinic.assign_2();
    CHECK(clinic.last("accession_assigned", "detail ->> '$.before'") == "RAD-1");
    CHECK(clinic.books.number("SELECT count(*) FROM history WHERE event = 'accession_assigned'") == 2);
}

TEST_CASE("outbox assigning: what is held stays held for its reason, and has the number once it is released") {
    Clinic clinic;
    const auto job = clinic.take(1, remove_name);
    CHECK(clinic.make(job, edited));
    clinic.books.commit([&] {
        clinic.books.outbox().object(clinic.study, {Reason::patient_doubtful, "other_patient:abc", "another PatientID"},
                                     clinic.books.now);
    });
    CHECK(clinic.assign_1().changed == 1);
    CHECK(clinic.job(job).state == State::held);
    CHECK(clinic.job(job).reason == Reason::patient_doubtful);
    CHECK(clinic.job(job).note == "another PatientID");
    CHECK(clinic.due().empty());
    CHECK(clinic.act(Verb::release, job));
    REQUIRE(clinic.due().size() == 1);
    CHECK(clinic.due().front().edits_due == name_and_1);
    // The release overruled the objection, as ever.
    CHECK(Views(clinic.books.file()).registrations("1.2.3").front().overruled.size() == 1);
}

TEST_CASE("outbox assigning: what the destination knows of, what is on its way and what arrived stay as they are") {
    Clinic clinic;
    std::vector<JobId> jobs;
    for (int i = 1; i <= 5; ++i) jobs.push_back(clinic.take(i));
    clinic.register_with({jobs[0], jobs[1], jobs[2], jobs[3]});
    const auto claimed = clinic.books.commit([&] {
        return clinic.books.outbox().claim(clinic.books.destination(), std::vector{jobs[0], jobs[1]}, 2,
                                           clinic.books.now);
    });
    REQUIRE(claimed.size() == 2);
    clinic.books.commit([&] {
        clinic.books.outbox().deliver(clinic.books.settlement(jobs[0], claimed[0].attempt), Evidence::response, false);
    });
    CHECK(clinic.act(Verb::hold, jobs[3]));  // held, but listed
    const auto cancelled = clinic.take(6);
    CHECK(clinic.act(Verb::cancel, cancelled));
    const Assigned assigned = clinic.assign_1();
    CHECK(assigned.changed == 1);
    CHECK(assigned.already_registered == 4);
    for (int i = 0; i < 4; ++i) CHECK(clinic.job(jobs[static_cast<std::size_t>(i)]).edits.empty());
    CHECK(clinic.job(jobs[4]).edits == number_1);
    CHECK(clinic.job(jobs[1]).state == State::sending);
    const auto delivery = Views(clinic.books.file()).study("1.2.3")->deliveries.front();
    CHECK(delivery.registers);
    CHECK(delivery.assigned_accession_number == "RAD-1");
    CHECK(delivery.assignable_count == 1);
    CHECK(delivery.registration->imaging_study_id == "is-1");
    CHECK(delivery.registration->order.accession_number == "RAD-0");
}

TEST_CASE("outbox assigning: what comes later has the number, by whichever way, and only there") {
    Clinic clinic;
    clinic.waiting(1);
    clinic.assign_1();
    SUBCASE("received") {
        CHECK(clinic.job(clinic.take(2)).edits == number_1);
        CHECK(clinic.job(clinic.take(3, remove_name)).edits == name_and_1);
    }
    SUBCASE("received for another destination, or of another study") {
        auto receipt = clinic.receipt(2);
        receipt.jobs.front().destination = clinic.books.destination(1);
        CHECK(clinic.job(clinic.books.accept(receipt).jobs.at(0)).edits.empty());
        receipt = clinic.books.receipt(3);
        CHECK(clinic.job(clinic.books.accept(receipt).jobs.at(0)).edits.empty());
    }
    SUBCASE("added by hand") {
        auto receipt = clinic.receipt(2);
        receipt.jobs.clear();
        const auto instance = clinic.books.accept(receipt).instance;
        const auto there = planned(clinic.books.destination(), clinic.books.now, remove_name);
        const auto added = clinic.books.commit(
            [&] { return clinic.books.outbox().add(instance, std::span(&there, 1), alice, clinic.books.now); });
        REQUIRE(added.size() == 1);
        CHECK(clinic.job(added.front()).edits == name_and_1);
    }
    SUBCASE("moved there, and without it moved away again and back") {
        auto receipt = clinic.receipt(2, remove_name);
        receipt.jobs.front().destination = clinic.books.destination(1);
        const auto elsewhere = clinic.books.accept(receipt).jobs.at(0);
        const auto move = [&](JobId job, std::size_t to) {
            return clinic.books.commit([&] {
                const auto there = planned(clinic.books.destination(to), clinic.books.now);
                return clinic.books.outbox().move(job, there, alice, clinic.books.now).applied;
            });
        };
        CHECK(move(elsewhere, 0));
        const JobId moved{elsewhere.value + 1};
        CHECK(clinic.job(moved).edits == name_and_1);
        CHECK(move(moved, 2));
        const JobId shelf{moved.value + 1};
        CHECK(clinic.job(shelf).edits == remove_name);
        clinic.assign_2();  // meanwhile it is given up at the first
        CHECK(clinic.job(moved).edits == name_and_1);
        CHECK(move(shelf, 0));
        CHECK(clinic.job(moved).state == State::queued);
        CHECK(clinic.job(moved).edits == name_and_2);
        CHECK_FALSE(clinic.job(moved).is_edited);
    }
}

TEST_CASE("outbox assigning: a number is no other wish of a route: what was given up there may stand in again") {
    Clinic clinic;
    clinic.waiting(1);
    clinic.assign_1();
    auto receipt = clinic.receipt(2, remove_name);
    receipt.jobs.front().destination = clinic.books.destination(1);
    const auto job = clinic.books.accept(receipt).jobs.at(0);
    const auto fail_over = [&](JobId from, std::size_t to) {
        return clinic.books.commit([&] {
            const auto there = planned(clinic.books.destination(to), clinic.books.now);
            return clinic.books.outbox().fail_over(from, there, clinic.books.now).applied;
        });
    };
    CHECK(fail_over(job, 0));
    const JobId stand_in{job.value + 1};
    CHECK(clinic.job(stand_in).edits == name_and_1);
    CHECK(fail_over(stand_in, 1));
    CHECK(clinic.job(job).state == State::queued);
    const auto slice =
        Views(clinic.books.file()).to_fail_over(clinic.books.destination(1), clinic.books.destination(), JobId{}, 10);
    REQUIRE(slice.jobs.size() == 1);
    CHECK(slice.jobs.front().job == job);
    CHECK(fail_over(job, 0));
    CHECK(clinic.job(stand_in).edits == name_and_1);
}

TEST_CASE("outbox assigning: a second number takes the place of the first, also where that was made already") {
    Clinic clinic;
    const auto plain = clinic.waiting(1), with_edits = clinic.take(2, remove_name);
    CHECK(clinic.assign_1().changed == 2);
    CHECK(clinic.make(plain, edited));
    CHECK(clinic.make(with_edits, edited_again));
    CHECK(clinic.assign_2().changed == 2);
    CHECK(clinic.job(plain).edits == number_2);
    CHECK(clinic.job(with_edits).edits == name_and_2);
    CHECK_FALSE(clinic.job(plain).is_edited);
    CHECK(clinic.job(plain).digest == clinic.job(plain).instance.facts.digest);
    CHECK(clinic.job(clinic.take(3)).edits == number_2);
}

TEST_CASE("outbox assigning: the same number again makes nothing anew, and what waits is looked at") {
    Clinic clinic;
    const auto job = clinic.waiting(1);
    clinic.assign_1();
    CHECK(clinic.make(job, edited));
    clinic.put_off(Reason::order_not_found);
    CHECK(clinic.assign_1().changed == 1);
    CHECK(clinic.job(job).is_edited);
    CHECK(clinic.job(job).digest == edited);
    CHECK(clinic.job(job).due_at == clinic.books.now);
    CHECK(Views(clinic.books.file()).next_to_register(clinic.books.destination(), clinic.books.now));
}

TEST_CASE("outbox assigning: a quiet period and a time window go on") {
    Clinic clinic;
    auto receipt = clinic.receipt(1);
    receipt.jobs.front().waiting = Reason::quiet_period;
    receipt.jobs.front().due_at = clinic.books.now + 15min;
    const auto quiet = clinic.books.accept(receipt).jobs.at(0), night = clinic.take(2);
    clinic.books.commit(
        [&] { clinic.books.outbox().postpone(night, Reason::time_window, clinic.books.now + 2h, clinic.books.now); });
    CHECK(clinic.assign_1().changed == 2);
    CHECK(clinic.job(quiet).reason == Reason::quiet_period);
    CHECK(clinic.job(quiet).due_at == clinic.books.now + 15min);
    CHECK(clinic.job(night).reason == Reason::time_window);
    CHECK(clinic.job(night).due_at == clinic.books.now + 2h);
    CHECK(clinic.job(quiet).edits == number_1);
    CHECK(clinic.due().empty());
}

TEST_CASE("outbox assigning: of the new number's order nobody has missed anything yet") {
    Clinic clinic;
    clinic.waiting(1);
    clinic.put_off(Reason::order_not_found);
    CHECK(Views(clinic.books.file()).registrations("1.2.3").front().miss_count == 2);
    clinic.assign_1();
    CHECK(Views(clinic.books.file()).registrations("1.2.3").front().miss_count == 0);
}

TEST_CASE("outbox assigning: a look that began before has no say about what is edited since") {
    Clinic clinic;
    const auto job = clinic.waiting(1);
    const auto own = clinic.job(job).digest;
    clinic.assign_1();
    CHECK(clinic.put_off(Reason::order_not_found) == 0);  // its old number's order
    CHECK(clinic.due().size() == 1);
    CHECK(clinic.register_with({job}, {own}) == 0);
    CHECK(clinic.make(job, edited));
    CHECK(clinic.register_with({job}, {own}) == 0);
    CHECK(clinic.claim().empty());
    CHECK(clinic.register_with({job}, {edited}) == 1);
    REQUIRE(clinic.claim().size() == 1);
}

TEST_CASE("outbox assigning: a blob that was made with the edits of before is not taken, and another one is made") {
    Clinic clinic;
    const auto job = clinic.take(1, remove_name);
    const auto due = clinic.due().front();
    clinic.books.commit(
        [&] { clinic.books.outbox().set_aside(job, due.digest, clinic.books.now + 24h, clinic.books.now); });
    const auto late = clinic.books.made(job, edited, DerivedBlob::By::edit);
    clinic.assign_1();
    // Set aside once more, while the first order is still in hand.
    clinic.books.commit(
        [&] { clinic.books.outbox().set_aside(job, due.digest, clinic.books.now + 24h, clinic.books.now); });
    CHECK_FALSE(clinic.books.commit([&] { return clinic.books.outbox().prepare(job, late, clinic.books.now); }));
    CHECK_FALSE(clinic.job(job).is_edited);
    CHECK(clinic.books.commit([&] { return clinic.books.outbox().take_back(job, clinic.books.now); }));
    CHECK_FALSE(clinic.books.commit([&] { return clinic.books.outbox().take_back(job, clinic.books.now); }));
    REQUIRE(clinic.due().size() == 1);
    CHECK(clinic.due().front().edits_due == name_and_1);
    CHECK(clinic.make(job, edited_again));
}

TEST_CASE("outbox assigning: a study that was forgotten gets the number that it was given meanwhile") {
    Clinic clinic;
    const auto job = clinic.take(1);
    clinic.register_with({job});
    CHECK(clinic.assign_1().changed == 0);
    CHECK(clinic.job(job).edits.empty());
    clinic.books.commit([&] { clinic.books.outbox().forget_registration(clinic.study, "is-1", clinic.books.now); });
    CHECK(clinic.job(job).edits == number_1);
    CHECK(clinic.due().size() == 1);
}

TEST_CASE("outbox assigning: what was given up before has the number once it is sent again, what arrived has not") {
    Clinic clinic;
    const auto given_up = clinic.take(1), arrived = clinic.take(2);
    CHECK(clinic.act(Verb::cancel, given_up));
    clinic.register_with({arrived});
    const auto claimed = clinic.claim();
    clinic.books.commit([&] {
        clinic.books.outbox().deliver(clinic.books.settlement(arrived, claimed.at(0).attempt), Evidence::response,
                                      false);
    });
    CHECK(clinic.assign_1().changed == 0);
    CHECK(clinic.act(Verb::resend, given_up));
    CHECK(clinic.act(Verb::resend, arrived));
    CHECK(clinic.job(given_up).edits == number_1);
    CHECK(clinic.job(arrived).edits.empty());
}

TEST_CASE("outbox assigning: where the instance's own bytes are gone, a person must know") {
    Clinic clinic;
    const auto job = clinic.take(1, remove_name);
    CHECK(clinic.make(job, edited));
    const auto own = clinic.job(job).instance.facts.digest;
    clinic.books.commit([&] { CHECK(clinic.books.outbox().damage(own, clinic.books.now) == 0); });
    CHECK(clinic.job(job).state == State::queued);  // its edited blob can go
    clinic.assign_1();
    CHECK(clinic.job(job).state == State::held);
    CHECK(clinic.job(job).reason == Reason::damaged);
    clinic.books.accept(clinic.receipt(1));
    CHECK(clinic.job(job).state == State::queued);
    CHECK(clinic.due().front().edits_due == name_and_1);
}

TEST_CASE("outbox assigning: only where studies are registered") {
    Clinic clinic;
    auto receipt = clinic.receipt(1);
    receipt.jobs.front().destination = clinic.books.destination(1);
    const auto job = clinic.books.accept(receipt).jobs.at(0);
    clinic.study.destination = clinic.books.destination(1);
    const auto rows = clinic.books.history_rows();
    CHECK_FALSE(clinic.assign("RAD-1", number_1));
    CHECK(clinic.job(job).edits.empty());
    CHECK(clinic.books.history_rows() == rows);
    CHECK(clinic.books.number("SELECT count(*) FROM assignment") == 0);
    CHECK(Views(clinic.books.file()).destination("pacs")->registers);
    CHECK_FALSE(Views(clinic.books.file()).destination("cloud")->registers);
}

TEST_CASE("outbox assigning: the database lets edits change by this verb alone, and only what is not known of") {
    Clinic clinic;
    const auto job = clinic.take(1, remove_name), registered = clinic.take(2);
    CHECK(clinic.make(job, edited));
    clinic.register_with({registered});
    clinic.assign_1();
    CHECK(clinic.make(job, edited_again));
    clinic.books.close();
    Database raw(clinic.books.file(), Database::Role::writer);
    const auto takes = [&](const std::string& assignments, JobId of) {
        raw.execute("SAVEPOINT try");
        bool is_taken = true;
        try {
            raw.execute("UPDATE job SET " + assignments + " WHERE id = " + std::to_string(of.value));
        } catch (const Error&) {
            is_taken = false;
        }
        raw.execute("ROLLBACK TO try");
        raw.execute("RELEASE try");
        return is_taken;
    };
    const std::string own = "digest = (SELECT digest FROM instance WHERE id = instance_id)";
    const std::string change = "edit_id = (SELECT edit_id FROM assignment), is_edited = 0, " + own;
    CHECK(takes(change + ", verb = 'assign'", job));
    CHECK_FALSE(takes(change + ", verb = 'postpone'", job));
    CHECK_FALSE(takes(change + ", verb = 'assign', route_edit_id = NULL", job));
    CHECK_FALSE(takes(change + ", verb = 'assign', is_assigned = 0, route_edit_id = NULL", job));
    CHECK_FALSE(takes("edit_id = (SELECT edit_id FROM assignment), verb = 'assign'", job));  // edited otherwise
    CHECK_FALSE(takes("edit_id = (SELECT edit_id FROM assignment), is_edited = 0, verb = 'assign'", job));
    CHECK_FALSE(
        takes("edit_id = NULL, is_edited = 0, is_assigned = 0, route_edit_id = NULL, verb = 'assign', " + own, job));
    CHECK_FALSE(takes(change + ", is_assigned = 1, verb = 'assign'", registered));
    CHECK_THROWS_AS(raw.execute("DELETE FROM assignment"), Error);
}

TEST_CASE("outbox recheck: what waits for a number or an order is due now, still waits for it, and nothing else is") {
    Clinic clinic;
    const auto no_number = clinic.waiting(1);
    const auto failing = clinic.take(2);
    clinic.books.commit([&] {
        clinic.books.outbox().postpone(failing, Reason::temporary_failure, clinic.books.now + 1h, clinic.books.now);
    });
    JobFilter filter;
    filter.study_instance_uid = "1.2.3";
    const auto count = [&] { return Views(clinic.books.file()).count_jobs(filter, Verb::recheck); };
    CHECK(count() == 1);
    const auto rows = clinic.books.history_rows();
    const Slice slice = clinic.books.commit(
        [&] { return clinic.books.outbox().act(Verb::recheck, filter, {}, 10, alice, clinic.books.now); });
    CHECK(slice.changed == 1);
    CHECK(clinic.job(no_number).due_at == clinic.books.now);
    CHECK(clinic.job(no_number).reason == Reason::no_accession);
    CHECK(clinic.job(failing).due_at == clinic.books.now + 1h);
    CHECK(Views(clinic.books.file()).next_to_register(clinic.books.destination(), clinic.books.now)->job == no_number);
    CHECK(clinic.books.history_rows() == rows + 1);
    CHECK(clinic.last("rechecked", "actor") == "local:alice");
    CHECK(clinic.last("rechecked", "detail ->> '$.note'") == "because");
    clinic.put_off(Reason::order_not_found);
    CHECK(count() == 2);
    filter.reason = Reason::no_accession;
    CHECK(count() == 0);
    filter.reason = Reason::order_not_found;
    CHECK(count() == 2);
    filter.state = State::held;
    CHECK(count() == 0);
    CHECK(clinic.act(Verb::recheck, no_number));
    CHECK_FALSE(clinic.act(Verb::recheck, JobId{4711}));
}

TEST_CASE("outbox adopt: what is held for a conflict before the destination knows of the study is adopted, too") {
    Clinic clinic;
    const auto job = clinic.take(1), other = clinic.take(2);
    clinic.books.commit([&] {
        CHECK(clinic.books.outbox().hold_study(clinic.study, Reason::conflict, "another patient's", clinic.books.now) ==
              2);
        CHECK(clinic.books.outbox().release(other, alice, clinic.books.now).applied);
        CHECK(clinic.books.outbox().hold(other, alice, clinic.books.now).applied);
    });
    JobFilter filter;
    filter.study_instance_uid = "1.2.3";
    filter.reason = Reason::conflict;
    CHECK(Views(clinic.books.file()).count_jobs(filter, Verb::adopt) == 1);
    const Slice slice = clinic.books.commit(
        [&] { return clinic.books.outbox().act(Verb::adopt, filter, {}, 10, alice, clinic.books.now); });
    CHECK(slice.changed == 1);
    CHECK(clinic.job(job).state == State::delivered);
    CHECK(clinic.job(job).evidence == Evidence::operator_said);
    CHECK(clinic.job(other).state == State::held);
    CHECK(clinic.last("adopted", "actor") == "local:alice");
}
