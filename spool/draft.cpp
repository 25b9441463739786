#include "spool/draft.h"

#include <utility>

#include "spool/layout.h"

namespace spool {

Draft::Draft(Disk& disk, OpenFile file) : disk_(disk), file_(std::move(file)) {}

Draft::Draft(Disk& disk, OpenFile file, Disk::Place tmp) : disk_(disk), file_(std::move(file)), tmp_(std::move(tmp)) {}

Draft::Draft(Draft&& other) noexcept
    : disk_(other.disk_), file_(std::move(other.file_)), tmp_(std::exchange(other.tmp_, std::nullopt)) {}

Draft::~Draft() {
    if (tmp_) disk_.unlink(*tmp_);  // what cannot be removed now goes at the next start
}

int Draft::link(const Disk::Place& to) const {
    return tmp_ ? disk_.link(*tmp_, to) : disk_.link_open(handle(), to);
}

std::string Draft::name() const {
    if (tmp_) return std::string(layout::tmp_folder) + "/" + tmp_->name;
    return "an unnamed file in " + std::string(layout::blobs_folder) + "/";
}

}  // namespace spool
