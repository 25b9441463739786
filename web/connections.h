/// Connections: which connections are open, and which of them goes when a new one needs the room.
///
/// One thread, the server's. A connection that waits for its peer's next request is idle; when a limit is reached, the
/// longest idle one is closed, so a thousand silent sockets keep nobody out.
#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <optional>
#include <string>
#include <string_view>

#include "web/limits.h"

namespace web {

/// What stands for the address of those who come over the Unix socket.
inline constexpr std::string_view local_address = "local";

class Connections {
public:
    using Number = std::uint64_t;

    explicit Connections(const Limits& limits) : limits_(limits) {}

    /// Takes a connection in, idle; `close` must make its coroutine end soon, and not call back at once. Closes another
    /// one where a limit asks for it. Nothing: there is no room, since all others are at work.
    std::optional<Number> admit(std::string address, std::function<void()> close);
    void set_idle(Number number, bool is_idle);
    /// Its peer took all that was written until now, and is about to be written to: whoever does not read may have to
    /// make room, the one first that has not read for longest. Until the next `set_idle`.
    void set_writing(Number number);
    void leave(Number number);

    void close_idle();
    void close_all();
    std::size_t count() const { return open_.size(); }

private:
    struct Open {
        Number number;
        std::string address;
        std::function<void()> close;
        bool is_idle = true;
        bool is_writing = false;
        bool is_closing = false;
    };

    bool make_room(const std::string* address, std::size_t max);

    const Limits& limits_;
    Number last_ = 0;
    std::list<Open> open_;  ///< the longest idle first
};

}  // namespace web
