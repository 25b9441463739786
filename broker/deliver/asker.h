/// Asker: asks a destination whether it has instances, over associations of its own, beside those that send.
///
/// One thread at a time, save `interrupt`. No function throws because of the peer or the network: what ended a question
/// is an Event, and what was not answered is `unknown`. Proof of presence, weakest first: C-FIND at IMAGE level (PS3.4
/// C.4.1), Storage Commitment Push Model (PS3.4 J.3).
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "broker/deliver/classification.h"
#include "broker/dicom/commitment.h"
#include "outbox/ids.h"

namespace broker::deliver {

/// One instance that is asked about.
struct Question {
    outbox::JobId job;
    std::string sop_class_uid, sop_instance_uid;
    std::string study_instance_uid, series_instance_uid;  ///< "" where the instance has none
};

enum class Finding {
    present,
    absent,   ///< the destination says that it doesn't have it; what that is worth is for the asker's caller to decide
    unknown,  ///< no answer, or one that proves nothing
};

/// What came of one way of asking.
struct Answers {
    bool is_offered = false;             ///< the destination accepted the service's presentation context
    std::optional<Event> event;          ///< what went wrong with the association, where something did
    std::optional<std::int32_t> status;  ///< the last status that wasn't success, where there was one
    std::vector<Finding> findings;       ///< one per question, in their order
    std::size_t put_count = 0;           ///< C-FIND: so many of them, from the first, were put or needn't be
};

class Asker {
public:
    virtual ~Asker() = default;

    /// Asks by C-FIND, Study Root, at IMAGE level with Study, Series and SOP Instance UID, one question after the
    /// other on one association. A question without Study or Series UID is `unknown`.
    virtual Answers query(std::span<const Question> questions) = 0;

    /// Asks for storage commitment under a Transaction UID that was never used before (PS3.4 J.3.2). `is_offered` and
    /// no event and no status: the destination took the request, and will report. Reports that come on this
    /// association within `linger` (also before the N-ACTION response) are given to `report`, whatever transaction
    /// they are about; it returns the status that answers them. Findings are all `unknown`: `report` is how they come.
    virtual Answers request_commitment(std::string_view transaction_uid, std::span<const Question> questions,
                                       std::chrono::milliseconds linger,
                                       const std::function<std::uint16_t(const dicom::CommitmentReport&)>& report) = 0;

    /// Any thread: makes what runs now end soon, as if the network had failed. For good.
    virtual void interrupt() = 0;
};

}  // namespace broker::deliver
