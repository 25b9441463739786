/// Lockout: how long somebody must wait after guessing wrong, by name and by address. In memory only.
///
/// Any thread. Times are monotonic. Three counts run at once, since one alone can be walked around: of a name from one
/// address, of an address (of IPv6 its /64), and, far later, of a name from anywhere. So a stranger who guesses keeps
/// nobody out who comes from elsewhere, until a hundred tries of one name; the command line on the machine itself needs
/// no password.
#pragma once

#include <chrono>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace web {

class Lockout {
public:
    using Monotonic = std::chrono::steady_clock::time_point;
    struct Guest {
        std::string name, address;
    };

    /// Nothing: they may try, and the try counts as wrong until `succeeded`; else how long they must wait, and nothing
    /// counts.
    std::optional<std::chrono::seconds> begin(const Guest& guest, Monotonic now);
    /// The try was right: what was counted of the name from that address is forgotten, of the address this try.
    void succeeded(const Guest& guest);
    /// The try came to nothing for our own sake: it doesn't count.
    void withdraw(const Guest& guest);

private:
    struct Count {
        int tries = 0;
        Monotonic last, before;  ///< of the last try, and of the one before it
    };

    void forget_old(Monotonic now);

    std::mutex mutex_;  ///< guards counts_
    std::map<std::string, Count> counts_;
};

}  // namespace web
