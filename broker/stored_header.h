/// StoredHeader: the header of a kept instance, read again from the spool as the receiving pass read it.
///
/// Any thread.
#pragma once

#include <optional>
#include <string_view>

#include "broker/dicom/header_scan.h"
#include "spool/spool.h"

namespace broker {

struct StoredBlob {
    spool::Digest digest;
    std::string_view transfer_syntax_uid;  ///< of the instance
};

/// Nothing where the bytes are not there, or not a blob's. `wanted` as for a HeaderScan. Throws spool::Error: io.
std::optional<dicom::Header> stored_header(const spool::Spool& spool, const StoredBlob& blob,
                                           const dicom::Wanted& wanted, const dicom::ScanLimits& limits);

}  // namespace broker
