/// What the command line throws: a command ended without doing its work.
#pragma once

#include <stdexcept>
#include <string>

namespace broker::cli {

enum class Errc {
    failed,  ///< the work was asked for properly and could not be done: exit 1
    usage,   ///< wrong use or configuration; nothing was tried: exit 2
};

/// The text is one line for the person who typed the command: what, why, what to do. It may hold words of the broker's
/// answer, so whoever prints it passes it through `printable`.
class Error : public std::runtime_error {
public:
    Error(Errc code, const std::string& text) : std::runtime_error(text), code_(code) {}
    Errc code() const noexcept { return code_; }

private:
    Errc code_;
};

/// Nobody listens where the broker of this machine would.
class NotRunning : public Error {
public:
    explicit NotRunning(const std::string& text) : Error(Errc::failed, text) {}
};

}  // namespace broker::cli
