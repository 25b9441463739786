// The janitor: what is finished long enough is purged, what nobody names is set aside, and nothing else is touched.
#include "broker/janitor.h"

#include <doctest/doctest.h>
#include <spdlog/spdlog.h>

#include <fstream>
#include <thread>

#include "tests/broker/committer/books.h"

using namespace std::chrono_literals;
using books_test::Books;
using books_test::start;

namespace {

/// Wall time as the test sets it; monotonic time a constant.
class SetClock : public broker::Clock {
public:
    outbox::Instant now() const override { return wall; }
    broker::Monotonic monotonic() const override { return {}; }
    outbox::Instant wall = start;
};

struct House {
    Books books;
    SetClock clock;
    broker::Ballast ballast{books.folder.path() / "ballast", 0};
    broker::config::Config config;
    broker::receive::SpaceWatch space{books.spool, config.spool, clock};

    broker::Janitor janitor(std::optional<outbox::Instant> verify_since = std::nullopt) {
        return {{books.spool, books.committer, ballast, space, clock, books.database()}, config, verify_since};
    }
    std::string blob_state(const std::string& uid) {
        return outbox::Views(books.database()).instance(uid).front().blob_state;
    }
    spool::Digest digest(const std::string& uid) {
        return spool::Digest::from_bytes(outbox::Views(books.database()).instance(uid).front().facts.digest);
    }
};

}  // namespace

TEST_CASE("janitor: an instance is purged keep_for after its last job was delivered, and its rows stay") {
    House house;
    house.books.take("delivered", "1.2.1");
    house.books.deliver_all();  // at start + 2 h
    house.books.take("still owed", "1.2.2");
    house.config.retention.keep_for = std::chrono::hours(24);
    auto janitor = house.janitor();
    house.clock.wall = start + 25h;
    CHECK(janitor.round().purged == 0);
    house.clock.wall = start + 27h;
    CHECK(janitor.round().purged == 1);
    CHECK(house.blob_state("1.2.1") == "purged");
    CHECK_FALSE(house.books.spool.size_of(house.digest("1.2.1")));
    CHECK(house.blob_state("1.2.2") == "kept");
    CHECK(house.books.spool.verify(house.digest("1.2.2")));
    CHECK(janitor.round().purged == 0);
}

TEST_CASE("janitor: what is owed, held or unrouted is never purged, however old and however short keep_for") {
    House house;
    const auto held = house.books.take("held", "1.2.1");
    house.books.committer.run(broker::Turn::settlement, [&](outbox::Outbox& outbox) {
        return outbox.hold(held.jobs.front(), {"test", ""}, start).applied;
    });
    house.books.take("owed", "1.2.2");
    auto linked = house.books.link("unrouted");
    auto receipt = house.books.receipt(linked, "1.2.3", false);
    house.books.committer.take_custody(std::move(linked), std::move(receipt));
    house.config.retention.keep_for = 0ms;
    house.clock.wall = start + 24h * 3650;
    auto janitor = house.janitor();
    CHECK(janitor.round().purged == 0);
    for (const char* uid : {"1.2.1", "1.2.2", "1.2.3"}) {
        CHECK(house.blob_state(uid) == "kept");
        CHECK(house.books.spool.verify(house.digest(uid)));
    }
}

TEST_CASE("janitor: keep_for = forever keeps") {
    House house;
    house.books.take("delivered", "1.2.1");
    house.books.deliver_all();
    house.config.retention.keep_for = std::nullopt;
    house.clock.wall = start + 24h * 3650;
    auto janitor = house.janitor();
    CHECK(janitor.round().purged == 0);
    CHECK(house.blob_state("1.2.1") == "kept");
}

