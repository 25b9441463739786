// The requestor's side of PS3.8 9.2, written straight down: one message out, one response in.
#include "broker/deliver/dicom/association.h"

#include <algorithm>
#include <cassert>

#include "broker/dicom/dcmtk_connection.h"

namespace broker::deliver {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::uint32_t control_pdu_max = 64 * 1024;  // of all but P-DATA-TF: 128 contexts and their answers fit twice
constexpr std::size_t fragment_cap = 128 * 1024;      // of a peer that takes any length
constexpr std::uint32_t peer_pdu_min = 64;            // below it no command fits in sensible pieces: not DICOM
constexpr std::size_t command_set_max = 64 * 1024;
constexpr std::chrono::seconds reason_wait{1};  // for the rest of what the peer said before our last byte
constexpr std::uint16_t pending = 0xFF00, pending_mask = 0xFFFE;

}  // namespace

/// The socket, with the deadlines, the joined writes and the read-ahead that the receiving side has, too.
struct Association::Wire {
    Wire(dicom::Descriptor socket, const std::shared_ptr<dicom::SocketControl>& shared)
        : control(shared), connection(std::move(socket), shared) {}

    bool put(std::span<const std::byte> bytes) {
        // DCMTK's signature takes no const; the connection doesn't change what it sends.
        void* from = const_cast<std::byte*>(bytes.data());
        return connection.write(from, bytes.size()) == static_cast<ssize_t>(bytes.size());
    }

    std::shared_ptr<dicom::SocketControl> control;
    dicom::DcmtkConnection connection;
};

Association::Association(const Timeouts& timeouts, std::uint32_t pdu_max) : timeouts_(timeouts), pdu_max_(pdu_max) {}

Association::~Association() {
    close();
}

bool Association::is_open() const {
    return wire_ != nullptr;
}

std::optional<std::uint8_t> Association::result(std::uint8_t context) const {
    auto found = results_.find(context);
    if (found == results_.end()) return std::nullopt;
    return found->second;
}

std::size_t Association::fragment_max() const {
    if (peer_pdu_max_ == 0) return fragment_cap;
    // Fragments but the last are even: PS3.8 annex E.2 says so of none, but old peers rely on it.
    return std::min<std::size_t>(peer_pdu_max_ - pdv_head_bytes, fragment_cap) & ~std::size_t{1};
}

std::optional<Event> Association::open(const Endpoint& endpoint, const AssociateRequest& request) {
    close();
    auto connected = connect_to(endpoint, timeouts_.connect, [this] { return is_interrupted(); });
    if (auto* event = std::get_if<Event>(&connected)) return *event;
    auto control = std::make_shared<dicom::SocketControl>(dicom::SocketLimits{timeouts_.answer, 0, {}});
    wire_ = std::make_unique<Wire>(std::move(std::get<dicom::Descriptor>(connected)), control);
    {
        std::lock_guard lock(mutex_);
        control_ = control;
        if (is_interrupted_) control->cut_off();
    }
    auto event = negotiate(request);
    if (event) close();
    return event;
}

std::optional<Event> Association::negotiate(const AssociateRequest& request) {
    const Event not_accepted{Happening::not_accepted, 0, false};
    wire_->control->end_by(Clock::now() + timeouts_.answer);
    AssociateRequest ours = request;
    ours.pdu_max = pdu_max_;
    if (!wire_->put(associate_request(ours))) return not_accepted;
    auto answer = read_pdu();
    if (auto* event = std::get_if<Event>(&answer))
        return event->happening == Happening::violation ? Event{Happening::violation, 0, false} : not_accepted;
    const Pdu& pdu = std::get<Pdu>(answer);
    if (pdu.type == PduType::associate_rj || pdu.type == PduType::abort) {
        Event event = end_of(pdu);
        // Nothing of any instance was sent, so the abort says something about the destination only.
        return event.happening == Happening::aborted ? not_accepted : event;
    }
    auto accept = pdu.type == PduType::associate_ac ? parse_accept(pdu.body) : std::nullopt;
    if (!accept || (accept->pdu_max != 0 && accept->pdu_max < peer_pdu_min))
        return Event{Happening::violation, 0, false};
    peer_pdu_max_ = accept->pdu_max;
    results_ = std::move(accept->results);
    wire_->control->end_by(Clock::time_point::max());
    return std::nullopt;
}

std::optional<Event> Association::write(std::uint8_t context, bool is_command, bool is_last,
                                        std::span<const std::byte> bytes) {
    assert(wire_ && bytes.size() <= fragment_max());
    // Whoever says something before our last byte has not got the instance, and knowing that now saves a doubt later.
    const bool is_interrupted_by_peer = wire_->connection.networkDataAvailable(0);
    auto head = pdata_head(context, is_command, is_last, static_cast<std::uint32_t>(bytes.size()));
    if (!is_interrupted_by_peer && wire_->put(head) && wire_->put(bytes)) return std::nullopt;
    Event event = why_not_written();
    const bool is_association_there = event.happening == Happening::status || event.happening == Happening::violation;
    is_association_there ? abort() : close();
    return event;
}

