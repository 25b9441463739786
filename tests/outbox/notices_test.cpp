/// Notices: what a webhook is told of a study, made with what it tells about, once, and kept until it was taken.
#include <doctest/doctest.h>

#include <algorithm>

#include "outbox/notice.h"
#include "outbox/registration.h"
#include "outbox/views.h"
#include "tests/outbox/books.h"

using namespace outbox;
using namespace outbox::testing;
using namespace std::chrono_literals;

namespace {

/// The first destination registers studies and has a webhook; instances are of the study "1.2.3".
struct House {
    House() { configure(true); }

    void configure(bool notifies) {
        const std::vector<DestinationSpec> specs{
            {.name = "pacs", .kind = "satusehat", .registers = true, .notifies = notifies},
            {"cloud", "dicomweb"},
            {"shelf", "folder"}};
        books.commit([&] { books.outbox().configure(specs, books.now); });
        study = {books.destination(), "1.2.3"};
    }
    JobId take(int instance, const std::string& uid = "1.2.3") {
        auto receipt = books.receipt(instance);
        receipt.instance.study_instance_uid = uid;
        receipt.instance.accession_number = "RAD-1";
        return books.accept(receipt).jobs.at(0);
    }
    void register_with(const std::vector<JobId>& jobs, const std::string& uid = "1.2.3") {
        books.commit([&] {
            const StudyAt at{books.destination(), uid};
            books.outbox().note_order(at, {"RAD-1", "sr-1", "Patient/P1", ""}, books.now);
            books.outbox().begin_registration(at, false, books.now);
            books.outbox().register_study(at, {"is-1", static_cast<std::int64_t>(jobs.size()), jobs}, books.now);
        });
    }
    /// All that may be claimed.
    std::vector<ClaimedJob> claim() {
        return books.commit([&] { return books.outbox().claim(books.destination(), 10, books.now); });
    }
    void deliver(const ClaimedJob& job) {
        books.commit([&] {
            REQUIRE(books.outbox().deliver(books.settlement(job.job, job.attempt), Evidence::response, false));
        });
    }
    void hold(const ClaimedJob& job, Reason reason) {
        books.commit([&] { REQUIRE(books.outbox().hold(books.settlement(job.job, job.attempt), reason)); });
    }
    void look(Reason reason) {
        books.commit([&] { books.outbox().put_off_study(study, reason, books.now + 1min, "none", books.now); });
        books.now += 1min;
    }
    /// All that were ever made: stage and reason.
    std::vector<std::string> told() {
        std::vector<std::string> all;
        for (std::int64_t id = 1; id <= count(); ++id)
            all.push_back(
                books.text("SELECT rtrim(stage || ' ' || reason) FROM notice WHERE id = " + std::to_string(id)));
        return all;
    }
    std::int64_t count() { return books.number("SELECT count(*) FROM notice"); }
    std::vector<OpenNotice> due() { return Views(books.file()).notices_due(books.destination(), books.now, 10); }
    std::optional<WebhookView> webhook() { return Views(books.file()).webhook(books.destination()); }

    Books books;
    StudyAt study;
};

using Told = std::vector<std::string>;

}  // namespace

TEST_CASE("outbox notices: dicom_sent is made with the last delivery of the study, and again for a late instance") {
    House house;
    const auto first = house.take(1), second = house.take(2);
    house.take(30, "1.2.99");  // another study, which is owed
    house.register_with({first, second});
    const auto claimed = house.claim();
    REQUIRE(claimed.size() == 2);
    house.deliver(claimed[0]);
    CHECK(house.told().empty());
    house.deliver(claimed[1]);
    CHECK(house.told() == Told{"dicom_sent"});
    const auto notice = house.due().at(0);
    CHECK(notice.study_instance_uid == "1.2.3");
    CHECK(notice.stage == NoticeStage::dicom_sent);
    CHECK(notice.reason == Reason::none);
    CHECK(notice.accession_number == "RAD-1");
    CHECK(notice.service_request_id == "sr-1");
    CHECK(notice.imaging_study_id == "is-1");
    CHECK(notice.idempotency_key.size() == 32);
    CHECK(notice.created_at == house.books.now);
    house.books.now += 1h;
    const auto late = house.take(3);
    house.register_with({first, second, late});
    house.deliver(house.claim().at(0));
    CHECK(house.told() == Told{"dicom_sent", "dicom_sent"});
    CHECK(house.books.number("SELECT count(DISTINCT idempotency_key) FROM notice") == 2);
}

