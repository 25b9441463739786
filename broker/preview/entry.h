/// Entry: one cached picture as a file: its name, and the bytes of it.
///
/// Pure functions; any thread. The file is the JPEG, which any viewer shows, and behind its end a trailer: what the
/// picture shows, and a checksum over all of it and over what it is of. No write of the cache is synced: by the trailer
/// a file that a power cut tore, or that lies under another's name, is known for what it is, and made again.
#pragma once

#include <compare>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "broker/worker/render/order.h"
#include "spool/digest.h"

namespace broker::preview {

enum class Kind : std::uint32_t { picture, thumbnail };

/// What a cached picture is of.
struct EntryKey {
    spool::Digest digest;
    std::uint32_t frame = 0;  ///< as asked for; 0: the one that stands for the instance
    Kind kind = Kind::picture;
    auto operator<=>(const EntryKey&) const = default;
};

/// A picture for somebody to look at.
struct Shown {
    std::string jpeg;
    std::uint32_t frame = 1, frame_count = 1;
    std::optional<worker::Window> window = {};
    bool operator==(const Shown&) const = default;
};

/// Below the cache's folder: "ab/ab12…-0-picture.jpg".
std::filesystem::path name_of(const EntryKey& key);
/// Nothing where that is not a name that `name_of` makes.
std::optional<EntryKey> parse_name(const std::filesystem::path& name);

std::string pack(const EntryKey& key, const Shown& shown);
/// Nothing where that is not what `pack` made for this key.
std::optional<Shown> parse_entry(const EntryKey& key, std::string bytes);

}  // namespace broker::preview
