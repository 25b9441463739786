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

}  // namespace

/// The socket, with the deadlines, the joined writes and the read-ahead that the receiving side has, too.
struct Association::Wire {
    Wire(Connected connected, const std::shared_ptr<dicom::SocketControl>& shared)
        : control(shared), connection(std::move(connected.socket), shared, {}, std::move(connected.tls)) {}

    bool put(std::span<const std::byte> bytes) {
        // DCMTK's signature takes no const; the connection doesn't change what it sends.
        void* from = const_cast<std::byte*>(bytes.data());
        return connection.write(from, bytes.size()) == static_cast<ssize_t>(bytes.size());
    }

    std::shared_ptr<dicom::SocketControl> control;
    dicom::DcmtkConnection connection;
};

Association::Association(const Timeouts& timeouts, std::uint32_t pdu_max, std::vector<PaceLine> paces)
    : timeouts_(timeouts), pdu_max_(pdu_max), stride_(std::move(paces)) {}

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

std::optional<dicom::Roles> Association::roles(const std::string& abstract_syntax) const {
    auto found = roles_.find(abstract_syntax);
    if (found == roles_.end()) return std::nullopt;
    return found->second;
}

std::size_t Association::fragment_max() const {
    const std::size_t most = std::min(fragment_cap, stride_.piece_max());
    if (peer_pdu_max_ == 0) return most;
    // Fragments but the last are even: PS3.8 annex E.2 says so of none, but old peers rely on it.
    return std::min<std::size_t>(peer_pdu_max_ - pdv_head_bytes, most) & ~std::size_t{1};
}

std::optional<Event> Association::open(const Endpoint& endpoint, const AssociateRequest& request) {
    close();
    // Before there is a connection whose peer waits for it.
    stride_.take(associate_request(request).size());
    auto connected = connect_to(endpoint, timeouts_.connect, [this] { return is_interrupted(); });
    if (auto* event = std::get_if<Event>(&connected)) return *event;
    auto control = std::make_shared<dicom::SocketControl>(dicom::SocketLimits{timeouts_.answer, 0, {}});
    wire_ = std::make_unique<Wire>(std::move(std::get<Connected>(connected)), control);
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
    wire_->control->end_by(Clock::now() + timeouts_.answer);
    AssociateRequest ours = request;
    ours.pdu_max = pdu_max_;
    if (!wire_->put(associate_request(ours))) return not_accepted();
    auto answer = read_pdu();
    if (auto* event = std::get_if<Event>(&answer))
        return event->happening == Happening::violation ? Event{Happening::violation, 0, false} : not_accepted();
    const Pdu& pdu = std::get<Pdu>(answer);
    if (pdu.type == PduType::associate_rj || pdu.type == PduType::abort) {
        Event event = end_of(pdu);
        // Nothing of any instance was sent, so the abort says something about the destination only.
        return event.happening == Happening::aborted ? Event{Happening::not_accepted, 0, false} : event;
    }
    auto accept = pdu.type == PduType::associate_ac ? parse_accept(pdu.body) : std::nullopt;
    if (!accept || (accept->pdu_max != 0 && accept->pdu_max < peer_pdu_min))
        return Event{Happening::violation, 0, false};
    peer_pdu_max_ = accept->pdu_max;
    results_ = std::move(accept->results);
    roles_ = std::move(accept->roles);
    wire_->control->end_by(Clock::time_point::max());
    return std::nullopt;
}

/// With TLS 1.3 a peer that doesn't take our certificate says so only now, in place of its answer.
Event Association::not_accepted() {
    wire_->control->end_by(Clock::now() + reason_wait);
    if (wire_->connection.tls_fault() == dicom::TlsFault::none) wire_->connection.networkDataAvailable(0);
    const dicom::TlsFault fault = wire_->connection.tls_fault();
    const bool is_about_us = fault == dicom::TlsFault::own_certificate_missing ||
                             fault == dicom::TlsFault::own_certificate_refused || fault == dicom::TlsFault::refused;
    return is_about_us ? tls_refused(fault) : Event{Happening::not_accepted, 0, false};
}

std::optional<Event> Association::write(std::uint8_t context, bool is_command, bool is_last,
                                        std::span<const std::byte> bytes) {
    assert(wire_ && bytes.size() <= fragment_max());
    stride_.take(bytes.size());  // where that was interrupted, so is the socket
    // Whoever says something before our last byte has not got the instance, and knowing that now saves a doubt later.
    const bool is_interrupted_by_peer = wire_->connection.networkDataAvailable(0);
    auto head = pdata_head(context, is_command, is_last, static_cast<std::uint32_t>(bytes.size()));
    if (is_command) begin_message();
    if (!is_interrupted_by_peer && put_pdv(head, bytes)) return std::nullopt;
    return end_unwritten();
}

void Association::begin_message() {
    message_bytes_ = 0;
    message_waited_ = {};
}

/// A peer that takes a byte now and then is as good as gone: the time that a message may take grows with what was sent
/// of it, and only with that. Our own pace doesn't count.
bool Association::put_pdv(std::span<const std::byte> head, std::span<const std::byte> bytes) {
    message_bytes_ += bytes.size();
    const auto allowed = timeouts_.answer + std::chrono::seconds(message_bytes_ / timeouts_.min_bytes_per_second);
    const auto begun = Clock::now();
    wire_->control->end_by(begun + allowed - message_waited_);
    const bool is_put = wire_->put(head) && wire_->put(bytes);
    message_waited_ += Clock::now() - begun;
    return is_put;
}

