/// Run: the command line of `dicom-bridge`: what it can be asked, and which parts of the program it needs for that.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <istream>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "broker/cli/api.h"
#include "broker/cli/progress.h"
#include "broker/config/problem.h"
#include "outbox/ids.h"

namespace broker::config {
struct Config;
}

namespace broker::cli {

struct ServeOptions {
    /// As typed; nothing: the default file, and where that is absent the embedded defaults.
    std::optional<std::filesystem::path> config;
};

struct DemoOptions {
    bool is_satusehat = false;  ///< with a simulated national platform
    std::optional<std::chrono::milliseconds> stop_after;  ///< nothing: until it is told to stop
};

/// One blob that is not as it should be.
struct SpoolFinding {
    std::string digest;
    std::string what;  ///< "damaged", "missing", …
};

struct SpoolReport {
    std::uint64_t blobs = 0;
    std::uint64_t bytes = 0;
    std::vector<SpoolFinding> findings;
};

/// A file that nobody has received, and how it would come.
struct FileToExplain {
    std::filesystem::path path;
    std::string calling_ae_title, called_ae_title, address;
};

struct DoctorOptions {
    std::optional<std::string> destination;  ///< nothing: the node and all of them
    bool sends_test = false;
};

/// What is to be said of something that a configuration names.
struct CheckReport {
    std::vector<config::Problem> problems;  ///< reasons not to start
    std::vector<std::string> remarks;       ///< certificates that expire soon, names that lead nowhere now
};

/// What the command line asks of the rest of the program. main fills it, because only main may know web and broker
/// both. A hook ends its work by returning, or by throwing a std::exception whose text is shown (exit 1), or a
/// cli::Error.
struct Commands {
    std::string version;
    std::function<outbox::Instant()> now;

    /// Runs until told to stop; returns the exit code.
    std::function<int(const ServeOptions&)> serve;
    std::function<int(const DemoOptions&)> demo;

    /// Reads every blob of a data folder, of a running broker too, and says what doesn't fit. Tells `step` in bytes.
    std::function<SpoolReport(const std::filesystem::path& data_dir, const std::function<void(Step)>& step)>
        verify_spool;

    /// Reads the files of certificates, keys and authorities. Empty: they are not looked at.
    std::function<CheckReport(const config::Config&)> check_certificates;

    /// Resolves the names of destinations, within seconds. Empty: they are not looked at.
    std::function<CheckReport(const config::Config&)> check_host_names;

    /// What the routes of a configuration say of a file, in JSON as `POST /api/v1/routes/explain` answers, with `file`,
    /// `has_identity` and what else is to be said of the file. Throws cli::Error, usage: it is none of DICOM.
    std::function<std::string(const config::Config&, const FileToExplain&)> explain_file;

    /// How the node and its destinations are where no broker runs, in JSON as `POST /api/v1/doctor` answers. Throws
    /// cli::Error, usage: there is no such destination.
    std::function<std::string(const config::Config&, const DoctorOptions&)> examine;

    /// The interface over the folder of a stopped broker. Refuses that of a running one by throwing.
    std::function<std::unique_ptr<Api>(const std::filesystem::path& data_dir)> open_stopped;
};

/// Where a command reads and writes. The streams must outlive the call.
struct Console {
    std::istream& in;
    std::ostream& out;
    std::ostream& err;
    bool in_is_terminal = false;
    bool out_is_terminal = false;
    bool err_is_terminal = false;
};

/// Understands the arguments (without the program's name), does what they ask and returns the exit code: 0 done,
/// 1 failed, 2 wrong use or configuration. Errors are one line each on `err`. Throws nothing.
int run(const std::vector<std::string>& arguments, const Commands& commands, const Console& console);

/// The same on the process's own streams. SIGPIPE is ignored from here on: a pager that is closed must end a command
/// by a failed write.
int run(int argc, char** argv, const Commands& commands);

}  // namespace broker::cli
