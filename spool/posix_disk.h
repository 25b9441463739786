/// PosixDisk: the Disk of Linux.
#pragma once

#include "spool/disk.h"

namespace spool {

class PosixDisk : public Disk {
public:
    int open(const Place& place, Open how) override;
    void close(Handle handle) noexcept override;
    int make_folder(const Place& place) override;
    std::int64_t write(Handle file, std::uint64_t offset, std::span<const std::byte> bytes) override;
    std::int64_t read(Handle file, std::uint64_t offset, std::span<std::byte> into) override;
    int reserve(Handle file, const Range& range) override;
    int cut(Handle file, std::uint64_t size) override;
    void start_reading(Handle file, const Range& range) noexcept override;
    void start_writing(Handle file, const Range& range) noexcept override;
    int sync_bytes(Handle file) override;
    int sync_folder(Handle folder) override;
    int link_open(Handle file, const Place& to) override;
    int link(const Place& from, const Place& to) override;
    int replace(const Place& from, const Place& to) override;
    int unlink(const Place& place) override;
    int stat(Handle file, Stat& into) override;
    int stat(const Place& place, Stat& into) override;
    int list(Handle folder, std::vector<std::string>& names) override;
    int volume(Handle folder, Volume& into) override;
    int lock(Handle file) override;
    int forget(Handle file) override;
};

}  // namespace spool
