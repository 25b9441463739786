/// What is behind an Intake and a Sealed, for the files that make and link them.
#pragma once

#include <cstdint>
#include <span>

#include "spool/buffers.h"
#include "spool/draft.h"
#include "spool/intake.h"

namespace spool {

struct Sealed::File {
    Draft draft;
};

struct Intake::File {
    struct Limits {
        std::uint64_t bytes_max;            ///< of the blob
        std::uint64_t reserve_after_bytes;  ///< as Options has them
        std::uint64_t reserve_bytes;
    };

    File(Disk& disk, Draft draft, Buffers& buffers, const Limits& limits);
    ~File();
    File(const File&) = delete;
    File& operator=(const File&) = delete;

    void append(std::span<const std::byte> bytes);
    Sealed finish();

    std::uint64_t size = 0;  ///< of all that was appended

private:
    void gather(std::span<const std::byte> bytes);
    void flush();
    void write(std::span<const std::byte> bytes);
    void reserve_until(std::uint64_t end);
    void check(const char* what, int result);

    Disk& disk_;
    Draft draft_;
    Buffers& buffers_;
    Limits limits_;
    Hasher hasher_;
    Buffers::Buffer buffer_;
    std::size_t gathered_ = 0;
    std::uint64_t written_ = 0;
    std::uint64_t reserved_ = 0;
    bool can_reserve_ = true;
    bool is_spent_ = false;
};

}  // namespace spool
