/// What is behind a Reader, for the files that open and verify blobs.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "spool/digest.h"
#include "spool/open_file.h"
#include "spool/reader.h"

namespace spool {

struct Reader::File {
    Disk& disk;
    OpenFile file;
    std::uint64_t size;
    std::string name;  ///< for error texts

    /// As Reader::read.
    std::size_t read(std::uint64_t offset, std::span<std::byte> into) const;

    /// The SHA-256 of the bytes from the beginning to `size`. Throws Error: io.
    Digest hash() const;
};

}  // namespace spool
