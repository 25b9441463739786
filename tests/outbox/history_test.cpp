/// The history's chain: what it shows of tampering, and its way out of the database and back.
#include "outbox/history.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "outbox/statement.h"
#include "tests/outbox/random_books.h"

using namespace outbox;
using namespace outbox::testing;
using namespace std::chrono_literals;
using namespace std::string_literals;

namespace {

unsigned any_seed() {
    return std::random_device{}();
}

std::vector<HistoryRow> exported(const Views& views, const HistoryFilter& filter = {}) {
    std::vector<HistoryRow> rows;
    views.export_history(filter, [&](const HistoryRow& row) {
        rows.push_back(row);
        return true;
    });
    return rows;
}

Verification verified(const std::vector<HistoryRow>& rows, const std::optional<Digest>& anchor = std::nullopt) {
    std::size_t i = 0;
    return verify_chain([&] { return i < rows.size() ? std::optional(rows[i++]) : std::nullopt; }, anchor);
}

bool is_same(const HistoryRow& a, const HistoryRow& b) {
    return a.sequence == b.sequence && a.node == b.node && a.event == b.event && a.actor == b.actor &&
           a.destination == b.destination && a.sop_instance_uid == b.sop_instance_uid && a.digest == b.digest &&
           a.detail == b.detail && a.at == b.at && a.instance == b.instance && a.job == b.job &&
           a.previous_hash == b.previous_hash && a.hash == b.hash;
}

/// Somebody with write access to the file.
void unguard(RandomBooks& books) {
    books.database().execute("DROP TRIGGER history_no_update");
    books.database().execute("DROP TRIGGER history_no_delete");
}

HistoryRow hostile_row() {
    HistoryRow row;
    row.sequence = 9'007'199'254'740'993;  // more than a double holds
    row.node = "quote \" backslash \\ slash / \\\" \\u0041";
    row.event = "nul \0 tab \t newline \n return \r escape \x1b delete \x7f"s;
    row.actor = "caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\xa9\xbb \xed\x9f\xbf \xee\x80\x80 \xf4\x8f\xbf\xbf";
    row.destination = "\",\"hash\":\"0\"}";
    row.sop_instance_uid = "";
    row.digest = "{}";
    row.detail = R"({"a":"}\"{","b":[{}],"c":"\\"})";
    row.at = Instant(1'700'000'000'123ms);
    row.instance = InstanceId{-5};
    row.hash.fill(std::byte{0xab});
    return row;
}

}  // namespace

TEST_CASE("history: the chain that the database writes is whole") {
    const unsigned seed = any_seed();
    CAPTURE(seed);
    RandomBooks books(seed, 2400);
    const Views views(books.file());
    const auto count = books.database().number("SELECT count(*) FROM history");
    REQUIRE(count > 4096);  // more than one slice
    std::vector<std::int64_t> steps;
    const Verification found = views.verify_history(std::nullopt, [&](std::int64_t done) { steps.push_back(done); });
    CHECK(found.rows == count);
    CHECK(!found.broken_at);
    CHECK(found.anchor_found);
    CHECK(steps.size() >= 2);
    CHECK(std::is_sorted(steps.begin(), steps.end()));
    CHECK(steps.back() == count);
    const auto rows = exported(views);
    REQUIRE(std::ssize(rows) == count);
    CHECK(found.tip == rows.back().hash);
    for (const HistoryRow& row : rows) REQUIRE(chain_hash(row) == row.hash);
    CHECK(verified(rows).tip == found.tip);
    CHECK(views.verify_history(rows[17].hash).anchor_found);
    CHECK(!views.verify_history(Digest{}).anchor_found);
}

TEST_CASE("history: an empty history is whole, and has no anchor") {
    RandomBooks books(1, 0);
    const Views views(books.file());
    CHECK(views.verify_history().rows == 0);
    CHECK(!views.verify_history().broken_at);
    CHECK(!views.verify_history(Digest{}).anchor_found);
    CHECK(exported(views).empty());
    CHECK(views.history({}, std::nullopt, 10).rows.empty());
}

