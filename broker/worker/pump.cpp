#include "broker/worker/pump.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <limits>
#include <system_error>
#include <vector>

namespace broker::worker {
namespace {

constexpr std::size_t output_bytes = 256 * 1024;

using Clock = std::chrono::steady_clock;

[[noreturn]] void fail(const char* what) {
    throw std::system_error(errno, std::generic_category(), what);
}

class Pumping {
public:
    Pumping(Child& child, const PumpPorts& ports) : child_(child), ports_(ports), buffer_(output_bytes) {}

    PumpEnd run(int stop, Clock::time_point until) {
        for (;;) {
            // What ended may have left output; its end is told only after that is drained. One who closes his output
            // and stays is waited for until time is up.
            std::array<pollfd, 4> watched{pollfd{stop, POLLIN, 0}, pollfd{child_.input().get(), POLLOUT, 0},
                                          pollfd{child_.output().get(), POLLIN, 0},
                                          pollfd{child_.output().is_open() ? -1 : child_.end().get(), POLLIN, 0}};
            const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now()).count();
            if (left <= 0) return PumpEnd::timed_out;
            const auto wait = static_cast<int>(std::min<long long>(left, std::numeric_limits<int>::max()));
            if (::poll(watched.data(), watched.size(), wait) < 0) {
                if (errno == EINTR) continue;
                fail("waiting for the helper process");
            }
            if (watched[0].revents != 0) return PumpEnd::stopped;
            if (watched[3].revents != 0) return PumpEnd::ended;
            if (watched[2].revents != 0) drain();
            if (watched[1].revents != 0) feed();
        }
    }

private:
    void feed() {
        if (pending_.empty()) pending_ = ports_.next();
        if (pending_.empty()) {
            child_.input().reset();
            return;
        }
        const ssize_t put = ::write(child_.input().get(), pending_.data(), pending_.size());
        if (put >= 0) {
            pending_ = pending_.subspan(static_cast<std::size_t>(put));
        } else if (errno == EPIPE) {
            // It wants no more, and will say by its end whether that is well.
            child_.input().reset();
        } else if (errno != EAGAIN && errno != EINTR) {
            fail("writing to the helper process");
        }
    }

    void drain() {
        const ssize_t got = ::read(child_.output().get(), buffer_.data(), buffer_.size());
        if (got > 0)
            ports_.take(std::span(buffer_).first(static_cast<std::size_t>(got)));
        else if (got == 0)
            child_.output().reset();
        else if (errno != EAGAIN && errno != EINTR)
            fail("reading from the helper process");
    }

    Child& child_;
    const PumpPorts& ports_;
    std::vector<std::byte> buffer_;
    std::span<const std::byte> pending_;
};

}  // namespace

PumpEnd pump(Child& child, const PumpPorts& ports, int stop, std::chrono::milliseconds timeout) {
    return Pumping(child, ports).run(stop, Clock::now() + timeout);
}

}  // namespace broker::worker
