/// Syntax: the transfer syntaxes that the worker reads and writes, and what each does to pixels.
///
/// Pure functions; any thread.
#pragma once

#include <string_view>

namespace broker::worker {

enum class Coding { native, jpeg, jpeg_ls, jpeg_2000, rle };

/// Whether an instance in this transfer syntax has lost something of its pixels (PS3.5 8.2).
enum class Loss { none, possible, certain };

struct Syntax {
    std::string_view uid;
    Coding coding;
    Loss loss;
    std::string_view loss_method;  ///< PS3.3 C.7.6.1.1.5.1, "" where nothing is lost
};

inline constexpr std::string_view jpeg_ls_lossless = "1.2.840.10008.1.2.4.80";

/// Null for what the worker cannot read: video, private transfer syntaxes, and those that nobody uses.
const Syntax* find_syntax(std::string_view uid);

/// Whether the worker makes `to` from `from`. Packing again what is lossy would only make it larger.
bool can_transcode(std::string_view from, std::string_view to);

}  // namespace broker::worker
