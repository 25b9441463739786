/// CommitmentDesk: whom the receiving side asks and tells about storage commitment (PS3.4 Annex J, in both roles).
///
/// Asked by association threads, several at once. A broker implements it.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "broker/dicom/commitment.h"

namespace broker::receive {

/// Who is at the other end of the association, as it says, and from where.
struct CommitmentPeer {
    std::string calling_ae_title, called_ae_title, address;
    std::string sender = {};  ///< the [[sender]] that it is, or ""
};

class CommitmentDesk {
public:
    virtual ~CommitmentDesk() = default;

    /// A peer reports on what we asked it to commit to (N-EVENT-REPORT). On return it is durable. Answers the status:
    /// 0x0000 also for what changes nothing (late, repeated, partly unknown); 0x0117 (invalid SOP Instance UID) for a
    /// transaction that was never ours.
    virtual std::uint16_t report(const CommitmentPeer& peer, const dicom::CommitmentReport& report) = 0;

    /// A scanner asks us to commit (N-ACTION). On return 0x0000 the request is durable and will be answered, before or
    /// after a restart. 0x0131 (duplicate transaction UID); 0x0213 (resource limitation) when it cannot be kept now.
    virtual std::uint16_t request(const CommitmentPeer& peer, const dicom::CommitmentRequest& request) = 0;

    /// The report on such a request, or that there is none yet: `delivered` requests may have to wait.
    struct Taken {
        std::optional<dicom::CommitmentReport> report;
        bool is_only_here = false;  ///< none yet, and no other association can bring it: worth asking again
    };
    /// A report is taken back by `reported(…, false)` when it could not be handed over, and then made again on an
    /// association that we open.
    virtual Taken take_report(const CommitmentPeer& peer, const std::string& transaction_uid) = 0;
    /// Whether the scanner acknowledged the report (0x0000). Durable on return.
    virtual void reported(const CommitmentPeer& peer, const std::string& transaction_uid, bool is_acknowledged) = 0;
};

}  // namespace broker::receive
