/// Who is logged in from which browser, and for how long.
#include "web/sessions.h"

#include <doctest/doctest.h>

#include <set>

#include "web/limits.h"

using namespace std::chrono_literals;
using web::Sessions;

namespace {

const web::LoggedIn alice{{1}, "alice", outbox::Role::admin}, bob{{2}, "bob", outbox::Role::viewer};

}  // namespace

TEST_CASE("sessions: whoever has the secret is who began it, and nobody else is") {
    Sessions sessions(15min, 8h);
    const Sessions::Monotonic now{};
    const std::string one = sessions.begin(alice, now), other = sessions.begin(bob, now);
    CHECK(one.size() == 43);
    CHECK(one != other);
    CHECK(sessions.find(one, true, now)->name == "alice");
    CHECK(sessions.find(other, true, now)->role == outbox::Role::viewer);
    for (const std::string& guess : {std::string(), one.substr(1), one + "a", std::string(43, 'A')})
        CHECK_FALSE(sessions.find(guess, true, now));
}

TEST_CASE("sessions: one that nobody uses ends, and a page's own questions are no use") {
    Sessions sessions(15min, 8h);
    Sessions::Monotonic now{};
    const std::string secret = sessions.begin(alice, now);
    CHECK(sessions.find(secret, true, now += 14min));
    CHECK(sessions.find(secret, false, now += 14min));
    CHECK_FALSE(sessions.find(secret, true, now += 1min));
    CHECK(sessions.count() == 0);
}

TEST_CASE("sessions: none lasts longer than the whole time, however much it is used") {
    Sessions sessions(15min, 1h);
    Sessions::Monotonic now{};
    const std::string secret = sessions.begin(alice, now);
    for (int each = 0; each < 5; ++each) CHECK(sessions.find(secret, true, now += 10min));
    CHECK_FALSE(sessions.find(secret, true, now += 10min));
}

TEST_CASE("sessions: what ended stays ended, and a user's all end at once") {
    Sessions sessions(15min, 8h);
    const Sessions::Monotonic now{};
    const std::string one = sessions.begin(alice, now), two = sessions.begin(alice, now),
                      other = sessions.begin(bob, now);
    sessions.end(one);
    CHECK_FALSE(sessions.find(one, true, now));
    CHECK(sessions.find(two, true, now));
    sessions.end_all(alice.id);
    CHECK_FALSE(sessions.find(two, true, now));
    CHECK(sessions.find(other, true, now));
}

TEST_CASE("sessions: where there are too many, the longest unused one goes") {
    Sessions sessions(15min, 8h);
    Sessions::Monotonic now{};
    const std::string first = sessions.begin(alice, now), second = sessions.begin(alice, now += 1ms);
    sessions.find(first, true, now += 1ms);
    for (std::size_t each = 2; each < web::sessions_max; ++each) sessions.begin(bob, now += 1ms);
    sessions.begin(bob, now += 1ms);
    CHECK(sessions.count() == web::sessions_max);
    CHECK(sessions.find(first, false, now));
    CHECK_FALSE(sessions.find(second, false, now));
}
