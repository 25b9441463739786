/// Part 10: the canonical file header that a blob begins with (spool/README.md, format version 1).
///
/// Pure functions; any thread. The same identity always gives the same bytes, for ever: they are part of the blob's
/// digest.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace broker::dicom {

/// Who wrote a file, and who calls on an association (PS3.7 D.3.3.2). Format version 1: changing one of these would
/// change the digest of everything received from then on.
inline constexpr std::string_view implementation_class_uid = "2.25.244012873461927564930571662839402715632";
inline constexpr std::string_view implementation_version_name = "DICOM_BRIDGE_1";

/// UIDs as in the data set and as negotiated, without padding.
struct FileIdentity {
    std::string sop_class_uid;
    std::string sop_instance_uid;
    std::string transfer_syntax_uid;
};

/// 128 zero bytes, "DICM" and group 0002 (PS3.10 7.1), in Explicit VR Little Endian.
std::vector<std::byte> file_header(const FileIdentity& identity);

/// Where the data set begins in a Part 10 file whose first bytes are given, or nothing when they are not those of one
/// or are too few. 512 bytes are enough for every file that begins with `file_header`.
std::optional<std::size_t> data_set_offset(std::span<const std::byte> first_bytes);

/// What a file header that `file_header` made says, or nothing when the first bytes are not those of one, whole.
std::optional<FileIdentity> file_identity(std::span<const std::byte> first_bytes);

}  // namespace broker::dicom
