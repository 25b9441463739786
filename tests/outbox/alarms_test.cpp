/// Alarms: raised once, cleared once, told to everybody who is configured, in order, and kept over restarts.
#include "outbox/alarm.h"

#include <doctest/doctest.h>

#include "outbox/views.h"
#include "tests/outbox/books.h"

using namespace outbox;
using namespace outbox::testing;
using namespace std::chrono_literals;

namespace {

RecipientSpec recipient(char letter, const std::string& label) {
    RecipientSpec made;
    made.key.fill(std::byte(letter));
    made.label = label;
    return made;
}

const RecipientSpec duty = recipient('d', "smtp mail.example"), desk = recipient('w', "webhook desk.example");

struct House {
    Alarm unrouted(std::int64_t count = 1) {
        return {"unrouted", "", books.now, count, std::to_string(count) + " instances match no route", "name a route"};
    }
    void configure(std::vector<RecipientSpec> recipients) {
        books.commit([&] { books.outbox().configure_recipients(recipients, books.now); });
    }
    bool raise(const Alarm& alarm) {
        return books.commit([&] { return books.outbox().raise_alarm(alarm, books.now); });
    }
    bool clear(AlarmId id) {
        return books.commit([&] { return books.outbox().clear_alarm(id, books.now); });
    }
    std::vector<AlarmView> raised() const { return Views(books.file()).alarms(); }
    RecipientView view(const RecipientSpec& who) const { return Views(books.file()).recipient(who.key).value(); }
    std::vector<OpenMessage> due(const RecipientSpec& who) const {
        const Views views(books.file());
        return views.messages_due(views.recipient(who.key).value().id, books.now, 100);
    }
    bool told(MessageId message) {
        return books.commit([&] { return books.outbox().end_message(message, books.now); });
    }
    std::string details(const std::string& event) {
        return books.text("SELECT coalesce(group_concat(detail, '|'), '') FROM history WHERE event = '" + event + "'");
    }

    Books books;
};

}  // namespace

TEST_CASE("alarms: one is raised once by name and subject, changes without a word, and is cleared once") {
    House house;
    CHECK(house.raise(house.unrouted()));
    CHECK_FALSE(house.raise(house.unrouted(2)));
    CHECK(house.raise({"held", "pacs", house.books.now, 3, "3 jobs are held", ""}));
    CHECK(house.raise({"held", "cloud", house.books.now, 1, "1 job is held", ""}));
    auto raised = house.raised();
    REQUIRE(raised.size() == 3);
    CHECK(raised[0].alarm == house.unrouted());

    const auto rows = house.books.history_rows();
    house.books.now += 1min;
    const Alarm more = house.unrouted(7);
    CHECK(house.books.commit([&] { return house.books.outbox().change_alarm(raised[0].id, more); }));
    CHECK(house.books.history_rows() == rows);
    house.books.restart();
    CHECK(house.raised().at(0).alarm == more);
    CHECK(Views(house.books.file()).status().alarms.size() == 3);

    CHECK(house.clear(raised[0].id));
    CHECK_FALSE(house.clear(raised[0].id));
    CHECK_FALSE(house.books.commit([&] { return house.books.outbox().change_alarm(raised[0].id, more); }));
    CHECK(house.raised().size() == 2);
    CHECK(house.details("alarm_raised").find(R"("name":"unrouted","subject":"","count":1)") != std::string::npos);
    CHECK(house.details("alarm_cleared").find(R"("name":"unrouted")") != std::string::npos);
    // The history of a destination has those that are about it.
    CHECK(house.books.number("SELECT count(*) FROM history WHERE event = 'alarm_raised' AND destination = 'pacs'") ==
          1);
    // It may come again.
    CHECK(house.raise(house.unrouted()));
    CHECK(house.raised().size() == 3);
}

TEST_CASE("alarms: what is raised and cleared is told to each recipient once, and the end never before the beginning") {
    House house;
    house.configure({duty, desk});
    house.raise(house.unrouted());
    const AlarmId id = house.raised().at(0).id;
    house.clear(id);
    REQUIRE(house.due(duty).size() == 1);
    const OpenMessage first = house.due(duty).at(0);
    CHECK(first.event == AlarmEvent::raised);
    CHECK(first.alarm == house.unrouted());
    CHECK(first.idempotency_key.size() == 32);
    // Put off, the later one waits for it all the same.
    house.books.commit([&] {
        CHECK(house.books.outbox().put_off_message(first.id, "refused", house.books.now + 1min, house.books.now));
    });
    CHECK(house.due(duty).empty());
    CHECK(house.view(duty).waiting == 2);
    CHECK(house.view(duty).last_error == "refused");
    CHECK(house.due(desk).size() == 1);
    house.books.now += 1min;
    const OpenMessage again = house.due(duty).at(0);
    CHECK(again.idempotency_key == first.idempotency_key);
    CHECK(again.attempt_count == 1);
    CHECK(house.told(again.id));
    CHECK_FALSE(house.told(again.id));
    REQUIRE(house.due(duty).size() == 1);
    CHECK(house.due(duty).at(0).event == AlarmEvent::cleared);
    CHECK(house.due(duty).at(0).idempotency_key != first.idempotency_key);
    CHECK(house.told(house.due(duty).at(0).id));
    CHECK(house.view(duty).waiting == 0);
    CHECK(house.view(desk).waiting == 2);
    CHECK(house.books.number("SELECT count(*) FROM history WHERE event = 'alarm_untold'") == 1);
    CHECK(house.books.number("SELECT count(*) FROM history WHERE event = 'alarm_told'") == 2);
    CHECK(house.details("alarm_told").find("smtp mail.example") != std::string::npos);
}

