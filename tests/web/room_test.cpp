// Bytes that may lie in memory at once.
#include "web/room.h"

#include <doctest/doctest.h>

#include <optional>

TEST_CASE("room: what is taken comes back when nobody holds it any more") {
    std::optional<web::Room> room(100);
    auto most = room->take(80);
    CHECK(most != nullptr);
    CHECK(room->take(21) == nullptr);
    auto rest = room->take(20);
    CHECK(rest != nullptr);
    CHECK(room->take(1) == nullptr);
    const auto copy = most;
    most.reset();
    CHECK(room->take(1) == nullptr);
    rest.reset();
    CHECK(room->take(20) != nullptr);
    room.reset();
    CHECK(copy != nullptr);
}
