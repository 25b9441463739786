#include "broker/receive/storage.h"

#include <spdlog/spdlog.h>

#include "broker/dicom/dimse_status.h"
#include "broker/dicom/uid.h"
#include "broker/receive/conversation.h"
#include "broker/receive/reception.h"

namespace broker::receive {
namespace {

namespace status = dicom::status;

constexpr Answer no_room{status::out_of_resources, "no_space", "disk almost full; try again later"};
constexpr Answer too_large{status::out_of_resources, "too_large", "larger than this bridge's max_instance"};
constexpr Answer spool_failed{status::out_of_resources, "spool_failed", "could not be written; try again later"};
constexpr Answer custody_failed{status::out_of_resources, "custody_failed", "could not be recorded; try again later"};
constexpr Answer no_data_set{status::cannot_understand, "no_data_set", "no data set"};
constexpr Answer no_identity{status::cannot_understand, "no_identity",
                             "no usable SOP Class or Instance UID in data set"};
constexpr Answer malformed_uid{status::cannot_understand, "uid_malformed", "a UID is malformed (PS3.5 9.1)"};
constexpr Answer uid_mismatch{status::data_set_does_not_match, "uid_mismatch",
                              "command and data set name different UIDs"};

ReceptionLimits limits_of(const config::Dicom& dicom) {
    ReceptionLimits limits;
    limits.instance_bytes_max = dicom.max_instance;
    limits.scan = scan_limits(dicom);
    return limits;
}

/// Reads the data set to its end. Anything but `message`: the association is over, and the reception with it.
Next receive(Conversation& conversation, const Request& request, Reception& reception) {
    const config::Dicom& limits = conversation.rules().dicom;
    const std::uint64_t bytes_max = limits.max_instance + limits.max_drain;
    for (dicom::Fragment piece; !piece.is_last;) {
        const dicom::Arrival arrival = conversation.next_piece(request, piece);
        if (arrival == dicom::Arrival::release_requested) return Next::abort;
        if (arrival != dicom::Arrival::message) return next_after(arrival);
        reception.take(piece.bytes);
        if (reception.bytes() > bytes_max) return Next::abort;
    }
    return Next::message;
}

Received received_of(const Conversation& conversation, const Request& request, const Reception& reception) {
    Received received;
    received.header = reception.scan().header();
    received.transfer_syntax_uid = request.context.transfer_syntax;
    received.sop_class_uid = reception.sop_class_uid();
    received.sop_instance_uid = reception.sop_instance_uid();
    received.at = conversation.surroundings().clock.now();
    const std::string study(received.header.first(dicom::tags::study_instance_uid));
    const std::string series(received.header.first(dicom::tags::series_instance_uid));
    if (dicom::is_keyable_uid(study)) received.study_instance_uid = study;
    if (dicom::is_keyable_uid(series)) received.series_instance_uid = series;
    const auto is_wrong = [](const std::string& uid) { return !uid.empty() && !dicom::is_well_formed_uid(uid); };
    received.uid_malformed =
        is_wrong(received.sop_class_uid) || is_wrong(received.sop_instance_uid) || is_wrong(study) || is_wrong(series);
    const auto& command = request.command;
    received.uids_differ = command.text(dicom::command::affected_sop_instance_uid) != received.sop_instance_uid ||
                           command.text(dicom::command::affected_sop_class_uid) != received.sop_class_uid;
    return received;
}

std::int64_t ms_since(Monotonic began_at, const Clock& clock) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(clock.monotonic() - began_at).count();
}

/// The answer to an instance that the spool could not keep.
Answer not_kept(Conversation& conversation, const Reception& reception, spool::Errc code, const std::string& why) {
    if (code == spool::Errc::too_large) return too_large;
    if (code == spool::Errc::no_space) return no_room;
    spdlog::error("event=instance_not_kept sop_instance_uid={} association={} why=\"{}\"", reception.sop_instance_uid(),
                  conversation.record().serial, why);
    if (code == spool::Errc::io) conversation.surroundings().storage_failed(why);
    return {status::of(code), spool_failed.code, spool_failed.comment};
}

/// Makes the instance durable and hands it over. The answer is Success only when nothing threw on the way.
Answer take_custody(Conversation& conversation, Reception& reception, const Received& received) {
    const Surroundings& around = conversation.surroundings();
    try {
        spool::Linked linked = reception.finish();
        const std::string digest = linked.digest().hex();
        const std::uint64_t bytes = linked.size();
        outbox::Receipt receipt = receipt_of(received, conversation.record(), linked, conversation.rules());
        const auto jobs = receipt.jobs.size();
        const outbox::Accepted accepted = around.custody.take(std::move(linked), std::move(receipt));
        around.statistics.bytes += bytes;
        spdlog::info(
            "event=instance_received sop_instance_uid={} digest={} bytes={} calling={} association={} version={} "
            "repeat={} "
            "jobs={}/{} scan={}",
            received.sop_instance_uid, digest, bytes, log_word(conversation.record().calling_ae_title),
            conversation.record().serial, accepted.version, accepted.is_repeat, accepted.jobs.size(), jobs,
            to_string(reception.scan().problem()), ms_since(reception.began_at(), around.clock));
        return {status::success};
    } catch (const spool::Error& error) {
        return not_kept(conversation, reception, error.code(), error.what());
    } catch (const std::exception& error) {
        // The outbox or the committer failed. Whether the commit happened or not, the sender's next try is recognised
        // by its digest, so that a failure may be answered and Success may not.
        spdlog::error("event=instance_not_recorded sop_instance_uid={} association={} why=\"{}\"",
                      received.sop_instance_uid, conversation.record().serial, error.what());
        return custody_failed;
    }
}

Answer decide(Conversation& conversation, const Request& request, Reception& reception) {
    if (!reception.complete()) {
        if (!reception.error()) return no_identity;
        return not_kept(conversation, reception, *reception.error(), reception.error_text());
    }
    const Received received = received_of(conversation, request, reception);
    if (conversation.is_strict() && received.uids_differ) return uid_mismatch;
    if (conversation.is_strict() && received.uid_malformed) return malformed_uid;
    return take_custody(conversation, reception, received);
}

Next answer_with(Conversation& conversation, const Request& request, const Answer& answer) {
    Statistics& statistics = conversation.surroundings().statistics;
    if (answer.status == status::success) {
        ++statistics.instances;
        statistics.last_instance_at_ms = conversation.surroundings().clock.now().time_since_epoch().count();
    } else {
        ++statistics.refused;
        conversation.refused(answer.code);
        spdlog::warn("event=instance_refused status=0x{:04X} reason={} calling={} address={} association={}",
                     answer.status, answer.code, log_word(conversation.record().calling_ae_title),
                     conversation.record().address, conversation.record().serial);
    }
    return conversation.respond(request, answer) ? Next::message : Next::ended;
}

}  // namespace

Next store(Conversation& conversation, const Request& request) {
    if (!request.has_data_set) return answer_with(conversation, request, no_data_set);
    if (conversation.surroundings().space.look().state == SpaceState::refusing) {
        const Next next = conversation.drain(request, conversation.rules().dicom.max_instance);
        return next == Next::message ? answer_with(conversation, request, no_room) : next;
    }
    const Surroundings& around = conversation.surroundings();
    Reception reception({around.spool, around.clock.monotonic()}, request.context.transfer_syntax,
                        conversation.rules().wanted, limits_of(conversation.rules().dicom));
    const Next next = receive(conversation, request, reception);
    if (next != Next::message) {
        spdlog::warn("event=instance_cut_short bytes={} calling={} association={}", reception.bytes(),
                     log_word(conversation.record().calling_ae_title), conversation.record().serial);
        return next;
    }
    const Monotonic whole_at = around.clock.monotonic();
    const Next after = answer_with(conversation, request, decide(conversation, request, reception));
    around.statistics.store.note(around.clock.monotonic() - whole_at);
    return after;
}

}  // namespace broker::receive
