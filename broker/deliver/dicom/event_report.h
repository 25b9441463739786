/// EventReport: hands a commitment report to a scanner over an association that we open (PS3.4 J.3.3, as SCP).
///
/// Any thread; blocks, at most for the timeouts. Nothing throws because of the peer or the network.
#pragma once

#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>

#include "broker/deliver/dicom/association.h"
#include "broker/dicom/commitment.h"

namespace broker::deliver {

/// Where a scanner takes reports.
struct ReportPeer {
    Endpoint endpoint;
    std::string called_ae_title, calling_ae_title;
    Timeouts timeouts;
    std::uint32_t pdu_max = 128 * 1024;  ///< [dicom] max_pdu
};

/// What came of it: acknowledged (0x0000), else why not.
struct ReportAnswer {
    bool is_acknowledged = false;
    std::optional<Event> event;           ///< what ended the association; `context_refused` where it takes no reports
    std::optional<std::uint16_t> status;  ///< of its response, where that isn't success
};

/// `stop` cuts it off, as if the network had failed.
ReportAnswer send_event_report(const ReportPeer& peer, const dicom::CommitmentReport& report,
                               const std::stop_token& stop = {});

}  // namespace broker::deliver
