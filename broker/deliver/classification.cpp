// The table of rulings as data, and the search in it.
#include "broker/deliver/classification.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <vector>

#include "broker/dicom/tls_fault.h"

namespace broker::deliver {

namespace {

using namespace std::chrono_literals;
using dicom::TlsFault;
using outbox::Reason;
using enum Happening;
using enum Verdict;
using enum Scope;
using enum Phase;

constexpr std::uint32_t exact = 0xFFFFFFFF, none = 0;

constexpr Row final(Happening what, std::uint32_t value, std::uint32_t mask, Verdict verdict, std::string_view text) {
    return {what, value, mask, Phase::any, verdict, instance, 0, Reason::none, Reason::none, 0ms, text};
}
constexpr Row hold(Happening what, std::uint32_t value, std::uint32_t mask, Scope scope, Reason reason,
                   std::string_view text) {
    return {what, value, mask, Phase::any, needs_a_person, scope, 0, reason, Reason::none, 0ms, text};
}
constexpr Row retry(Happening what, std::uint32_t value, std::uint32_t mask, Phase phase, Scope scope, Reason reason,
                    std::string_view text, unsigned attempts_max = 0, Reason exhausted = Reason::none,
                    std::chrono::milliseconds pause_min = 0ms) {
    return {what, value, mask, phase, transient, scope, attempts_max, reason, exhausted, pause_min, text};
}
/// After the last byte only an answer proves anything.
constexpr Row doubt(Happening what, std::uint32_t value, std::uint32_t mask, Phase phase, std::string_view text) {
    return {what, value, mask, phase, unknown, instance, 0, Reason::no_response, Reason::none, 0ms, text};
}
/// Nothing gets better by trying, and what is encrypted is never sent in plain.
constexpr Row no_tls(TlsFault fault, std::string_view text) {
    return hold(tls_refused, static_cast<std::uint32_t>(fault), exact, destination, Reason::tls_failed, text);
}
/// Nobody can have stored what was not sent to the end.
constexpr Row premature(std::uint32_t value, std::uint32_t mask) {
    return {status,
            value,
            mask,
            before_last_byte,
            transient,
            instance,
            3,
            Reason::interrupted,
            Reason::unexpected_answer,
            0ms,
            "the destination claims to have stored it before all of it was sent"};
}

constexpr std::array fixed_rows{
    // C-STORE response: PS3.4 B.2.3 table B.2-1, PS3.7 9.1.1.1.9 and annex C.
    premature(0x0000, exact),
    premature(0xB000, 0xF000),
    premature(0x0001, exact),
    premature(0x0107, exact),
    final(status, 0x0000, exact, delivered, "stored"),
    final(status, 0xB000, exact, delivered_with_warning,
          "stored, but the destination changed elements: its copy differs"),
    final(status, 0xB006, exact, delivered_with_warning, "stored, but the destination left elements out"),
    final(status, 0xB007, exact, delivered_with_warning, "stored, though the data set doesn't match its SOP class"),
    final(status, 0xB000, 0xF000, delivered_with_warning, "stored with a warning that the standard doesn't list"),
    final(status, 0x0001, exact, delivered_with_warning, "stored with a warning"),
    final(status, 0x0107, exact, delivered_with_warning, "stored with a warning about attributes"),
    retry(status, 0xA700, 0xFF00, any, destination, Reason::out_of_resources, "the destination is out of resources"),
    retry(status, 0x0213, exact, any, destination, Reason::out_of_resources, "the destination is out of resources"),
    retry(status, 0x0110, exact, any, instance, Reason::temporary_failure, "the destination failed to process it", 5,
          Reason::failed_repeatedly),
    hold(status, 0xA900, 0xFF00, instance, Reason::data_set_mismatch, "the data set doesn't match its SOP class"),
    hold(status, 0xC000, 0xF000, instance, Reason::not_understood, "the destination cannot understand the data set"),
    hold(status, 0x0122, exact, destination_class, Reason::sop_class_refused, "SOP class not supported"),
    // PS3.2 N.7.3.2.5 prints 0112 and 0214 for what PS3.7 calls 0122 and 0124: both spellings are met.
    hold(status, 0x0112, exact, instance, Reason::sop_class_refused,
         "no such SOP instance, or SOP class not supported"),
    hold(status, 0x0117, exact, instance, Reason::not_understood, "invalid SOP Instance UID"),
    hold(status, 0x0118, exact, instance, Reason::data_set_mismatch, "no such SOP class"),
    hold(status, 0x0119, exact, instance, Reason::data_set_mismatch, "SOP class and instance contradict each other"),
    doubt(status, 0x0111, exact, any, "the destination says that it has this instance already"),
    hold(status, 0x0124, exact, destination, Reason::not_authorised, "not authorised: let the destination allow us"),
    hold(status, 0x0214, exact, destination, Reason::not_authorised, "not authorised: let the destination allow us"),
    hold(status, 0x0105, exact, instance, Reason::not_understood, "no such attribute"),
    hold(status, 0x0106, exact, instance, Reason::not_understood, "invalid attribute value"),
    hold(status, 0x0114, exact, instance, Reason::not_understood, "no such argument"),
    hold(status, 0x0115, exact, instance, Reason::not_understood, "invalid argument value"),
    hold(status, 0x0116, exact, instance, Reason::not_understood, "attribute value out of range"),
    hold(status, 0x0120, exact, instance, Reason::not_understood, "missing attribute"),
    hold(status, 0x0121, exact, instance, Reason::not_understood, "missing attribute value"),
    retry(status, 0x0210, exact, any, instance, Reason::temporary_failure, "the destination saw this Message ID twice",
          1, Reason::failed_repeatedly),
    hold(status, 0x0211, exact, destination, Reason::unexpected_answer, "the destination doesn't know C-STORE"),
    hold(status, 0x0212, exact, instance, Reason::unexpected_answer, "mistyped argument"),
    retry(status, 0xFE00, exact, any, instance, Reason::temporary_failure, "cancelled, which C-STORE doesn't know"),
    doubt(status, 0xFF00, 0xFFFE, any, "pending, which C-STORE doesn't know, and nothing after it"),
    retry(status, 0, none, any, instance, Reason::temporary_failure, "a failure that the standard doesn't list", 3,
          Reason::failed_repeatedly),

    // Negotiation: PS3.8 9.3.3.2, 9.3.4 table 9-21. Congestion is transient even where it is marked permanent.
    retry(rejected, 0x000301, 0x00FFFF, any, destination, Reason::out_of_resources, "the destination is congested"),
    retry(rejected, 0x000302, 0x00FFFF, any, destination, Reason::out_of_resources,
          "the destination takes no more associations: lower `parallel`"),
    retry(rejected, 0x020000, 0xFF0000, any, destination, Reason::temporary_failure,
          "the destination rejects associations for the moment"),
    retry(rejected, 0x010101, exact, any, destination, Reason::temporary_failure,
          "the destination rejects our association without a reason: licence, overload or AE titles", 10,
          Reason::association_refused, 5min),
    hold(rejected, 0x010102, exact, destination, Reason::association_refused,
         "the destination doesn't know the DICOM application context: is it a DICOM port?"),
    hold(rejected, 0x010103, exact, destination, Reason::calling_ae_title_refused,
         "the destination doesn't know our AE title: enter it there, or change calling_ae_title"),
    hold(rejected, 0x010107, exact, destination, Reason::called_ae_title_refused,
         "the destination doesn't answer to this AE title: correct ae_title"),
    retry(rejected, 0x010201, exact, any, destination, Reason::temporary_failure,
          "the destination rejects our association without a reason", 10, Reason::association_refused),
    hold(rejected, 0x010202, exact, destination, Reason::association_refused,
         "the destination doesn't support the protocol version"),
    retry(rejected, 0, none, any, destination, Reason::temporary_failure,
          "the destination rejects our association with a reserved reason", 5, Reason::association_refused),
    hold(context_refused, 3, exact, destination_class, Reason::sop_class_refused,
         "the destination doesn't accept this SOP class"),
    hold(context_refused, 4, exact, destination_class, Reason::transfer_syntax_refused,
         "the destination doesn't accept this SOP class in this transfer syntax"),
    retry(context_refused, 0, none, any, destination_class, Reason::temporary_failure,
          "the destination refuses the presentation context without a reason", 3, Reason::sop_class_refused),

    // The end of an association: PS3.8 9.3.8 table 9-26.
    doubt(aborted, 0, none, after_last_byte, "the destination aborted instead of answering"),
    retry(aborted, 0x0204, exact, any, instance, Reason::interrupted, "aborted: unrecognised PDU parameter", 2,
          Reason::failed_repeatedly),
    retry(aborted, 0x0205, exact, any, instance, Reason::interrupted, "aborted: unexpected PDU parameter", 2,
          Reason::failed_repeatedly),
    retry(aborted, 0x0206, exact, any, instance, Reason::interrupted, "aborted: invalid PDU parameter", 2,
          Reason::failed_repeatedly),
    retry(aborted, 0, none, any, instance, Reason::interrupted, "the destination aborted in the middle"),
    doubt(released, 0, none, after_last_byte, "the destination released instead of answering"),
    retry(released, 0, none, any, instance, Reason::interrupted, "the destination released in the middle"),
    doubt(violation, 0, none, after_last_byte, "the destination's answer is not DICOM"),
    retry(violation, 0, none, any, destination, Reason::interrupted,
          "what the destination sent is not DICOM or doesn't fit here: is it a DICOM port?", 3,
          Reason::unexpected_answer),
    doubt(wrong_response, 0, none, any, "the destination answered about something else"),

    // TCP and this machine.
    doubt(no_response, 0, none, any, "no answer within the time-out"),
    doubt(connection_lost, 0, none, after_last_byte, "the connection broke before the answer"),
    retry(connection_lost, 0, none, any, instance, Reason::interrupted, "the connection broke in the middle"),
    retry(unreachable, std::uint32_t(Unreachable::no_such_name), exact, any, destination, Reason::unreachable,
          "there is no such host name: correct `host`, or DNS", 0, Reason::none, 1min),
    hold(unreachable, std::uint32_t(Unreachable::address_denied), exact, destination, Reason::path_refused,
         "the name leads to a link-local address, where cloud machines keep their secrets: correct the URL, or DNS"),
    retry(unreachable, std::uint32_t(Unreachable::proxy_refused), exact, any, destination, Reason::unreachable,
          "the proxy doesn't connect us: correct `proxy`, or have the destination allowed there", 0, Reason::none,
          1min),
    retry(unreachable, 0, none, any, destination, Reason::unreachable, "the destination cannot be reached"),
    no_tls(TlsFault::unknown_authority,
           "the destination's certificate is signed by nobody we trust: put its authority into ca_file"),
    no_tls(TlsFault::expired, "the destination's certificate has expired: have it renewed there"),
    no_tls(TlsFault::not_yet_valid, "the destination's certificate is not valid yet: correct the clock here or there"),
    no_tls(TlsFault::name_mismatch,
           "the destination's certificate is for another name: set server_name to the one in it, or correct `host`"),
    no_tls(TlsFault::pin_mismatch,
           "the destination's key is not the pinned one: find out why it changed, then correct `pin`"),
    no_tls(TlsFault::certificate_bad,
           "the destination's certificate cannot be used: it is weak, revoked or for another purpose"),
    no_tls(TlsFault::no_common_version,
           "no common TLS version or cipher: the destination must speak TLS 1.2 or 1.3 with forward secrecy"),
    no_tls(TlsFault::own_certificate_missing,
           "the destination wants a certificate of ours: set certificate_file and key_file"),
    no_tls(TlsFault::own_certificate_refused,
           "the destination doesn't take our certificate: let it trust ours, or renew it"),
    no_tls(TlsFault::refused,
           "the destination refuses our TLS: it may want a certificate of ours, or know no common cipher"),
    no_tls(TlsFault::not_tls, "what answers there is not TLS: correct `port`, or have TLS switched on there"),
    retry(tls_refused, static_cast<std::uint32_t>(TlsFault::violation), exact, any, destination, Reason::interrupted,
          "what came is broken TLS, by the destination or by something between us", 3, Reason::tls_failed),
    retry(tls_refused, 0, none, any, destination, Reason::unreachable,
          "the TLS handshake was not finished: the destination was silent, closed or failed; is it a TLS port?"),
    retry(not_accepted, 0, none, any, destination, Reason::unreachable,
          "something listens there, but it doesn't answer our association request"),
    retry(out_of_descriptors, 0, none, any, destination, Reason::temporary_failure,
          "this machine has no descriptors, ports or memory left for a connection"),
    hold(damaged, 0, none, instance, Reason::damaged, "the kept bytes are missing or not what was received"),
    // Few enough attempts that a bad sector comes before a person, enough for a machine that is short for a while.
    retry(unreadable, 0, none, any, instance, Reason::temporary_failure,
          "the kept bytes cannot be read now: descriptors, memory or the disk of this machine", 10,
          Reason::failed_repeatedly),

    // Folders. A full disk and a failing one mend by themselves; rights and a missing folder need a person.
    final(written, 0, none, delivered, "written"),
    retry(no_space, 0, none, any, destination, Reason::out_of_resources, "the folder's disk is full"),
    hold(path_refused, 0, none, destination, Reason::path_refused,
         "the folder is missing, read-only or not ours to write: correct `path`, its mount or its rights"),
    retry(path_failed, 0, none, any, destination, Reason::unreachable, "the folder's file system failed"),
    hold(
        name_taken, 0, none, instance, Reason::conflict,
        "something else has the name of this instance's file or folder: other bytes, a link, or a file that we may not "
        "read; move it away"),
};

// Over HTTP: what an answer means is for satusehat/answer.h to say; here, what that does to job and lane.
Row row_of_answer(const satusehat::AnswerRow& said) {
    using satusehat::Course;
    constexpr std::uint32_t answer_mask = 0xFFFF0000;
    // So many times the same about one instance, while others pass.
    constexpr unsigned again_max = 5;
    const std::uint32_t value = answer_of(said.answer, 0);
    switch (said.course) {
        case Course::go_on:
            // What another step was promised is no proof that an instance was stored.
            if (said.answer == satusehat::Answer::stored)
                return final(http_answer, value, answer_mask, delivered, said.text);
            return hold(http_answer, value, answer_mask, instance, Reason::unexpected_answer, said.text);
        case Course::hold_item:
            return hold(http_answer, value, answer_mask, instance, said.reason, said.text);
        case Course::new_token:  // it was got, and refused as well
        case Course::hold_lane:
            return hold(http_answer, value, answer_mask, destination, said.reason, said.text);
        case Course::search_again:
        case Course::order_again:
        case Course::read_again:
            return retry(http_answer, value, answer_mask, any, instance, Reason::temporary_failure, said.text,
                         again_max, Reason::failed_repeatedly);
        case Course::slow_down:
        case Course::retry:
        case Course::retry_then_hold:
            break;
    }
    return retry(http_answer, value, answer_mask, any, destination, said.reason, said.text);
}

std::vector<Row> all_rows() {
    std::vector<Row> rows(fixed_rows.begin(), fixed_rows.end());
    for (const satusehat::AnswerRow& each : satusehat::answers()) rows.push_back(row_of_answer(each));
    return rows;
}

bool fits(const Row& row, const Event& event) {
    bool phase_fits = row.phase == Phase::any || (row.phase == Phase::after_last_byte) == event.last_byte_sent;
    return row.happening == event.happening && (event.number & row.mask) == row.value && phase_fits;
}

Ruling overridden(config::Override word, unsigned attempts_max) {
    if (word == config::Override::hold)
        return {needs_a_person,
                instance,
                0,
                Reason::unexpected_answer,
                Reason::none,
                0ms,
                "held: the configuration says so for this status (overrides)"};
    return {transient,
            instance,
            attempts_max,
            Reason::temporary_failure,
            Reason::failed_repeatedly,
            0ms,
            "tried again: the configuration says so for this status (overrides)"};
}

std::string_view word(Unreachable why) {
    switch (why) {
        case Unreachable::name_unresolved:
            return "the name could not be resolved now";
        case Unreachable::no_such_name:
            return "no such host name";
        case Unreachable::refused:
            return "connection refused";
        case Unreachable::no_route:
            return "no route to the host";
        case Unreachable::timed_out:
            return "no answer to the connection";
        case Unreachable::address_denied:
            return "a link-local address";
        case Unreachable::proxy_refused:
            return "refused by the proxy";
    }
    return "cannot be reached";
}

/// "HTTP 413, too_large"; without a status where nothing was asked.
std::string describe_answer(const Event& event) {
    const auto word = satusehat::row_of(static_cast<satusehat::Answer>(event.number >> 16)).word;
    const std::uint32_t status = event.number & 0xFFFF;
    return status == 0 ? std::string(word) : fmt::format("HTTP {}, {}", status, word);
}

}  // namespace

std::span<const Row> classification() {
    static const std::vector<Row> table = all_rows();
    return table;
}

const Row& row_of(const Event& event) {
    const auto table = classification();
    const auto row = std::find_if(table.begin(), table.end(), [&](const Row& each) { return fits(each, event); });
    assert(row != table.end());
    return *row;
}

Ruling classify(const Event& event, const Overrides& overrides) {
    if (event.happening == status && event.number <= 0xFFFF) {
        auto word = overrides.by_status.find(static_cast<std::uint16_t>(event.number));
        if (word != overrides.by_status.end()) return overridden(word->second, overrides.attempts_max);
    }
    const Row& row = row_of(event);
    return {row.verdict, row.scope, row.attempts_max, row.reason, row.exhausted, row.pause_min, row.text};
}

Ruling exhaust(Ruling ruling, std::int64_t failures_before) {
    if (ruling.verdict != transient || ruling.attempts_max == 0 || failures_before < ruling.attempts_max) return ruling;
    ruling.verdict = needs_a_person;
    ruling.reason = ruling.exhausted;
    return ruling;
}

std::string describe(const Event& event) {
    switch (event.happening) {
        case status:
            return fmt::format("status 0x{:04X}", event.number);
        case rejected:
            return fmt::format("association rejected {}/{}/{}", event.number >> 16, (event.number >> 8) & 0xFF,
                               event.number & 0xFF);
        case context_refused:
            return fmt::format("presentation context refused, result {}", event.number);
        case aborted:
            return fmt::format("aborted, source {} reason {}", event.number >> 8, event.number & 0xFF);
        case released:
            return "released by the peer";
        case violation:
            return "protocol violation";
        case wrong_response:
            return "response to something else";
        case no_response:
            return "no response";
        case connection_lost:
            return "connection lost";
        case unreachable:
            return std::string(word(static_cast<Unreachable>(event.number)));
        case tls_refused:
            return fmt::format("TLS failed: {}", to_string(static_cast<TlsFault>(event.number)));
        case not_accepted:
            return "association request not answered";
        case out_of_descriptors:
            return "out of local resources";
        case damaged:
            return "blob damaged";
        case unreadable:
            return "blob not readable";
        case written:
            return "written";
        case no_space:
            return "disk full";
        case path_refused:
            return "path refused";
        case path_failed:
            return "file system failed";
        case name_taken:
            return "name taken";
        case http_answer:
            return describe_answer(event);
    }
    return "unknown";
}

}  // namespace broker::deliver
