/// Registrations: what may not be sent before the destination knows of it, and what a person overrules.
#include <doctest/doctest.h>

#include "outbox/registration.h"
#include "outbox/views.h"
#include "tests/outbox/books.h"

using namespace outbox;
using namespace outbox::testing;
using namespace std::chrono_literals;

namespace {

const Order order{"RAD-1", "sr-1", "Patient/P1", "Encounter/e1"};

/// The first destination wants studies registered; instances are of the study "1.2.3".
struct House {
    House() {
        configure();
        study = {books.destination(), "1.2.3"};
    }
    void configure() {
        const std::vector<DestinationSpec> specs{
            {.name = "pacs", .kind = "satusehat", .registers = true}, {"cloud", "dicomweb"}, {"shelf", "folder"}};
        books.commit([&] { books.outbox().configure(specs, books.now); });
    }

    JobId take(int instance, const std::string& edits = "") {
        auto receipt = books.receipt(instance);
        receipt.instance.study_instance_uid = "1.2.3";
        receipt.instance.accession_number = "RAD-1";
        receipt.instance.patient_id = "P-" + std::to_string(instance % 2);
        receipt.jobs.front().edits = edits;
        return books.accept(receipt).jobs.at(0);
    }
    std::vector<ClaimedJob> claim() {
        return books.commit([&] { return books.outbox().claim(books.destination(), 10, books.now); });
    }
    std::optional<Unregistered> next() { return Views(books.file()).next_to_register(books.destination(), books.now); }
    std::int64_t register_with(const std::vector<JobId>& jobs) {
        return books.commit([&] {
            books.outbox().note_order(study, order, books.now);
            books.outbox().begin_registration(study, false, books.now);
            return books.outbox().register_study(study, {"is-1", static_cast<std::int64_t>(jobs.size()), jobs},
                                                 books.now);
        });
    }
    RegistrationView registration() { return Views(books.file()).registrations("1.2.3").at(0); }
    JobView job(JobId id) { return *Views(books.file()).job(id); }

    Books books;
    StudyAt study;
};

}  // namespace

TEST_CASE("outbox registration: nothing of a study is due or claimed before the destination knows of it") {
    House house;
    const auto first = house.take(1), second = house.take(2);
    CHECK(house.claim().empty());
    CHECK(house.books
              .commit([&] {
                  return house.books.outbox().claim(house.books.destination(), std::vector{first}, 1, house.books.now);
              })
              .empty());
    CHECK(Views(house.books.file()).due(house.books.destination(), house.books.now, 10).empty());
    REQUIRE(house.next());
    CHECK(house.next()->study_instance_uid == "1.2.3");
    CHECK(house.next()->job == first);
    CHECK(house.register_with({first, second}) == 2);
    CHECK_FALSE(house.next());
    CHECK(house.claim().size() == 2);
    // A late one alone is not known of.
    const auto late = house.take(3);
    CHECK(house.claim().empty());
    CHECK(house.next()->job == late);
    CHECK(house.register_with({first, second, late}) == 1);
    CHECK(house.claim().size() == 1);
}

TEST_CASE("outbox registration: a claimed job knows under which number its study is registered") {
    House house;
    const auto job = house.take(1);
    house.register_with({job});
    REQUIRE(house.claim().size() == 1);
    House other;
    const auto one = other.take(1);
    other.register_with({one});
    const auto claimed = other.books.commit(
        [&] { return other.books.outbox().claim(other.books.destination(), std::vector{one}, 1, other.books.now); });
    REQUIRE(claimed.size() == 1);
    CHECK(claimed[0].imaging_study_id == "is-1");
    CHECK(claimed[0].study_instance_uid == "1.2.3");
}

