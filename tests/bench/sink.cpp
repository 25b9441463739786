/// bench_sink: a storage SCP that throws everything away and answers Success: what a destination costs at the very
/// least.
///
///     bench_sink [--port 0] [--delay-ms 0] [--expect 0]
///
/// Accepts every presentation context with its first transfer syntax, offers 128 KiB PDUs, verifies nothing. `delay-ms`
/// passes before each answer. Prints {"port": …} at the start, and the counts as a line of JSON when `expect` different
/// instances have come and again on SIGTERM, which ends it; the seconds run from the first byte of the first C-STORE to
/// the last answer.
#include <poll.h>
#include <pthread.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <time.h>

#include <chrono>
#include <csignal>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <thread>
#include <unordered_set>

#include "tests/bench/options.h"
#include "tests/bench/pdu.h"
#include "tests/bench/program.h"
#include "tests/bench/socket.h"

namespace bench {
namespace {

using Clock = std::chrono::steady_clock;

/// Tally: what came over all associations. Any thread.
class Tally {
public:
    explicit Tally(std::int64_t expected) : expected_(expected) {}

    void count_association() {
        const std::lock_guard lock(mutex_);
        ++associations_;
    }

    void begin() {
        const std::lock_guard lock(mutex_);
        if (!first_at_) first_at_ = Clock::now();
    }

    void answered(std::string uid, std::uint64_t bytes) {
        const std::lock_guard lock(mutex_);
        last_at_ = Clock::now();
        ++instances_;
        bytes_ += bytes;
        const bool is_new = uids_.insert(std::move(uid)).second;
        if (is_new && static_cast<std::int64_t>(uids_.size()) == expected_) write();
    }

    void print() {
        const std::lock_guard lock(mutex_);
        write();
    }

private:
    void write() const {
        const double seconds = first_at_ ? std::chrono::duration<double>(last_at_ - *first_at_).count() : 0;
        std::printf(
            "{\"instances\": %lld, \"distinct\": %zu, \"bytes\": %llu, \"associations\": %lld, \"seconds\": %.6f, "
            "\"per_second\": %.2f}\n",
            static_cast<long long>(instances_), uids_.size(), static_cast<unsigned long long>(bytes_),
            static_cast<long long>(associations_), seconds,
            seconds > 0 ? static_cast<double>(instances_) / seconds : 0);
        std::fflush(stdout);
    }

    const std::int64_t expected_;
    std::mutex mutex_;  ///< guards all below
    std::optional<Clock::time_point> first_at_;
    Clock::time_point last_at_{};
    std::int64_t instances_ = 0, associations_ = 0;
    std::uint64_t bytes_ = 0;
    std::unordered_set<std::string> uids_;
};

/// One association, on a thread of its own.
class Acceptor {
public:
    Acceptor(int descriptor, Tally& tally, std::int64_t delay_ms)
        : socket_(descriptor), tally_(tally), delay_ms_(delay_ms) {}

    void serve() {
        while (const auto head = socket_.take(pdu_header)) {
            const std::uint32_t length = u32_be(std::string_view(*head).substr(2));
            switch (static_cast<std::uint8_t>(head->front())) {
                case associate_rq:
                    tally_.count_association();
                    socket_.send(associate_accept(exactly(length)));
                    break;
                case p_data:
                    take_values(length);
                    break;
                case release_rq:
                    exactly(length);
                    socket_.send(pdu(release_rp, std::string(4, '\0')));
                    break;
                default:
                    return;
            }
        }
    }

private:
    std::string exactly(std::size_t size) {
        auto bytes = socket_.take(size);
        if (!bytes && size > 0) throw std::runtime_error("the peer closed in the middle");
        return bytes.value_or("");
    }

    void take_values(std::uint32_t length) {
        while (length >= pdv_header) {
            const std::string head = exactly(pdv_header);
            const std::uint32_t size = u32_be(head) - 2;
            length -= static_cast<std::uint32_t>(pdv_header) + size;
            if ((head[5] & is_command) != 0) {
                tally_.begin();
                command_ += exactly(size);
                // One without a data set is answered at once (PS3.7 E.1).
                if ((head[5] & is_last) != 0 && u16_le(command_value(command_, 0x0800)) == 0x0101) answer(head[4]);
            } else {
                socket_.drop(size);
                bytes_ += size;
                if ((head[5] & is_last) != 0) answer(head[4]);
            }
        }
    }

    void answer(char context) {
        if (delay_ms_ > 0) {
            const timespec wait{delay_ms_ / 1000, delay_ms_ % 1000 * 1'000'000};
            ::clock_nanosleep(CLOCK_MONOTONIC, 0, &wait, nullptr);
        }
        const auto field = u16_le(command_value(command_, 0x0100));
        const std::string uid(command_value(command_, 0x1000));
        std::string set = command_element(0x0002, command_value(command_, 0x0002));
        set += command_element(0x0100, static_cast<std::uint16_t>(field | 0x8000));
        set += command_element(0x0120, command_value(command_, 0x0110));
        set += command_element(0x0800, std::uint16_t{0x0101});
        set += command_element(0x0900, std::uint16_t{0});
        if (!uid.empty()) set += command_element(0x1000, uid);
        socket_.send(p_data_pdu(static_cast<std::uint8_t>(context), is_command | is_last, command_set(set)));
        if (field == c_store_rq) tally_.answered(uid, bytes_);
        command_.clear();
        bytes_ = 0;
    }

    Socket socket_;
    Tally& tally_;
    const std::int64_t delay_ms_;
    std::string command_;      ///< of the message that is coming
    std::uint64_t bytes_ = 0;  ///< of its data set
};

int run_program(int count, char** words) {
    const Options options(count, words, {{"port", "0"}, {"delay-ms", "0"}, {"expect", "0"}});
    sigset_t wanted;
    sigemptyset(&wanted);
    sigaddset(&wanted, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &wanted, nullptr);
    const int signals = ::signalfd(-1, &wanted, SFD_CLOEXEC);
    const int listener = Socket::listen(static_cast<std::uint16_t>(options.number("port")));
    std::printf("{\"port\": %d}\n", Socket::port_of(listener));
    std::fflush(stdout);
    // Both outlive every thread: the program ends without waiting for them.
    static Tally tally(options.number("expect"));
    const std::int64_t delay_ms = options.number("delay-ms");
    for (;;) {
        pollfd either[] = {{signals, POLLIN, 0}, {listener, POLLIN, 0}};
        ::poll(either, 2, -1);
        if ((either[0].revents & POLLIN) != 0) break;
        const int descriptor = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
        if (descriptor < 0) continue;
        std::thread([descriptor, delay_ms] {
            try {
                Acceptor(descriptor, tally, delay_ms).serve();
            } catch (const std::exception& error) {
                std::fprintf(stderr, "an association failed: %s\n", error.what());
            }
        }).detach();
    }
    tally.print();
    std::_Exit(0);
}

}  // namespace
}  // namespace bench

int main(int count, char** words) {
    return bench::guarded(bench::run_program, count, words);
}
