/// Timings: how long requests take until their answer is ready, by route.
///
/// Any thread. The routes must outlive it.
#pragma once

#include <chrono>
#include <memory>
#include <string_view>
#include <vector>

#include "outbox/measure/histogram.h"
#include "web/router.h"

namespace web {

class Timings {
public:
    explicit Timings(const std::vector<Route>& routes);

    /// `route` is one of them.
    void note(const Route& route, std::chrono::nanoseconds took);

    struct Timing {
        std::string_view method, pattern;
        measure::Distribution took;
    };
    /// Of routes that were asked for at all.
    std::vector<Timing> read() const;

private:
    const std::vector<Route>& routes_;
    const std::unique_ptr<measure::Histogram[]> histograms_;  ///< in the order of the routes
};

}  // namespace web
