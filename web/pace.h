/// Pace: how long an answer may take, and so whom it may keep waiting.
#pragma once

namespace web {

enum class Pace {
    quick,    ///< read from the database, a page at most
    slow,     ///< may read everything, or wait for a destination
    reader,   ///< slow, and as slow as whoever reads it: an export
    picture,  ///< waits for its turn to be made; a browser asks for many at once
};

}  // namespace web
