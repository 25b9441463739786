/// `demo`: a bridge, a demo PACS and a synthetic study on loopback, to look at.
#include <CLI/CLI.hpp>
#include <chrono>
#include <memory>

#include "broker/cli/commands.h"
#include "broker/cli/invocation.h"

namespace broker::cli {
namespace {

/// A demo is for looking at, so a day is long enough.
constexpr std::int64_t stop_after_s_max = 86'400;

struct Typed {
    bool is_satusehat = false;
    std::int64_t stop_after_s = 0;
};

}  // namespace

void add_demo(CLI::App& app, Invocation& invocation) {
    auto* demo = app.add_subcommand("demo", "a bridge, a demo PACS and a made-up study, on this machine only");
    const auto typed = std::make_shared<Typed>();
    demo->add_flag("--satusehat", typed->is_satusehat, "with a simulated national platform");
    auto* stop_after = demo->add_option("--stop-after", typed->stop_after_s, "end by itself after so many seconds");
    stop_after->check(CLI::Range(std::int64_t{1}, stop_after_s_max));
    demo->callback([&invocation, typed] {
        invocation.action = [&invocation, typed] {
            DemoOptions options;
            options.is_satusehat = typed->is_satusehat;
            if (typed->stop_after_s > 0) {
                options.stop_after = std::chrono::seconds(typed->stop_after_s);
            }
            return invocation.commands.demo(options);
        };
    });
}

}  // namespace broker::cli
