/// QuestionAssociation: an association for one service that asks, with its data sets in either Little Endian.
///
/// One thread at a time, save `interrupt`. Beside Association's rules: Events are about no instance, so that their
/// `last_byte_sent` is false.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "broker/deliver/dicom/association.h"

namespace broker::deliver {

class QuestionAssociation {
public:
    /// What is proposed, by whom, to whom.
    struct Opening {
        Endpoint endpoint;
        std::string called_ae_title, calling_ae_title;
        std::string_view abstract_syntax;
        std::optional<dicom::Roles> roles;  ///< none: no role selection, we are the SCU
    };

    QuestionAssociation(const Timeouts& timeouts, std::uint32_t pdu_max) : association_(timeouts, pdu_max) {}

    /// Nothing: the association is open, and `is_offered` says whether the service is. The abstract syntax must stay
    /// until then.
    std::optional<Event> open(const Opening& opening);
    bool is_open() const { return association_.is_open(); }
    /// The peer accepted the service in one Little Endian at least, and denied none of our roles.
    bool is_offered() const;
    /// Why it did not: the results of the contexts' negotiation, 0xFF where the peer didn't answer.
    std::uint32_t refusal() const;

    /// Of what we send. What comes may be in the other one, as the message's context says.
    bool is_implicit() const;
    static bool is_implicit(const Message& message);

    /// Sends a request of ours. The first message has the id 1, each later one the next.
    std::optional<Event> ask(std::span<const std::byte> command, std::span<const std::byte> data_set);
    /// Answers a request of the peer's.
    std::optional<Event> respond(const Message& request, std::span<const std::byte> command);

    bool has_more(std::chrono::milliseconds within) { return association_.has_more(within); }
    std::variant<Message, Event> read(std::size_t data_set_max);

    void release() { association_.release(); }
    /// Ends the association because of the peer, and says so.
    Event violation();
    void interrupt() { association_.interrupt(); }

private:
    Association association_;
    bool are_roles_denied_ = false;
};

}  // namespace broker::deliver