TEST_CASE("alarms: who leaves the configuration is told nothing more, and who comes hears of what is raised by then") {
    House house;
    house.configure({duty});
    house.raise(house.unrouted());
    house.configure({desk});
    CHECK(house.view(duty).waiting == 0);
    CHECK_FALSE(house.view(duty).is_configured);
    CHECK(house.details("alarms_untold_dropped") == R"({"recipient":"smtp mail.example","messages":"1"})");
    REQUIRE(house.due(desk).size() == 1);
    CHECK(house.due(desk).at(0).event == AlarmEvent::raised);
    // The same again changes nothing.
    house.configure({desk});
    CHECK(house.due(desk).size() == 1);
    // Back again, it hears of what is still raised.
    house.configure({duty, desk});
    REQUIRE(house.due(duty).size() == 1);
    CHECK(house.told(house.due(duty).at(0).id));
    house.configure({desk});
    house.configure({duty, desk});
    CHECK(house.view(duty).waiting == 0);
    house.clear(house.raised().at(0).id);
    CHECK(house.view(duty).waiting == 1);
    // Whoever never heard that it was raised does not hear that it is over.
    house.configure({});
    house.raise(house.unrouted());
    const AlarmId id = house.raised().at(0).id;
    house.clear(id);
    house.configure({duty});
    CHECK(house.view(duty).waiting == 0);
    CHECK(house.details("alarms_untold_dropped").find('|') != std::string::npos);
}

TEST_CASE("alarms: the database refuses to forget or to rewrite them") {
    House house;
    house.configure({duty});
    house.raise(house.unrouted());
    house.told(house.due(duty).at(0).id);
    house.clear(house.raised().at(0).id);
    house.books.close();
    Database database(house.books.file(), Database::Role::writer);
    for (const char* sql : {"UPDATE alarm SET name = 'other'", "UPDATE alarm SET n = 2", "DELETE FROM alarm",
                            "UPDATE message SET text = 'other'",
                            "UPDATE message SET due_at_ms = 0 WHERE event = 'raised'", "DELETE FROM message"}) {
        CAPTURE(sql);
        CHECK_THROWS_AS(database.execute(sql), Error);
    }
}

TEST_CASE("alarms: samples of the disk are kept until they are too old, and not those of a clock that was wrong") {
    House house;
    const auto note = [&](Instant at, std::int64_t free) {
        house.books.commit([&] { house.books.outbox().note_space({at, free, 1, 2, 3}, at - 24h); });
    };
    const Instant begin = house.books.now;
    note(begin, 100);
    note(begin + 1h, 90);
    note(begin + 1h, 91);
    const Views views(house.books.file());
    CHECK(views.space_samples() == std::vector<SpaceSample>{{begin, 100, 1, 2, 3}, {begin + 1h, 91, 1, 2, 3}});
    note(begin + 25h, 80);
    CHECK(views.space_samples() == std::vector<SpaceSample>{{begin + 1h, 91, 1, 2, 3}, {begin + 25h, 80, 1, 2, 3}});
    note(begin + 2h, 70);
    CHECK(views.space_samples().back().at == begin + 2h);
}

TEST_CASE("alarms: of a sender it is known on how many days it brought something") {
    House house;
    const auto count = [&] {
        const auto senders = Views(house.books.file()).senders_that_brought();
        return senders.empty() ? 0 : senders.at(0).day_count;
    };
    house.books.commit([&] { house.books.outbox().seen({"CT9", "10.0.0.9", "", 0, ""}, house.books.now); });
    CHECK(count() == 0);
    int instance = 0;
    const auto bring = [&] {
        auto receipt = house.books.receipt(++instance);
        receipt.received_at = house.books.now;
        house.books.accept(receipt);
    };
    bring();
    bring();
    CHECK(count() == 1);
    house.books.now += 24h;
    bring();
    CHECK(count() == 2);
    bring();
    house.books.now += 72h;
    bring();
    CHECK(count() == 3);
}
