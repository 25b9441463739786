/// Intake: the bytes of one blob on their way into the spool; Sealed: the same, durable but not yet named.
///
/// One thread at a time; a Sealed may be moved to another thread. Neither may outlive its Spool. One that is destroyed
/// before `Spool::link` took it leaves nothing on disk.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "spool/digest.h"

namespace spool {

class Sealed {
public:
    struct File;
    Sealed(Digest digest, std::uint64_t bytes, std::unique_ptr<File> file);
    ~Sealed();
    Sealed(Sealed&&) noexcept;
    Sealed& operator=(Sealed&&) noexcept;

    const Digest& digest() const { return digest_; }
    std::uint64_t size() const { return size_; }

private:
    friend class Spool;
    Digest digest_;
    std::uint64_t size_;
    std::unique_ptr<File> file_;
};

class Intake {
public:
    struct File;
    explicit Intake(std::unique_ptr<File> file);
    ~Intake();
    Intake(Intake&&) noexcept;
    Intake& operator=(Intake&&) noexcept;

    /// Takes `bytes` in, writes and hashes them. Nothing is durable yet.
    /// Throws Error: no_space (disk, quota or inodes), too_large (over the limit given to begin), io. After a throw the
    /// intake is spent; destroy it.
    void append(std::span<const std::byte> bytes);

    std::uint64_t size() const;

    /// Makes the bytes durable (fdatasync) and names them: the SHA-256 of all that was appended. The intake is spent.
    /// On return the blob survives a power cut once `Spool::link` has given it its name (README.md, S2).
    /// Throws Error: io (or no_space) when the sync failed; it is never tried again.
    Sealed finish();

private:
    std::unique_ptr<File> file_;
};

}  // namespace spool
