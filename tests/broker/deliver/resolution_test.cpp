// What to do next about a job in doubt: each line of the plan.
#include "broker/deliver/resolution.h"

#include <doctest/doctest.h>

using namespace broker::deliver;
using namespace std::chrono_literals;
using broker::config::Confirm;

namespace {

const outbox::Instant now{std::chrono::sys_days(std::chrono::year(2026) / 1 / 1)};
const broker::config::Delivery limits;

outbox::DoubtfulJob uncertain(std::optional<std::chrono::milliseconds> asked_before = std::nullopt) {
    outbox::DoubtfulJob job;
    job.study_instance_uid = job.series_instance_uid = "1.2.3";
    if (asked_before) job.commitment_asked_at = now - *asked_before;
    return job;
}
outbox::DoubtfulJob delivered() {
    outbox::DoubtfulJob job;
    job.study_instance_uid = job.series_instance_uid = "1.2.3";
    job.state = outbox::State::delivered;
    return job;
}

}  // namespace

TEST_CASE("resolution: storage commitment comes first, then C-FIND, and only then what the configuration says") {
    const auto step = [](const Offers& offers) { return plan(uncertain(), offers, Confirm::none, limits, now).step; };
    CHECK(step({Offer::unknown, Offer::unknown, false, false}) == Step::ask_commitment);
    CHECK(step({Offer::yes, Offer::yes, false, false}) == Step::ask_commitment);
    CHECK(step({Offer::no, Offer::unknown, false, false}) == Step::ask_query);
    CHECK(step({Offer::no, Offer::yes, true, true}) == Step::ask_query);
    CHECK(step({Offer::no, Offer::no, false, false}) == Step::give_up);
}

TEST_CASE("resolution: a destination that ever answered is waited for, never sent to blindly") {
    CHECK(plan(uncertain(), {Offer::no, Offer::no, true, true}, Confirm::none, limits, now) ==
          Plan{Step::wait, now + limits.ask_again});
}

TEST_CASE("resolution: a report is waited for, then C-FIND asks as well, then commitment is asked for anew") {
    const Offers both{Offer::yes, Offer::yes, true, true}, commitment_only{Offer::yes, Offer::no, true, true};
    const auto next = [](std::chrono::milliseconds asked_before, const Offers& offers) {
        return plan(uncertain(asked_before), offers, Confirm::none, limits, now);
    };
    CHECK(next(1s, both) == Plan{Step::wait, now - 1s + limits.report_wait});
    CHECK(next(limits.report_wait, both).step == Step::ask_query);
    CHECK(next(limits.report_wait, commitment_only) ==
          Plan{Step::wait, now - limits.report_wait + limits.report_patience});
    CHECK(next(limits.report_patience, commitment_only).step == Step::ask_commitment);
}

TEST_CASE("resolution: a delivered job is asked about as `confirm` says, and an operator's question in any way") {
    const Offers both{Offer::yes, Offer::yes, true, true}, neither{Offer::no, Offer::no, true, true};
    CHECK(plan(delivered(), both, Confirm::query, limits, now).step == Step::ask_query);
    CHECK(plan(delivered(), both, Confirm::commitment, limits, now).step == Step::ask_commitment);
    CHECK(plan(delivered(), both, Confirm::none, limits, now).step == Step::ask_commitment);
    CHECK(plan(delivered(), {Offer::no, Offer::yes, true, true}, Confirm::commitment, limits, now).step == Step::wait);
    CHECK(plan(delivered(), neither, Confirm::query, limits, now).step == Step::wait);
    CHECK(plan(delivered(), neither, Confirm::none, limits, now).step == Step::give_up);
}

TEST_CASE("resolution: an absence is proven by three denials over two minutes, and by neither alone") {
    const auto proven = [](std::int64_t earlier, std::chrono::seconds since) {
        return is_absence_proven({earlier, now - since}, limits, now);
    };
    CHECK_FALSE(is_absence_proven({0, std::nullopt}, limits, now));
    CHECK_FALSE(proven(1, 1h));
    CHECK_FALSE(proven(2, 119s));
    CHECK(proven(2, 120s));
    CHECK(proven(9, 1h));
}

TEST_CASE("resolution: only `no such object instance` denies; what cannot change needs a person") {
    CHECK(denial_of(0x0112) == Denial::absent);
    for (const int later : {0x0110, 0x0131, 0x0213, 0xFFFF, 0x0001})
        CHECK(denial_of(static_cast<std::uint16_t>(later)) == Denial::later);
    CHECK(denial_of(0x0119) == Denial::person);
    CHECK(denial_of(0x0122) == Denial::person);
}

TEST_CASE("resolution: a copy that may be an earlier one is no answer, and a commitment that was denied is not all") {
    auto ambiguous = uncertain(), denied = uncertain();
    ambiguous.is_ambiguous = true;
    denied.was_denied_commitment = true;
    const Offers both{Offer::yes, Offer::yes, true, true};
    CHECK(plan(ambiguous, both, Confirm::none, limits, now).step == Step::give_up);
    CHECK(plan(denied, both, Confirm::none, limits, now).step == Step::ask_query);
    CHECK(plan(denied, {Offer::yes, Offer::no, true, true}, Confirm::none, limits, now).step == Step::ask_commitment);
}

TEST_CASE("resolution: an object without Study or Series UID is not waited for where only C-FIND ever answered") {
    auto job = uncertain(), done = delivered();
    job.study_instance_uid.clear();
    done.series_instance_uid.clear();
    CHECK(plan(job, {Offer::no, Offer::yes, false, true}, Confirm::none, limits, now).step == Step::give_up);
    CHECK(plan(job, {Offer::no, Offer::yes, true, true}, Confirm::none, limits, now).step == Step::wait);
    CHECK(plan(job, {Offer::unknown, Offer::yes, false, true}, Confirm::none, limits, now).step ==
          Step::ask_commitment);
    CHECK(plan(done, {Offer::yes, Offer::yes, true, true}, Confirm::query, limits, now).step == Step::give_up);
}
