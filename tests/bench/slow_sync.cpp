/// libslow_sync: preloaded, it makes every flush of a program take SLOW_SYNC_MS longer, as a slower disk would.
///
/// Any thread; flushes of several threads wait beside each other, as a disk's queue lets them. A sync_file_range that
/// only starts the writing out waits for nothing, and isn't slowed.
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include <cstdlib>

namespace {

void wait() {
    static const long milliseconds = [] {
        const char* text = std::getenv("SLOW_SYNC_MS");
        return text == nullptr ? 0 : std::strtol(text, nullptr, 10);
    }();
    if (milliseconds <= 0) return;
    timespec left{milliseconds / 1000, milliseconds % 1000 * 1'000'000};
    while (::clock_nanosleep(CLOCK_MONOTONIC, 0, &left, &left) != 0) {
    }
}

template <class Function>
Function* next(const char* name) {
    return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

}  // namespace

extern "C" {

int fsync(int file) {
    static const auto real = next<int(int)>("fsync");
    wait();
    return real(file);
}

int fdatasync(int file) {
    static const auto real = next<int(int)>("fdatasync");
    wait();
    return real(file);
}

int syncfs(int file) noexcept {
    static const auto real = next<int(int)>("syncfs");
    wait();
    return real(file);
}

int msync(void* address, size_t length, int flags) {
    static const auto real = next<int(void*, size_t, int)>("msync");
    if ((flags & MS_SYNC) != 0) wait();
    return real(address, length, flags);
}

int sync_file_range(int file, off64_t offset, off64_t bytes, unsigned flags) {
    static const auto real = next<int(int, off64_t, off64_t, unsigned)>("sync_file_range");
    if ((flags & SYNC_FILE_RANGE_WAIT_AFTER) != 0) wait();
    return real(file, offset, bytes, flags);
}
}