TEST_CASE("history: a changed column breaks the chain at its row") {
    RandomBooks books(1, 60);
    const Views views(books.file());
    unguard(books);
    const char* const changes[] = {
        "node = 'elsewhere'",
        "at_ms = at_ms + 1",
        "event = 'delivered '",
        "actor = 'local:mallory'",
        "instance_id = 0",
        "instance_id = NULL",
        "job_id = coalesce(job_id + 1, 0)",
        "destination = destination || 'x'",
        "sop_instance_uid = sop_instance_uid || '1'",
        "digest = ''",
        "detail = '{}'",
        "detail = '{ ' || substr(detail, 2)",
        "previous_hash = zeroblob(32)",
        "hash = zeroblob(32)",
    };
    REQUIRE(!views.verify_history().broken_at);
    for (const char* change : changes) {
        for (const int sequence : {2, 30, 61}) {
            CAPTURE(change);
            CAPTURE(sequence);
            const std::string where = " WHERE sequence = " + std::to_string(sequence);
            books.database().execute("CREATE TEMP TABLE kept AS SELECT * FROM history" + where);
            books.database().execute("UPDATE history SET " + std::string(change) + where);
            CHECK(views.verify_history().broken_at == sequence);
            CHECK(verified(exported(views)).broken_at == sequence);
            books.database().execute("DELETE FROM history" + where);
            books.database().execute("INSERT INTO history SELECT * FROM kept");
            books.database().execute("DROP TABLE kept");
            REQUIRE(!views.verify_history().broken_at);
        }
    }
}

TEST_CASE("history: a hash of another length is a broken row, not a crash") {
    RandomBooks books(1, 10);
    const Views views(books.file());
    unguard(books);
    books.database().execute("PRAGMA ignore_check_constraints = ON");
    books.database().execute("UPDATE history SET hash = x'00' WHERE sequence = 4");
    CHECK(views.verify_history().broken_at == 4);
}

TEST_CASE("history: a removed row breaks the chain at the next one") {
    RandomBooks books(1, 20);
    const Views views(books.file());
    unguard(books);
    SUBCASE("the first") {
        books.database().execute("DELETE FROM history WHERE sequence = 1");
        CHECK(views.verify_history().broken_at == 2);
    }
    SUBCASE("one in the middle") {
        books.database().execute("DELETE FROM history WHERE sequence = 7");
        CHECK(views.verify_history().broken_at == 8);
    }
    SUBCASE("one in the middle, and the rest moved up") {
        books.database().execute("DELETE FROM history WHERE sequence = 7");
        books.database().execute("UPDATE history SET sequence = -sequence WHERE sequence > 7");
        books.database().execute("UPDATE history SET sequence = -sequence - 1 WHERE sequence < 0");
        CHECK(views.verify_history().broken_at == 7);
    }
}

TEST_CASE("history: rows in another order break the chain at the first of them") {
    RandomBooks books(1, 20);
    const Views views(books.file());
    unguard(books);
    books.database().execute("UPDATE history SET sequence = -sequence WHERE sequence IN (5, 9)");
    books.database().execute("UPDATE history SET sequence = 9 WHERE sequence = -5");
    books.database().execute("UPDATE history SET sequence = 5 WHERE sequence = -9");
    CHECK(views.verify_history().broken_at == 5);
    auto rows = exported(views);
    std::swap(rows[4], rows[8]);
    CHECK(verified(rows).broken_at == 9);
}

TEST_CASE("history: a row put in between breaks the chain there") {
    RandomBooks books(1, 20);
    const Views views(books.file());
    auto rows = exported(views);
    rows.insert(rows.begin() + 5, rows[4]);
    CHECK(verified(rows).broken_at == 5);
}

TEST_CASE("history: a gap in the numbers breaks the chain, also where the hashes were made to fit") {
    RandomBooks books(1, 20);
    const Views views(books.file());
    auto rows = exported(views);
    rows.erase(rows.begin() + 5);
    for (std::size_t i = 5; i < rows.size(); ++i) {
        rows[i].previous_hash = rows[i - 1].hash;
        rows[i].hash = chain_hash(rows[i]);
    }
    CHECK(verified(rows).broken_at == 7);
}

