/// Explanation: the walk of `decide`, with the findings of every route that was looked at.
#include "broker/route/explanation.h"

#include <cstddef>

namespace broker::route {

namespace {

/// The route that spared the one at `place` from being looked at, or null where it was looked at.
const Route* cause(std::span<const Route> routes, std::span<const Verdict> verdicts, std::size_t place) {
    if (verdicts[place] != Verdict::after_last && verdicts[place] != Verdict::not_needed) return nullptr;
    for (std::size_t i = 0; i < routes.size(); ++i) {
        if (verdicts[i] != Verdict::matched) continue;
        if (verdicts[place] == Verdict::not_needed || routes[i].last) return &routes[i];
    }
    return nullptr;
}

}  // namespace

Explanation explain(std::span<const Route> routes, const Facts& facts) {
    const std::vector<Verdict> verdicts = judge(routes, facts);
    Explanation explanation;
    for (std::size_t i = 0; i < routes.size(); ++i) {
        Explained each{&routes[i], verdicts[i], cause(routes, verdicts, i)};
        if (each.because == nullptr) each.findings = why(routes[i].when, facts);
        explanation.routes.push_back(std::move(each));
    }
    explanation.decision = decision_of(routes, verdicts);
    return explanation;
}

}  // namespace broker::route