TEST_CASE("outbox registration: what is to be edited is due before it is registered, and wakes nobody otherwise") {
    House house;
    const Views views(house.books.file());
    const auto plain = house.take(1);
    CHECK_FALSE(views.next_due_at(house.books.destination(), house.books.now));
    const auto edited = house.take(2, "[{ remove = \"PatientName\" }]");
    const auto due = views.due(house.books.destination(), house.books.now, 10);
    REQUIRE(due.size() == 1);
    CHECK(due[0].job == edited);
    CHECK(!due[0].edits_due.empty());
    CHECK_FALSE(house.next());  // what is registered must be what is sent
    CHECK(house.claim().empty());
    // One that waits until later is waited for.
    const auto later = house.books.now + 1min;
    house.books.commit(
        [&] { house.books.outbox().put_off_study(house.study, Reason::order_not_found, later, "", house.books.now); });
    CHECK(views.next_due_at(house.books.destination(), house.books.now) == later);
    CHECK_FALSE(views.next_due_at(house.books.destination(), later));
    CHECK(house.job(plain).due_at == later);
}

TEST_CASE("outbox registration: a destination of another kind under the old name leaves nothing behind") {
    House house;
    const auto queued = house.take(1), held = house.take(2);
    const auto configure = [&](bool registers) {
        house.books.commit([&] {
            const std::vector<DestinationSpec> specs{
                {.name = "pacs", .kind = registers ? "satusehat" : "dicom", .registers = registers},
                {"cloud", "dicomweb"},
                {"shelf", "folder"}};
            house.books.outbox().configure(specs, house.books.now);
        });
    };
    house.books.commit([&] { CHECK(house.books.outbox().hold(held, {"local:anna", ""}, house.books.now).applied); });
    configure(false);
    CHECK(house.claim().size() == 1);
    house.books.commit([&] { CHECK(house.books.outbox().release(held, {"local:anna", ""}, house.books.now).applied); });
    CHECK(house.claim().size() == 1);
    CHECK(house.job(queued).state == State::sending);
    const auto third = house.take(3);
    configure(true);
    CHECK(house.claim().empty());
    REQUIRE(house.next());
    CHECK(house.next()->job == third);
}

TEST_CASE("outbox registration: another organization under the old name has none of the registrations") {
    House house;
    const auto job = house.take(1);
    const auto configure = [&](const std::string& identity) {
        house.books.commit([&] {
            const std::vector<DestinationSpec> specs{
                {.name = "pacs", .kind = "satusehat", .registers = true, .identity = identity},
                {"cloud", "dicomweb"},
                {"shelf", "folder"}};
            house.books.outbox().configure(specs, house.books.now);
        });
    };
    configure("100777001");
    house.register_with({job});
    configure("100777001");
    CHECK(house.registration().imaging_study_id == "is-1");
    configure("100777002");
    CHECK(house.registration().imaging_study_id.empty());
    CHECK(house.claim().empty());
    CHECK(house.next()->job == job);
}

TEST_CASE("outbox registration: what is gone under one number is not forgotten under another") {
    House house;
    const auto job = house.take(1);
    house.register_with({job});
    const auto forget = [&](const char* number) {
        return house.books.commit(
            [&] { return house.books.outbox().forget_registration(house.study, number, house.books.now); });
    };
    CHECK_FALSE(forget("is-0"));
    CHECK(house.registration().stage == Stage::registered);
    CHECK(forget("is-1"));
    CHECK(house.registration().imaging_study_id.empty());
    CHECK(house.claim().empty());
    CHECK(house.next()->job == job);
    CHECK_FALSE(forget("is-1"));
}

TEST_CASE("outbox registration: where studies are not registered, and where they are no more, every job may go") {
    House house;
    auto receipt = house.books.receipt(1, 0, 2);
    house.books.accept(receipt);
    CHECK(
        house.books.commit([&] { return house.books.outbox().claim(house.books.destination(1), 10, house.books.now); })
            .size() == 1);
}

TEST_CASE("outbox registration: the database refuses to send what is not registered, whoever asks") {
    House house;
    house.take(1);
    house.books.close();
    Database raw(house.books.file(), Database::Role::writer);
    raw.execute("INSERT INTO attempt (job_id, round, kind, generation, opened_at_ms) VALUES (1, 1, 'send', 1, 0)");
    CHECK_THROWS_AS(
        raw.execute("UPDATE job SET state = 'sending', generation = 1, attempt_id = 1, verb = 'claim' WHERE id = 1"),
        Error);
}