TEST_CASE("outbox notices: a destination without a webhook makes none, and one that loses it makes no more") {
    House house;
    house.configure(false);
    const auto first = house.take(1);
    house.look(Reason::order_not_found);
    house.register_with({first});
    house.deliver(house.claim().at(0));
    CHECK(house.count() == 0);
    CHECK_FALSE(house.webhook());
    house.configure(true);
    CHECK(house.webhook());
    const auto late = house.take(2);
    house.register_with({first, late});
    const auto claimed = house.claim().at(0);
    house.configure(false);
    house.deliver(claimed);
    CHECK(house.count() == 0);
}

TEST_CASE("outbox notices: what is rolled back was never told") {
    House house;
    const auto job = house.take(1);
    house.register_with({job});
    const auto claimed = house.claim().at(0);
    {
        Outbox::Transaction transaction(house.books.outbox());
        house.books.outbox().deliver(house.books.settlement(claimed.job, claimed.attempt), Evidence::response, false);
    }
    CHECK(house.count() == 0);
}

TEST_CASE("outbox notices: a lookup that fails is told once per stage, however often it is looked again") {
    House house;
    house.take(1);
    house.look(Reason::no_accession);
    house.look(Reason::no_accession);
    CHECK(house.told() == Told{"metadata_lookup_failed no_accession"});
    house.look(Reason::order_not_found);
    house.look(Reason::order_not_found);
    CHECK(house.told() == Told{"metadata_lookup_failed no_accession", "metadata_lookup_failed order_not_found"});
    CHECK(house.due().at(0).accession_number == "RAD-1");
    CHECK(house.due().at(0).imaging_study_id.empty());
    // An order that is found, is not usable and is not found again is no news to whoever was told that there is none.
    house.books.commit([&] {
        house.books.outbox().note_order(house.study, {"RAD-1", "sr-1", "Patient/P1", ""}, house.books.now);
    });
    house.look(Reason::order_not_found);
    CHECK(house.count() == 2);
    // For another accession number it is.
    house.books.commit([&] {
        house.books.outbox().note_order(house.study, {"RAD-2", "sr-2", "Patient/P1", ""}, house.books.now);
    });
    house.look(Reason::order_not_found);
    CHECK(house.count() == 3);
}

TEST_CASE("outbox notices: a look after a success that finds no order is news") {
    House house;
    const auto first = house.take(1);
    house.look(Reason::order_not_found);
    house.register_with({first});
    house.deliver(house.claim().at(0));
    house.take(2);
    house.look(Reason::order_not_found);
    CHECK(house.told() ==
          Told{"metadata_lookup_failed order_not_found", "dicom_sent", "metadata_lookup_failed order_not_found"});
}

TEST_CASE("outbox notices: a study that is held while it is registered is told once, with its reason and our note") {
    House house;
    const auto first = house.take(1), second = house.take(2);
    const Objection objection{Reason::patient_doubtful, "other_patient:abc", "another PatientID"};
    house.books.commit([&] { house.books.outbox().object(house.study, objection, house.books.now); });
    CHECK(house.told() == Told{"imagingstudy_create_failed patient_doubtful"});
    CHECK(house.due().at(0).note == "another PatientID");
    const auto late = house.take(3);
    house.books.commit([&] { house.books.outbox().object(house.study, objection, house.books.now); });
    CHECK(house.count() == 1);
    // Overruled: the stage becomes order_not_found, but nobody has looked.
    house.books.commit([&] {
        for (const JobId job : {first, second, late}) house.books.outbox().release(job, alice, house.books.now);
    });
    CHECK(house.count() == 1);
    house.look(Reason::order_not_found);
    CHECK(house.count() == 2);
    house.books.commit([&] {
        house.books.outbox().hold_study(house.study, Reason::unexpected_answer, "rule 10132", house.books.now);
    });
    CHECK(house.told() == Told{"imagingstudy_create_failed patient_doubtful", "metadata_lookup_failed order_not_found",
                               "imagingstudy_create_failed unexpected_answer"});
}

