/// HeadGuard: refuses a request's head that two parsers could read differently (request smuggling), before Beast sees
/// it.
///
/// Pure functions; any thread. Stricter than RFC 9112 on purpose, and covers what Beast 1.81 lets pass: chunked on
/// HTTP/1.0 (its #3096) and a Transfer-Encoding that is not chunked beside a Content-Length (#3098).
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace web {

/// How far the bytes of one connection have come towards a whole head.
struct HeadScan {
    std::optional<std::size_t> size;  ///< of the whole head, its empty line included
    std::string fault;                ///< not "": no bytes that follow can make this a head
};

/// Looks at all bytes read since the last request: bare CR or LF and control characters are found as they come, so that
/// nobody waits for the rest of a broken head. The caller caps the bytes.
HeadScan scan_head(std::string_view bytes);

/// Checks a whole head: request line, field names, obs-fold, Host, Content-Length and Transfer-Encoding.
/// "" when it is sound, else what is wrong.
std::string check_head(std::string_view head);

}  // namespace web
