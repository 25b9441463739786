/// The label of a study, by what its jobs and its last arrival say.
#include <doctest/doctest.h>

#include "outbox/study_state.h"

using namespace outbox;
using namespace std::chrono_literals;

TEST_CASE("outbox study: its state is one word, what a person must do before all") {
    const Instant now{std::chrono::sys_days(std::chrono::year(2026) / 1 / 15)};
    struct Row {
        const char* word;
        JobCounts jobs;
        std::int64_t quiet = 0, unrouted = 0;
        std::chrono::milliseconds since = 1h;  ///< its last arrival
    };
    const Row rows[] = {
        {"delivered", {.delivered = 3}},
        {"delivered", {.delivered = 3, .cancelled = 2}},
        {"cancelled", {.cancelled = 2}},
        {"delivering", {.queued = 1, .delivered = 2}},
        {"delivering", {.sending = 1}},
        {"delivering", {.uncertain = 1}},
        {"unrouted", {}, 0, 1},
        {"unrouted", {.queued = 1, .delivered = 2}, 0, 1},
        {"arriving", {.queued = 1, .waiting = 1}, 1},
        {"arriving", {.delivered = 3}, 0, 0, 59'999ms},
        {"delivered", {.delivered = 3}, 0, 0, 60'000ms},
        {"arriving", {}, 0, 1, 0ms},
        {"needs_a_person", {.queued = 1, .waiting = 1, .held = 1}, 1, 1, 0ms},
        {"delivered", {.delivered = 3}, 0, 0, -1h},
    };
    for (const Row& row : rows) {
        StudyView study;
        study.last_received_at = now - row.since;
        study.quiet_count = row.quiet;
        study.unrouted_count = row.unrouted;
        // Half of them elsewhere: the state is of all destinations together.
        study.deliveries = {{"a", {}}, {"b", row.jobs}};
        CAPTURE(row.word);
        CAPTURE(row.since.count());
        CHECK(to_string(state_of(study, now)) == row.word);
    }
}