TEST_CASE("outbox notices: that a person lets each study go is no failure, and a person's hold before that neither") {
    House house;
    const auto job = house.take(1);
    const Objection objection{Reason::awaiting_release, "release:1.2.3", ""};
    house.books.commit([&] { house.books.outbox().object(house.study, objection, house.books.now); });
    house.books.commit([&] { house.books.outbox().release(job, alice, house.books.now); });
    house.books.commit([&] { house.books.outbox().hold(job, alice, house.books.now); });
    CHECK(house.count() == 0);
}

TEST_CASE("outbox notices: a registered job that is held is told, and the success that follows, too") {
    House house;
    const auto first = house.take(1), second = house.take(2);
    house.register_with({first, second});
    const auto claimed = house.claim();
    house.hold(claimed.at(0), Reason::conflict);
    house.hold(claimed.at(1), Reason::conflict);  // of the same study, for the same reason
    CHECK(house.told() == Told{"dicom_send_failed conflict"});
    CHECK(house.due().at(0).imaging_study_id == "is-1");
    house.books.commit([&] { house.books.outbox().release(claimed[0].job, alice, house.books.now); });
    house.deliver(house.claim().at(0));
    CHECK(house.count() == 1);  // the other is still held
    house.books.commit([&] { CHECK(house.books.outbox().adopt(claimed[1].job, alice, house.books.now).applied); });
    CHECK(house.told() == Told{"dicom_send_failed conflict", "dicom_sent"});
}

TEST_CASE("outbox notices: a person's words about a held job are not told") {
    House house;
    const auto job = house.take(1);
    house.register_with({job});
    house.books.commit([&] { house.books.outbox().hold(job, alice, house.books.now); });
    CHECK(house.told() == Told{"dicom_send_failed held_by_operator"});
    CHECK(house.due().at(0).note.empty());
}

TEST_CASE("outbox notices: an instance that will never be listed is told as well") {
    House house;
    house.take(1);
    house.books.commit([&] { house.books.outbox().damage(digest_of(1, 0), house.books.now); });
    CHECK(house.told() == Told{"dicom_send_failed damaged"});
}

TEST_CASE("outbox notices: giving up what was owed last tells that the rest has arrived, but only once") {
    House house;
    const auto first = house.take(1), second = house.take(2);
    house.register_with({first, second});
    const auto claimed = house.claim();
    house.deliver(claimed.at(0));
    house.hold(claimed.at(1), Reason::conflict);
    house.books.commit([&] { house.books.outbox().act(Verb::cancel, claimed[1].job, alice, house.books.now); });
    CHECK(house.told() == Told{"dicom_send_failed conflict", "dicom_sent"});
    const auto late = house.take(3);
    house.books.commit([&] { house.books.outbox().act(Verb::cancel, late, alice, house.books.now); });
    CHECK(house.count() == 2);
    // Where all was given up, nothing was sent.
    const auto other = house.take(30, "1.2.99");
    house.books.commit([&] { house.books.outbox().act(Verb::cancel, other, alice, house.books.now); });
    CHECK(house.count() == 2);
}

