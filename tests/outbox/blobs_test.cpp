/// Blobs in the books: damaged, purged, derived, verified.
#include <doctest/doctest.h>

#include <algorithm>

#include "tests/outbox/books.h"

using namespace outbox;
using namespace outbox::testing;
using namespace std::chrono_literals;

TEST_CASE("outbox damage: the unfinished jobs are held, the blob is marked, once, with a history row") {
    Books books;
    books.accept(books.receipt(1, 0, 3));
    books.commit([&] { CHECK(books.outbox().claim(books.destination(2), 1, books.now).size() == 1); });
    const auto damage = [&] { return books.commit([&] { return books.outbox().damage(digest_of(1, 0), books.now); }); };
    CHECK(damage() == 2);
    CHECK(damage() == 0);
    CHECK(books.number("SELECT count(*) FROM job WHERE state = 'held' AND reason = 'damaged'") == 2);
    CHECK(books.state_of(JobId{3}) == State::sending);
    CHECK(books.text("SELECT blob_state FROM instance") == "damaged");
    CHECK(books.number("SELECT count(*) FROM history WHERE event = 'damaged'") == 1);
    CHECK(books.commit([&] { return books.outbox().damage(digest_of(99, 0), books.now); }) == 0);
}

TEST_CASE("outbox purge: only what finished before, never unrouted, unfinished or damaged; in the order of finishing") {
    Books books;
    books.accept(books.receipt(1, 0, 0));
    books.job_in(State::queued);
    books.job_in(State::held);
    books.job_in(State::uncertain);
    books.job_in(State::sending);
    books.now += 1h;
    books.job_in(State::delivered);
    books.now += 1h;
    books.job_in(State::cancelled);
    books.now += 1h;
    books.job_in(State::delivered);
    books.commit([&] { books.outbox().damage(digest_of(1'000'007, 0), books.now); });
    const auto begin = [&](Instant before, std::size_t limit) {
        return books.commit([&] { return books.outbox().begin_purge(before, limit, books.now); });
    };
    CHECK(begin(books.now - 2h, 10).empty());
    CHECK(begin(books.now + 1h, 1) == std::vector<Digest>{digest_of(1'000'005, 0)});
    CHECK(begin(books.now + 1h, 10) == std::vector<Digest>{digest_of(1'000'006, 0)});
    CHECK(begin(books.now + 1h, 10).empty());
    const auto open = books.commit([&] { return books.outbox().purging(10); });
    CHECK(open.size() == 2);
    books.commit([&] { books.outbox().end_purge(open, books.now); });
    CHECK(books.number("SELECT count(*) FROM history WHERE event = 'purged'") == 2);
    CHECK(books.number("SELECT count(*) FROM instance WHERE blob_state = 'purged'") == 2);
    CHECK(books.commit([&] { return books.outbox().purging(10).size(); }) == 0);
}

TEST_CASE("outbox purge: derived blobs go with their instance, save one that another instance is made of") {
    Books books;
    books.job_in(State::delivered);
    const auto other = books.accept(books.receipt(2, 0, 0));
    const auto derived = digest_of(500, 1);
    books.close();
    {
        Database raw(books.file(), Database::Role::writer);
        raw.execute(
            "INSERT INTO derived_blob (digest, instance_id, recipe, bytes, transfer_syntax_uid, made_at_ms, "
            "blob_changed_at_ms) VALUES (x'F401000001000000" +
            std::string(48, '0') + "', 1, 'edit', 5, '1.2', 0, 0)");
        raw.execute(
            "INSERT INTO derived_blob (digest, instance_id, recipe, bytes, transfer_syntax_uid, made_at_ms, "
            "blob_changed_at_ms) SELECT digest, 1, 'edit', 5, '1.2', 0, 0 FROM instance WHERE id = " +
            std::to_string(other.instance.value));
    }
    books.restart();
    CHECK(books.commit([&] { return books.outbox().names(derived); }));
    auto marked = books.commit([&] { return books.outbox().begin_purge(books.now + 1h, 10, books.now); });
    std::sort(marked.begin(), marked.end());
    CHECK(marked == std::vector<Digest>{digest_of(1'000'001, 0), derived});
    CHECK_FALSE(books.commit([&] { return books.outbox().names(derived); }));
    CHECK(books.commit([&] { return books.outbox().names(digest_of(2, 0)); }));
    books.commit([&] { books.outbox().end_purge(marked, books.now); });
    CHECK(books.number("SELECT count(*) FROM derived_blob WHERE blob_state = 'purged'") == 2);
    CHECK(books.number("SELECT count(*) FROM history WHERE event = 'purged'") == 3);
}

TEST_CASE("outbox purge: a marked digest that another row still names does not keep the others from being purged") {
    Books books;
    books.job_in(State::delivered);
    const auto other = books.accept(books.receipt(2, 0, 0));
    books.commit([&] { CHECK(books.outbox().begin_purge(books.now + 1h, 10, books.now).size() == 1); });
    books.close();
    Database(books.file(), Database::Role::writer)
        .execute(
            "INSERT INTO derived_blob (digest, instance_id, recipe, bytes, transfer_syntax_uid, made_at_ms, "
            "blob_state, blob_changed_at_ms) SELECT digest, 1, 'edit', 5, '1.2', 0, 'purging', 0 FROM instance "
            "WHERE id = " +
            std::to_string(other.instance.value));
    books.restart();
    // The shared digest is the lower one: it would fill the only place.
    CHECK(books.outbox().purging(1) == std::vector<Digest>{digest_of(1'000'001, 0)});
}

TEST_CASE("outbox: verifying notes the time of a kept blob") {
    Books books;
    books.accept(books.receipt(1));
    books.commit([&] { books.outbox().verified(digest_of(1, 0), books.now); });
    CHECK(books.number("SELECT verified_at_ms FROM instance") == books.now.time_since_epoch().count());
}
