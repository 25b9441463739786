// The scan of a blob, piece by piece, until nothing more is wanted.
#include "broker/stored_header.h"

#include <cstddef>
#include <cstdint>
#include <vector>

#include "broker/dicom/part10.h"

namespace broker {

namespace {

/// No header is longer: what comes later is passed over, as if it were absent.
constexpr std::uint64_t scanned_bytes_max = 64U << 20;
constexpr std::size_t piece_bytes = 64 * 1024;

}  // namespace

std::optional<dicom::Header> stored_header(const spool::Spool& spool, const StoredBlob& blob,
                                           const dicom::Wanted& wanted, const dicom::ScanLimits& limits) try {
    const spool::Reader reader = spool.open(blob.digest);
    std::vector<std::byte> piece(piece_bytes);
    std::size_t got = reader.read(0, piece);
    const auto begin = dicom::data_set_offset({piece.data(), got});
    if (!begin || *begin > got) return std::nullopt;
    dicom::HeaderScan scan(blob.transfer_syntax_uid, wanted, limits);
    scan.feed({piece.data() + *begin, got - *begin});
    for (std::uint64_t at = got; !scan.is_done() && at < scanned_bytes_max; at += got) {
        got = reader.read(at, piece);
        if (got == 0) break;
        scan.feed({piece.data(), got});
    }
    scan.finish();
    return scan.header();
} catch (const spool::Error& error) {
    if (error.code() != spool::Errc::not_found) throw;
    return std::nullopt;
}

}  // namespace broker
