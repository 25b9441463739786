/// HeaderScan: reads the wanted tags of one data set while its bytes pass by on their way to the disk.
///
/// One thread at a time. Bounded in memory and time by its limits, and without recursion: this is what meets hostile
/// bytes first, inside the broker. It changes and keeps nothing of the data set, and a problem that it reports is no
/// verdict on it.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "broker/dicom/element_reader.h"
#include "broker/dicom/header.h"
#include "broker/dicom/inflater.h"

namespace broker::dicom {

class HeaderScan {
public:
    /// `wanted` must outlive the scan. (0008,0005), (0008,0016) and (0008,0018) are to be in it.
    HeaderScan(std::string_view transfer_syntax_uid, const Wanted& wanted, const ScanLimits& limits);

    /// Takes the next bytes of the data set. Cheap once `is_done`.
    void feed(std::span<const std::byte> bytes);
    /// The data set ends here.
    void finish();

    /// Nothing more will be found: pixel data was reached, all that was wanted has passed, or a problem ended the scan.
    bool is_done() const;
    ScanProblem problem() const;
    /// SOP Class and Instance UID were found.
    bool has_identity() const;

    /// What was found so far, as UTF-8; what stands in an item in the character set of the item, where it has its own.
    Header header() const;

private:
    void add_collected(Header& header, const std::vector<std::string>& terms) const;

    const Wanted& wanted_;
    ElementReader elements_;
    std::optional<Inflater> inflater_;  ///< of a deflated transfer syntax, until it is spent
    bool is_spent_ = false;
    ScanProblem problem_ = ScanProblem::none;
};

}  // namespace broker::dicom
