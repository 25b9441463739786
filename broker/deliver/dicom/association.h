/// Association: one association that we requested: negotiation, messages out, responses in, release and abort.
///
/// One thread at a time, save `interrupt`. All waits are bounded by the timeouts given. After an Event that ended the
/// association it is closed, and nothing but `open` may follow. The destructor closes without a word to the peer.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "broker/deliver/classification.h"
#include "broker/deliver/dicom/connect.h"
#include "broker/deliver/dicom/message.h"
#include "broker/deliver/dicom/pdu.h"
#include "broker/dicom/socket_control.h"

namespace broker::deliver {

struct Timeouts {
    std::chrono::milliseconds connect{10'000};
    std::chrono::milliseconds answer{60'000};  ///< the longest wait for an answer, or for the peer to take a byte
    std::chrono::milliseconds leave{5'000};    ///< how long release and abort wait for the peer
};

class Association {
public:
    /// `pdu_max`: bytes of the longest P-DATA-TF PDU that we take; announced.
    Association(const Timeouts& timeouts, std::uint32_t pdu_max);
    ~Association();
    Association(const Association&) = delete;
    Association& operator=(const Association&) = delete;

    /// Nothing: accepted, though single contexts may have been refused.
    std::optional<Event> open(const Endpoint& endpoint, const AssociateRequest& request);
    bool is_open() const;

    /// The result of a context (PS3.8 9.3.3.2; 0: accepted), or nothing where the peer didn't answer it.
    std::optional<std::uint8_t> result(std::uint8_t context) const;
    /// What a fragment may hold: the peer's maximum, at most ours; even.
    std::size_t fragment_max() const;

    /// Sends one PDV. Nothing: TCP has taken it. Otherwise what ended the association, which may be an abort that the
    /// peer sent before; `last_byte_sent` is false.
    std::optional<Event> write(std::uint8_t context, bool is_command, bool is_last, std::span<const std::byte> bytes);

    /// The next response. Pending ones are passed over. An Event has ended the association (`last_byte_sent` true).
    std::variant<Response, Event> read_response();

    /// A-RELEASE, then closes. Waits for the peer at most `leave`.
    void release();
    /// A-ABORT, then closes, however the peer behaves. Waits for it to close at most `leave`.
    void abort();

    /// Any thread. Now and for ever after the network is as if cut.
    void interrupt();
    bool is_interrupted() const;

private:
    struct Wire;
    struct Pdu {
        PduType type;
        Bytes body;
    };

    std::optional<Event> negotiate(const AssociateRequest& request);
    std::variant<Pdu, Event> read_pdu();
    std::variant<Bytes, Event> read_command();
    Event why_not_written();
    Event end_of(const Pdu& pdu) const;
    Event broken() const;
    bool fill(std::span<std::byte> into);
    void wait_for_leave(bool is_release);
    void close();

    const Timeouts timeouts_;
    const std::uint32_t pdu_max_;
    std::unique_ptr<Wire> wire_;  ///< null: closed
    std::uint32_t peer_pdu_max_ = 0;
    std::map<std::uint8_t, std::uint8_t> results_;

    mutable std::mutex mutex_;  ///< guards all below
    bool is_interrupted_ = false;
    std::shared_ptr<dicom::SocketControl> control_;
};

}  // namespace broker::deliver
