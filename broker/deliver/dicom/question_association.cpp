#include "broker/deliver/dicom/question_association.h"

#include "broker/dicom/transfer_syntax.h"

namespace broker::deliver {

namespace {

constexpr std::uint8_t explicit_context = 1, implicit_context = 3;

Event about_no_instance(Event event) {
    event.last_byte_sent = false;
    return event;
}

}  // namespace

std::optional<Event> QuestionAssociation::open(const Opening& opening) {
    const std::string service(opening.abstract_syntax);
    AssociateRequest request{opening.called_ae_title, opening.calling_ae_title, {}, 0};
    // A context each, so that the peer's answer is about one encoding, and Explicit VR is ours to prefer.
    request.proposals.push_back({explicit_context, service, std::string(dicom::explicit_vr_little_endian)});
    request.proposals.push_back({implicit_context, service, std::string(dicom::implicit_vr_little_endian)});
    if (opening.roles) request.roles.push_back({service, *opening.roles});
    if (auto event = association_.open(opening.endpoint, request)) return about_no_instance(*event);
    // Peers that don't know role selection don't answer it. They are asked all the same: who took the context will say.
    const auto answered = opening.roles ? association_.roles(service) : std::nullopt;
    are_roles_denied_ =
        answered && ((opening.roles->is_scu && !answered->is_scu) || (opening.roles->is_scp && !answered->is_scp));
    return std::nullopt;
}

bool QuestionAssociation::is_offered() const {
    const bool is_accepted = association_.result(explicit_context) == 0 || association_.result(implicit_context) == 0;
    return is_accepted && !are_roles_denied_;
}

std::uint32_t QuestionAssociation::refusal() const {
    constexpr std::uint32_t not_answered = 0xFF;
    return association_.result(implicit_context).value_or(not_answered);
}

bool QuestionAssociation::is_implicit() const {
    return association_.result(explicit_context) != 0;
}

bool QuestionAssociation::is_implicit(const Message& message) {
    return message.context == implicit_context;
}

std::optional<Event> QuestionAssociation::ask(std::span<const std::byte> command, std::span<const std::byte> data_set) {
    auto failed = association_.write_message(is_implicit() ? implicit_context : explicit_context, command, data_set);
    return failed ? std::optional(about_no_instance(*failed)) : std::nullopt;
}

std::optional<Event> QuestionAssociation::respond(const Message& request, std::span<const std::byte> command) {
    auto failed = association_.write_message(request.context, command, {});
    return failed ? std::optional(about_no_instance(*failed)) : std::nullopt;
}

std::variant<Message, Event> QuestionAssociation::read(std::size_t data_set_max) {
    auto read = association_.read_message(data_set_max);
    if (auto* event = std::get_if<Event>(&read)) return about_no_instance(*event);
    if (association_.result(std::get<Message>(read).context) != 0) return violation();
    return read;
}

Event QuestionAssociation::violation() {
    association_.abort();
    return {Happening::violation, 0, false};
}

}  // namespace broker::deliver
