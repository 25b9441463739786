#include "tests/support/samples.h"

#include <doctest/doctest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>

namespace support {
namespace {

std::string read_file(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

std::optional<std::filesystem::path> samples_folder() {
    const auto samples = std::filesystem::path(BRIDGE_SAMPLES);
    if (std::filesystem::exists(samples)) return samples;
    const char* ci = std::getenv("CI");
    REQUIRE_MESSAGE((ci == nullptr || std::string(ci) != "true"), "the sample instances are missing");
    MESSAGE("skipped: the sample instances are not here");
    return std::nullopt;
}

std::optional<Sample> read_sample(const std::filesystem::path& path) {
    const std::string file = read_file(path);
    if (file.size() < 144 || file.substr(128, 12) != std::string("DICM\2\0\0\0UL\4\0", 12)) return std::nullopt;
    std::size_t offset = 144;
    for (std::size_t i = 0; i < 4; ++i)
        offset += static_cast<std::size_t>(static_cast<unsigned char>(file[140 + i])) << (8 * i);
    const auto syntax = file.substr(0, 1024).find(std::string_view("\2\0\x10\0UI", 6));
    if (offset > file.size() || syntax == std::string::npos) return std::nullopt;
    std::string uid = file.substr(syntax + 8, static_cast<unsigned char>(file[syntax + 6]));
    while (!uid.empty() && uid.back() == '\0') uid.pop_back();
    return Sample{uid, file.substr(offset)};
}

}  // namespace support