Event Association::end_unwritten() {
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
        // What a success or a warning for half an instance means is for the classification to say.
        if (response && response->status && !is_pending(*response->status))
            return {Happening::status, *response->status, false};
        return {Happening::violation, 0, false};
    }
    return {Happening::connection_lost, 0, false};
}

std::variant<Response, Event> Association::read_response() {
    assert(wire_);
    wire_->control->end_by(Clock::now() + timeouts_.answer);
    for (;;) {
        auto command = read_command();
        // Nothing belongs to a response but its command, and what follows it in its PDU is no answer to what comes
        // next.
        pdata_rest_ = {};
        if (auto* event = std::get_if<Event>(&command)) return end_after(*event);
        auto response = parse_response(std::get<Bytes>(command));
        if (!response || response->has_data_set) return end_after({Happening::violation, 0, true});
        if (is_pending(response->status.value_or(0))) continue;
        wire_->control->end_by(Clock::time_point::max());
        return *response;
    }
}

Event Association::end_after(Event event) {
    bool is_mute = event.happening == Happening::no_response || event.happening == Happening::violation;
    is_mute ? abort() : close();
    return event;
}

std::optional<Event> Association::write_message(std::uint8_t context, std::span<const std::byte> command,
                                                std::span<const std::byte> data_set) {
    const std::size_t most = fragment_max();
    begin_message();
    for (const bool is_command : {true, false}) {
        auto rest = is_command ? command : data_set;
        while (!rest.empty()) {
            const auto piece = rest.first(std::min(most, rest.size()));
            rest = rest.subspan(piece.size());
            const auto head = pdata_head(context, is_command, rest.empty(), static_cast<std::uint32_t>(piece.size()));
            // A peer with requests of its own may speak at any time; unlike before a C-STORE's end, that means nothing.
            if (!put_pdv(head, piece)) return end_unwritten();
        }
    }
    return std::nullopt;
}

bool Association::has_more(std::chrono::milliseconds within) {
    assert(wire_);
    if (!pdata_rest_.empty()) return true;
    wire_->control->end_by(Clock::now() + within);
    const auto within_s = std::chrono::ceil<std::chrono::seconds>(within);
    const bool has_any = wire_->connection.networkDataAvailable(static_cast<int>(within_s.count()));
    wire_->control->end_by(Clock::time_point::max());
    return has_any;
}

std::variant<Message, Event> Association::read_message(std::size_t data_set_max) {
    assert(wire_);
    wire_->control->end_by(Clock::now() + timeouts_.answer);
    auto end = [&](Event event) {
        if (event.happening == Happening::released) wire_->put(deliver::release(PduType::release_rp));
        return end_after(event);
    };
    auto bytes = read_command();
    if (auto* event = std::get_if<Event>(&bytes)) return end(*event);
    auto command = dicom::CommandSet::parse(std::get<Bytes>(bytes));
    if (!command) return end({Happening::violation, 0, true});
    Message message{context_, std::move(*command), {}};
    if (message.command.number(dicom::command::data_set_type).value_or(dicom::no_data_set) != dicom::no_data_set)
        if (auto event = read_data_set(message.data_set, message.context, data_set_max)) return end(*event);
    wire_->control->end_by(Clock::time_point::max());
    return message;
}

std::variant<Bytes, Event> Association::read_command() {
    Bytes command;
    for (;;) {
        auto next = next_pdv();
        if (auto* event = std::get_if<Event>(&next)) return *event;
        const Pdv& pdv = std::get<Pdv>(next);
        if (!pdv.is_command || command.size() + pdv.bytes.size() > command_set_max)
            return Event{Happening::violation, 0, true};
        command.insert(command.end(), pdv.bytes.begin(), pdv.bytes.end());
        context_ = pdv.context;
        if (pdv.is_last) return command;
    }
}

std::optional<Event> Association::read_data_set(Bytes& into, std::uint8_t context, std::size_t most) {
    for (;;) {
        auto next = next_pdv();
        if (auto* event = std::get_if<Event>(&next)) return *event;
        const Pdv& pdv = std::get<Pdv>(next);
        const bool fits = into.size() + pdv.bytes.size() <= most;
        if (pdv.is_command || pdv.context != context || !fits) return Event{Happening::violation, 0, true};
        into.insert(into.end(), pdv.bytes.begin(), pdv.bytes.end());
        if (pdv.is_last) return std::nullopt;
    }
}

/// Its bytes stay where they are until the next one.
std::variant<Pdv, Event> Association::next_pdv() {
    while (pdata_rest_.empty()) {
        auto next = read_pdu();
        if (auto* event = std::get_if<Event>(&next)) return *event;
        Pdu& pdu = std::get<Pdu>(next);
        if (pdu.type != PduType::p_data_tf) return end_of(pdu);
        pdata_ = std::move(pdu.body);
        pdata_rest_ = pdata_;
    }
    auto pdv = parse_pdv(pdata_rest_);
    if (!pdv) return Event{Happening::violation, 0, true};
    pdata_rest_ = pdv->rest;
    return *pdv;
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
    roles_.clear();
    pdata_rest_ = {};
}

void Association::interrupt() {
    std::lock_guard lock(mutex_);
    is_interrupted_ = true;
    if (control_) control_->cut_off();
    stride_.interrupt();
}

bool Association::is_interrupted() const {
    std::lock_guard lock(mutex_);
    return is_interrupted_;
}

}  // namespace broker::deliver