TEST_CASE(
    "outbox registration: without an order the study waits, every look is counted, and one that is found ends it") {
    House house;
    const auto job = house.take(1);
    const auto miss = [&](Reason reason) {
        house.books.commit([&] {
            CHECK(house.books.outbox().put_off_study(house.study, reason, house.books.now + 1min, "none yet",
                                                     house.books.now) == 1);
        });
    };
    miss(Reason::no_accession);
    CHECK(house.registration().stage == Stage::no_accession);
    const auto since = house.registration().stage_at;
    house.books.now += 2min;
    CHECK(house.next());
    miss(Reason::order_not_found);
    miss(Reason::order_not_found);
    CHECK(house.registration().stage == Stage::order_not_found);
    CHECK(house.registration().miss_count == 3);
    CHECK(house.registration().stage_at == since + 2min);
    CHECK(house.registration().began_at == since);
    CHECK_FALSE(house.next());
    CHECK(house.job(job).reason == Reason::order_not_found);
    CHECK(house.job(job).note == "none yet");
    house.books.now += 1min;
    const auto rows = house.books.history_rows();
    CHECK(house.books.commit([&] { return house.books.outbox().note_order(house.study, order, house.books.now); }));
    CHECK_FALSE(
        house.books.commit([&] { return house.books.outbox().note_order(house.study, order, house.books.now); }));
    CHECK(house.books.history_rows() == rows + 1);
    CHECK(house.registration().order == order);
    CHECK(house.registration().miss_count == 3);  // an order that is not taken is as good as none
    CHECK(house.register_with({job}) == 1);
    CHECK(house.job(job).reason == Reason::none);
    CHECK(house.claim().size() == 1);
}

TEST_CASE("outbox registration: what was begun and not ended is seen as such, also after a restart") {
    House house;
    house.take(1);
    house.books.commit([&] {
        house.books.outbox().note_order(house.study, order, house.books.now);
        house.books.outbox().begin_registration(house.study, false, house.books.now);
    });
    house.books.restart();
    house.configure();
    CHECK(house.registration().stage == Stage::creating);
    CHECK(house.next());
    house.books.now += 1min;
    house.books.commit([&] { house.books.outbox().begin_registration(house.study, true, house.books.now); });
    CHECK(house.registration().stage == Stage::replacing);
    CHECK(house.registration().stage_at == house.books.now);
    CHECK(house.registration().order == order);
}

TEST_CASE("outbox registration: an objection holds the study, and a person's release of one instance overrules it") {
    House house;
    const auto first = house.take(1), second = house.take(2);
    const Objection objection{Reason::patient_doubtful, "other_patient:abc", "another PatientID"};
    CHECK(house.books.commit([&] { return house.books.outbox().object(house.study, objection, house.books.now); }) ==
          2);
    CHECK(house.job(first).state == State::held);
    CHECK(house.job(first).reason == Reason::patient_doubtful);
    CHECK(house.job(first).note == "another PatientID");
    CHECK(house.registration().objection == "other_patient:abc");
    // A late one is held with the others; the objection stands.
    const auto late = house.take(3);
    CHECK(house.books.commit([&] { return house.books.outbox().object(house.study, objection, house.books.now); }) ==
          1);
    CHECK(house.registration().overruled.empty());
    // The machine lets nobody go, and a person who releases for another reason decides nothing.
    house.books.commit([&] { CHECK(house.books.outbox().release(first, alice, house.books.now).applied); });
    CHECK(house.registration().overruled == std::vector<std::string>{"other_patient:abc"});
    CHECK(house.registration().objection.empty());
    CHECK(house.job(second).state == State::held);
    CHECK(house.claim().empty());
    CHECK(house.next()->job == first);
    house.books.commit([&] {
        CHECK(house.books.outbox().release(second, alice, house.books.now).applied);
        CHECK(house.books.outbox().release(late, alice, house.books.now).applied);
    });
    CHECK(house.registration().overruled.size() == 1);
    CHECK(house.register_with({first, second, late}) == 3);
}

