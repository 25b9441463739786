// Every row of the classification, made to happen to a real lane over a real outbox: what the job and the destination
// became.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <cstdlib>
#include <fstream>
#include <set>

#include "tests/broker/deliver/injection.h"
#include "tests/broker/deliver/row_words.h"

using namespace broker::deliver;
using namespace std::chrono_literals;
using outbox::Reason;
using outbox::State;
using support::Injection;
using support::Stage;

namespace {

/// What the books say of the job and its destination.
struct Became {
    State state = State::queued;
    Reason reason = Reason::none;
    bool is_warning = false;
    bool is_failing = false;
    bool is_held = false;  ///< the destination
    Reason held_reason = Reason::none;
    std::size_t attempts = 0;
    bool operator==(const Became&) const = default;
};

Became look(const Stage& stage, outbox::JobId id) {
    // In this order: where the destination failed at the job, the job tells of it.
    const auto view = stage.rig.view();
    const auto job = stage.rig.job(id);
    return {job.state,
            job.reason,
            job.is_warning,
            view.failing_since.has_value() && !view.held_at,
            view.held_at.has_value(),
            view.held_reason,
            job.attempts.size()};
}

std::string words(const Became& became) {
    std::string text{outbox::to_string(became.state)};
    if (became.is_warning) text += " with warning";
    if (became.reason != Reason::none) text += fmt::format(" `{}`", outbox::code(became.reason));
    if (became.attempts > 1) text += fmt::format(" after {} attempts", became.attempts);
    if (became.is_failing) text += "; destination failing";
    if (became.is_held) text += fmt::format("; destination held `{}`", outbox::code(became.held_reason));
    return text;
}

/// What the row says that becomes of them at its first time, after `attempts` attempts at the job.
Became expected(const Row& row, std::size_t attempts) {
    Became became;
    became.attempts = attempts;
    const bool is_destination = row.scope == Scope::destination;
    switch (row.verdict) {
        case Verdict::delivered:
        case Verdict::delivered_with_warning:
            became.state = State::delivered;
            became.is_warning = row.verdict == Verdict::delivered_with_warning;
            break;
        case Verdict::transient:
            became.is_failing = is_destination;
            // A lane that cannot even open claims nothing.
            became.reason = is_destination && attempts == 0 ? Reason::none : row.reason;
            break;
        case Verdict::needs_a_person:
            if (!is_destination) became.state = State::held;
            became.is_held = is_destination;
            became.held_reason = is_destination ? row.reason : Reason::none;
            became.reason = is_destination && attempts == 0 ? Reason::none : row.reason;
            break;
        case Verdict::unknown:
            became.state = State::uncertain;
            became.reason = row.reason;
            break;
    }
    return became;
}

/// The same once a transient row is exhausted.
Became exhausted(const Row& row, std::size_t attempts) {
    Row last = row;
    last.verdict = Verdict::needs_a_person;
    last.reason = row.exhausted;
    return expected(last, attempts);
}

/// Runs the lane until the books say what is expected, or for a long time.
struct Run {
    Run(const Injection& injection, const std::function<void(Stage&)>& before = {}) {
        injection.apply(stage);
        stage.scp.set(stage.script);
        stage.rig.around_sender = [this](MakeSender real) { return stage.witness.around(stage, std::move(real)); };
        if (before) before(stage);
        job = stage.rig.take("1.2.3.4", stage.bytes);
        if (stage.before_start) stage.before_start(job);
        stage.rig.start();
    }
    ~Run() { stage.rig.stop(); }
    Became until(const std::function<Became(std::size_t)>& wanted) {
        stage.rig.wait_until([&] {
            const Became became = look(stage, job);
            return became == wanted(became.attempts) && !stage.witness.events().empty();
        });
        // What comes after it would come now.
        stage.rig.stop();
        return look(stage, job);
    }

    Stage stage;
    outbox::JobId job;
};

/// What is wrong with what became of it, or "".
std::string fault(const Became& became, const Became& wanted) {
    return became == wanted ? "" : fmt::format("became {}, not {}", words(became), words(wanted));
}

struct Line {
    std::string injected, became, in_the_end;
    std::string fault;
};

/// The row's first time.
void run_once(const Row& row, const Injection& injection, Line& line) {
    Run run(injection);
    const Became became = run.until([&](std::size_t attempts) { return expected(row, attempts); });
    line.became = words(became);
    line.fault = fault(became, expected(row, became.attempts));
    const auto events = run.stage.witness.events();
    if (events.empty() || &row_of(events.front()) != &row)
        line.fault = "the injection led to another row: " + (events.empty() ? "none" : describe(events.front()));
}

/// As often as it takes. A destination's failures are counted across restarts, so those before the last one need not be
/// waited for.
void run_until_exhausted(const Row& row, const Injection& injection, Line& line) {
    Run run(injection, [&](Stage& stage) {
        auto& limits = stage.rig.config.delivery;
        limits.backoff_base = limits.backoff_max = 1ms;
        limits.strikes_max = limits.lost_max = 1000;
        const auto now = stage.rig.clock.now();
        if (row.scope == Scope::destination)
            stage.rig.books->trouble({false, row.reason, "earlier", row.attempts_max, now}, now);
    });
    const Became became = run.until([&](std::size_t attempts) { return exhausted(row, attempts); });
    line.in_the_end = words(became);
    line.fault = fault(became, exhausted(row, became.attempts));
    if (row.scope != Scope::destination && became.attempts != row.attempts_max + 1u)
        line.fault = fmt::format("{} attempts", became.attempts);
}

void write_table(const std::vector<Line>& lines) {
    const char* file = std::getenv("BRIDGE_TABLE");
    if (!file) return;
    std::ofstream out(file);
    out << "| what happened | which | last byte | means | about | injected | became | in the end |\n"
           "| --- | --- | --- | --- | --- | --- | --- | --- |\n";
    for (std::size_t n = 0; n < lines.size(); ++n) {
        const Row& row = classification()[n];
        out << fmt::format("| {} | {} | {} | {} | {} | {} | {} | {} |\n", support::happening_words(row),
                           support::number_words(row), support::phase_words(row.phase),
                           support::verdict_words(row.verdict), support::scope_words(row.scope), lines[n].injected,
                           lines[n].became, lines[n].in_the_end);
    }
}

}  // namespace

TEST_CASE("every row: what is injected reaches the row, and the job becomes what the row says") {
    std::vector<Line> lines;
    for (const Row& row : classification()) {
        Line line;
        const std::string name = fmt::format("{} {} {}: {}", support::happening_words(row), support::number_words(row),
                                             support::phase_words(row.phase), row.text);
        CAPTURE(name);
        const auto injection = support::injection_for(row);
        CHECK_MESSAGE(injection, "nothing makes this row happen: injection.cpp");
        if (injection) {
            line.injected = injection->words;
            run_once(row, *injection, line);
            CHECK(line.fault == "");
            if (row.attempts_max > 0) run_until_exhausted(row, *injection, line);
            CHECK(line.fault == "");
        }
        lines.push_back(line);
    }
    write_table(lines);
}
