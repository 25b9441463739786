#include "spool/layout.h"

#include <cassert>

namespace spool::layout {

namespace {

constexpr std::string_view hex_digits = "0123456789abcdef";

bool is_plain_name(std::string_view name) {
    return !name.empty() && name != "." && name != ".." && name.find('/') == std::string_view::npos &&
           name.find('\0') == std::string_view::npos;
}

}  // namespace

std::string shard_name(unsigned shard) {
    assert(shard < shard_count);
    return {hex_digits[shard / 16], hex_digits[shard % 16]};
}

unsigned shard_of(const Digest& digest) {
    return std::to_integer<unsigned>(digest.bytes().front());
}

bool is_shard(std::string_view name) {
    return name.size() == 2 && name.find_first_not_of(hex_digits) == std::string_view::npos;
}

std::string blob_name(const Digest& digest) {
    return shard_name(shard_of(digest)) + "/" + digest.hex();
}

std::string full_blob_name(const Digest& digest) {
    return std::string(blobs_folder) + "/" + blob_name(digest);
}

std::optional<Digest> parse_blob(const Spot& spot) {
    auto digest = Digest::parse(spot.name);
    if (!digest || !is_shard(spot.shard) || spot.shard != shard_name(shard_of(*digest))) return std::nullopt;
    return digest;
}

std::string full_name(const Spot& spot) {
    std::string folder = std::string(blobs_folder) + "/";
    return spot.shard.empty() ? folder + spot.name : folder + spot.shard + "/" + spot.name;
}

std::optional<Spot> parse_full_name(std::string_view name) {
    if (name.substr(0, blobs_folder.size()) != blobs_folder) return std::nullopt;
    name.remove_prefix(blobs_folder.size());
    if (name.empty() || name.front() != '/') return std::nullopt;
    name.remove_prefix(1);
    Spot spot;
    if (auto slash = name.find('/'); slash != std::string_view::npos) {
        spot.shard = name.substr(0, slash);
        name.remove_prefix(slash + 1);
        if (!is_shard(spot.shard)) return std::nullopt;
    }
    spot.name = name;
    if (!is_plain_name(name) || (spot.shard.empty() && is_shard(name))) return std::nullopt;
    return spot;
}

std::string tmp_name(std::uint64_t n) {
    return std::to_string(n);
}

std::string kept_name(const std::string& name, unsigned copy) {
    return copy == 0 ? name : name + "." + std::to_string(copy);
}

}  // namespace spool::layout
