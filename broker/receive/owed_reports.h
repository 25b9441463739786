/// OwedReports: the commitment reports that a scanner asked for and that go out over the association it asked on.
///
/// One thread, the association's. One report is outstanding at a time, whatever the scanner says meanwhile; the others
/// wait. Each one that the desk gave is told back to it: acknowledged, or, at the latest by the destructor, not.
/// Nothing throws because of the desk.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>

#include "broker/dicom/command_set.h"
#include "broker/receive/commitment_desk.h"

struct T_ASC_Association;

namespace broker::receive {

class OwedReports {
public:
    /// `patience`: how long the scanner may take to acknowledge a report.
    OwedReports(CommitmentDesk* desk, CommitmentPeer peer, std::chrono::milliseconds patience)
        : desk_(desk), peer_(std::move(peer)), patience_(patience) {}
    ~OwedReports();
    OwedReports(const OwedReports&) = delete;
    OwedReports& operator=(const OwedReports&) = delete;

    /// A request that was taken, and where the report on it goes.
    struct Owed {
        std::uint8_t context_id = 0;
        bool is_implicit = false;
        std::string transaction_uid;
    };
    /// The desk will be asked for the report on it: once, or, where only this association can bring it, about every
    /// `ask_again_every` while the association lives. Beyond `owed_max` it isn't, and must report in another way.
    void owe(Owed owed);

    /// Sends the next report, where none is outstanding and the desk makes one now. False: the connection ended.
    bool send_next(T_ASC_Association& association);

    static constexpr std::chrono::seconds ask_again_every{1};
    /// Some can't be made yet: `send_next` wants to be called again, also when the scanner says nothing.
    bool has_unready() const { return !unready_.empty(); }

    using Instant = std::chrono::steady_clock::time_point;
    /// When the outstanding report must have been answered; `max` where there is none.
    Instant answer_by() const { return outstanding_ ? outstanding_->answer_by : Instant::max(); }

    /// Takes a response of the scanner's; false when it answers nothing of ours.
    bool take_response(std::uint8_t context_id, const dicom::CommandSet& response);

    /// The association is over: what is outstanding was not acknowledged. Idempotent.
    void give_up();

    const CommitmentPeer& peer() const { return peer_; }

private:
    static constexpr std::size_t owed_max = 256;

    struct Outstanding {
        Owed owed;
        std::uint16_t message_id = 0;
        Instant answer_by;
    };

    CommitmentDesk::Taken take(const std::string& transaction_uid);
    void tell(bool is_acknowledged);

    CommitmentDesk* const desk_;
    const CommitmentPeer peer_;
    const std::chrono::milliseconds patience_;
    std::deque<Owed> owed_, unready_;
    Instant ask_again_at_{};
    std::optional<Outstanding> outstanding_;
    std::uint16_t message_id_ = 0;  ///< of the last report
};

}  // namespace broker::receive
