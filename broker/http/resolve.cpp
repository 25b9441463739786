#include "broker/http/resolve.h"

#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <memory>
#include <mutex>
#include <system_error>
#include <thread>

namespace broker::http {
namespace {

struct FreeAddresses {
    void operator()(addrinfo* list) const { ::freeaddrinfo(list); }
};

struct Resolving {
    Interrupt done;
    std::mutex mutex;  ///< guards all below
    Resolution resolution;
};

}  // namespace

Resolution resolve_by_system(const std::string& name) {
    addrinfo hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* list = nullptr;
    const int error = ::getaddrinfo(name.c_str(), nullptr, &hints, &list);
    if (error == EAI_NONAME || error == EAI_FAIL || error == EAI_NODATA) return {Resolution::Answer::no_such_name, {}};
    if (error != 0) return {Resolution::Answer::unresolved, {}};
    const std::unique_ptr<addrinfo, FreeAddresses> owned(list);
    Resolution resolution{Resolution::Answer::found, {}};
    for (const addrinfo* each = list; each != nullptr; each = each->ai_next) {
        std::array<char, NI_MAXHOST> text;
        if (::getnameinfo(each->ai_addr, each->ai_addrlen, text.data(), text.size(), nullptr, 0, NI_NUMERICHOST) == 0)
            resolution.addresses.emplace_back(text.data());
    }
    return resolution;
}

std::variant<Resolution, Failure> resolve_within(const Resolve& resolve, const std::string& name,
                                                 const Interrupt& interrupt, Monotonic until) {
    std::shared_ptr<Resolving> state;
    try {
        state = std::make_shared<Resolving>();
        // Touches nothing but what it owns or shares, so that nobody has to wait for it.
        std::thread([state, resolve, name] {
            Resolution found;
            try {
                found = resolve(name);
            } catch (...) {
                // As one that has no answer.
            }
            {
                const std::lock_guard lock(state->mutex);
                state->resolution = std::move(found);
            }
            state->done.raise();
        }).detach();
    } catch (const std::system_error&) {
        return Failure{.fault = Fault::out_of_descriptors};
    }
    const Woken woken = wait_for(state->done.descriptor(), POLLIN, interrupt, until);
    if (woken == Woken::interrupted) return Failure{.fault = Fault::interrupted};
    if (woken == Woken::late) return Failure{.fault = Fault::unresolved};
    const std::lock_guard lock(state->mutex);
    return std::move(state->resolution);
}

}  // namespace broker::http