Event Association::why_not_written() {
    // An abort, or an answer given early, lies in our buffer even when the socket is gone for writing.
    wire_->control->end_by(Clock::now() + reason_wait);
    if (wire_->connection.networkDataAvailable(0)) {
        auto command = read_command();
        if (auto* event = std::get_if<Event>(&command)) {
            event->last_byte_sent = false;
            return event->happening == Happening::no_response ? Event{Happening::connection_lost, 0, false} : *event;
        }
        auto response = parse_response(std::get<Bytes>(command));
        const std::uint16_t status = response ? response->status.value_or(0) : std::uint16_t{0};
        const bool claims_stored = status == 0 || status == 0x0001 || status == 0x0107 || (status & 0xF000) == 0xB000;
        if (!claims_stored && (status & pending_mask) != pending) return {Happening::status, status, false};
        // A success or a warning for half an instance, or pending, or nothing of DICOM's.
        return {Happening::violation, 0, false};
    }
    return {Happening::connection_lost, 0, false};
}

std::variant<Response, Event> Association::read_response() {
    assert(wire_);
    wire_->control->end_by(Clock::now() + timeouts_.answer);
    for (;;) {
        auto command = read_command();
        if (auto* event = std::get_if<Event>(&command)) {
            Event seen = *event;
            bool is_mute = seen.happening == Happening::no_response || seen.happening == Happening::violation;
            is_mute ? abort() : close();
            return seen;
        }
        auto response = parse_response(std::get<Bytes>(command));
        if (!response || response->has_data_set) {
            abort();
            return Event{Happening::violation, 0, true};
        }
        if ((response->status.value_or(0) & pending_mask) == pending) continue;
        wire_->control->end_by(Clock::time_point::max());
        return *response;
    }
}

std::variant<Bytes, Event> Association::read_command() {
    Bytes command;
    for (;;) {
        auto next = read_pdu();
        if (auto* event = std::get_if<Event>(&next)) return *event;
        const Pdu& pdu = std::get<Pdu>(next);
        if (pdu.type != PduType::p_data_tf) return end_of(pdu);
        std::span<const std::byte> items(pdu.body);
        while (!items.empty()) {
            auto item = parse_pdv(items);
            if (!item || !item->is_command || command.size() + item->bytes.size() > command_set_max)
                return Event{Happening::violation, 0, true};
            command.insert(command.end(), item->bytes.begin(), item->bytes.end());
            items = item->rest;
            if (item->is_last) return command;
        }
    }
}

std::variant<Association::Pdu, Event> Association::read_pdu() {
    std::array<std::byte, pdu_head_bytes> head_bytes;
    if (!fill(head_bytes)) return broken();
    PduHead head = parse_head(head_bytes);
    // What was announced is about P-DATA-TF only (PS3.8 D.1).
    const std::uint32_t most = head.type == PduType::p_data_tf ? pdu_max_ : control_pdu_max;
    if (head.length > most) return Event{Happening::violation, 0, true};
    Pdu pdu{head.type, Bytes(head.length)};
    if (!fill(pdu.body)) return broken();
    return pdu;
}

bool Association::fill(std::span<std::byte> into) {
    while (!into.empty()) {
        ssize_t got = wire_->connection.read(into.data(), into.size());
        if (got <= 0) return false;
        into = into.subspan(static_cast<std::size_t>(got));
    }
    return true;
}

/// Why reading failed. The caller knows better than we whether a last byte was sent; after a whole message it was.
Event Association::broken() const {
    auto end = wire_->control->end();
    bool is_mute = end == dicom::SocketEnd::deadline || end == dicom::SocketEnd::idle;
    return {is_mute ? Happening::no_response : Happening::connection_lost, 0, true};
}

Event Association::end_of(const Pdu& pdu) const {
    auto byte = [&](std::size_t n) {
        return n < pdu.body.size() ? std::to_integer<std::uint8_t>(pdu.body[n]) : std::uint8_t{0};
    };
    switch (pdu.type) {
        case PduType::associate_rj:
            return {Happening::rejected, rejection(byte(1), byte(2), byte(3)), false};
        case PduType::abort:
            return {Happening::aborted, abort_of(byte(2), byte(3)), true};
        case PduType::release_rq:
            return {Happening::released, 0, true};
        default:
            return {Happening::violation, 0, true};
    }
}

void Association::release() {
    if (!wire_) return;
    wire_->control->end_by(Clock::now() + timeouts_.leave);
    if (wire_->put(deliver::release(PduType::release_rq))) wait_for_leave(true);
    close();
}

void Association::abort() {
    if (!wire_) return;
    wire_->control->end_by(Clock::now() + timeouts_.leave);
    // Closing with unread bytes in our buffer would reset the connection and overtake the A-ABORT, hence the wait
    // (PS3.8 9.2.3, AA-1: the peer closes).
    if (wire_->put(abort_request())) wait_for_leave(false);
    close();
}

void Association::wait_for_leave(bool is_release) {
    for (;;) {
        auto next = read_pdu();
        auto* pdu = std::get_if<Pdu>(&next);
        if (!pdu) return;
        if (!is_release) continue;
        if (pdu->type == PduType::release_rp || pdu->type == PduType::abort) return;
        // Both sides asked at once (PS3.8 9.2.3, release collision): answer, and go on waiting.
        if (pdu->type == PduType::release_rq && !wire_->put(deliver::release(PduType::release_rp))) return;
    }
}

void Association::close() {
    {
        std::lock_guard lock(mutex_);
        control_.reset();
    }
    wire_.reset();
    results_.clear();
}

void Association::interrupt() {
    std::lock_guard lock(mutex_);
    is_interrupted_ = true;
    if (control_) control_->cut_off();
}

bool Association::is_interrupted() const {
    std::lock_guard lock(mutex_);
    return is_interrupted_;
}

}  // namespace broker::deliver
