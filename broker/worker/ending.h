/// Ending: how a helper process that was not killed ended, as its exit status; both sides share these numbers.
///
/// A helper that read hostile bytes says nothing else: no words of it are read.
#pragma once

namespace broker::worker {

/// From 32 on, so that they are none of a shell's, of `abort` in a library, or of a sanitizer's.
enum class Ending : int {
    done = 0,
    uncaged = 32,      ///< its limits could not be set, or DCMTK has no dictionary
    unread = 33,       ///< its input ended early or could not be read
    unwritten = 34,    ///< its output could not be written
    unreadable = 35,   ///< not a data set of that transfer syntax
    undecodable = 36,  ///< pixel data that cannot be decoded
    no_image = 37,     ///< nothing that could be compressed
    unpackable = 38,   ///< pixel data that this compression doesn't know
    differs = 39,      ///< what was compressed did not decode to the same pixels
    too_large = 40,    ///< needs more memory than it may take
    misused = 41,      ///< called with other arguments than `run` knows
    disordered = 42,   ///< elements in places where they were not seen when the edits were planned
    not_ascii = 43,    ///< text in a data set that names no character set, and was to get one
    too_long = 44,     ///< a value that the element's VR has no length for
};

}  // namespace broker::worker
