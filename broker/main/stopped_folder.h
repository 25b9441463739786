/// StoppedFolder: what the command line can do with a data folder by itself: ask a stopped one, and read its blobs.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>

#include "broker/cli/run.h"
#include "broker/clock.h"

namespace broker {

/// The API over the database of a stopped broker; keeps one from starting meanwhile. Throws cli::Error (usage: no such
/// folder, or no outbox in it), spool::Error (in_use: one runs on it), outbox::Error. The clock must outlive it.
std::unique_ptr<cli::Api> open_stopped(const std::filesystem::path& data_dir, const Clock& clock);

/// Reads every blob that the books say is kept, of a running broker's folder too. Throws cli::Error, spool::Error,
/// outbox::Error.
cli::SpoolReport verify_spool(const std::filesystem::path& data_dir, const std::function<void(cli::Step)>& step);

}  // namespace broker
