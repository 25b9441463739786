// A receiver that is down is left alone for longer and longer; one that refuses call after call, for a while.
#include "broker/brake.h"

namespace broker {

namespace {

// So many calls in a row that fail, each for itself: then it is not the calls, and the rest shall not storm it.
constexpr int strikes_max = 3;

}  // namespace

Brake::Verdict Brake::failed(const Tried& tried, std::int64_t attempt_count, const deliver::BackoffPolicy& policy,
                             const std::function<double()>& jitter, Monotonic now) {
    Verdict verdict{deliver::backoff(attempt_count, policy, jitter())};
    if (tried.what == Tried::What::no_use || tried.retry_after) {
        if (tried.retry_after) verdict.wait = *tried.retry_after;
        const auto pause = tried.retry_after ? verdict.wait : deliver::backoff(failures_, policy, jitter());
        ++failures_;
        until_ = now + pause;
        verdict.goes_on = false;
    } else if (failures_ = 0; ++strikes_ >= strikes_max) {
        strikes_ = 0;
        until_ = now + policy.base;
        verdict.goes_on = false;
    }
    return verdict;
}

}  // namespace broker
