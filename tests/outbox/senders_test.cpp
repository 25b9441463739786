/// Who was at the door: remembered with and without instances, and never more strangers than there is room for.
#include <doctest/doctest.h>

#include "outbox/views.h"
#include "tests/outbox/books.h"

using namespace outbox;
using namespace outbox::testing;
using namespace std::chrono_literals;

namespace {

void see(Books& books, const Visitor& visitor) {
    books.commit([&] { books.outbox().seen(visitor, books.now); });
}

std::vector<SenderView> senders(Books& books) {
    return Views(books.file()).status().senders;
}

}  // namespace

TEST_CASE("outbox senders: one that only asked or was refused is remembered, the last seen first") {
    Books books;
    see(books, {"ECHO", "10.1.0.1", "", 0, ""});
    const Instant first = books.now;
    books.now += 1min;
    books.accept(books.receipt(1));  // CT1 at 10.1.0.20
    books.now += 1min;
    see(books, {"ECHO", "10.1.0.1", "echo", 2, "called_ae_title"});
    see(books, {"ECHO", "10.1.0.1", "echo", 0, ""});
    const auto all = senders(books);
    REQUIRE(all.size() == 2);
    CHECK(all[0].calling_ae_title == "ECHO");
    CHECK(all[0].name == "echo");
    CHECK(all[0].first_seen_at == first);
    CHECK(all[0].last_seen_at == books.now);
    CHECK_FALSE(all[0].last_received_at.has_value());
    CHECK(all[0].receipts == 0);
    CHECK(all[0].refused == 2);
    CHECK(all[0].refused_reason == "called_ae_title");
    CHECK(all[1].calling_ae_title == "CT1");
    CHECK(all[1].last_seen_at == books.now - 1min);
    CHECK(all[1].last_received_at == books.now - 1min);
    // What it brings later is counted in the same row.
    see(books, {"CT1", "10.1.0.20", "ct-1", 1, "too_many_associations"});
    books.accept(books.receipt(2));
    CHECK(books.number("SELECT count(*) FROM sender") == 2);
    CHECK(books.number("SELECT receipts FROM sender WHERE calling_ae_title = 'CT1'") == 2);
    CHECK(books.number("SELECT refused FROM sender WHERE calling_ae_title = 'CT1'") == 1);
}

TEST_CASE("outbox senders: made-up AE titles push out each other, and nobody who brought an instance") {
    Books books;
    books.accept(books.receipt(1));
    see(books, {"ECHO", "10.1.0.1", "", 0, ""});
    const auto many = static_cast<int>(Outbox::strangers_max);
    books.commit([&] {
        for (int i = 1; i < many; ++i)
            books.outbox().seen({"X" + std::to_string(i), "10.9.9.9", "", 1, "calling_ae_title"}, books.now + 1s * i);
    });
    books.now += 1h;
    see(books, {"ECHO", "10.1.0.1", "", 0, ""});  // known: nobody has to go
    CHECK(books.number("SELECT count(*) FROM sender WHERE receipts = 0") == many);
    see(books, {"ONE MORE", "10.9.9.9", "", 1, "calling_ae_title"});
    CHECK(books.number("SELECT count(*) FROM sender WHERE receipts = 0") == many);
    CHECK(books.number("SELECT count(*) FROM sender WHERE calling_ae_title IN ('CT1', 'ECHO', 'ONE MORE', 'X2')") == 4);
    CHECK(books.number("SELECT count(*) FROM sender WHERE calling_ae_title = 'X1'") == 0);
}

TEST_CASE("outbox senders: since when an instance is here that nobody routed") {
    Books books;
    CHECK_FALSE(Views(books.file()).status().unrouted_since.has_value());
    books.accept(books.receipt(1));
    books.now += 1min;
    const auto unrouted = books.accept(books.receipt(2, 0, 0)).instance;
    const Instant since = books.now;
    books.now += 1min;
    books.accept(books.receipt(3, 0, 0));
    CHECK(Views(books.file()).status().unrouted_since == since);
    const std::vector<PlannedJob> planned{{books.destination(), Priority::low, books.now}};
    books.commit([&] { books.outbox().add(unrouted, planned, alice, books.now); });
    CHECK(Views(books.file()).status().unrouted_since == books.now);
}