TEST_CASE("history: only an anchor shows that the tail was cut off or written anew") {
    RandomBooks books(1, 20);
    const Views views(books.file());
    unguard(books);
    const Digest anchor = views.verify_history().tip;
    auto rows = exported(views);
    books.database().execute("DELETE FROM history WHERE sequence > 12");
    CHECK(!views.verify_history().broken_at);
    CHECK(!views.verify_history(anchor).anchor_found);
    CHECK(views.verify_history(rows[11].hash).anchor_found);
    // Forged from row 13 on, with hashes that fit.
    rows[12].actor = "local:mallory";
    for (std::size_t i = 12; i < rows.size(); ++i) {
        rows[i].previous_hash = rows[i - 1].hash;
        rows[i].hash = chain_hash(rows[i]);
    }
    CHECK(!verified(rows).broken_at);
    CHECK(!verified(rows, anchor).anchor_found);
}

TEST_CASE("history: a row comes back from its line as it was") {
    RandomBooks books(4, 100);
    const Views views(books.file());
    std::vector<HistoryRow> back;
    for (const HistoryRow& row : exported(views)) {
        const std::string line = to_jsonl(row);
        CHECK(line.find('\n') == std::string::npos);
        // SQLite's parser is a second opinion on whether it is JSON.
        Statement valid(books.database(), "SELECT json_valid(:line), json_extract(:line, '$.detail.bytes')");
        Cursor cursor(valid);
        REQUIRE(cursor.bind(":line", line).step());
        CHECK(cursor.number(0) == 1);
        if (row.event == "received") CHECK(cursor.number(1) > 0);
        back.push_back(from_jsonl(line).value());
        CHECK(is_same(back.back(), row));
    }
    CHECK(!verified(back).broken_at);
    CHECK(verified(back).rows == std::ssize(back));
}

TEST_CASE("history: hostile text comes back from its line as it was") {
    HistoryRow row = hostile_row();
    for (const std::string& detail :
         {row.detail, std::string("{"), std::string("}"), std::string("\""), std::string("{\"a\":\n1}"), std::string(),
          std::string("{}{}"), std::string("{},\"x\":{}"), std::string("{\"\\"), std::string("\"{}\""),
          std::string("{\"}"), std::string("[1]"), std::string("null"), std::string("{} ")}) {
        row.detail = detail;
        const std::string line = to_jsonl(row);
        CAPTURE(line);
        CHECK(std::none_of(line.begin(), line.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; }));
        const auto back = from_jsonl(line);
        REQUIRE(back);
        CHECK(is_same(*back, row));
    }
}

