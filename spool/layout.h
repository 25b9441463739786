/// Layout: the names on disk of format version 1 (README.md, Layout), made and parsed here and nowhere else.
///
/// Pure functions; any thread. Every name is made from a digest, a number or what a folder listing gave; none from a
/// peer.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "spool/digest.h"

namespace spool::layout {

// In the data folder.
inline constexpr std::string_view blobs_folder = "spool";
inline constexpr std::string_view tmp_folder = "tmp";
inline constexpr std::string_view quarantine_folder = "quarantine";
inline constexpr std::string_view orphans_folder = "orphans";
inline constexpr std::string_view lock_file = "lock";
inline constexpr std::string_view clean_file = "clean";

inline constexpr unsigned shard_count = 256;

/// In spool/: "00" to "ff".
std::string shard_name(unsigned shard);
/// The number of a digest's shard, below shard_count.
unsigned shard_of(const Digest& digest);
/// True when a name in spool/ is one of the 256 shards.
bool is_shard(std::string_view name);

/// In spool/: "ab/ab12…".
std::string blob_name(const Digest& digest);
/// In the data folder: "spool/ab/ab12…", for error texts and listings.
std::string full_blob_name(const Digest& digest);

/// A file's place in spool/: in a shard, or (shard is empty) beside the shards where none of ours ever lies.
struct Spot {
    std::string shard;
    std::string name;
};
/// The digest, when the file is named like a blob and lies in that blob's shard.
std::optional<Digest> parse_blob(const Spot& spot);
/// In the data folder: "spool/ab/name" or "spool/name".
std::string full_name(const Spot& spot);
/// The inverse of full_name; nothing for a name that would lead elsewhere.
std::optional<Spot> parse_full_name(std::string_view name);

/// In tmp/: the file of the n-th intake of this process.
std::string tmp_name(std::uint64_t n);
/// In quarantine/ and orphans/: the name itself, and "name.1", "name.2"… for later files of the same name.
std::string kept_name(const std::string& name, unsigned copy);

}  // namespace spool::layout
