// One C-STORE after the other: command, data set from the blob, response (PS3.7 9.1.1).
#include "broker/deliver/dicom/dicom_sender.h"

#include <algorithm>
#include <cassert>

#include "broker/dicom/part10.h"
#include "spool/error.h"

namespace broker::deliver {

namespace {

constexpr std::uint8_t verification_context = 255;  // after those of up to 64 pairs: 1, 3, … 127
constexpr std::size_t chunk_bytes = 256 * 1024;     // of the blob, read and hashed at once; holds any file header
constexpr std::string_view implicit_vr_little_endian = "1.2.840.10008.1.2";
constexpr std::size_t ae_title_max = 16;

spool::Digest digest_of(const outbox::ClaimedJob& job) {
    return spool::Digest::from_bytes(job.digest);
}

bool is_answer_to(const Response& response, const outbox::ClaimedJob& job, std::uint16_t message_id) {
    if (response.field != c_store_rsp || response.message_id != message_id || !response.status) return false;
    // The UID is optional in a response (PS3.7 table 9.3-2), and then the Message ID must do.
    return response.sop_instance_uid.empty() || response.sop_instance_uid == job.sop_instance_uid;
}

}  // namespace

DicomSender::DicomSender(DicomPeer peer)
    : peer_(std::move(peer)), association_(peer_.timeouts, peer_.pdu_max, peer_.paces) {}

std::string DicomSender::calling(const std::string& of_sender) const {
    bool passes_on = peer_.calling_is_sender && !of_sender.empty() && of_sender.size() <= ae_title_max;
    return passes_on ? of_sender : peer_.calling_ae_title;
}

std::optional<Event> DicomSender::open(const Opening& opening) {
    assert(opening.pairs.size() <= pairs_max && opening.fallbacks.size() <= fallbacks_max);
    association_.release();
    contexts_.clear();
    calling_ = calling(opening.calling_ae_title);
    AssociateRequest request{peer_.ae_title, calling_, {}, 0};
    std::uint8_t next = 1;
    for (const auto* pairs : {&opening.pairs, &opening.fallbacks}) {
        for (const Pair& pair : *pairs) {
            if (!contexts_.emplace(pair, next).second) continue;
            request.proposals.push_back({next, pair.sop_class_uid, pair.transfer_syntax_uid});
            next = static_cast<std::uint8_t>(next + 2);
        }
    }
    request.proposals.push_back(
        {verification_context, std::string(verification_sop_class), std::string(implicit_vr_little_endian)});
    return association_.open(peer_.endpoint, request);
}

std::optional<std::uint8_t> DicomSender::result_of(const Pair& pair) const {
    const auto context = contexts_.find(pair);
    if (context == contexts_.end()) return std::nullopt;
    return association_.result(context->second);
}

bool DicomSender::covers(const outbox::ClaimedJob& job) const {
    return contexts_.contains({job.sop_class_uid, job.transfer_syntax_uid}) &&
           calling(job.calling_ae_title) == calling_;
}

Sent DicomSender::refused(std::uint32_t result) const {
    return {{Happening::context_refused, result, false}, 0, {}, {}};
}

Sent DicomSender::send(const outbox::ClaimedJob& job, spool::Reader reader) {
    assert(association_.is_open() && covers(job));
    constexpr std::uint32_t not_answered = 0xFF;
    const std::uint8_t context = contexts_.at({job.sop_class_uid, job.transfer_syntax_uid});
    const std::uint32_t result = association_.result(context).value_or(not_answered);
    if (result != 0) return refused(result);
    message_id_ = message_id_ == 0xFFFF ? 1 : static_cast<std::uint16_t>(message_id_ + 1);
    Sent sent;
    auto request = store_request({message_id_, job.sop_class_uid, job.sop_instance_uid});
    try {
        spool::VerifiedReader blob(std::move(reader), digest_of(job));
        auto failed = write_command(context, request);
        if (!failed) failed = write_data_set(context, blob, sent.bytes);
        if (failed) {
            sent.event = *failed;
            if (failed->happening == Happening::status) sent.status = static_cast<std::int32_t>(failed->number);
            return sent;
        }
    } catch (const spool::Error& error) {
        // The peer has no complete data set, and by this abort never will.
        association_.abort();
        sent.event = blob_failure(error);
        return sent;
    }
    Sent answer = read_answer(job, message_id_);
    answer.bytes = sent.bytes;
    return answer;
}

std::optional<Event> DicomSender::write_command(std::uint8_t context, std::span<const std::byte> command) {
    const std::size_t most = association_.fragment_max();
    for (bool is_last = false; !is_last; command = command.subspan(std::min(most, command.size()))) {
        is_last = command.size() <= most;
        auto failed = association_.write(context, true, is_last, command.first(std::min(most, command.size())));
        if (failed) return failed;
    }
    return std::nullopt;
}

std::optional<Event> DicomSender::write_data_set(std::uint8_t context, spool::VerifiedReader& blob,
                                                 std::int64_t& bytes) {
    const std::size_t most = association_.fragment_max();
    std::vector<std::byte> buffer(std::min<std::uint64_t>(chunk_bytes, std::max<std::uint64_t>(blob.size(), 1)));
    std::uint64_t position = 0;
    bool is_last = false;
    while (!is_last) {
        std::span<const std::byte> chunk(buffer.data(), blob.next(buffer));
        if (position == 0) {
            auto offset = dicom::data_set_offset(chunk);
            if (!offset) throw spool::Error(spool::Errc::damaged, "a blob that is no Part 10 file");
            position = *offset;
            chunk = chunk.subspan(std::min(chunk.size(), *offset));
        }
        do {
            auto piece = chunk.first(std::min(most, chunk.size()));
            chunk = chunk.subspan(piece.size());
            position += piece.size();
            is_last = position >= blob.size();
            auto failed = association_.write(context, false, is_last, piece);
            if (failed) return failed;
            bytes += static_cast<std::int64_t>(piece.size());
        } while (!chunk.empty());
    }
    return std::nullopt;
}

Sent DicomSender::read_answer(const outbox::ClaimedJob& job, std::uint16_t message_id) {
    Sent sent;
    auto answer = association_.read_response();
    if (auto* event = std::get_if<Event>(&answer)) {
        sent.event = *event;
        return sent;
    }
    const Response& response = std::get<Response>(answer);
    if (!is_answer_to(response, job, message_id)) {
        association_.abort();
        sent.event = {Happening::wrong_response, 0, true};
        return sent;
    }
    sent.status = *response.status;
    sent.comment = response.error_comment;
    sent.event = {Happening::status, *response.status, true};
    return sent;
}

std::optional<Event> DicomSender::verify() {
    if (association_.result(verification_context) != 0) return std::nullopt;
    message_id_ = message_id_ == 0xFFFF ? 1 : static_cast<std::uint16_t>(message_id_ + 1);
    if (auto failed = write_command(verification_context, echo_request(message_id_))) return failed;
    auto answer = association_.read_response();
    if (auto* event = std::get_if<Event>(&answer)) {
        event->last_byte_sent = false;  // no instance's
        return *event;
    }
    const Response& response = std::get<Response>(answer);
    if (response.field != c_echo_rsp || response.message_id != message_id_ || !response.status) {
        association_.abort();
        return Event{Happening::violation, 0, false};
    }
    if (*response.status != 0) return Event{Happening::status, *response.status, false};
    return std::nullopt;
}

}  // namespace broker::deliver
