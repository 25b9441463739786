// The ballast file: allocated blocks that nobody reads.
#include "broker/ballast.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <system_error>

namespace broker {

Ballast::Ballast(std::filesystem::path file, std::uint64_t bytes) : file_(std::move(file)), bytes_(bytes) {}

Ballast::~Ballast() {
    if (had_it_) take();
}

bool Ballast::take() {
    std::lock_guard lock(mutex_);
    if (bytes_ == 0) return true;
    const int fd = ::open(file_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0400);
    if (fd < 0) return false;
    const bool taken = ::fallocate(fd, 0, 0, static_cast<off_t>(bytes_)) == 0;
    ::close(fd);
    if (!taken) ::unlink(file_.c_str());
    had_it_ = had_it_ || taken;
    return taken;
}

bool Ballast::release() {
    std::lock_guard lock(mutex_);
    return ::unlink(file_.c_str()) == 0;
}

}  // namespace broker