TEST_CASE("janitor: a purge that a crash cut short is finished by the next round") {
    House house;
    house.books.take("delivered", "1.2.1");
    house.books.deliver_all();
    house.config.retention.keep_for = std::nullopt;
    house.books.committer.run(broker::Turn::bulk, [&](outbox::Outbox& outbox) {
        return outbox.begin_purge(start + 24h, 10, start + 24h).size();
    });
    CHECK(house.blob_state("1.2.1") == "purging");
    auto janitor = house.janitor();
    CHECK(janitor.round().purged == 1);
    CHECK(house.blob_state("1.2.1") == "purged");
}

TEST_CASE("janitor: a blob that no row names is set aside once it is old enough, and one that a row names is not") {
    House house;
    house.books.take("named", "1.2.1");
    const auto digest = house.books.link("an orphan").digest();
    // The files are as old as the test; the janitor's clock says what that means.
    house.clock.wall = broker::SystemClock().now();
    CHECK(house.janitor().round().set_aside == 0);
    house.clock.wall += 24h;
    CHECK(house.janitor().round().set_aside == 1);
    CHECK_FALSE(house.books.spool.size_of(digest));
    CHECK(house.books.spool.verify(house.digest("1.2.1")));
}

TEST_CASE("janitor: after a crash, recent blobs are read again, and one that rotted is held and in quarantine") {
    House house;
    const auto accepted = house.books.take("will rot", "1.2.1");
    house.books.take("stays sound", "1.2.2");
    const auto digest = house.digest("1.2.1");
    const auto path = house.books.folder.path() / "spool" / digest.hex().substr(0, 2) / digest.hex();
    std::filesystem::permissions(path, std::filesystem::perms::owner_write, std::filesystem::perm_options::add);
    std::fstream(path, std::ios::in | std::ios::out).put('!');
    auto janitor = house.janitor(start - 1h);
    const auto round = janitor.round();
    CHECK(round.damaged == 1);
    CHECK(round.verified == 1);
    const outbox::Views views(house.books.database());
    CHECK(views.job(accepted.jobs.front())->reason == outbox::Reason::damaged);
    CHECK(std::filesystem::exists(house.books.folder.path() / "quarantine" / digest.hex()));
    CHECK(house.blob_state("1.2.2") == "kept");
}

TEST_CASE("janitor: the same instance sent again while it is purged, 10,000 times, is never gone after a success") {
    House house;
    Books& books = house.books;
    constexpr int times = 10'000;
    books.take("always the same bytes", "1.2.3.4");
    books.deliver_all();
    const auto digest = house.digest("1.2.3.4");
    house.config.retention.keep_for = 0ms;
    house.clock.wall = start + std::chrono::days(365);
    auto janitor = house.janitor();

    const auto level = spdlog::get_level();
    spdlog::set_level(spdlog::level::off);
    std::atomic<bool> is_done = false;
    std::size_t purged = 0;
    std::jthread purging([&] {
        while (!is_done) purged += janitor.round().purged;
    });
    int restored = 0;  // those that were marked and still there a moment before: the close ones
    int lost = 0;
    const auto deadline = std::chrono::steady_clock::now() + 60s;
    for (int i = 0; i < times; ++i) {
        const bool was_there = books.spool.size_of(digest).has_value();
        restored += books.take("always the same bytes", "1.2.3.4").was_restored && was_there;
        // Now and then it is left alone for long enough to be purged.
        while (i % 20 == 0 && books.spool.size_of(digest) && std::chrono::steady_clock::now() < deadline)
            std::this_thread::yield();
        // After the success the bytes are there, unless a later purge of this finished instance took them again: look
        // where nothing moves.
        books.committer.between([&](spool::Spool& spool, outbox::Outbox& outbox) {
            if (outbox.names(digest.bytes()) && !spool.size_of(digest)) ++lost;
        });
    }
    is_done = true;
    purging.join();
    spdlog::set_level(level);
    CHECK(lost == 0);
    // The race was really run: often enough the bytes had gone and came back.
    CHECK(restored > 50);
    CHECK(purged >= times / 20 - 1);
    MESSAGE("restored " << restored << ", purged " << purged);
}
