// The committer: custody is durable or refused, pieces stand or fall alone, and a removal never races a reuse.
#include "broker/committer/committer.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "broker/committer/damage.h"
#include "tests/broker/committer/books.h"

using namespace std::chrono_literals;
using books_test::Books;
using books_test::start;

TEST_CASE("committer: what is in custody is on disk and in the books, with its job, and the lane is woken") {
    Books books;
    const auto accepted = books.take("the bytes", "1.2.3.4");
    CHECK(accepted.jobs.size() == 1);
    books.committer.stop();  // it answers before it wakes
    CHECK(books.woken == 1);
    const outbox::Views views(books.folder.path() / "outbox.db");
    const auto job = views.job(accepted.jobs.front());
    REQUIRE(job);
    CHECK(job->state == outbox::State::queued);
    CHECK(books.spool.verify(spool::Digest::from_bytes(job->digest)));
}

TEST_CASE("committer: a piece that fails undoes only itself") {
    Books books;
    const auto accepted = books.take("the bytes", "1.2.3.4");
    const auto id = accepted.jobs.front();
    CHECK_THROWS_AS(books.committer.run(broker::Turn::settlement,
                                        [&](outbox::Outbox& o) {
                                            o.hold(id, {"test", ""}, start);
                                            throw std::runtime_error("on purpose");
                                        }),
                    std::runtime_error);
    const outbox::Views views(books.folder.path() / "outbox.db");
    CHECK(views.job(id)->state == outbox::State::queued);
    CHECK(books.fatal == 0);
    CHECK(books.committer.run(broker::Turn::settlement, [&](outbox::Outbox& o) {
        return o.hold(id, {"test", ""}, start).applied;
    }));
}

TEST_CASE("committer: a receipt that the books refuse leaves no blob behind") {
    Books books;
    auto linked = books.link("nobody's bytes");
    const auto digest = linked.digest();
    auto bad = books.receipt(linked, "");  // the schema wants a UID
    CHECK_THROWS_AS(books.committer.take_custody(std::move(linked), std::move(bad)), outbox::Error);
    CHECK_FALSE(books.spool.size_of(digest));
    CHECK(books.fatal == 0);
    CHECK(books.take("the bytes", "1.2.3.4").jobs.size() == 1);
}

TEST_CASE("committer: after stop nobody waits for ever and nothing is promised") {
    Books books;
    auto linked = books.link("late");
    auto receipt = books.receipt(linked, "1.2.3.4");
    books.committer.stop();
    CHECK_THROWS_AS(books.committer.take_custody(std::move(linked), std::move(receipt)), broker::Stopped);
    CHECK_THROWS_AS(books.committer.run(broker::Turn::settlement, [](outbox::Outbox&) {}), broker::Stopped);
    CHECK_THROWS_AS(books.committer.between([](spool::Spool&, outbox::Outbox&) {}), broker::Stopped);
}

TEST_CASE("committer: many at once all come through") {
    Books books;
    std::vector<std::jthread> threads;
    std::atomic<int> taken = 0;
    for (int t = 0; t < 8; ++t)
        threads.emplace_back([&, t] {
            for (int i = 0; i < 50; ++i) {
                const auto uid = "1.2." + std::to_string(t) + "." + std::to_string(i);
                if (books.take("bytes of " + uid, uid).version == 1) ++taken;
            }
        });
    threads.clear();
    CHECK(taken == 400);
    const outbox::Views views(books.folder.path() / "outbox.db");
    CHECK(views.status().instances == 400);
}

TEST_CASE("committer: a blob that is missing is found, its jobs are held, and the instance sent again releases them") {
    Books books;
    const auto accepted = books.take("the bytes", "1.2.3.4");
    const outbox::Views views(books.folder.path() / "outbox.db");
    const auto digest = views.job(accepted.jobs.front())->digest;
    CHECK_FALSE(broker::settle_damage(books.committer, digest, start));
    const auto name = spool::Digest::from_bytes(digest);
    books.committer.between([&](spool::Spool& spool, outbox::Outbox&) { spool.unlink(name); });
    CHECK(broker::settle_damage(books.committer, digest, start));
    auto job = views.job(accepted.jobs.front());
    CHECK(job->state == outbox::State::held);
    CHECK(job->reason == outbox::Reason::damaged);
    CHECK(books.take("the bytes", "1.2.3.4").was_restored);
    job = views.job(accepted.jobs.front());
    CHECK(job->state == outbox::State::queued);
}

TEST_CASE("committer: a damaged blob that comes again at the same time is left alone, and its jobs go on with it") {
    for (const bool is_rotten : {true, false}) {
        Books books;
        const auto accepted = books.take("the bytes", "1.2.3.4");
        const auto id = accepted.jobs.front();
        const outbox::Views views(books.database());
        const auto digest = views.job(id)->digest;
        const auto name = spool::Digest::from_bytes(digest);
        const auto path = books.folder.path() / "spool" / name.hex().substr(0, 2) / name.hex();
        if (is_rotten) {
            std::filesystem::permissions(path, std::filesystem::perms::owner_write, std::filesystem::perm_options::add);
            std::fstream(path, std::ios::in | std::ios::out).put('!');
        } else {
            std::filesystem::remove(path);
        }
        books.committer.run(broker::Turn::settlement,
                            [&](outbox::Outbox& o) { return o.hold_queued(id, outbox::Reason::damaged, start); });
        auto linked = books.link("the bytes");  // takes what it knows for whole, or links anew
        auto receipt = books.receipt(linked, "1.2.3.4");
        CHECK_FALSE(broker::settle_damage(books.committer, digest, start));
        CHECK(books.spool.size_of(name));
        books.committer.take_custody(std::move(linked), std::move(receipt));
        CHECK(views.job(id)->state == outbox::State::queued);
        // Whoever sends the rotten one finds it again, and then nobody pins it.
        CHECK(broker::settle_damage(books.committer, digest, start) == is_rotten);
        CHECK(views.job(id)->state == (is_rotten ? outbox::State::held : outbox::State::queued));
        CHECK(books.take("the bytes", "1.2.3.4").was_restored == is_rotten);
        CHECK(books.spool.verify(name));
    }
}

TEST_CASE("committer: jobs held for a damage that a receipt had mended already go on, and without one they wait") {
    for (const bool is_sent_again : {true, false}) {
        Books books;
        const auto id = books.take("the bytes", "1.2.3.4").jobs.front();
        const outbox::Views views(books.database());
        const auto digest = views.job(id)->digest;
        if (is_sent_again) books.take("the bytes", "1.2.3.4");
        books.committer.run(broker::Turn::settlement,
                            [&](outbox::Outbox& o) { return o.hold_queued(id, outbox::Reason::damaged, start); });
        CHECK_FALSE(broker::settle_damage(books.committer, digest, start));
        CHECK(views.job(id)->state == (is_sent_again ? outbox::State::queued : outbox::State::held));
    }
}
