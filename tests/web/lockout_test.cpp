/// How long somebody must wait after guessing wrong.
#include "web/lockout.h"

#include <doctest/doctest.h>

using namespace std::chrono_literals;
using web::Lockout;

namespace {

/// Tries wrong so often, one after the other, and says how many were allowed.
int guess(Lockout& lockout, const Lockout::Guest& guest, int times, Lockout::Monotonic now) {
    int allowed = 0;
    for (int each = 0; each < times; ++each) allowed += lockout.begin(guest, now) ? 0 : 1;
    return allowed;
}

}  // namespace

TEST_CASE("lockout: five wrong tries, then a wait that doubles up to a quarter of an hour") {
    Lockout lockout;
    Lockout::Monotonic now{};
    const Lockout::Guest guest{"alice", "10.0.0.7"};
    CHECK(guess(lockout, guest, 10, now) == 5);
    CHECK(lockout.begin(guest, now) == 30s);
    CHECK(lockout.begin(guest, now + 29s) == 1s);
    now += 30s;
    CHECK_FALSE(lockout.begin(guest, now));
    CHECK(lockout.begin(guest, now) == 60s);
    for (int each = 0; each < 8; ++each) CHECK_FALSE(lockout.begin(guest, now += 15min));
    CHECK(lockout.begin(guest, now) == 15min);
}

TEST_CASE("lockout: who knows the password is let in at once, and what was counted is forgotten") {
    Lockout lockout;
    const Lockout::Monotonic now{};
    const Lockout::Guest guest{"alice", "10.0.0.7"};
    CHECK(guess(lockout, guest, 4, now) == 4);
    CHECK_FALSE(lockout.begin(guest, now));
    lockout.succeeded(guest);
    CHECK(guess(lockout, guest, 10, now) == 5);
}

TEST_CASE("lockout: a stranger's guesses keep nobody out who comes from elsewhere") {
    Lockout lockout;
    const Lockout::Monotonic now{};
    guess(lockout, {"alice", "10.0.0.66"}, 50, now);
    CHECK_FALSE(lockout.begin({"alice", "10.0.0.7"}, now));
}

TEST_CASE("lockout: many names from one address, and one name from many addresses, come to an end, too") {
    Lockout lockout;
    const Lockout::Monotonic now{};
    int allowed = 0;
    for (int each = 0; each < 100; ++each)
        allowed += guess(lockout, {"user" + std::to_string(each), "10.0.0.66"}, 1, now);
    CHECK(allowed == 20);
    allowed = 0;
    for (int each = 0; each < 1000; ++each)
        allowed +=
            guess(lockout, {"alice", "10.1." + std::to_string(each / 250) + "." + std::to_string(each % 250)}, 1, now);
    CHECK(allowed == 100);
}

TEST_CASE("lockout: the name's letters may be large or small, a try that we could not look at is none") {
    Lockout lockout;
    const Lockout::Monotonic now{};
    CHECK(guess(lockout, {"alice", "10.0.0.7"}, 3, now) == 3);
    CHECK(guess(lockout, {"ALICE", "10.0.0.7"}, 9, now) == 2);
    Lockout other;
    for (int each = 0; each < 50; ++each) {
        REQUIRE_FALSE(other.begin({"bob", "10.0.0.7"}, now));
        other.withdraw({"bob", "10.0.0.7"});
    }
}

TEST_CASE("lockout: after an hour without a try it is forgotten") {
    Lockout lockout;
    const Lockout::Monotonic now{};
    guess(lockout, {"alice", "10.0.0.7"}, 9, now);
    CHECK(guess(lockout, {"alice", "10.0.0.7"}, 9, now + 1h) == 5);
}

TEST_CASE("lockout: a right login neither prolongs the wait of others at the same address nor keeps the count alive") {
    Lockout lockout;
    Lockout::Monotonic now{};
    for (int each = 0; each < 20; ++each) guess(lockout, {"user" + std::to_string(each), "10.0.0.7"}, 1, now);
    now += 31s;
    for (const char* name : {"alice", "bob", "carol"}) {
        CHECK_FALSE(lockout.begin({name, "10.0.0.7"}, now));
        lockout.succeeded({name, "10.0.0.7"});
    }
}

TEST_CASE("lockout: the addresses of one IPv6 network are one") {
    Lockout lockout;
    const Lockout::Monotonic now{};
    int allowed = 0;
    for (int each = 1; each < 100; ++each)
        allowed += guess(lockout, {"user" + std::to_string(each), "2001:db8::" + std::to_string(each)}, 1, now);
    CHECK(allowed == 20);
    CHECK(guess(lockout, {"alice", "2001:db8:0:1::1"}, 1, now) == 1);
}
