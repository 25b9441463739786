// Refusals: the first is in the history at once, a flood is one row with its number, and a stop writes what is left.
#include "broker/refusals.h"

#include <doctest/doctest.h>

#include "tests/broker/committer/books.h"

using books_test::Books;

namespace {

std::vector<outbox::HistoryRow> refused(const Books& books) {
    outbox::HistoryFilter filter;
    filter.event = "refused";
    return outbox::Views(books.database()).history(filter, std::nullopt, 100).rows;
}

}  // namespace

TEST_CASE("refusals: a flood becomes few rows, and their numbers add up") {
    Books books;
    const broker::SystemClock clock;
    broker::Refusals refusals(books.committer, clock);
    refusals.start();
    for (int i = 0; i < 1000; ++i) refusals.note({"called_ae_title", "10.0.0.9", "EVIL", "NOBODY"});
    refusals.note({"no_space", "10.0.0.9", "CT1", "BRIDGE"});
    refusals.stop();
    const auto rows = refused(books);
    CHECK(rows.size() >= 2);
    CHECK(rows.size() <= 4);
    CHECK(outbox::Views(books.database()).status().refused == 1001);
    CHECK(outbox::Views(books.database()).verify_history().broken_at == std::nullopt);
}

TEST_CASE("refusals: all are counted at once, also before they are written, on top of those of earlier runs") {
    Books books;
    const broker::SystemClock clock;
    broker::Refusals refusals(books.committer, clock, 7);
    CHECK(refusals.count() == 7);
    for (int i = 0; i < 5; ++i) refusals.note({"called_ae_title", "10.0.0.9", "EVIL", "NOBODY"});
    CHECK(refusals.count() == 12);
    CHECK(refused(books).empty());
    refusals.start();
    refusals.stop();
    CHECK(refusals.count() == 12);
    CHECK(outbox::Views(books.database()).status().refused == 5);
}

TEST_CASE("refusals: a thousand addresses don't make ever more memory or rows without end") {
    Books books;
    const broker::SystemClock clock;
    broker::Refusals refusals(books.committer, clock);
    for (int i = 0; i < 3000; ++i) refusals.note({"malformed", "10.0." + std::to_string(i), "", ""});
    refusals.start();
    refusals.stop();
    CHECK(outbox::Views(books.database()).status().refused == 3000);
    std::int64_t rows = 0;
    outbox::Views(books.database()).export_history({}, [&](const outbox::HistoryRow&) { return ++rows > 0; });
    CHECK(rows <= 1001);
}
