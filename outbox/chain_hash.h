/// The hash that chains the history: what its input is made of, in C++ and as the SQLite function `chain_hash`.
///
/// One thread at a time per object. The input is the values in order, each as one type byte ('N' null, 'I' integer,
/// 'T' text, 'B' blob), the number of its bytes as 8 bytes big-endian, and its bytes; an integer is 8 bytes big-endian
/// in two's complement, text is UTF-8 without an end mark, null has no bytes (README.md, History). Fixed for ever: a
/// changed input would make every older chain look broken.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "outbox/ids.h"

struct sqlite3;

namespace outbox {

class ChainHasher {
public:
    ChainHasher();
    ~ChainHasher();
    ChainHasher(const ChainHasher&) = delete;
    ChainHasher& operator=(const ChainHasher&) = delete;

    ChainHasher& null();
    ChainHasher& integer(std::int64_t value);
    ChainHasher& text(std::string_view value);
    ChainHasher& blob(std::span<const std::byte> value);
    /// SHA-256 of all values since the last call; begins anew.
    Digest finish();

private:
    void value(char type, std::span<const std::byte> bytes);

    struct Context;
    std::unique_ptr<Context> context_;
};

/// Makes `chain_hash(value, …)` known to a connection, deterministic and innocuous, as a trigger needs it under
/// trusted_schema=OFF. It answers 32 bytes; a floating-point argument is an error. Throws Error.
void register_chain_hash(sqlite3* connection);

}  // namespace outbox
