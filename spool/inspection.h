/// Inspection: a look at the blobs of a data folder that another process may be using; FolderHold: keeps one from
/// starting.
///
/// One thread at a time. Neither changes anything. The Disk must outlive both.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

#include "spool/digest.h"
#include "spool/error.h"
#include "spool/open_file.h"

namespace spool {

class Inspection {
public:
    /// Throws Error: not_found (no data folder there), io.
    Inspection(Disk& disk, const std::filesystem::path& data_dir);

    enum class Finding { sound, missing, damaged };
    /// Reads the whole blob from the medium. `damaged`: its size or its bytes are wrong. Throws Error: io.
    Finding look(const Digest& digest, std::uint64_t size) const;

private:
    Disk& disk_;
    OpenFile blobs_;
};

class FolderHold {
public:
    /// Takes the data folder's lock until destroyed. Throws Error: in_use (a broker runs on it), not_found, io.
    FolderHold(Disk& disk, const std::filesystem::path& data_dir);

private:
    OpenFile lock_;
};

}  // namespace spool
