/// What the outbox throws: the database failed, or it is not ours to use.
#pragma once

#include <stdexcept>
#include <string>

namespace outbox {

enum class Errc {
    no_space,  ///< the disk is full: nothing of this transaction is there
    newer,     ///< the database was written by a newer program: this one must not touch it
    damaged,   ///< the file is not a sound database of ours
    in_use,    ///< another process holds the database
    io,        ///< reading, writing or syncing failed; after a failed COMMIT the outcome is unknown: stop the process
    refused,   ///< a constraint or guard of the schema said no: a bug of ours, caught by the database
};

class Error : public std::runtime_error {
public:
    Error(Errc code, const std::string& text) : std::runtime_error(text), code_(code) {}
    Errc code() const noexcept { return code_; }

private:
    Errc code_;
};

}  // namespace outbox
