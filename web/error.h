/// What web throws: the environment failed, or the running broker cannot act now.
#pragma once

#include <stdexcept>
#include <string>

namespace web {

enum class Errc {
    in_use,       ///< another process listens on the address or the socket
    unsuited,     ///< the address, the path or the settings cannot be used: a matter of configuration
    io,           ///< the system refused to listen
    unavailable,  ///< the broker is stopping, or its disk is full: the same call may work later (503)
};

class Error : public std::runtime_error {
public:
    Error(Errc code, const std::string& text) : std::runtime_error(text), code_(code) {}
    Errc code() const noexcept { return code_; }

private:
    Errc code_;
};

}  // namespace web
