/// OpenFile: owns one Handle of a Disk and closes it.
///
/// One thread at a time; may be moved. Must not outlive its Disk.
#pragma once

#include <utility>

#include "spool/disk.h"

namespace spool {

class OpenFile {
public:
    OpenFile() = default;
    OpenFile(Disk& disk, Disk::Handle handle) : disk_(&disk), handle_(handle) {}
    ~OpenFile() { close(); }
    OpenFile(OpenFile&& other) noexcept : disk_(std::exchange(other.disk_, nullptr)), handle_(other.handle_) {}
    OpenFile& operator=(OpenFile&& other) noexcept {
        if (this == &other) return *this;
        close();
        disk_ = std::exchange(other.disk_, nullptr);
        handle_ = other.handle_;
        return *this;
    }

    Disk::Handle handle() const { return handle_; }

private:
    void close() {
        if (disk_ != nullptr) disk_->close(handle_);
    }

    Disk* disk_ = nullptr;
    Disk::Handle handle_ = -1;
};

}  // namespace spool
