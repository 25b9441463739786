/// Bytes for tests of the spool, and the shortest ways to store and read them.
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "spool/spool.h"

namespace blob {

using Bytes = std::vector<std::byte>;

/// The same bytes for the same seed and size.
inline Bytes make(std::uint64_t seed, std::size_t size) {
    Bytes bytes(size);
    std::mt19937_64 random(seed);
    for (std::size_t at = 0; at < size; at += sizeof(std::uint64_t)) {
        std::uint64_t some = random();
        std::memcpy(bytes.data() + at, &some, std::min(sizeof some, size - at));
    }
    return bytes;
}

inline spool::Digest digest_of(const Bytes& bytes) {
    spool::Hasher hasher;
    hasher.update(bytes);
    return hasher.finish();
}

inline spool::Sealed seal(spool::Spool& spool, const Bytes& bytes) {
    auto intake = spool.begin(bytes.size());
    intake.append(bytes);
    return intake.finish();
}

inline spool::Link link(spool::Spool& spool, spool::Sealed sealed) {
    return spool.link(std::move(sealed)).how();
}

inline spool::Digest store(spool::Spool& spool, const Bytes& bytes) {
    auto sealed = seal(spool, bytes);
    auto digest = sealed.digest();
    link(spool, std::move(sealed));
    return digest;
}

inline Bytes read_all(const spool::Reader& reader) {
    Bytes bytes(reader.size());
    REQUIRE(reader.read(0, bytes) == bytes.size());
    return bytes;
}

/// The code of the Error that `call` throws; nothing when it throws none.
template <typename Call>
std::optional<spool::Errc> code_of(Call call) {
    try {
        call();
    } catch (const spool::Error& error) {
        return error.code();
    }
    return std::nullopt;
}

inline std::vector<spool::Found> found_in(const spool::Spool& spool) {
    std::vector<spool::Found> all;
    spool.list([&](const spool::Found& found) {
        all.push_back(found);
        return true;
    });
    return all;
}

inline Bytes file_bytes(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    std::vector<char> raw{std::istreambuf_iterator<char>(file), {}};
    Bytes bytes(raw.size());
    std::transform(raw.begin(), raw.end(), bytes.begin(), [](char c) { return static_cast<std::byte>(c); });
    return bytes;
}

inline void write_file(const std::filesystem::path& path, const Bytes& bytes) {
    std::filesystem::remove(path);
    std::ofstream file(path, std::ios::binary);
    for (std::byte byte : bytes) file.put(static_cast<char>(byte));
    REQUIRE(file.flush().good());
}

}  // namespace blob