TEST_CASE("outbox notices: of each study only the oldest is due, and a failing one keeps nobody else back") {
    House house;
    const auto first = house.take(1), other = house.take(30, "1.2.99");
    house.look(Reason::order_not_found);
    house.register_with({first});
    house.register_with({other}, "1.2.99");
    for (const ClaimedJob& each : house.claim()) house.deliver(each);
    REQUIRE(house.count() == 3);
    auto due = house.due();
    REQUIRE(due.size() == 2);
    CHECK(due[0].stage == NoticeStage::metadata_lookup_failed);
    CHECK(due[1].study_instance_uid == "1.2.99");
    const auto rows = house.books.history_rows();
    const auto fail = [&](std::optional<std::int32_t> status) {
        return house.books.commit([&] {
            return house.books.outbox().put_off_notice(due[0].id, {status, "HTTP 500"}, house.books.now + 5s,
                                                       house.books.now);
        });
    };
    CHECK(fail(500));
    CHECK(fail(std::nullopt));
    CHECK(house.books.history_rows() == rows + 1);  // when it begins to fail
    CHECK(house.books.text("SELECT event FROM history ORDER BY sequence DESC LIMIT 1") == "webhook_failing");
    CHECK(house.due().size() == 1);  // the later one of its study waits behind it
    REQUIRE(house.webhook());
    CHECK(house.webhook()->waiting == 3);
    CHECK(house.webhook()->oldest_waiting_at == due[0].created_at);
    CHECK(house.webhook()->last_error == "HTTP 500");
    CHECK_FALSE(house.webhook()->last_told_at);
    house.books.now += 5s;
    due = house.due();
    REQUIRE(due.size() == 2);
    CHECK(due[1].attempt_count == 2);
    CHECK(house.books.commit([&] { return house.books.outbox().end_notice(due[1].id, 204, house.books.now); }));
    CHECK_FALSE(house.books.commit([&] { return house.books.outbox().end_notice(due[1].id, 204, house.books.now); }));
    CHECK(house.books.text("SELECT event FROM history ORDER BY sequence DESC LIMIT 1") == "webhook_told");
    CHECK(house.webhook()->last_told_at == house.books.now);
    CHECK(house.webhook()->last_error.empty());
    due = house.due();
    REQUIRE(due.size() == 2);
    CHECK(std::ranges::any_of(due, [](const OpenNotice& each) {
        return each.stage == NoticeStage::dicom_sent && each.study_instance_uid == "1.2.3";
    }));
}

TEST_CASE("outbox notices: they survive a restart with their keys, and can be made due at once") {
    House house;
    house.take(1);
    house.look(Reason::order_not_found);
    const auto before = house.due().at(0);
    house.books.commit([&] {
        house.books.outbox().put_off_notice(before.id, {std::nullopt, "refused"}, house.books.now + 15min,
                                            house.books.now);
    });
    house.books.restart();
    house.configure(true);
    CHECK(house.due().empty());
    CHECK(house.books.commit(
              [&] { return house.books.outbox().hurry_notices(house.books.destination(), house.books.now); }) == 1);
    REQUIRE(house.due().size() == 1);
    CHECK(house.due()[0].idempotency_key == before.idempotency_key);
    CHECK(house.due()[0].attempt_count == 1);
}

TEST_CASE("outbox notices: the database lets none be changed in what it tells, taken back or deleted") {
    House house;
    house.take(1);
    house.look(Reason::order_not_found);
    house.books.commit([&] { CHECK(house.books.outbox().end_notice(house.due().at(0).id, 200, house.books.now)); });
    house.books.close();
    Database raw(house.books.file(), Database::Role::writer);
    CHECK_THROWS_AS(raw.execute("UPDATE notice SET imaging_study_id = 'x'"), Error);
    CHECK_THROWS_AS(raw.execute("UPDATE notice SET told_at_ms = NULL"), Error);
    CHECK_THROWS_AS(raw.execute("DELETE FROM notice"), Error);
}

TEST_CASE("outbox notices: every stage has a word of its own, as the database has it") {
    for (const NoticeStage stage : {NoticeStage::dicom_sent, NoticeStage::dicom_send_failed,
                                    NoticeStage::metadata_lookup_failed, NoticeStage::imagingstudy_create_failed})
        CHECK(parse_notice_stage(to_string(stage)) == stage);
    CHECK_FALSE(parse_notice_stage("registered"));
}
