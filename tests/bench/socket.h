/// Socket: a TCP connection that reads PDUs ahead and throws away what nobody looks at.
///
/// One thread at a time. Owns the descriptor. Throws std::runtime_error where the peer is gone.
#pragma once

#include <sys/uio.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace bench {

class Socket {
public:
    explicit Socket(int descriptor);
    ~Socket();
    Socket(const Socket&) = delete;
    Socket& operator=(const Socket&) = delete;

    /// IPv4 and names; without Nagle's algorithm.
    static int connect(const std::string& host, std::uint16_t port);
    /// On loopback, on a free port where it is 0.
    static int listen(std::uint16_t port);
    static std::uint16_t port_of(int listener);

    void send(const std::string& bytes);
    /// In as few calls as it goes.
    void send(const std::vector<iovec>& pieces);

    /// The next `size` bytes, or nothing where the peer has closed before the first of them.
    std::optional<std::string> take(std::size_t size);
    /// Throws the next `size` bytes away, what the kernel has of them without copying them.
    void drop(std::uint64_t size);

private:
    bool fill();

    int descriptor_;
    std::string buffer_;
    std::size_t begin_ = 0, end_ = 0;  ///< of what was read and not taken yet
};

}  // namespace bench
