/// Output file: the file that a person names for an answer, written so that one that was cut short doesn't look whole.
///
/// Any thread, as far as nobody else writes the same file.
#pragma once

#include <filesystem>
#include <functional>
#include <ostream>

namespace broker::cli {

/// Has `fill` write `file`. A regular file, or one that doesn't exist, is written as FILE.part beside it, which takes
/// its place once it is whole and is removed when `fill` throws; behind a symbolic link, so is the file that it leads
/// to. A device or a pipe is written as it stands: it must not be replaced. Nothing is synced. Throws cli::Error,
/// failed: it is a folder, cannot be opened or made, or not all could be written; and what `fill` throws.
void write_output(const std::filesystem::path& file, const std::function<void(std::ostream&)>& fill);

}  // namespace broker::cli
