#include "broker/receive/conversation.h"

#include <algorithm>

#include "broker/dicom/dimse_status.h"
#include "broker/dicom/uid.h"

namespace broker::receive {
namespace {

/// The response says what it answers, in the peer's own words where those are harmless.
void copy_uid(const dicom::CommandSet& from, dicom::CommandSet& to, std::uint16_t affected, std::uint16_t requested) {
    for (const std::uint16_t element : {affected, requested})
        if (const std::string uid = from.text(element); dicom::is_keyable_uid(uid)) return to.set_uid(affected, uid);
}

bool is_one_of(std::span<const std::uint16_t> fields, std::uint16_t field) {
    return std::find(fields.begin(), fields.end(), field) != fields.end();
}

}  // namespace

Next next_after(dicom::Arrival arrival) {
    switch (arrival) {
        case dicom::Arrival::message:
        case dicom::Arrival::nothing_yet:
            return Next::message;
        case dicom::Arrival::release_requested:
            return Next::released;
        case dicom::Arrival::malformed:
            return Next::abort;
        case dicom::Arrival::aborted:
        case dicom::Arrival::ended:
            return Next::ended;
    }
    return Next::ended;
}

Conversation::Conversation(T_ASC_Association& association, dicom::SocketControl& control,
                           const Surroundings& surroundings, PresentRules present_rules, outbox::Association record,
                           Contexts contexts, Caller caller)
    : association_(association),
      control_(control),
      surroundings_(surroundings),
      present_rules_(std::move(present_rules)),
      rules_(present_rules_()),
      record_(std::move(record)),
      contexts_(std::move(contexts)),
      caller_(std::move(caller)),
      owed_reports_(surroundings.desk,
                    {record_.calling_ae_title, record_.called_ae_title, record_.address, record_.sender},
                    rules_->dicom.idle_timeout) {}

bool Conversation::is_strict() const {
    const config::Sender* sender = sender_of(*rules_, caller_);
    return sender != nullptr && sender->strict;
}

/// Between two messages only: what is received and routed by one of them is received and routed by the same rules.
void Conversation::take_present_rules() {
    rules_ = present_rules_();
    const config::Sender* sender = sender_of(*rules_, caller_);
    record_.sender = sender != nullptr ? sender->name : "";
}

Next Conversation::serve() {
    Next next = Next::message;
    while (next == Next::message) next = owed_reports_.send_next(association_) ? serve_one() : Next::ended;
    // Now, not when the peer has closed: the report may be wanted on another association.
    owed_reports_.give_up();
    return next;
}

Next Conversation::serve_one() {
    // The command must come whole within the time: a peer that sends a byte now and then is idle, too.
    take_present_rules();
    const auto& dicom = rules_->dicom;
    const auto timeout = has_served_ ? dicom.idle_timeout : dicom.first_message_timeout;
    const auto now = std::chrono::steady_clock::now();
    if (!silent_since_) silent_since_ = now;
    const auto end_at = std::min(*silent_since_ + timeout, owed_reports_.answer_by());
    control_.end_by(end_at);
    control_.set_idle_timeout(timeout);
    dicom::CommandBytes bytes;
    const bool is_short = owed_reports_.has_unready() && end_at - now > OwedReports::ask_again_every;
    const dicom::Arrival arrival =
        dicom::read_command(association_, bytes, is_short ? std::optional(OwedReports::ask_again_every) : std::nullopt);
    if (arrival != dicom::Arrival::message) return next_after(arrival);
    silent_since_.reset();
    control_.end_by(dicom::SocketControl::Instant::max());
    take_present_rules();
    control_.set_idle_timeout(rules_->dicom.idle_timeout);
    has_served_ = true;

    auto command = dicom::CommandSet::parse(bytes.bytes);
    const auto context = contexts_.find(bytes.context);
    if (!command || context == contexts_.end()) return Next::abort;
    // Any value but one announces a data set: senders are seen that write other ones than PS3.7 9.3.1.1 names.
    const bool has_data_set = command->number(dicom::command::data_set_type) != dicom::no_data_set;
    control_.begin_message();
    const Next next = serve_request({bytes.context, context->second, std::move(*command), has_data_set});
    control_.end_message();
    return next;
}

Next Conversation::serve_request(const Request& request) {
    const auto field = request.command.number(dicom::command::field);
    if (!field) return Next::abort;
    if ((*field & dicom::command_field::response_bit) != 0) return serve_response(request);
    // What it would cancel has been answered already: requests are served one after the other (PS3.7 9.3.2.3).
    if (*field == dicom::command_field::c_cancel_rq) return Next::message;
    const Service* service = service_of(request.context.abstract_syntax);
    if (service == nullptr || !is_one_of(service->command_fields, *field)) return decline(request);
    return service->serve(*this, request);
}

Next Conversation::serve_response(const Request& response) {
    if (response.has_data_set) {
        const Next next = drain(response, rules_->dicom.max_commitment);
        if (next != Next::message) return next;
    }
    return owed_reports_.take_response(response.context_id, response.command) ? Next::message : Next::abort;
}

Next Conversation::decline(const Request& request) {
    if (request.has_data_set) {
        const Next next = drain(request, rules_->dicom.max_instance);
        if (next != Next::message) return next;
    }
    refused("unrecognized_operation");
    return respond(request, {dicom::status::unrecognized_operation}) ? Next::message : Next::ended;
}

bool Conversation::respond(const Request& request, const Answer& answer) {
    const auto field = request.command.number(dicom::command::field).value_or(0);
    dicom::CommandSet response;
    namespace command = dicom::command;
    copy_uid(request.command, response, command::affected_sop_class_uid, command::requested_sop_class_uid);
    copy_uid(request.command, response, command::affected_sop_instance_uid, command::requested_sop_instance_uid);
    response.set_number(dicom::command::field, field | dicom::command_field::response_bit);
    response.set_number(dicom::command::message_id_being_responded_to,
                        request.command.number(dicom::command::message_id).value_or(0));
    response.set_number(dicom::command::data_set_type, dicom::no_data_set);
    response.set_number(dicom::command::status, answer.status);
    if (!answer.comment.empty()) response.set_text(dicom::command::error_comment, answer.comment);
    const auto bytes = response.bytes();
    return dicom::write_fragment(association_, {request.context_id, true, true, bytes});
}

dicom::Arrival Conversation::next_piece(const Request& request, dicom::Fragment& into) {
    const dicom::Arrival arrival = dicom::read_fragment(association_, into);
    if (arrival != dicom::Arrival::message) return arrival;
    const bool belongs = !into.is_command && into.context == request.context_id;
    return belongs ? arrival : dicom::Arrival::malformed;
}

Next Conversation::drain(const Request& request, std::uint64_t bytes_max) {
    std::uint64_t drained = 0;
    for (dicom::Fragment piece; !piece.is_last;) {
        const dicom::Arrival arrival = next_piece(request, piece);
        // A release in the middle of a message is no release.
        if (arrival == dicom::Arrival::release_requested) return Next::abort;
        if (arrival != dicom::Arrival::message) return next_after(arrival);
        drained += piece.bytes.size();
        if (drained > bytes_max) return Next::abort;
    }
    return Next::message;
}

void Conversation::refused(std::string_view code) const {
    if (surroundings_.refused)
        surroundings_.refused({std::string(code), record_.address, record_.calling_ae_title, record_.called_ae_title});
}

}  // namespace broker::receive
