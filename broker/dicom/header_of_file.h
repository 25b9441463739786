/// HeaderOfFile: the wanted tags of a DICOM file by whatever maker: with preamble and file meta information (PS3.10),
/// without the one or both.
///
/// Any thread. Bounded like HeaderScan; reads no further than pixel data.
#pragma once

#include <filesystem>
#include <string>
#include <variant>

#include "broker/dicom/header_scan.h"

namespace broker::dicom {

struct HeaderOfFile {
    Header header;
    std::string transfer_syntax_uid;  ///< "" where the file doesn't say
    bool has_identity = false;        ///< SOP Class and Instance UID: without them nobody takes it in
    ScanProblem problem = ScanProblem::none;
};

/// Why a file has no header, to end the sentence `FILE …`.
struct NoHeader {
    std::string why;
};

/// `wanted` as for a HeaderScan.
std::variant<HeaderOfFile, NoHeader> header_of_file(const std::filesystem::path& file, const Wanted& wanted,
                                                    const ScanLimits& limits);

}  // namespace broker::dicom
