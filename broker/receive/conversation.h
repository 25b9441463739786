/// Conversation: one accepted association while its messages are served.
///
/// One thread, the association's.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "broker/clock.h"
#include "broker/dicom/command_set.h"
#include "broker/dicom/dcmtk_message.h"
#include "broker/dicom/socket_control.h"
#include "broker/receive/commitment_desk.h"
#include "broker/receive/custody.h"
#include "broker/receive/negotiation.h"
#include "broker/receive/owed_reports.h"
#include "broker/receive/refusal.h"
#include "broker/receive/rules.h"
#include "broker/receive/seen.h"
#include "broker/receive/services.h"
#include "broker/receive/space_watch.h"
#include "broker/receive/statistics.h"

namespace broker::receive {

/// What the receiving side stands on. All of it is shared by all associations and must outlive them.
struct Surroundings {
    spool::Spool& spool;
    Custody& custody;
    const Clock& clock;
    SpaceWatch& space;
    Statistics& statistics;
    Refused refused;
    Seen seen = {};  ///< may be empty
    /// Told that the spool could not write or sync (spool::Errc::io). What the kernel says of that file system from
    /// then on proves nothing, so nothing more may be taken in until a new start has looked at it.
    std::function<void(const std::string& why)> storage_failed;
    /// Null: Storage Commitment is refused.
    CommitmentDesk* desk = nullptr;
};

/// A request of the peer, whose data set, if it announced one, has not been read.
struct Request {
    std::uint8_t context_id = 0;
    const AcceptedContext& context;
    dicom::CommandSet command;
    bool has_data_set = false;
};

/// A status with a word for logs and a text of at most 64 characters for the sender's screen (PS3.7 C, Error Comment).
struct Answer {
    std::uint16_t status = 0;
    std::string_view code = "";
    std::string_view comment = "";
};

class Conversation {
public:
    Conversation(T_ASC_Association& association, dicom::SocketControl& control, const Surroundings& surroundings,
                 PresentRules present_rules, outbox::Association record, Contexts contexts, Caller caller);

    /// Serves messages until the association is over, and says how it is.
    Next serve();

    /// Answers a request. False when the connection ended.
    bool respond(const Request& request, const Answer& answer);

    /// The next piece of the request's data set: `message`, or how the association ended. A peer that goes on in
    /// another context, or with a command, breaks the protocol.
    dicom::Arrival next_piece(const Request& request, dicom::Fragment& into);

    /// Reads the rest of the request's data set, at most `bytes_max`, and forgets it.
    Next drain(const Request& request, std::uint64_t bytes_max);

    /// Tells the history.
    void refused(std::string_view code) const;

    const Surroundings& surroundings() const { return surroundings_; }
    /// Those of the message that is being served; they live as long as it is.
    const Rules& rules() const { return *rules_; }
    /// With the [[sender]] as these rules name it: for the instance. The association's own row keeps the name that it
    /// began with.
    const outbox::Association& record() const { return record_; }
    const CommitmentPeer& commitment_peer() const { return owed_reports_.peer(); }
    /// Sent between the peer's messages, as they come due.
    OwedReports& owed_reports() { return owed_reports_; }
    /// The peer's [[sender]] wants what is only flagged to be refused.
    bool is_strict() const;

private:
    Next serve_one();
    void take_present_rules();
    Next serve_request(const Request& request);
    Next serve_response(const Request& response);
    Next decline(const Request& request);

    T_ASC_Association& association_;
    dicom::SocketControl& control_;
    const Surroundings& surroundings_;
    const PresentRules present_rules_;
    std::shared_ptr<const Rules> rules_;
    outbox::Association record_;
    const Contexts contexts_;
    const Caller caller_;
    OwedReports owed_reports_;
    bool has_served_ = false;
    std::optional<std::chrono::steady_clock::time_point> silent_since_;  ///< since the last message was served
};

/// How an association goes on after a read that gave no message.
Next next_after(dicom::Arrival arrival);

}  // namespace broker::receive
