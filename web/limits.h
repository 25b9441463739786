/// Limits: what one HTTP server takes on at most, each with a unit and a default.
#pragma once

#include <chrono>
#include <cstddef>

namespace web {

struct Limits {
    std::size_t connections_max = 256;             ///< over TCP; the longest idle, or least reading, one makes room
    std::size_t connections_per_address_max = 64;  ///< of one IP address, and of the socket
    std::size_t header_bytes_max = 8 * 1024;       ///< request line and header fields
    std::size_t body_bytes_max = 64 * 1024;        ///< of a request
    std::size_t requests_per_connection_max = 100;
    std::chrono::milliseconds header_timeout{10'000};  ///< from the first byte (or the connection's begin) to the last
    std::chrono::milliseconds body_timeout{30'000};    ///< for a request's whole body
    std::chrono::milliseconds write_timeout{30'000};   ///< for a whole answer, or one piece of a streamed or large one
    std::chrono::milliseconds keep_alive_timeout{15'000};  ///< between two requests
    std::chrono::milliseconds linger_timeout{1'000};       ///< how long a refused peer's remaining bytes are read
    std::chrono::milliseconds stop_timeout{5'000};         ///< how long `stop` waits for connections to end
    std::size_t write_bytes_per_second_min = 32 * 1024;    ///< a large answer may take so long beyond write_timeout
    std::size_t pictures_bytes_max = 128 * 1024 * 1024;    ///< that wait to be read by their peers, of all together
    std::size_t handlers = 4;        ///< requests answered at once; for pictures half as many more
    std::size_t waiting_max = 256;   ///< requests that may wait for a handler; more are answered 503
    std::size_t rows_max = 1000;     ///< `limit` of a list
    std::size_t rows_default = 100;  ///< a list's rows when no `limit` is given
};

/// Header fields of one request.
inline constexpr std::size_t header_fields_max = 100;
/// How deep a body's JSON may nest.
inline constexpr std::size_t json_depth_max = 32;
/// One piece of a streamed body, and how many of them may wait for the peer.
inline constexpr std::size_t stream_piece_bytes = 64 * 1024;
inline constexpr std::size_t stream_pieces_max = 4;
/// The same jobs are not all retried again within this time.
inline constexpr std::chrono::milliseconds retry_pause{10'000};
/// Who listens to what changes: how many at once, how many pieces wait for one of them, how long a stream lasts before
/// its listener comes again (a login may have ended meanwhile), and how soon they come.
inline constexpr std::size_t live_listeners_max = 64, live_pieces_max = 64;
inline constexpr std::ptrdiff_t live_listeners_each = 16;  ///< of one user, token or address
inline constexpr std::chrono::minutes live_for{5};
inline constexpr std::chrono::milliseconds live_retry{2'000}, live_look_every{1'000};
/// In looks.
inline constexpr int live_comment_every = 10;
/// How long the link that makes the first admin can be used.
inline constexpr std::chrono::hours setup_for{1};
/// Browsers that somebody is logged in from, at once.
inline constexpr std::size_t sessions_max = 1000;
/// Who guesses a password wrong too often waits so long, at first and at most; forgotten when nothing came for a while.
inline constexpr std::chrono::seconds lockout_min{30}, lockout_max{15 * 60}, lockout_memory{3600};
/// Names and addresses whose tries are counted.
inline constexpr std::size_t lockout_counts_max = 10'000;
/// The same look of the same user, or at the same study, is one row of the history for so long.
inline constexpr std::chrono::milliseconds look_again{10 * 60'000};
inline constexpr std::size_t looks_max = 10'000;
/// A name of a user or a token.
inline constexpr std::size_t name_bytes_max = 64;
/// How long a token may live at most, and lives where nobody says.
inline constexpr std::chrono::days token_days_max{3660}, token_days_default{365};
/// A note or a reason that goes into the history.
inline constexpr std::size_t note_bytes_max = 1000;
/// A whole configuration that somebody sends; as JSON, with its escapes, it is longer.
inline constexpr std::size_t settings_bytes_max = 1024 * 1024;
inline constexpr std::size_t settings_body_bytes_max = 2 * settings_bytes_max;

}  // namespace web
