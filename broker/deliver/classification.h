/// Classification: what each answer, silence or failure of a destination means for the job and for the destination.
///
/// The table is data; everything else here is a pure function over it; any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>

#include "broker/config/destination.h"
#include "broker/deliver/satusehat/answer.h"
#include "outbox/reason.h"

namespace broker::deliver {

/// What can happen to an attempt, each with the number that tells its cases apart.
enum class Happening {
    status,              ///< a C-STORE response; number: its status
    rejected,            ///< A-ASSOCIATE-RJ; number: result, source, reason, one byte each (`rejection`)
    context_refused,     ///< the presentation context; number: its result, 0xFF where it was not answered at all
    aborted,             ///< A-ABORT; number: source, reason, one byte each (`abort_of`)
    released,            ///< the peer asked for release in the middle of work
    violation,           ///< what came was no PDU or no message that fits here
    wrong_response,      ///< a response to another message or about another instance
    no_response,         ///< none within the time-out
    connection_lost,     ///< reset, closed, or the peer took no more bytes, inside an association
    unreachable,         ///< resolving or connecting failed; number: Unreachable
    tls_refused,         ///< the TLS session could not be opened; number: dicom::TlsFault
    not_accepted,        ///< connected, but lost or silent before the association was accepted
    out_of_descriptors,  ///< this machine has no descriptors, ports or memory for a connection
    damaged,             ///< the blob is missing or not what was received
    unreadable,          ///< the blob could not be read now: this machine's trouble, which may pass
    written,             ///< folder: durable under its final name
    no_space,            ///< folder: full
    path_refused,        ///< folder: missing, read-only or not ours to write
    path_failed,         ///< folder: the file system failed
    name_taken,          ///< folder: other bytes, a link or something unreadable has the name of the file or a folder
    http_answer,         ///< number: what the answer means, and its status (`answer_of`)
};

enum class Unreachable : std::uint32_t {
    name_unresolved = 1,
    no_such_name,
    refused,
    no_route,
    timed_out,
    address_denied,  ///< where cloud machines keep their secrets
    proxy_refused,
};

/// One thing that happened, as a sender saw it.
struct Event {
    Happening happening = Happening::no_response;
    std::uint32_t number = 0;
    bool last_byte_sent = false;          ///< the peer may have the whole instance
    std::chrono::seconds retry_after{0};  ///< the pause that the peer asked for
    bool operator==(const Event&) const = default;
};

constexpr std::uint32_t rejection(std::uint8_t result, std::uint8_t source, std::uint8_t reason) {
    return (std::uint32_t{result} << 16) | (std::uint32_t{source} << 8) | reason;
}
constexpr std::uint32_t abort_of(std::uint8_t source, std::uint8_t reason) {
    return (std::uint32_t{source} << 8) | reason;
}

/// The answer in the upper half, its HTTP status in the lower one; 0 where there is none.
constexpr std::uint32_t answer_of(satusehat::Answer answer, unsigned status) {
    return (static_cast<std::uint32_t>(answer) << 16) | (status & 0xFFFF);
}

enum class Verdict { delivered, delivered_with_warning, transient, needs_a_person, unknown };

/// Whom a verdict is about. `destination`: the lane backs off or is held, its jobs stay queued.
/// `destination_class`: every instance of that SOP class (and transfer syntax) will meet the same.
enum class Scope { instance, destination, destination_class };

/// Whether a row is about what happened before or after the last byte of the instance left.
enum class Phase { any, before_last_byte, after_last_byte };

/// One row. It fits where the happening and the phase do and `number & mask == value`; the first that fits rules.
struct Row {
    Happening happening;
    std::uint32_t value, mask;
    Phase phase;
    Verdict verdict;
    Scope scope;
    unsigned attempts_max;                ///< transient: so many times, then it needs a person; 0: for ever
    outbox::Reason reason;                ///< of the verdict
    outbox::Reason exhausted;             ///< transient: the reason once attempts_max is reached
    std::chrono::milliseconds pause_min;  ///< transient: not tried again before this
    std::string_view text;                ///< for people: what it means and, where one can, what to do
};

struct Ruling {
    Verdict verdict = Verdict::unknown;
    Scope scope = Scope::instance;
    unsigned attempts_max = 0;
    outbox::Reason reason = outbox::Reason::none;
    outbox::Reason exhausted = outbox::Reason::none;
    std::chrono::milliseconds pause_min{0};
    std::string_view text;
};

/// What an operator declared of single statuses of a destination.
struct Overrides {
    std::map<std::uint16_t, config::Override> by_status;
    unsigned attempts_max = 0;  ///< of one that is declared transient, then the job needs a person; 0: for ever
};

/// The whole table, in the order in which it is searched. Every event fits a row.
std::span<const Row> classification();

/// The row that rules over the event.
const Row& row_of(const Event& event);

/// What the event means. An override of its status goes before the table.
Ruling classify(const Event& event, const Overrides& overrides = {});

/// The ruling after `failures_before` earlier failures of the same job, or, where the scope is the destination, of the
/// destination in a row: a transient one that is exhausted needs a person.
Ruling exhaust(Ruling ruling, std::int64_t failures_before);

/// The event in a few words with its number, like "status 0xA700": goes into logs, so nothing of a peer's text.
std::string describe(const Event& event);

}  // namespace broker::deliver
