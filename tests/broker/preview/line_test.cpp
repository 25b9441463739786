// The line: who is next, who joins whom, and who is dropped.
#include "broker/preview/line.h"

#include <doctest/doctest.h>

#include <vector>

using namespace broker;
using preview::Line;
using preview::Ticket;
using preview::Urgency;

namespace {

spool::Digest digest(unsigned char number) {
    spool::Digest::Bytes bytes{};
    bytes.back() = std::byte{number};
    return spool::Digest::from_bytes(bytes);
}

void offer(Line& line, unsigned char number, const std::string& series = "") {
    line.offer({digest(number), series, {}});
}

/// The last bytes of the digests, in the order in which they are made.
std::vector<int> order_of(Line& line) {
    std::vector<int> order;
    while (const auto ticket = line.next()) {
        order.push_back(std::to_integer<int>(ticket->digest.bytes().back()));
        line.finish(*ticket, true);
    }
    return order;
}

}  // namespace

TEST_CASE(
    "preview line: what somebody waits for goes first, then the first of each series, then the rest as they came") {
    Line line(100);
    for (unsigned char i = 1; i <= 3; ++i) offer(line, i, "1.2");
    for (unsigned char i = 11; i <= 13; ++i) offer(line, i, "1.3");
    offer(line, 21);
    line.demand(digest(31), {});
    line.demand(digest(32), {});
    CHECK(line.demanded() == 2);
    CHECK(line.in_background() == 7);
    CHECK(order_of(line) == std::vector<int>{31, 32, 1, 11, 2, 3, 12, 13, 21});
    CHECK(line.is_empty());
    CHECK(line.next() == nullptr);
}

TEST_CASE("preview line: the same picture asked for twice is one ticket, also while it is being made") {
    Line line(100);
    const auto first = line.demand(digest(1), {});
    CHECK(line.demand(digest(1), {}) == first);
    CHECK(line.next() == first);
    CHECK(line.demand(digest(1), {}) == first);
    CHECK(first->demanders == 3);
    offer(line, 1);
    CHECK(line.is_empty());
    line.finish(*first, true);
    CHECK(line.demand(digest(1), {}) != first);
}

TEST_CASE("preview line: another frame, window, size or quality is another picture") {
    Line line(100);
    const auto plain = line.demand(digest(1), {});
    worker::Rendition frame, window, viewport, quality;
    frame.frame = 1;
    window.window = worker::Window{};
    viewport.viewport = worker::Viewport{1, 1};
    quality.quality = 89;
    for (const auto& each : {frame, window, viewport, quality}) CHECK(line.demand(digest(1), each) != plain);
    CHECK(line.demanded() == 5);
    CHECK(preview::is_default(frame));
    for (const auto& each : {window, viewport, quality}) CHECK_FALSE(preview::is_default(each));
}

TEST_CASE("preview line: what waits in the background and is asked for is brought forward") {
    Line line(100);
    offer(line, 1);
    offer(line, 2);
    const auto ticket = line.demand(digest(2), {});
    CHECK(ticket->urgency == Urgency::demand);
    CHECK(ticket->offered_at);
    CHECK(line.in_background() == 1);
    CHECK(order_of(line) == std::vector<int>{2, 1});
}

TEST_CASE("preview line: what nobody waits for any more is not made, unless it was offered") {
    Line line(100);
    offer(line, 1);
    const auto asked = line.demand(digest(2), {}), offered = line.demand(digest(1), {});
    line.demand(digest(2), {});
    line.leave(asked);
    CHECK(line.demanded() == 2);
    line.leave(asked);
    line.leave(offered);
    CHECK(line.demanded() == 0);
    CHECK(order_of(line) == std::vector<int>{1});
}

TEST_CASE("preview line: who leaves a ticket that is done leaves its successor alone") {
    Line line(100);
    const auto old = line.demand(digest(1), {});
    line.next();
    line.finish(*old, true);
    const auto successor = line.demand(digest(1), {});
    old->is_running = false;
    line.leave(old);
    CHECK(line.next() == successor);
}

TEST_CASE("preview line: beyond its limit the newest of the rest gives way, and is counted; demands have none") {
    Line line(3);
    offer(line, 1);
    offer(line, 2);
    offer(line, 3);
    offer(line, 4);
    CHECK(line.dropped() == 1);
    offer(line, 5, "1.2");
    CHECK(line.dropped() == 2);
    line.demand(digest(6), {});
    CHECK(line.in_background() == 3);
    CHECK(order_of(line) == std::vector<int>{6, 5, 1, 2});
}

TEST_CASE(
    "preview line: a series whose first gave no picture gets another try with its next, and one that was dropped") {
    Line line(100);
    offer(line, 1, "1.2");
    const auto first = line.next();
    offer(line, 2, "1.2");
    CHECK(line.next()->urgency == Urgency::rest);
    line.finish(*first, false);
    offer(line, 3, "1.2");
    CHECK(line.next()->urgency == Urgency::key);
    line.clear_background();
    Line full(1);
    offer(full, 1, "1.2");
    offer(full, 2, "1.3");
    CHECK(full.dropped() == 1);
    CHECK(full.next()->digest == digest(1));
    offer(full, 3, "1.3");
    CHECK(full.next()->urgency == Urgency::key);
}

TEST_CASE("preview line: the memory of series is bounded; the one that was quiet for longest is forgotten") {
    Line line(1'000'000);
    offer(line, 1, "quiet");
    offer(line, 2, "busy");
    for (unsigned i = 0; i < 5'000; ++i) {
        spool::Digest::Bytes bytes{};
        bytes[0] = std::byte{1};
        bytes[1] = static_cast<std::byte>(i >> 8);
        bytes[2] = static_cast<std::byte>(i & 255);
        line.offer({spool::Digest::from_bytes(bytes), std::to_string(i), {}});
        if (i % 1000 == 0) offer(line, static_cast<unsigned char>(100 + i / 1000), "busy");
    }
    offer(line, 3, "quiet");
    offer(line, 4, "busy");
    const auto urgency = [&](unsigned char number) { return line.demand(digest(number), {}); };
    // Whoever stands for a series says so.
    CHECK(urgency(3)->series == "quiet");
    CHECK(urgency(4)->series.empty());
}

TEST_CASE(
    "preview line: what is forgotten is not made in advance, and is marked where it is being made or waited for") {
    Line line(100);
    offer(line, 1);
    const auto running = line.next();
    worker::Rendition second;
    second.frame = 2;
    const auto asked = line.demand(digest(1), second);
    offer(line, 2);
    offer(line, 3);
    line.forget(digest(1));
    line.forget(digest(3));
    CHECK(running->is_forgotten);
    CHECK(asked->is_forgotten);
    line.finish(*running, true);
    CHECK(line.next() == asked);
    CHECK(order_of(line) == std::vector<int>{2});
}

TEST_CASE("preview line: all in the background can be dropped at once") {
    Line line(100);
    offer(line, 1, "1.2");
    offer(line, 2);
    line.demand(digest(3), {});
    line.clear_background();
    CHECK(order_of(line) == std::vector<int>{3});
}
