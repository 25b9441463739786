/// Timings: one histogram per route.
#include "web/timings.h"

#include <algorithm>
#include <cassert>

namespace web {

Timings::Timings(const std::vector<Route>& routes)
    : routes_(routes), histograms_(std::make_unique<measure::Histogram[]>(routes.size())) {}

void Timings::note(const Route& route, std::chrono::nanoseconds took) {
    const auto index = &route - routes_.data();
    assert(index >= 0 && static_cast<std::size_t>(index) < routes_.size());
    histograms_[static_cast<std::size_t>(index)].note(took);
}

std::vector<Timings::Timing> Timings::read() const {
    std::vector<Timing> all;
    for (std::size_t i = 0; i < routes_.size(); ++i) {
        auto took = histograms_[i].read();
        const bool was_asked = std::any_of(took.counts.begin(), took.counts.end(), [](auto n) { return n > 0; });
        if (was_asked) all.push_back({routes_[i].method, routes_[i].pattern, std::move(took)});
    }
    return all;
}

}  // namespace web
