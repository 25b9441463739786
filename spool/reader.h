/// Reader: the bytes of one linked blob; VerifiedReader: the same in order, holding the end back until the hash is
/// right.
///
/// One thread at a time; may be moved. A Reader keeps its blob's bytes readable even when the blob is unlinked
/// meanwhile.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "spool/digest.h"

namespace spool {

class Reader {
public:
    struct File;
    explicit Reader(std::unique_ptr<File> file);
    ~Reader();
    Reader(Reader&&) noexcept;
    Reader& operator=(Reader&&) noexcept;

    std::uint64_t size() const;

    /// Fills `into` from `offset` on, as far as the blob goes, and returns how many bytes that were (0 at or after the
    /// end). Doesn't verify. Throws Error: io.
    std::size_t read(std::uint64_t offset, std::span<std::byte> into) const;

    /// Asks the medium for the blob's beginning, which soon will be read, and doesn't wait: the first 4 MiB, after
    /// which the kernel reads ahead by itself.
    void start_reading() const noexcept;

private:
    friend class Spool;  // asks which file it is
    std::unique_ptr<File> file_;
};

class VerifiedReader {
public:
    VerifiedReader(Reader reader, const Digest& digest);

    std::uint64_t size() const { return reader_.size(); }

    /// The next bytes of the blob in order, at most `into.size()`; 0 only after the last. The bytes that reach the
    /// blob's end are returned only when the whole blob's hash is its digest, so whoever passes on what `next` returned
    /// has never passed on a complete damaged blob. `into` is not empty. Throws Error: damaged (call no more), io.
    std::size_t next(std::span<std::byte> into);

    /// Begins again with the first byte.
    void restart();

private:
    Reader reader_;
    Digest digest_;
    Hasher hasher_;
    std::uint64_t offset_ = 0;
    bool is_finished_ = false;
    bool is_damaged_ = false;
};

}  // namespace spool
