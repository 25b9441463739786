#include "broker/receive/commitment.h"

#include <spdlog/spdlog.h>

#include <cassert>

#include "broker/dicom/commitment_command.h"
#include "broker/dicom/dimse_status.h"
#include "broker/dicom/transfer_syntax.h"
#include "broker/receive/conversation.h"

namespace broker::receive {
namespace {

namespace command = dicom::command;
namespace status = dicom::status;

using Bytes = std::vector<std::byte>;

constexpr Answer taken{status::success};
constexpr Answer too_large{status::resource_limitation, "commitment_too_large", "larger than max_commitment"};
constexpr Answer malformed{status::invalid_argument_value, "commitment_malformed", "data set cannot be read"};
constexpr Answer wrong_class{status::no_such_sop_class, "commitment_class", "not Storage Commitment Push Model"};
constexpr Answer wrong_instance{status::no_such_sop_instance, "commitment_instance", "not the well-known instance"};
constexpr Answer wrong_action{status::no_such_action, "commitment_action", "no such action type"};
constexpr Answer wrong_event{status::no_such_event_type, "commitment_event", "no such event type"};
constexpr Answer failed{status::processing_failure, "commitment_failed", "could not be recorded; try again later"};
constexpr std::string_view declined = "commitment_declined";  // by the desk, with a status of its own

bool is_implicit(const Request& request) {
    return request.context.transfer_syntax == dicom::implicit_vr_little_endian;
}

bool is_action(const Request& request) {
    return request.command.number(command::field) == dicom::command_field::n_action_rq;
}

/// Reads the data set to its end. What is larger than we take passes unread, so that it can be answered.
Next collect(Conversation& conversation, const Request& request, Bytes& into, bool& is_too_large) {
    if (!request.has_data_set) return Next::message;
    const config::Dicom& limits = conversation.rules().dicom;
    std::uint64_t seen = 0;
    for (dicom::Fragment piece; !piece.is_last;) {
        const dicom::Arrival arrival = conversation.next_piece(request, piece);
        if (arrival == dicom::Arrival::release_requested) return Next::abort;
        if (arrival != dicom::Arrival::message) return next_after(arrival);
        seen += piece.bytes.size();
        if (seen > limits.max_commitment + limits.max_drain) return Next::abort;
        is_too_large = seen > limits.max_commitment;
        if (!is_too_large) into.insert(into.end(), piece.bytes.begin(), piece.bytes.end());
    }
    return Next::message;
}

/// What is wrong with a command before its data set is looked at, or `taken`. A UID that is absent is taken for the
/// only one that it can be.
Answer check(const Request& request) {
    const bool acts = is_action(request);
    const std::string sop_class =
        request.command.text(acts ? command::requested_sop_class_uid : command::affected_sop_class_uid);
    const std::string sop_instance =
        request.command.text(acts ? command::requested_sop_instance_uid : command::affected_sop_instance_uid);
    if (!sop_class.empty() && sop_class != dicom::storage_commitment_sop_class) return wrong_class;
    if (!sop_instance.empty() && sop_instance != dicom::storage_commitment_sop_instance) return wrong_instance;
    if (acts && request.command.number(command::action_type_id) != dicom::request_storage_commitment)
        return wrong_action;
    const auto event = request.command.number(command::event_type_id);
    if (!acts && event != dicom::all_committed && event != dicom::some_failed) return wrong_event;
    return taken;
}

Answer take_request(Conversation& conversation, const Request& request, const Bytes& bytes) {
    const auto parsed = dicom::parse_commitment_request(bytes, is_implicit(request));
    if (!parsed || parsed->references.empty()) return malformed;
    const auto answer = conversation.surroundings().desk->request(conversation.commitment_peer(), *parsed);
    spdlog::info(
        "event=commitment_requested transaction_uid={} references={} status=0x{:04X} calling={} association={}",
        parsed->transaction_uid, parsed->references.size(), answer, log_word(conversation.record().calling_ae_title),
        conversation.record().serial);
    if (answer != status::success) return {answer, declined};
    conversation.owed_reports().owe({request.context_id, is_implicit(request), parsed->transaction_uid});
    return taken;
}

Answer take_report(Conversation& conversation, const Request& request, const Bytes& bytes) {
    const auto parsed = dicom::parse_commitment_report(bytes, is_implicit(request));
    if (!parsed) return malformed;
    const auto answer = conversation.surroundings().desk->report(conversation.commitment_peer(), *parsed);
    spdlog::info(
        "event=commitment_report_received transaction_uid={} committed={} failed={} status=0x{:04X} calling={} "
        "association={}",
        parsed->transaction_uid, parsed->committed.size(), parsed->failed.size(), answer,
        log_word(conversation.record().calling_ae_title), conversation.record().serial);
    return answer == status::success ? taken : Answer{answer, declined};
}

Answer decide(Conversation& conversation, const Request& request, const Bytes& bytes, bool is_too_large) {
    const Answer wrong = check(request);
    if (wrong.status != status::success) return wrong;
    if (is_too_large) return too_large;
    try {
        return is_action(request) ? take_request(conversation, request, bytes)
                                  : take_report(conversation, request, bytes);
    } catch (const std::exception& error) {
        spdlog::error("event=commitment_not_recorded association={} why=\"{}\"", conversation.record().serial,
                      error.what());
        return failed;
    }
}

}  // namespace

Next commit(Conversation& conversation, const Request& request) {
    assert(conversation.surroundings().desk != nullptr);  // else the context was refused
    Bytes bytes;
    bool is_too_large = false;
    const Next next = collect(conversation, request, bytes, is_too_large);
    if (next != Next::message) return next;
    const Answer answer = decide(conversation, request, bytes, is_too_large);
    if (answer.status != status::success) {
        conversation.refused(answer.code);
        spdlog::warn("event=commitment_refused status=0x{:04X} reason={} calling={} address={} association={}",
                     answer.status, answer.code, log_word(conversation.record().calling_ae_title),
                     conversation.record().address, conversation.record().serial);
    }
    return conversation.respond(request, answer) ? Next::message : Next::ended;
}

}  // namespace broker::receive