TEST_CASE("outbox registration: a hold for another reason is not overruled by its release") {
    House house;
    const auto job = house.take(1);
    const Objection objection{Reason::patient_doubtful, "doubt", ""};
    house.books.commit([&] { house.books.outbox().object(house.study, objection, house.books.now); });
    house.books.commit([&] {
        house.books.outbox().release(job, alice, house.books.now);
        house.books.outbox().object(house.study, {Reason::patient_doubtful, "another", ""}, house.books.now);
        house.books.outbox().release(job, alice, house.books.now);
    });
    CHECK(house.registration().overruled == std::vector<std::string>{"another", "doubt"});
    house.books.commit([&] {
        CHECK(house.books.outbox().hold_study(house.study, Reason::unexpected_answer, "", house.books.now) == 1);
        CHECK(house.books.outbox().release(job, alice, house.books.now).applied);
    });
    CHECK(house.registration().overruled.size() == 2);
}

TEST_CASE("outbox registration: a destination that has forgotten the study is told again before anything is sent") {
    House house;
    const auto first = house.take(1), second = house.take(2);
    house.register_with({first, second});
    const auto claimed = house.books.commit(
        [&] { return house.books.outbox().claim(house.books.destination(), std::vector{first}, 1, house.books.now); });
    REQUIRE(claimed.size() == 1);
    house.books.commit([&] { house.books.outbox().forget_registration(house.study, "is-1", house.books.now); });
    CHECK(house.registration().imaging_study_id.empty());
    CHECK(house.claim().empty());
    CHECK(house.next()->job == second);
}

TEST_CASE("outbox registration: a quiet period and a blob that is being made are left to those who look at them") {
    House house;
    auto receipt = house.books.receipt(1);
    receipt.instance.study_instance_uid = "1.2.3";
    receipt.jobs.front().waiting = Reason::quiet_period;
    receipt.jobs.front().due_at = house.books.now + 15min;
    const auto quiet = house.books.accept(receipt).jobs.at(0);
    const auto edited = house.take(2, R"([{"remove":"PatientName"}])");
    CHECK_FALSE(house.next());  // its edits are made first
    const auto plain = house.take(3);
    CHECK_FALSE(house.next());  // of the whole study
    const auto blob = house.books.made(edited, Digest{std::byte{8}}, DerivedBlob::By::edit);
    CHECK(house.books.commit([&] { return house.books.outbox().prepare(edited, blob, house.books.now); }));
    REQUIRE(house.next());
    CHECK(house.books.commit([&] {
        return house.books.outbox().put_off_study(house.study, Reason::order_not_found, house.books.now + 1h, "",
                                                  house.books.now);
    }) == 2);
    CHECK(house.job(quiet).reason == Reason::quiet_period);
    // It is listed with the others, and waits all the same.
    CHECK(house.register_with({quiet, edited, plain}) == 3);
    CHECK(house.job(quiet).reason == Reason::quiet_period);
    CHECK(house.job(quiet).due_at == house.books.now + 15min);
    CHECK(house.claim().size() == 2);
    house.books.now += 15min;
    house.books.commit(
        [&] { house.books.outbox().settle_quiet(house.books.destination(), 15min, 10, house.books.now); });
    CHECK(house.claim().size() == 1);
}

TEST_CASE("outbox registration: the whole study is there to be told, but not what was given up") {
    House house;
    const auto first = house.take(1), second = house.take(2), third = house.take(3);
    house.books.commit([&] { house.books.outbox().act(Verb::cancel, second, alice, house.books.now); });
    const auto instances = Views(house.books.file()).study_at(house.study);
    REQUIRE(instances.size() == 2);
    CHECK(instances[0].job == first);
    CHECK(instances[1].job == third);
    CHECK(instances[0].accession_number == "RAD-1");
    CHECK_FALSE(instances[0].is_registered);
    CHECK(instances[0].is_kept);
    const auto uses = Views(house.books.file()).accession_uses("RAD-1", 10);
    CHECK(uses.size() == 2);
    CHECK(Views(house.books.file()).accession_uses("RAD-1", 1).size() == 1);
    CHECK(Views(house.books.file()).accession_uses("", 10).empty());
}

TEST_CASE("outbox registration: every stage has a word of its own, as the database has it") {
    for (const Stage stage : {Stage::no_accession, Stage::order_not_found, Stage::objected, Stage::ordered,
                              Stage::creating, Stage::replacing, Stage::registered})
        CHECK(parse_stage(to_string(stage)) == stage);
    CHECK_FALSE(parse_stage("sent"));
}
