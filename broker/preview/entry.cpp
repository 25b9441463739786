#include "broker/preview/entry.h"

#include <zlib.h>

#include <array>
#include <charconv>
#include <cstddef>
#include <cstring>

namespace broker::preview {
namespace {

/// Another one where the trailer, or what is rendered, becomes another: then all pictures are made again.
constexpr std::uint32_t mark = 0x44425031;

/// In the machine's own order: a cache doesn't travel. All of it is written, so it has no gaps.
struct Trailer {
    double centre = 0, width = 0;
    std::uint32_t has_window = 0, function = 0;
    std::uint32_t frame = 0, frame_count = 0;
    std::uint32_t jpeg_bytes = 0;
    std::uint32_t version = mark;
    std::uint32_t checksum = 0;  ///< of what is before it, and of the key
    std::uint32_t end = mark;
};
static_assert(sizeof(Trailer) == 48);
constexpr std::size_t checksum_at = offsetof(Trailer, checksum);

std::uint32_t add_to(std::uint32_t sum, const void* bytes, std::size_t size) {
    return static_cast<std::uint32_t>(::crc32_z(sum, static_cast<const Bytef*>(bytes), size));
}

std::uint32_t checksum_of(const EntryKey& key, std::string_view jpeg, const Trailer& trailer) {
    std::uint32_t sum = add_to(0, jpeg.data(), jpeg.size());
    sum = add_to(sum, &trailer, checksum_at);
    sum = add_to(sum, key.digest.bytes().data(), spool::Digest::size);
    const std::array<std::uint32_t, 2> rest{key.frame, static_cast<std::uint32_t>(key.kind)};
    return add_to(sum, rest.data(), sizeof rest);
}

constexpr std::string_view picture_end = "-picture.jpg", thumbnail_end = "-thumbnail.jpg";
constexpr std::size_t hex_chars = 2 * spool::Digest::size;

}  // namespace

std::filesystem::path name_of(const EntryKey& key) {
    const std::string hex = key.digest.hex();
    std::string name = hex + "-" + std::to_string(key.frame);
    name += key.kind == Kind::picture ? picture_end : thumbnail_end;
    return std::filesystem::path(hex.substr(0, 2)) / name;
}

std::optional<EntryKey> parse_name(const std::filesystem::path& name) {
    const std::string file = name.filename().string();
    if (file.size() <= hex_chars) return std::nullopt;
    const auto digest = spool::Digest::parse(std::string_view(file).substr(0, hex_chars));
    if (!digest) return std::nullopt;
    EntryKey key{*digest};
    if (file.ends_with(thumbnail_end)) key.kind = Kind::thumbnail;
    std::from_chars(file.data() + hex_chars + 1, file.data() + file.size(), key.frame);
    // What was read is right if it makes the same name.
    if (name_of(key) != name) return std::nullopt;
    return key;
}

std::string pack(const EntryKey& key, const Shown& shown) {
    Trailer trailer;
    trailer.has_window = shown.window.has_value();
    const worker::Window window = shown.window.value_or(worker::Window{});
    trailer.centre = window.centre;
    trailer.width = window.width;
    trailer.function = static_cast<std::uint32_t>(window.function);
    trailer.frame = shown.frame;
    trailer.frame_count = shown.frame_count;
    trailer.jpeg_bytes = static_cast<std::uint32_t>(shown.jpeg.size());
    trailer.checksum = checksum_of(key, shown.jpeg, trailer);
    std::array<char, sizeof trailer> bytes{};
    std::memcpy(bytes.data(), &trailer, sizeof trailer);
    return shown.jpeg + std::string(bytes.data(), bytes.size());
}

std::optional<Shown> parse_entry(const EntryKey& key, std::string bytes) {
    Trailer trailer;
    if (bytes.size() < sizeof trailer) return std::nullopt;
    const std::size_t jpeg_bytes = bytes.size() - sizeof trailer;
    std::memcpy(&trailer, bytes.data() + jpeg_bytes, sizeof trailer);
    if (trailer.end != mark || trailer.version != mark || trailer.jpeg_bytes != jpeg_bytes) return std::nullopt;
    bytes.resize(jpeg_bytes);
    if (trailer.checksum != checksum_of(key, bytes, trailer)) return std::nullopt;
    Shown shown{std::move(bytes), trailer.frame, trailer.frame_count};
    if (trailer.has_window != 0)
        shown.window = worker::Window{trailer.centre, trailer.width, worker::WindowFunction{trailer.function}};
    return shown;
}

}  // namespace broker::preview
