/// DcmtkConnection: the connection under DCMTK's association, TCP or TLS over it, ours for speed and for deadlines, in
/// both roles.
///
/// DCMTK 3.6.7 writes each PDU in two pieces with Nagle on, which costs a delayed ACK of 40 ms per message at either
/// end, and waits without end inside a PDU. Here the pieces leave together, Nagle is off, ACKs are asked for at once
/// (which helps senders that have it on), reads run ahead, and every wait ends by the SocketControl's rules. One thread
/// at a time, as DCMTK uses it; the SocketControl from any. An acceptor's connection is made by the layer below, which
/// must outlive the T_ASC_Network that it was given to, and is DCMTK's own; a requestor makes and owns its connection
/// (../deliver).
#pragma once

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmnet/dcmlayer.h>
#include <dcmtk/dcmnet/dcmtrans.h>

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "broker/dicom/descriptor.h"
#include "broker/dicom/socket_control.h"
#include "broker/dicom/tls_session.h"

namespace broker::dicom {

class DcmtkConnection final : public DcmTCPConnection {
public:
    /// `replay` is what somebody read from the socket before: it is read again first. `tls` is a session whose
    /// handshake is done, over this connection; null: plain.
    DcmtkConnection(Descriptor socket, std::shared_ptr<SocketControl> control, std::vector<std::byte> replay = {},
                    std::unique_ptr<TlsSession> tls = nullptr);
    ~DcmtkConnection() override;

    /// The bytes there are, at most `size`; 0 when the peer closed; -1 (errno set) when the control's rules ended it.
    ssize_t read(void* into, size_t size) override;
    /// All `size` bytes, or -1. The 12-byte head of a P-DATA-TF PDU is kept back and leaves with the piece that follows
    /// it.
    ssize_t write(void* from, size_t size) override;
    /// Whether a read would return at once, be it with bytes or with the end.
    OFBool networkDataAvailable(int timeout_s) override;
    void closeTransportConnection() override;

    /// Why the TLS session failed, or none.
    TlsFault tls_fault() const { return tls_ ? tls_->fault() : TlsFault::none; }

private:
    enum class Direction { reading, writing };

    bool wait(Moved::Step wanted, Direction direction);
    bool is_too_slow();
    ssize_t receive(void* into, size_t size);
    Moved receive_plain(void* into, size_t size);
    Moved receive_tls(void* into, size_t size);
    ssize_t send(std::vector<std::byte>& head, void* from, size_t size);
    Moved send_plain(std::span<const std::byte> head, std::span<const std::byte> rest);
    bool is_readable();
    SocketEnd why_not_wait(std::chrono::steady_clock::time_point now, std::chrono::steady_clock::time_point idle_at,
                           bool is_reading);
    ssize_t stop_reading(SocketEnd end);
    ssize_t give_up(SocketEnd end, int error);

    std::shared_ptr<SocketControl> control_;
    const std::unique_ptr<TlsSession> tls_;  ///< null: plain
    std::vector<std::byte> ahead_;           ///< read before it was asked for: [ahead_begin_, ahead_end_)
    std::size_t ahead_begin_ = 0, ahead_end_ = 0;
    std::vector<std::byte> head_;      ///< of a P-DATA-TF PDU, kept back
    bool is_cut_short_ = false;        ///< a write failed in the middle of a PDU
    std::uint64_t wire_bytes_in_ = 0;  ///< of the TLS session, that the window has counted

    // The window of the minimum rate: time waited and bytes received since it opened.
    std::uint64_t window_message_ = 0, window_bytes_ = 0;
    std::chrono::steady_clock::duration window_waited_{0};
};

/// Gives DCMTK the connection of one socket that we accepted ourselves. Makes one connection only.
class DcmtkAcceptorLayer final : public DcmTransportLayer {
public:
    DcmtkAcceptorLayer(Descriptor socket, std::shared_ptr<SocketControl> control, std::vector<std::byte> replay,
                       std::unique_ptr<TlsSession> tls = nullptr);
    DcmTransportConnection* createConnection(DcmNativeSocketType ignored, OFBool use_tls) override;

private:
    Descriptor socket_;
    std::shared_ptr<SocketControl> control_;
    std::vector<std::byte> replay_;
    std::unique_ptr<TlsSession> tls_;
};

}  // namespace broker::dicom