TEST_CASE("history: bytes that are not UTF-8 become replacement characters in a line") {
    const std::pair<std::string, std::string> cases[] = {
        {"a\xff"
         "b",
         "a\xef\xbf\xbd"
         "b"},
        {"\xc0\xaf", "\xef\xbf\xbd\xef\xbf\xbd"},                                  // overlong
        {"\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},                  // a surrogate
        {"\xf4\x90\x80\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},  // beyond U+10FFFF
        {"\xe2\x82", "\xef\xbf\xbd\xef\xbf\xbd"},                                  // cut off
        {"\xe2\x82"
         "\"",
         "\xef\xbf\xbd\xef\xbf\xbd\""},
        {"\x80\xc3\xa9", "\xef\xbf\xbd\xc3\xa9"},
    };
    for (const auto& [text, replaced] : cases) {
        HistoryRow row = hostile_row();
        row.actor = text;
        row.detail = "{\"a\":\"" + text + "\"}";
        const auto back = from_jsonl(to_jsonl(row));
        REQUIRE(back);
        CHECK(back->actor == replaced);
        CHECK(back->detail == "{\"a\":\"" + replaced + "\"}");
    }
}

TEST_CASE("history: instants come back, those of a broken clock included") {
    for (const auto at : {Instant(0ms), Instant(-1ms), Instant(1'767'225'599'999ms), Instant(253'402'300'799'999ms),
                          Instant(253'402'300'800'000ms), Instant(-62'167'219'200'000ms),
                          Instant(-62'167'219'200'001ms), Instant::min(), Instant::max()}) {
        HistoryRow row = hostile_row();
        row.at = at;
        const std::string line = to_jsonl(row);
        CAPTURE(line);
        REQUIRE(from_jsonl(line));
        CHECK(from_jsonl(line)->at == at);
    }
    CHECK(to_jsonl(hostile_row()).find("\"at\":\"2023-11-14T22:13:20.123Z\"") != std::string::npos);
}

TEST_CASE("history: a line that was not written by to_jsonl is no row") {
    const std::string line = to_jsonl(hostile_row());
    for (std::size_t size = 0; size < line.size(); ++size) CHECK(!from_jsonl(std::string_view(line).substr(0, size)));
    CHECK(!from_jsonl(line + " "));
    CHECK(!from_jsonl(" " + line));
    CHECK(!from_jsonl(line + line));
    const auto with = [&line](std::string_view old, std::string_view now) {
        std::string changed = line;
        return changed.replace(changed.find(old), old.size(), now);
    };
    CHECK(!from_jsonl(with("\"at\":\"2023-11", "\"at\":\"2023-13")));
    CHECK(!from_jsonl(with("\"at\":\"2023-11-14", "\"at\":\"2023-02-30")));
    CHECK(!from_jsonl(with("T22:", "T24:")));
    CHECK(!from_jsonl(with("\"sequence\":9", "\"sequence\":09")));
    CHECK(!from_jsonl(with("\"sequence\":9", "\"sequence\":9999999999999999999")));
    CHECK(!from_jsonl(with("\"job\":null", "\"job\":nul")));
    CHECK(!from_jsonl(with("abababab", "ABababab")));
    // Bytes turned over at random never do more than make another row, or none.
    std::mt19937 random(any_seed());
    for (int i = 0; i < 5'000; ++i) {
        std::string changed = line;
        changed[random() % changed.size()] = static_cast<char>(random());
        const auto row = from_jsonl(changed);
        if (row && changed != line) CHECK(to_jsonl(*row) != line);
    }
}

TEST_CASE("history: every combination of filters gives the rows that match, in pages and as an export") {
    const unsigned seed = any_seed();
    CAPTURE(seed);
    RandomBooks books(seed, 700);
    const Views views(books.file());
    const auto plain = books.history();
    int found = 0;
    for (int i = 0; i < 100; ++i) {
        CAPTURE(i);
        const HistoryFilter filter = books.random_history_filter(i == 0 ? 0 : i % 2 == 0 ? 15 : 35);
        std::vector<std::int64_t> expected;
        for (const PlainHistory& row : plain) {
            if (matches(filter, row)) expected.push_back(row.sequence);
        }
        found += expected.empty() ? 0 : 1;
        std::vector<std::int64_t> paged;
        std::optional<std::int64_t> before;
        const auto limit = static_cast<std::size_t>(50 + books.random(500));
        do {
            const HistoryPage page = views.history(filter, before, limit);
            for (const HistoryRow& row : page.rows) paged.push_back(row.sequence);
            before = page.next;
        } while (before);
        CHECK(paged == expected);
        std::vector<std::int64_t> oldest_first;
        for (const HistoryRow& row : exported(views, filter)) oldest_first.push_back(row.sequence);
        std::reverse(oldest_first.begin(), oldest_first.end());
        CHECK(oldest_first == expected);
    }
    CHECK(found > 20);
}

TEST_CASE("history: an export ends with the row that was the newest when it began, or when its reader has enough") {
    RandomBooks books(1, 30);
    const Views views(books.file());
    const auto count = books.database().number("SELECT count(*) FROM history");
    std::int64_t rows = 0;
    views.export_history({}, [&](const HistoryRow&) {
        books.database().execute("BEGIN");
        books.add_instance();
        books.database().execute("COMMIT");
        ++rows;
        return true;
    });
    CHECK(rows == count);
    rows = 0;
    views.export_history({}, [&](const HistoryRow&) { return ++rows < 3; });
    CHECK(rows == 3);
}
