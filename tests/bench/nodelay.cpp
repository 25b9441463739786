/// libnodelay: preloaded, it takes Nagle's algorithm off every connection of a program, so that engines can be compared
/// without the stall that two small writes per PDU and a delayed acknowledgement cost, 40 to 86 ms per C-STORE.
///
/// Any thread.
#include <dlfcn.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cerrno>

namespace {

/// Leaves errno as the real call set it: a connect in progress says so there.
void no_delay(int descriptor) {
    const int saved = errno, on = 1;
    ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    errno = saved;
}

template <class Function>
Function* next(const char* name) {
    return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

}  // namespace

extern "C" {

int connect(int descriptor, const sockaddr* address, socklen_t size) {
    static const auto real = next<int(int, const sockaddr*, socklen_t)>("connect");
    const int result = real(descriptor, address, size);
    no_delay(descriptor);
    return result;
}

int accept(int descriptor, sockaddr* address, socklen_t* size) {
    static const auto real = next<int(int, sockaddr*, socklen_t*)>("accept");
    const int result = real(descriptor, address, size);
    if (result >= 0) no_delay(result);
    return result;
}

int accept4(int descriptor, sockaddr* address, socklen_t* size, int flags) {
    static const auto real = next<int(int, sockaddr*, socklen_t*, int)>("accept4");
    const int result = real(descriptor, address, size, flags);
    if (result >= 0) no_delay(result);
    return result;
}
}
