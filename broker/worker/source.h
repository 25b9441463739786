/// Source: the data set of one blob, verified while it is read, with what its file header and its own tags say it is.
///
/// One thread at a time.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "broker/dicom/header_scan.h"
#include "broker/dicom/part10.h"
#include "spool/spool.h"

namespace broker::worker {

/// The UIDs that must not change; UIDs as a bounded scan of a data set finds them, "" where it finds none.
struct Identity {
    std::string sop_class_uid, sop_instance_uid;
    bool operator==(const Identity&) const = default;
};

/// A scan of a data set for its Identity.
class IdentityScan {
public:
    explicit IdentityScan(std::string_view transfer_syntax_uid);
    void feed(std::span<const std::byte> bytes) { scan_.feed(bytes); }
    /// The data set ends here.
    Identity finish();

private:
    dicom::HeaderScan scan_;
};

class Source {
public:
    /// Throws spool::Error: not_found, damaged, io.
    Source(const spool::Spool& spool, const spool::Digest& digest);

    /// What the file header says, or nothing where it is not one of ours.
    const std::optional<dicom::FileIdentity>& header() const { return header_; }

    /// The next bytes of the data set, valid until the next call; none at the end. The last ones come only when the
    /// blob's bytes are those of its digest. Throws spool::Error: damaged, io.
    std::span<const std::byte> next();
    /// Of the data set, as far as it was read.
    Identity identity() { return scan_->finish(); }

private:
    spool::VerifiedReader reader_;
    std::vector<std::byte> buffer_;
    std::span<const std::byte> begin_;  ///< of the data set, read with the header
    std::optional<dicom::FileIdentity> header_;
    std::optional<IdentityScan> scan_;
};

}  // namespace broker::worker
