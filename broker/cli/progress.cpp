/// Progress: a bar on a terminal for work that takes long; nothing anywhere else.
#include "broker/cli/progress.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace broker::cli {
namespace {

constexpr std::uint64_t bar_columns = 30;

/// Work of unknown length is shown in steps, so that a count of millions doesn't draw millions of times.
constexpr std::uint64_t count_step = 100;

std::string draw(const std::string& what, Step step) {
    if (step.total == 0) {
        return fmt::format("{} {}", what, step.done - step.done % count_step);
    }
    const std::uint64_t done = std::min(step.done, step.total);
    // The quotient first would be 0; the product first could overflow for bytes beyond 2^57, which no spool has.
    const std::uint64_t percent = done * 100 / step.total;
    const auto filled = static_cast<std::size_t>(percent * bar_columns / 100);
    return fmt::format("{} [{}{}] {:3} %", what, std::string(filled, '='), std::string(bar_columns - filled, ' '),
                       percent);
}

}  // namespace

Progress::Progress(std::ostream& out, bool is_terminal, std::string what)
    : out_(out), is_terminal_(is_terminal), what_(std::move(what)) {}

Progress::~Progress() {
    if (!drawn_.empty()) {
        out_ << "\r\x1b[K" << std::flush;
    }
}

void Progress::show(Step step) {
    if (!is_terminal_) {
        return;
    }
    std::string now = draw(what_, step);
    if (now != drawn_) {
        drawn_ = std::move(now);
        out_ << '\r' << drawn_ << std::flush;
    }
}

}  // namespace broker::cli
