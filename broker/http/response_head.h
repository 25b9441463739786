/// ResponseHead: a status line and its fields, refused where two readers could understand them differently.
///
/// Pure functions; any thread. Stricter than RFC 9112 on purpose, since a byte too many or too few read here would
/// make a stranger's bytes the answer to our next request. Internal to this folder.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <variant>

#include "broker/http/headers.h"

namespace broker::http {

struct ResponseHead {
    unsigned status = 0;
    Headers headers;
    bool is_http_1_0 = false;
    bool is_last = false;  ///< the server closes after it
    bool is_chunked = false;
    std::optional<std::uint64_t> length;

    bool is_interim() const { return status < 200; }
};

/// How far the bytes have come towards a whole head.
struct HeadScan {
    std::optional<std::size_t> size;  ///< of the whole head, its empty line included
    const char* fault = "";           ///< not "": no bytes that follow can make this a head
};

/// Finds a bare CR or LF and control characters as they come. The caller caps the bytes.
HeadScan scan_head(std::string_view bytes);

/// A whole head that `scan_head` found sound, or what is wrong with it.
std::variant<ResponseHead, const char*> parse_head(std::string_view head, std::size_t fields_max);

}  // namespace broker::http
