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
#include "broker/deliver/stride.h"
#include "broker/dicom/command_set.h"
#include "broker/dicom/socket_control.h"

namespace broker::deliver {

struct Timeouts {
    std::chrono::milliseconds connect{10'000};
    std::chrono::milliseconds answer{60'000};   ///< the longest wait for an answer, or for the peer to take a byte
    std::chrono::milliseconds leave{5'000};     ///< how long release and abort wait for the peer
    std::uint64_t min_bytes_per_second = 1024;  ///< that the peer takes of one message, `answer` aside
};

/// A whole message of the peer's, whatever it is.
struct Message {
    std::uint8_t context = 0;
    dicom::CommandSet command;
    Bytes data_set;  ///< empty where the command says that there is none

    std::uint16_t field() const { return command.number(dicom::command::field).value_or(0); }
};

class Association {
public:
    /// `pdu_max`: bytes of the longest P-DATA-TF PDU that we take; announced. `paces`: what `open` and `write` wait for
    /// before they send; no time-out runs meanwhile.
    Association(const Timeouts& timeouts, std::uint32_t pdu_max, std::vector<PaceLine> paces = {});
    ~Association();
    Association(const Association&) = delete;
    Association& operator=(const Association&) = delete;

    /// Nothing: accepted, though single contexts may have been refused.
    std::optional<Event> open(const Endpoint& endpoint, const AssociateRequest& request);
    bool is_open() const;

    /// The result of a context (PS3.8 9.3.3.2; 0: accepted), or nothing where the peer didn't answer it.
    std::optional<std::uint8_t> result(std::uint8_t context) const;
    /// The roles that the peer allowed us for an abstract syntax, or nothing where it didn't answer a proposal.
    std::optional<dicom::Roles> roles(const std::string& abstract_syntax) const;
    /// What a fragment may hold: the peer's maximum, at most ours, and no more than the paces let go at once; even.
    std::size_t fragment_max() const;

    /// Sends one PDV. Nothing: TCP has taken it. Otherwise what ended the association, which may be an abort that the
    /// peer sent before; `last_byte_sent` is false.
    std::optional<Event> write(std::uint8_t context, bool is_command, bool is_last, std::span<const std::byte> bytes);

    /// The next response. Pending ones are passed over. An Event has ended the association (`last_byte_sent` true).
    std::variant<Response, Event> read_response();

    /// Sends a command and, where it is not empty, the data set that it announced, in as many PDVs as they need.
    /// What the peer says meanwhile is left for `read_message`. Otherwise as `write`.
    std::optional<Event> write_message(std::uint8_t context, std::span<const std::byte> command,
                                       std::span<const std::byte> data_set);
    /// Waits until the peer says something, or ends the association, at most `within`; false: it did neither.
    bool has_more(std::chrono::milliseconds within);
    /// The next message, pending responses and the peer's requests too, with a data set of at most `data_set_max`
    /// bytes. An Event has ended the association (`last_byte_sent` true); a release was answered.
    std::variant<Message, Event> read_message(std::size_t data_set_max);

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
    Event not_accepted();
    std::variant<Pdu, Event> read_pdu();
    std::variant<Bytes, Event> read_command();
    std::optional<Event> read_data_set(Bytes& into, std::uint8_t context, std::size_t most);
    std::variant<Pdv, Event> next_pdv();
    Event end_after(Event event);
    Event end_unwritten();
    Event why_not_written();
    Event end_of(const Pdu& pdu) const;
    Event broken() const;
    bool fill(std::span<std::byte> into);
    void begin_message();
    bool put_pdv(std::span<const std::byte> head, std::span<const std::byte> bytes);
    void wait_for_leave(bool is_release);
    void close();

    const Timeouts timeouts_;
    const std::uint32_t pdu_max_;
    Stride stride_;
    std::unique_ptr<Wire> wire_;                            ///< null: closed
    std::uint64_t message_bytes_ = 0;                       ///< of the message that is being written
    std::chrono::steady_clock::duration message_waited_{};  ///< for the peer to take them
    std::uint32_t peer_pdu_max_ = 0;
    std::map<std::uint8_t, std::uint8_t> results_;
    std::map<std::string, dicom::Roles> roles_;
    Bytes pdata_;                            ///< the body of the last P-DATA-TF PDU
    std::span<const std::byte> pdata_rest_;  ///< of it, what no fragment was taken from yet
    std::uint8_t context_ = 0;               ///< of the last command

    mutable std::mutex mutex_;  ///< guards all below
    bool is_interrupted_ = false;
    std::shared_ptr<dicom::SocketControl> control_;
};

}  // namespace broker::deliver
