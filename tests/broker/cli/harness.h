/// Harness: runs one command line against a scripted broker and keeps what was asked and printed.
#pragma once

#include <deque>
#include <string>
#include <vector>

#include "broker/cli/run.h"

namespace cli_test {

/// How a command is run, and what it finds there.
struct Setting {
    std::deque<broker::cli::Reply> replies = {};  ///< the broker's answers in order; asked once more: 500
    std::string input = {};                       ///< what the person types
    bool is_terminal = false;
    std::string configuration = "[node]\ntimezone = \"Asia/Jakarta\"\n";
    broker::cli::SpoolReport spool = {};
    broker::cli::CheckReport certificates = {}, host_names = {};
    std::string examination = {};  ///< of `doctor` where no broker runs
    std::string explanation = {};  ///< of `route explain`; "": the file is no DICOM
};

struct Ran {
    int exit_code = 0;
    std::string out, err;
    std::vector<broker::cli::Call> calls;
    std::vector<std::string> hooks;  ///< what else was called: "serve", "demo 5000", …
};

/// Runs `dicom-bridge ARGUMENTS… --config <a file of its own>`; a "--data" in front connects it to the scripted broker.
/// The clock stands at 2026-01-15T10:00:00Z.
Ran run_cli(std::vector<std::string> arguments, Setting setting = {});

/// The same with `--data` given, so that calls arrive at the scripted broker.
Ran run_offline(std::vector<std::string> arguments, Setting setting = {});

/// A 200 answer with that JSON.
broker::cli::Reply json_reply(std::string body);

/// A problem document.
broker::cli::Reply problem(int status, const std::string& detail);

}  // namespace cli_test
