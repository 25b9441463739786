// Asking destinations what they have, keeping what was not confirmed, and answering scanners that ask us.
#include <doctest/doctest.h>

#include "outbox/views.h"
#include "tests/outbox/books.h"

using namespace std::chrono_literals;

namespace outbox::testing {

namespace {

/// Opens a probe of the job and says what it found.
template <class End>
auto probe(Books& books, JobId job, End end) {
    const auto attempt = books.commit([&] { return books.outbox().ask(job, books.now); });
    REQUIRE(attempt);
    return books.commit([&] { return end(books.settlement(job, *attempt)); });
}

bool denies(Books& books, JobId job) {
    return probe(books, job, [&](const Settlement& found) {
        return books.outbox().close_probe(found, books.now + 60s, Outcome::absent);
    });
}

Pledge pledge_of(std::initializer_list<int> instances, const Books& books, bool wants_delivery) {
    Pledge pledge{"2.25.7", "CT1", "BRIDGE", "10.0.0.1", "ct-1", wants_delivery, {}};
    for (const int each : instances) {
        const auto facts = books.receipt(each).instance;
        pledge.instances.push_back({facts.sop_instance_uid, facts.sop_class_uid});
    }
    return pledge;
}

}  // namespace

TEST_CASE("outbox: denials are counted since the last send, with the time of the first, and survive a restart") {
    Books books;
    const auto job = books.job_in(State::uncertain);
    CHECK(books.outbox().absences(job).count == 0);
    const auto first = books.now;
    CHECK(denies(books, job));
    books.now += 60s;
    CHECK(denies(books, job));
    books.restart();
    const auto absences = books.outbox().absences(job);
    CHECK(absences.count == 2);
    CHECK(absences.first_at == first);
    CHECK(books.state_of(job) == State::uncertain);
    const Views views(books.file());
    CHECK(views.uncertain(books.destination(), books.now + 61s, 10).front().probe_count == 2);
    // Sent again, the earlier denials say nothing any more.
    books.commit([&] { CHECK(books.outbox().defer_uncertain(job, Reason::absent, books.now, books.now)); });
    books.commit([&] {
        const auto claimed = books.outbox().claim(books.destination(), 1, books.now);
        REQUIRE(claimed.size() == 1);
        CHECK(books.outbox().doubt(books.settlement(job, claimed.front().attempt), Reason::no_response, books.now));
    });
    CHECK(books.outbox().absences(job).count == 0);
}

TEST_CASE("outbox: what is to be confirmed is asked about when it is due, and not purged before it was") {
    Books books;
    const auto job = books.job_in(State::sending);
    const auto attempt = books.open_attempt(job);
    books.commit([&] {
        CHECK(books.outbox().deliver(books.settlement(job, attempt), Evidence::response, false, books.now + 10s));
    });
    const Views views(books.file());
    CHECK(views.to_confirm(books.destination(), books.now, 10).empty());
    books.now += 10s;
    REQUIRE(views.to_confirm(books.destination(), books.now, 10).size() == 1);
    CHECK(views.to_confirm(books.destination(), books.now, 10).front().state == State::delivered);
    const auto purge = [&] {
        return books.commit([&] { return books.outbox().begin_purge(books.now + 1h, 10, books.now); }).size();
    };
    CHECK(purge() == 0);
    CHECK(denies(books, job));  // not yet enough to act on: it is asked again
    CHECK(views.to_confirm(books.destination(), books.now, 10).empty());
    CHECK(purge() == 0);
    books.now += 60s;
    CHECK(probe(books, job,
                [&](const Settlement& found) { return books.outbox().confirm(found, Evidence::commitment); }));
    CHECK(views.job(job)->evidence == Evidence::commitment);
    CHECK(views.to_confirm(books.destination(), Instant::max(), 10).empty());
    CHECK(purge() == 1);
}

TEST_CASE("outbox: nothing is kept for a confirmation that nobody asks for any more") {
    Books books;
    const auto job = books.job_in(State::sending);
    const auto attempt = books.open_attempt(job);
    books.commit([&] {
        CHECK(books.outbox().deliver(books.settlement(job, attempt), Evidence::response, false, books.now + 10s));
    });
    // The three destinations of these books don't confirm.
    CHECK(books.commit([&] { return books.outbox().settle_removed(10, books.now); }) == 1);
    const Views views(books.file());
    CHECK(views.to_confirm(books.destination(), Instant::max(), 10).empty());
    CHECK(books.state_of(job) == State::delivered);
}

TEST_CASE("outbox: an operator asks now about what is uncertain or delivered, by filter") {
    Books books;
    const auto delivered = books.job_in(State::delivered);
    const auto uncertain = books.job_in(State::uncertain);
    const auto held = books.job_in(State::held);
    JobFilter all;
    all.destination = Views(books.file()).job(held)->destination;
    const auto slice = books.commit([&] { return books.outbox().act(Verb::ask, all, {1}, 100, alice, books.now); });
    CHECK(slice.changed == 2);
    const Views views(books.file());
    REQUIRE(views.to_confirm(books.destination(), books.now, 10).size() == 1);
    CHECK(views.to_confirm(books.destination(), books.now, 10).front().job == delivered);
    CHECK(views.uncertain(books.destination(), books.now, 10).front().job == uncertain);
}

TEST_CASE("outbox: a commitment's jobs are found by its transaction, and each is answered once") {
    Books books;
    const auto job = books.job_in(State::uncertain);
    const auto attempt = books.commit([&] {
        const auto opened = books.outbox().ask(job, books.now);
        books.outbox().ask_commitment("2.25.1", std::vector{std::pair{job, *opened}}, books.now);
        CHECK(books.outbox().put_off_probe(job, books.now + 60s, books.now));
        return *opened;
    });
    CHECK(books.outbox().commitment("2.25.2").empty());
    const auto items = books.outbox().commitment("2.25.1");
    REQUIRE(items.size() == 1);
    CHECK(items.front().job == job);
    CHECK(items.front().attempt == attempt);
    CHECK(items.front().state == State::uncertain);
    CHECK_FALSE(items.front().is_answered);
    const Views views(books.file());
    CHECK(views.uncertain(books.destination(), books.now, 10).empty());
    CHECK(views.uncertain(books.destination(), books.now + 60s, 10).front().commitment_asked_at == books.now);
    books.commit([&] {
        CHECK(books.outbox().answer_commitment("2.25.1", job, std::nullopt, books.now));
        CHECK_FALSE(books.outbox().answer_commitment("2.25.1", job, 0x0112, books.now));
        CHECK(books.outbox().deliver(books.settlement(job, attempt), Evidence::commitment, false));
    });
    CHECK(books.outbox().commitment("2.25.1").front().is_answered);
    CHECK(views.job(job)->evidence == Evidence::commitment);
    // A transaction UID is used once.
    const auto other = books.job_in(State::uncertain);
    const auto second = books.commit([&] { return books.outbox().ask(other, books.now); });
    books.commit([&] { books.outbox().ask_commitment("2.25.3", std::vector{std::pair{other, *second}}, books.now); });
    CHECK_THROWS_AS(books.commit([&] {
        books.outbox().ask_commitment("2.25.3", std::vector{std::pair{other, *second}}, books.now);
    }),
                    Error);
}

TEST_CASE("outbox: a request that was withdrawn is waited for no more, and its answer still counts") {
    Books books;
    const auto job = books.job_in(State::uncertain);
    books.commit([&] {
        const auto opened = books.outbox().ask(job, books.now);
        books.outbox().ask_commitment("2.25.1", std::vector{std::pair{job, *opened}}, books.now);
        books.outbox().withdraw_commitment("2.25.1", books.now);
    });
    const Views views(books.file());
    CHECK_FALSE(views.uncertain(books.destination(), Instant::max(), 10).front().commitment_asked_at);
    books.commit([&] {
        CHECK(books.outbox().answer_commitment("2.25.1", job, 0x0112, books.now));
        CHECK_FALSE(books.outbox().answer_commitment("2.25.1", job, std::nullopt, books.now));
    });
}

TEST_CASE("outbox: what a destination once answered is remembered") {
    Books books;
    const auto view = [&] {
        return *Views(books.file()).destination(Views(books.file()).status().destinations.front().name);
    };
    CHECK_FALSE(view().answers_query);
    books.commit([&] { books.outbox().note_answers(view().id, true, false); });
    books.commit([&] { books.outbox().note_answers(view().id, false, true); });
    CHECK(view().answers_query);
    CHECK(view().answers_commitment);
}

TEST_CASE("outbox: a prepared job is claimed with the blob that was made for it") {
    Books books;
    const auto job = books.job_in(State::queued);
    const Digest made{std::byte{9}};
    books.commit([&] { CHECK(books.outbox().prepare(job, books.made(job, made), books.now)); });
    CHECK(books.outbox().names(made));
    const Views views(books.file());
    const auto due = views.due(books.destination(), books.now, 10);
    REQUIRE(due.size() == 1);
    CHECK(due.front().digest == made);
    CHECK(due.front().is_transcoded);
    CHECK(due.front().transfer_syntax_uid == "1.2.840.10008.1.2.1");
    const auto claimed = books.commit([&] { return books.outbox().claim(books.destination(), 10, books.now); });
    REQUIRE(claimed.size() == 1);
    CHECK(claimed.front().digest == made);
    CHECK(claimed.front().transfer_syntax_uid == "1.2.840.10008.1.2.1");
    // Both blobs go when the instance does.
    books.commit([&] {
        CHECK(books.outbox().deliver(books.settlement(job, claimed.front().attempt), Evidence::response, false));
    });
    CHECK(books.commit([&] { return books.outbox().begin_purge(books.now + 1h, 10, books.now); }).size() == 2);
}

TEST_CASE("outbox: a job whose made blob is lost goes back to the instance's own, wherever it stands") {
    const Digest made{std::byte{9}};
    const auto prepared = [&](Books& books) {
        const auto job = books.job_in(State::queued);
        books.commit([&] { CHECK(books.outbox().prepare(job, books.made(job, made), books.now)); });
        return job;
    };
    const auto claim = [](Books& books) {
        return books.commit([&] { return books.outbox().claim(books.destination(), 1, books.now); });
    };
    SUBCASE("damaged while it is queued: nobody has to do anything") {
        Books books;
        const auto job = prepared(books);
        const auto own = Views(books.file()).job(job)->instance.facts.digest;
        books.commit([&] { CHECK(books.outbox().damage(made, books.now) == 0); });
        CHECK(books.state_of(job) == State::queued);
        const auto claimed = claim(books);
        REQUIRE(claimed.size() == 1);
        CHECK(claimed.front().digest == own);
    }
    SUBCASE("found damaged while it was sent: nobody has to do anything, either") {
        Books books;
        const auto job = prepared(books);
        const auto own = Views(books.file()).job(job)->instance.facts.digest;
        const auto attempt = claim(books).front().attempt;
        books.commit([&] {
            CHECK(books.outbox().hold(books.settlement(job, attempt), Reason::damaged));
            CHECK(books.outbox().damage(made, books.now) == 0);
        });
        CHECK(books.state_of(job) == State::queued);
        CHECK(Views(books.file()).job(job)->digest == own);
        CHECK(claim(books).size() == 1);
    }
    SUBCASE("purged with its instance, which came again: a resend sends the instance's own") {
        Books books;
        const auto job = prepared(books);
        const auto own = Views(books.file()).job(job)->instance.facts;
        const auto attempt = claim(books).front().attempt;
        books.commit([&] { CHECK(books.outbox().deliver(books.settlement(job, attempt), Evidence::response, false)); });
        const auto gone = books.commit([&] { return books.outbox().begin_purge(books.now + 1h, 10, books.now); });
        books.commit([&] { books.outbox().end_purge(gone, books.now); });
        CHECK_FALSE(books.commit([&] { return books.outbox().resend(job, alice, books.now); }).applied);
        auto receipt = books.receipt(1);
        receipt.instance = own;
        CHECK(books.accept(receipt).was_restored);
        CHECK(books.commit([&] { return books.outbox().resend(job, alice, books.now); }).applied);
        CHECK(claim(books).front().digest == own.digest);
    }
}

TEST_CASE("outbox: a blob that two versions came to stays until the last one is done, and both fall back from it") {
    const Digest made{std::byte{9}};
    Books books;
    const auto first = books.receipt(1);
    auto second = books.receipt(2);
    second.instance.sop_instance_uid = first.instance.sop_instance_uid;
    const auto older = books.accept(first).jobs.front(), newer = books.accept(second).jobs.front();
    for (const auto job : {older, newer})
        books.commit([&] { CHECK(books.outbox().prepare(job, books.made(job, made), books.now)); });
    const auto claimed = books.commit([&] { return books.outbox().claim(books.destination(), 1, books.now); });
    REQUIRE(claimed.front().job == older);
    books.commit([&] {
        CHECK(books.outbox().deliver(books.settlement(older, claimed.front().attempt), Evidence::response, false));
    });
    const auto purge = [&] {
        return books.commit([&] { return books.outbox().begin_purge(books.now + 1h, 10, books.now); });
    };
    SUBCASE("purged with the last") {
        const auto gone = purge();
        CHECK(gone == std::vector{first.instance.digest});
        books.commit([&] { books.outbox().end_purge(gone, books.now); });
        const auto later = books.commit([&] { return books.outbox().claim(books.destination(), 1, books.now); });
        REQUIRE(later.size() == 1);
        CHECK(later.front().digest == made);
        books.commit([&] {
            CHECK(books.outbox().deliver(books.settlement(newer, later.front().attempt), Evidence::response, false));
        });
        CHECK(purge().size() == 2);
    }
    SUBCASE("damaged for both") {
        books.commit([&] { books.outbox().damage(made, books.now); });
        const auto later = books.commit([&] { return books.outbox().claim(books.destination(), 1, books.now); });
        REQUIRE(later.size() == 1);
        CHECK(later.front().digest == second.instance.digest);
    }
}

TEST_CASE("outbox: a job that is set aside is due when its blob is there, held when there is none, or taken back") {
    Books books;
    const auto ready = books.job_in(State::queued), hopeless = books.job_in(State::queued),
               forgotten = books.job_in(State::queued), waits = books.job_in(State::queued);
    const auto later = books.now + 24h;
    const auto own = [&](JobId job) { return Views(books.file()).job(job)->digest; };
    const auto claimed = [&] {
        std::vector<JobId> jobs;
        for (const auto& each : books.commit([&] { return books.outbox().claim(books.destination(), 9, books.now); }))
            jobs.push_back(each.job);
        return jobs;
    };
    books.commit([&] { CHECK(books.outbox().postpone(waits, Reason::no_accession, later, books.now)); });
    for (const auto job : {ready, hopeless, forgotten}) {
        const auto digest = own(job);
        books.commit([&] {
            CHECK_FALSE(books.outbox().set_aside(job, Digest{std::byte{1}}, later, books.now));
            CHECK(books.outbox().set_aside(job, digest, later, books.now));
        });
    }
    CHECK(claimed().empty());
    CHECK(books.reason_of(ready) == "being_prepared");
    const auto digest = own(ready);
    books.commit([&] {
        CHECK(books.outbox().prepare(ready, books.made(ready, Digest{std::byte{9}}), books.now));
        CHECK_FALSE(books.outbox().set_aside(ready, digest, later, books.now));
        CHECK(books.outbox().hold_queued(hopeless, Reason::transcode_failed, books.now));
    });
    CHECK(claimed() == std::vector{ready});
    CHECK(books.state_of(hopeless) == State::held);
    books.commit([&] {
        CHECK(books.outbox().take_back(books.destination(), 10, books.now) == 1);
        CHECK(books.outbox().take_back(books.destination(), 10, books.now) == 0);
    });
    CHECK(claimed() == std::vector{forgotten});
    CHECK(books.reason_of(waits) == "no_accession");
}

TEST_CASE("outbox: of the wanted jobs those are claimed that are due, in their order") {
    Books books;
    const auto first = books.job_in(State::queued), second = books.job_in(State::queued),
               later = books.job_in(State::queued), held = books.job_in(State::held);
    books.commit([&] {
        CHECK(books.outbox().postpone(later, Reason::transcode_failed, books.now + 1h, books.now));
        const std::vector wanted{held, second, later, JobId{999}, first};
        const auto some = books.outbox().claim(books.destination(), wanted, 1, books.now);
        REQUIRE(some.size() == 1);
        CHECK(some.front().job == second);
        const auto rest = books.outbox().claim(books.destination(), wanted, 9, books.now);
        REQUIRE(rest.size() == 1);
        CHECK(rest.front().job == first);
    });
}

TEST_CASE("outbox: what a wrong clock put off for a year is due now, and what waits by design stays") {
    Books books;
    const auto job = books.job_in(State::queued), waits = books.job_in(State::queued),
               soon = books.job_in(State::queued), doubted = books.job_in(State::uncertain);
    const auto year = books.now + 24h * 365;
    books.commit([&] {
        CHECK(books.outbox().postpone(job, Reason::transcode_failed, year, books.now));
        CHECK(books.outbox().postpone(waits, Reason::no_accession, year, books.now));
        CHECK(books.outbox().postpone(soon, Reason::transcode_failed, books.now + 1h, books.now));
        books.outbox().put_off_probe(doubted, year, books.now);
        CHECK(books.outbox().pull_in(books.destination(), books.now + 48h, 10, books.now) == 2);
        CHECK(books.outbox().pull_in(books.destination(), books.now + 48h, 10, books.now) == 0);
    });
    const Views views(books.file());
    CHECK(views.job(job)->due_at == books.now);
    CHECK(views.job(doubted)->due_at == books.now);
    CHECK(views.job(waits)->due_at == year);
    CHECK(views.job(soon)->due_at == books.now + 1h);
}

TEST_CASE("outbox: what broke the association after its last byte is in doubt again when it is released") {
    for (const auto outcome : {Outcome::unknown, Outcome::needs_a_person}) {
        Books books;
        const auto job = books.job_in(State::sending);
        const auto attempt = books.open_attempt(job);
        books.commit([&] {
            CHECK(books.outbox().hold(books.settlement(job, attempt), Reason::breaks_association, outcome));
            CHECK(books.outbox().release(job, alice, books.now).applied);
        });
        CHECK(books.state_of(job) == (outcome == Outcome::unknown ? State::uncertain : State::queued));
    }
}

TEST_CASE("outbox: the instances that a new destination is missing are found, by study or since when") {
    Books books;
    const auto first = books.accept(books.receipt(1));
    books.now += 1h;
    const auto second = books.accept(books.receipt(2));
    const Views views(books.file());
    CHECK(views.missing(books.destination(), std::nullopt, std::nullopt, {}, 10).empty());
    const auto all = views.missing(books.destination(2), std::nullopt, std::nullopt, {}, 10);
    REQUIRE(all.size() == 2);
    CHECK(all.front().instance == first.instance);
    CHECK(views.missing(books.destination(2), std::nullopt, std::nullopt, first.instance, 10).size() == 1);
    const auto since = views.missing(books.destination(2), std::nullopt, books.now, {}, 10);
    REQUIRE(since.size() == 1);
    CHECK(since.front().instance == second.instance);
    const auto study = books.receipt(1).instance.study_instance_uid;
    CHECK(views.missing(books.destination(2), study, std::nullopt, {}, 10).size() >= 1);
    CHECK(views.missing(books.destination(2), "1.2.3.none", std::nullopt, {}, 10).empty());
}

TEST_CASE("outbox: a scanner's request is answered from custody, or when every copy is delivered") {
    for (const bool wants_delivery : {false, true}) {
        CAPTURE(wants_delivery);
        Books books;
        books.accept(books.receipt(1));
        const auto id = books.commit([&] {
            return books.outbox().pledge(pledge_of({1, 99}, books, wants_delivery), books.now);
        });
        REQUIRE(id);
        CHECK_FALSE(books.commit(
            [&] { return books.outbox().pledge(pledge_of({1}, books, wants_delivery), books.now).has_value(); }));
        books.restart();
        const Views views(books.file());
        const auto open = views.pledges_due(books.now, 10);
        REQUIRE(open.size() == 1);
        CHECK(open.front().pledge.sender == "ct-1");
        auto answer = views.pledge_answer(open.front());
        CHECK(answer.is_ready == !wants_delivery);
        CHECK(answer.committed.size() == 1);
        REQUIRE(answer.failed.size() == 1);
        CHECK(answer.failed.front().why == PledgeAnswer::Failure::no_such_instance);
        const auto claimed = books.commit([&] { return books.outbox().claim(books.destination(), 1, books.now); });
        books.commit([&] {
            const auto settlement = books.settlement(claimed.front().job, claimed.front().attempt);
            CHECK(books.outbox().deliver(settlement, Evidence::response, false));
        });
        CHECK(views.pledge_answer(open.front()).is_ready);
        books.commit([&] { books.outbox().put_off_pledge(*id, books.now + 1min); });
        CHECK(views.pledges_due(books.now, 10).empty());
        CHECK(views.pledge("CT1", "2.25.7")->tries == 1);
        books.commit([&] { books.outbox().end_pledge(*id, books.now); });
        CHECK(views.pledges_due(Instant::max(), 10).empty());
        CHECK_FALSE(views.pledge("CT1", "2.25.7"));
        CHECK(books.number("SELECT count(*) FROM history WHERE event = 'committed'") == 1);
    }
}

TEST_CASE("outbox: what was given up and purged is not committed to, whatever the scanner wants") {
    Books books;
    const auto accepted = books.accept(books.receipt(1));
    books.commit([&] {
        CHECK(books.outbox().cancel(accepted.jobs.front(), Reason::cancelled_by_operator, alice, books.now).applied);
        CHECK(books.outbox().pledge(pledge_of({1}, books, false), books.now));
    });
    const Views views(books.file());
    const auto open = views.pledges_due(books.now, 1).front();
    CHECK(views.pledge_answer(open).committed.size() == 1);
    const auto marked = books.commit([&] { return books.outbox().begin_purge(books.now + 1h, 10, books.now); });
    REQUIRE(marked.size() == 1);
    CHECK(views.pledge_answer(open).failed.size() == 1);
    books.commit([&] { books.outbox().end_purge(marked, books.now); });
    CHECK(views.pledge_answer(open).failed.size() == 1);
    CHECK(views.pledge_answer(open).committed.empty());
}

TEST_CASE("outbox: denials before the destination confirmed that it has it don't count against it") {
    Books books;
    const auto job = books.job_in(State::delivered);
    CHECK(denies(books, job));
    CHECK(denies(books, job));
    CHECK(books.outbox().absences(job).count == 2);
    CHECK(probe(books, job, [&](const Settlement& found) { return books.outbox().confirm(found, Evidence::query); }));
    CHECK(books.outbox().absences(job).count == 0);
}

TEST_CASE("outbox: another version at the same destination, or a resend, makes what is found there ambiguous") {
    Books books;
    const auto job = books.job_in(State::uncertain);
    const Views views(books.file());
    const auto is_ambiguous = [&] {
        return views.uncertain(books.destination(), Instant::max(), 10).front().is_ambiguous;
    };
    CHECK_FALSE(is_ambiguous());
    // The same SOP Instance UID with other bytes, on its way to the same place.
    auto receipt = books.receipt(77, 1);
    receipt.instance.sop_instance_uid = views.job(job)->instance.facts.sop_instance_uid;
    books.accept(receipt);
    CHECK_FALSE(is_ambiguous());
    books.commit([&] { CHECK(books.outbox().claim(books.destination(), 1, books.now).size() == 1); });
    CHECK(is_ambiguous());
}

TEST_CASE("outbox: a copy that an operator gave up, or another class, is not committed to") {
    Books books;
    const auto accepted = books.accept(books.receipt(1));
    auto pledge = pledge_of({1, 2}, books, true);
    books.accept(books.receipt(2));
    pledge.instances[1].sop_class_uid = "1.2.3";
    books.commit([&] {
        CHECK(books.outbox().cancel(accepted.jobs.front(), Reason::cancelled_by_operator, alice, books.now).applied);
        CHECK(books.outbox().pledge(pledge, books.now));
    });
    const Views views(books.file());
    const auto answer = views.pledge_answer(views.pledges_due(books.now, 1).front());
    CHECK(answer.committed.empty());
    REQUIRE(answer.failed.size() == 2);
    CHECK(answer.failed[0].why != answer.failed[1].why);
}

}  // namespace outbox::testing
