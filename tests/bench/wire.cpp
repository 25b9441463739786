/// bench_wire: a long thin line between two programs: a TCP relay that delays what passes and limits its rate.
///
///     bench_wire --to PORT [--delay-ms 100] [--rate-mbit 100] [--queue-bytes 4194304]
///
/// `delay-ms` is the round trip: half of it in each direction, and one whole for opening a connection. `rate-mbit` is
/// of each direction, shared by all connections as they come; what headers would cost is not counted. At most
/// `queue-bytes` of each connection and direction are on their way, as a sender's largest window allows. Prints
/// {"port": …}; ends with SIGTERM. One thread.
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <deque>
#include <list>
#include <vector>

#include "tests/bench/options.h"
#include "tests/bench/program.h"
#include "tests/bench/socket.h"

namespace bench {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::nanoseconds;

struct Line {
    nanoseconds half{0};
    double bytes_per_ns = 0;
    std::size_t queue_bytes = 0;
};

/// What one direction of the line is busy with, over all connections.
struct Lane {
    Clock::time_point free_at{};
};

struct Piece {
    Clock::time_point due;
    std::string bytes;
};

struct Direction {
    int from = -1, to = -1;
    Lane* lane = nullptr;
    std::deque<Piece> pieces;
    std::size_t queued = 0;
    bool is_ended = false, is_shut = false;

    bool wants_to_read(const Line& line) const { return !is_ended && queued < line.queue_bytes; }
    bool wants_to_write(Clock::time_point now) const { return !pieces.empty() && pieces.front().due <= now; }
};

struct Connection {
    int near = -1, far = -1;
    Clock::time_point open_at{};
    Direction up, down;
    bool is_broken = false;
};

/// Takes what has come, and says when it is at the other end.
void read_some(Direction& direction, const Line& line, Clock::time_point earliest) {
    std::string bytes(16 * 1024, '\0');
    const ssize_t got = ::recv(direction.from, bytes.data(), bytes.size(), MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (got <= 0) {
        direction.is_ended = true;
        return;
    }
    bytes.resize(static_cast<std::size_t>(got));
    const auto begin = std::max({Clock::now(), direction.lane->free_at, earliest});
    direction.lane->free_at =
        begin + nanoseconds(static_cast<std::int64_t>(static_cast<double>(got) / line.bytes_per_ns));
    direction.queued += bytes.size();
    direction.pieces.push_back({direction.lane->free_at + line.half, std::move(bytes)});
}

bool write_some(Direction& direction) {
    std::string& bytes = direction.pieces.front().bytes;
    const ssize_t sent = ::send(direction.to, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent < 0) return errno == EAGAIN || errno == EINTR;
    direction.queued -= static_cast<std::size_t>(sent);
    bytes.erase(0, static_cast<std::size_t>(sent));
    if (bytes.empty()) direction.pieces.pop_front();
    return true;
}

class Relay {
public:
    Relay(int listener, std::uint16_t target, const Line& line) : listener_(listener), target_(target), line_(line) {}

    void run() {
        for (;;) {
            look();
            const auto now = Clock::now();
            if ((looked_at_.front().revents & POLLIN) != 0) accept();
            for (Connection& each : connections_) move(each, now);
            connections_.remove_if([](const Connection& each) {
                if (!each.is_broken && !(each.up.is_shut && each.down.is_shut)) return false;
                ::close(each.near);
                ::close(each.far);
                return true;
            });
        }
    }

private:
    /// Until something can be done.
    void look() {
        looked_at_ = {{listener_, POLLIN, 0}};
        const auto now = Clock::now();
        auto next = Clock::time_point::max();
        for (Connection& each : connections_) {
            for (Direction* direction : {&each.up, &each.down}) {
                if (direction->wants_to_read(line_)) looked_at_.push_back({direction->from, POLLIN, 0});
                if (direction->wants_to_write(now))
                    looked_at_.push_back({direction->to, POLLOUT, 0});
                else if (!direction->pieces.empty())
                    next = std::min(next, direction->pieces.front().due);
            }
        }
        const nanoseconds wait = next == Clock::time_point::max() ? std::chrono::hours(1) : nanoseconds(next - now);
        const timespec limit{wait.count() / 1'000'000'000, wait.count() % 1'000'000'000};
        ::ppoll(looked_at_.data(), looked_at_.size(), &limit, nullptr);
    }

    void accept() {
        Connection connection;
        connection.near = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
        if (connection.near < 0) return;
        try {
            connection.far = Socket::connect("127.0.0.1", target_);
        } catch (const std::exception&) {
            ::close(connection.near);
            return;
        }
        no_delay(connection.near);
        no_delay(connection.far);
        connection.open_at = Clock::now() + 2 * line_.half;
        connection.up = {.from = connection.near, .to = connection.far, .lane = &up_, .pieces = {}};
        connection.down = {.from = connection.far, .to = connection.near, .lane = &down_, .pieces = {}};
        connections_.push_back(std::move(connection));
    }

    static void no_delay(int descriptor) {
        const int on = 1;
        ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    }

    void move(Connection& connection, Clock::time_point now) {
        for (Direction* direction : {&connection.up, &connection.down}) {
            if (direction->wants_to_read(line_)) read_some(*direction, line_, connection.open_at);
            while (direction->wants_to_write(now)) {
                const std::size_t before = direction->queued;
                if (!write_some(*direction)) connection.is_broken = true;
                if (direction->queued == before) break;
            }
            if (direction->is_ended && direction->pieces.empty() && !direction->is_shut) {
                ::shutdown(direction->to, SHUT_WR);
                direction->is_shut = true;
            }
        }
    }

    const int listener_;
    const std::uint16_t target_;
    const Line line_;
    Lane up_, down_;
    std::list<Connection> connections_;
    std::vector<pollfd> looked_at_;
};

int run_program(int count, char** words) {
    const Options options(count, words,
                          {{"to", ""}, {"delay-ms", "100"}, {"rate-mbit", "100"}, {"queue-bytes", "4194304"}});
    const Line line{.half = std::chrono::milliseconds(options.number("delay-ms")) / 2,
                    .bytes_per_ns = static_cast<double>(std::max<std::int64_t>(1, options.number("rate-mbit"))) / 8e3,
                    .queue_bytes = static_cast<std::size_t>(options.number("queue-bytes"))};
    const int listener = Socket::listen(0);
    std::printf("{\"port\": %d}\n", Socket::port_of(listener));
    std::fflush(stdout);
    Relay(listener, static_cast<std::uint16_t>(options.number("to")), line).run();
    return 0;
}

}  // namespace
}  // namespace bench

int main(int count, char** words) {
    return bench::guarded(bench::run_program, count, words);
}
