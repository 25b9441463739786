/// What the views answer about series: where one is, what it consists of, and in which order.
#include <doctest/doctest.h>

#include "outbox/statement.h"
#include "outbox/views.h"
#include "tests/outbox/books.h"

using namespace outbox;
using namespace outbox::testing;

namespace {

/// An instance with nothing but what a series is about.
struct Sent {
    int instance = 1;
    std::string number = "";
    std::string series = "S";
    std::string study = "ST";
    int content = 0;
};

void send(Books& books, const Sent& sent) {
    Receipt receipt = books.receipt(sent.instance, sent.content);
    receipt.instance.sop_instance_uid = std::to_string(sent.instance);
    receipt.instance.study_instance_uid = sent.study;
    receipt.instance.series_instance_uid = sent.series;
    receipt.instance.instance_number = sent.number;
    books.accept(receipt);
}

std::string in_order(const InstancePage& page) {
    std::string order;
    for (const InstanceView& each : page.instances)
        order += each.facts.sop_instance_uid + "." + std::to_string(each.version) + " ";
    return order;
}

std::string in_order(const std::vector<SeriesMember>& members) {
    std::string order;
    for (const SeriesMember& each : members) order += each.sop_instance_uid + " ";
    return order;
}

}  // namespace

TEST_CASE("series: instance numbers order as numbers, what is none comes after them as it came") {
    Books books;
    const char* numbers[] = {"10", "B", "9", "", " 11 ", "-3", "+2", "9"};
    int instance = 0;
    for (const char* number : numbers) send(books, {++instance, number});
    const Views views(books.file());
    CHECK(in_order(views.series_members("ST", "S")) == "6 7 3 8 1 5 2 4 ");
    CHECK(in_order(views.series_instances("ST", "S", std::nullopt, 100)) == "6.1 7.1 3.1 8.1 1.1 5.1 2.1 4.1 ");
}

TEST_CASE("series: pages of any size give every instance once") {
    Books books;
    for (int i = 1; i <= 20; ++i) send(books, {i, i % 5 == 0 ? "" : std::to_string(i % 7)});
    send(books, {21, "3", "other"});
    const Views views(books.file());
    const std::string whole = in_order(views.series_instances("ST", "S", std::nullopt, 100));
    for (std::size_t limit = 1; limit <= 20; ++limit) {
        CAPTURE(limit);
        std::string order;
        std::size_t pages = 0;
        std::optional<InstanceId> after;
        do {
            const InstancePage page = views.series_instances("ST", "S", after, limit);
            CHECK(page.instances.size() <= limit);
            order += in_order(page);
            after = page.next;
            ++pages;
        } while (after);
        CHECK(order == whole);
        CHECK(pages == (20 + limit - 1) / limit);  // none of them is empty
    }
}

TEST_CASE("series: a page of the most rows says that there is more, whatever was asked for") {
    Books books;
    books.commit([&] {
        for (int i = 1; i <= static_cast<int>(Views::page_rows_max) + 1; ++i) {
            Receipt receipt = books.receipt(i, 0, 0);
            receipt.instance.study_instance_uid = "ST";
            receipt.instance.series_instance_uid = "S";
            books.outbox().accept(receipt);
        }
    });
    const Views views(books.file());
    for (const std::size_t limit : {Views::page_rows_max, Views::page_rows_max + 1, std::size_t{1'000'000}}) {
        CAPTURE(limit);
        const InstancePage series = views.series_instances("ST", "S", std::nullopt, limit);
        CHECK(series.instances.size() == Views::page_rows_max);
        REQUIRE(series.next);
        const InstancePage last = views.series_instances("ST", "S", series.next, limit);
        CHECK(last.instances.size() == 1);
        CHECK_FALSE(last.next);
        const InstancePage unrouted = views.unrouted(std::nullopt, limit);
        CHECK(unrouted.instances.size() == Views::page_rows_max);
        REQUIRE(unrouted.next);
        CHECK(views.unrouted(unrouted.next, limit).instances.size() == 1);
    }
}

TEST_CASE("series: an instance is of the series that its newest version names, and of no other") {
    Books books;
    send(books, {1, "1"});
    send(books, {2, "2"});
    send(books, {.instance = 1, .number = "1", .content = 1});
    const Views views(books.file());
    CHECK(in_order(views.series_instances("ST", "S", std::nullopt, 100)) == "1.2 2.1 ");
    send(books, {.instance = 1, .number = "1", .series = "T", .content = 2});
    CHECK(in_order(views.series_instances("ST", "S", std::nullopt, 100)) == "2.1 ");
    CHECK(in_order(views.series_members("ST", "S")) == "2 ");
    CHECK(in_order(views.series_instances("ST", "T", std::nullopt, 100)) == "1.3 ");
    CHECK(views.series_members("ST", "nothing").empty());
    CHECK(views.series_members("other", "S").empty());
}

TEST_CASE("series: members say whether their bytes are kept") {
    Books books;
    send(books, {1, "1"});
    send(books, {2, "2"});
    const Digest digest = digest_of(1, 0);
    books.commit([&] { books.outbox().damage(digest, books.now); });
    const auto members = Views(books.file()).series_members("ST", "S");
    REQUIRE(members.size() == 2);
    CHECK_FALSE(members[0].is_kept);
    CHECK(members[1] == SeriesMember{"2", "1.2.840.10008.5.1.4.1.1.2", true});
}

TEST_CASE("series: a UID alone finds the study in which it came first; the facts are those of that study") {
    Books books;
    send(books, {.instance = 1, .study = "Z"});
    send(books, {.instance = 2, .study = "A"});
    send(books, {.instance = 3, .study = "A"});
    send(books, {.instance = 3, .study = "A", .content = 1});
    const Views views(books.file());
    const auto first = views.series("S", std::nullopt);
    REQUIRE(first);
    CHECK(first->study_instance_uid == "Z");
    CHECK(first->series.instance_count == 1);
    const auto named = views.series("S", "A");
    REQUIRE(named);
    CHECK(named->study_instance_uid == "A");
    CHECK(named->series.series_instance_uid == "S");
    CHECK(named->series.instance_count == 2);
    CHECK(named->series.version_count == 3);
    CHECK(named->series.kept_count == 3);
    CHECK(!views.series("S", "B"));
    CHECK(!views.series("T", std::nullopt));
    const auto all = views.series_of("A");
    REQUIRE(all.size() == 1);
    CHECK(all.front().version_count == 3);
    CHECK(views.series_of("B").empty());
}

TEST_CASE("series: an instance without a study is in no series, whatever it says") {
    Books books;
    send(books, {.instance = 1, .series = "S", .study = ""});
    const Views views(books.file());
    CHECK(!views.series("S", std::nullopt));
    CHECK(views.series_of("").empty());
}
