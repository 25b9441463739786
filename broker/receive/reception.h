/// Reception: one data set on its way into the spool, in one pass: scanned, hashed and written piece by piece.
///
/// One thread at a time. Must not outlive the spool and the wanted tags. Destroyed before `finish` it leaves nothing on
/// disk. What goes wrong is remembered, and the rest of the data set passes unread: the peer hears of it once, at the
/// end.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "broker/clock.h"
#include "broker/dicom/header_scan.h"
#include "spool/spool.h"

namespace broker::receive {

struct ReceptionLimits {
    std::uint64_t instance_bytes_max = 4ull << 30;  ///< of the data set
    /// Kept in memory until the identity is known, which the blob's first bytes must tell.
    std::size_t identity_bytes_max = 1024 * 1024;
    dicom::ScanLimits scan;
};

class Reception {
public:
    /// Where the bytes go, and since when.
    struct Begun {
        spool::Spool& spool;
        Monotonic at;
    };
    Reception(const Begun& begun, std::string transfer_syntax_uid, const dicom::Wanted& wanted,
              const ReceptionLimits& limits);

    /// Takes the next bytes. Never throws spool::Error: see `error`.
    void take(std::span<const std::byte> bytes);

    /// The data set is complete: finds out what is not known yet, and writes what waited for it. False when it cannot
    /// be kept: `error` says that the spool failed, else there is no identity to keep it under.
    bool complete();

    /// After `complete` was true: makes the blob durable, under its name. Throws spool::Error.
    spool::Linked finish();

    /// Why nothing is kept any more.
    const std::optional<spool::Errc>& error() const { return error_; }
    const std::string& error_text() const { return error_text_; }

    Monotonic began_at() const { return began_at_; }
    std::uint64_t bytes() const { return bytes_; }
    bool is_too_large() const { return bytes_ > limits_.instance_bytes_max; }
    const dicom::HeaderScan& scan() const { return scan_; }
    const std::string& sop_class_uid() const { return sop_class_uid_; }
    const std::string& sop_instance_uid() const { return sop_instance_uid_; }

private:
    void identify();
    void write(std::span<const std::byte> bytes);
    void give_up(const spool::Error& error);

    spool::Spool& spool_;
    const Monotonic began_at_;
    const std::string transfer_syntax_uid_;
    const ReceptionLimits limits_;
    dicom::HeaderScan scan_;
    std::vector<std::byte> waiting_;  ///< until the identity is known
    std::optional<spool::Intake> intake_;
    std::optional<spool::Errc> error_;
    std::string error_text_;
    std::string sop_class_uid_, sop_instance_uid_;
    std::uint64_t bytes_ = 0;
    bool is_hopeless_ = false;  ///< there will be no identity
};

}  // namespace broker::receive
