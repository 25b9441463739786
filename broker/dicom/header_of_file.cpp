/// HeaderOfFile: where the data set begins, whoever wrote the file, and the scan from there.
#include "broker/dicom/header_of_file.h"

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "broker/dicom/element_head.h"

namespace broker::dicom {

namespace {

constexpr std::size_t preamble_bytes = 128;
/// No file meta information is longer: it holds some UIDs and names, and private information of its maker.
constexpr std::size_t meta_bytes_max = 1024 * 1024;
/// What a header may be long: what comes later is passed over, as in the receiving pass of a stored one.
constexpr std::uint64_t scanned_bytes_max = 64U << 20;
constexpr std::size_t piece_bytes = 64 * 1024;

std::uint32_t number(std::string_view bytes, std::size_t at, std::size_t size) {
    std::uint32_t value = 0;
    for (std::size_t i = size; i > 0; --i) value = value << 8 | static_cast<unsigned char>(bytes[at + i - 1]);
    return value;
}

/// Where the value of the meta element at `at` begins and ends; nothing where its head is cut off.
struct Extent {
    std::size_t begin = 0, end = 0;
};
std::optional<Extent> value_at(std::string_view bytes, std::size_t at) {
    if (at + 8 > bytes.size()) return std::nullopt;
    const std::string_view vr = bytes.substr(at + 4, 2);
    // Explicit, as PS3.10 7.1 says; some write it as the data set, which then is implicit.
    if (!is_upper(vr[0]) || !is_upper(vr[1])) return Extent{at + 8, at + 8 + number(bytes, at + 4, 4)};
    if (!long_vrs.contains(vr)) return Extent{at + 8, at + 8 + number(bytes, at + 6, 2)};
    if (at + 12 > bytes.size()) return std::nullopt;
    return Extent{at + 12, at + 12 + number(bytes, at + 8, 4)};
}

struct Begin {
    std::size_t data_set = 0;
    std::string transfer_syntax_uid;
    bool is_marked = false;  ///< "DICM", or file meta information: somebody meant it to be a DICOM file
};

/// Nothing where the file meta information has no end.
std::optional<Begin> find_data_set(std::string_view bytes) {
    constexpr std::string_view meta_group("\2\0", 2);
    const bool has_preamble = bytes.size() >= preamble_bytes + 4 && bytes.substr(preamble_bytes, 4) == "DICM";
    Begin begin{has_preamble ? preamble_bytes + 4 : 0, "", has_preamble};
    while (bytes.substr(begin.data_set, 2) == meta_group) {
        const auto value = value_at(bytes, begin.data_set);
        if (!value || value->end > bytes.size()) return std::nullopt;
        if (number(bytes, begin.data_set + 2, 2) == 0x0010) {
            begin.transfer_syntax_uid = bytes.substr(value->begin, value->end - value->begin);
            while (!begin.transfer_syntax_uid.empty() &&
                   (begin.transfer_syntax_uid.back() == '\0' || begin.transfer_syntax_uid.back() == ' '))
                begin.transfer_syntax_uid.pop_back();
        }
        begin.data_set = value->end;
        begin.is_marked = true;
    }
    return begin;
}

}  // namespace

std::variant<HeaderOfFile, NoHeader> header_of_file(const std::filesystem::path& file, const Wanted& wanted,
                                                    const ScanLimits& limits) {
    std::error_code failed;
    if (std::filesystem::is_directory(file, failed)) return NoHeader{"is a folder; give one file"};
    std::error_code unseen;
    const auto status = std::filesystem::status(file, unseen);
    if (std::filesystem::exists(status) && !std::filesystem::is_regular_file(status) &&
        !std::filesystem::is_directory(status))
        return NoHeader{"is no regular file"};  // a pipe would be waited for
    std::ifstream in(file, std::ios::binary);
    if (!in) return NoHeader{std::string("cannot be read (") + std::strerror(errno) + ")"};
    std::vector<char> bytes(meta_bytes_max);
    const auto read = [&] {
        in.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
        return static_cast<std::size_t>(in.gcount());
    };
    std::size_t got = read();
    const auto begin = find_data_set({bytes.data(), got});
    if (!begin) return NoHeader{"is cut off within its file meta information, or that is longer than 1 MiB"};

    HeaderScan scan(begin->transfer_syntax_uid, wanted, limits);
    scan.feed(std::as_bytes(std::span(bytes).subspan(begin->data_set, got - begin->data_set)));
    bytes.resize(piece_bytes);
    for (std::uint64_t at = got; !scan.is_done() && at < scanned_bytes_max; at += got) {
        if ((got = read()) == 0) break;
        scan.feed(std::as_bytes(std::span(bytes).first(got)));
    }
    if (in.bad()) return NoHeader{"could not be read to the end of its header"};
    scan.finish();
    if (!begin->is_marked && !scan.has_identity())
        return NoHeader{
            "is not a DICOM file: there is neither a file header nor a data set with SOP Class and Instance "
            "UID in it"};
    return HeaderOfFile{scan.header(), begin->transfer_syntax_uid, scan.has_identity(), scan.problem()};
}

}  // namespace broker::dicom
