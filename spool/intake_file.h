/// What is behind an Intake and a Sealed, for the files that make and link them.
#pragma once

#include <atomic>
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

    /// What all intakes of a spool share.
    struct Shared {
        Buffers& buffers;
        std::atomic<unsigned>& intakes;  ///< how many there are
    };

    File(Disk& disk, Draft draft, const Shared& shared, const Limits& limits);
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
    void start_writing();
    void check(const char* what, int result);

    Disk& disk_;
    Draft draft_;
    Shared shared_;
    Limits limits_;
    Hasher hasher_;
    Buffers::Buffer buffer_;
    std::size_t gathered_ = 0;
    std::uint64_t written_ = 0;
    std::uint64_t reserved_ = 0;
    std::uint64_t started_ = 0;  ///< up to here the medium was asked to write
    bool can_reserve_ = true;
    bool is_spent_ = false;
};

}  // namespace spool
