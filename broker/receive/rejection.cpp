#include "broker/receive/rejection.h"

#include <algorithm>

namespace broker::receive {
namespace {

constexpr std::string_view dicom_application_context = "1.2.840.10008.3.1.1.1";

bool answers_to(const config::Dicom& dicom, std::string_view called_ae_title) {
    const config::CalledAeTitles& accepted = dicom.accept_called_ae_title;
    switch (accepted.rule) {
        case config::CalledAeTitles::Rule::any:
            return true;
        case config::CalledAeTitles::Rule::own:
            return called_ae_title == dicom.ae_title;
        case config::CalledAeTitles::Rule::listed:
            return std::find(accepted.listed.begin(), accepted.listed.end(), called_ae_title) != accepted.listed.end();
    }
    return false;
}

RejectPdu pdu(std::uint8_t type, std::uint8_t first, std::uint8_t second, std::uint8_t third) {
    constexpr std::byte zero{0};
    return {std::byte(type), zero, zero, zero, zero, std::byte(4), zero, std::byte(first), std::byte(second),
            std::byte(third)};
}

}  // namespace

std::optional<Rejection> check(const AssociateRequest& request, const Caller& caller, const Rules& rules) {
    // 9.3.2: bit 0 is version 1; others may be set beside it.
    if (request.protocol_version % 2 == 0) return unsupported_protocol;
    if (request.application_context != dicom_application_context) return unsupported_application_context;
    if (!answers_to(rules.dicom, request.called_ae_title)) return unknown_called_ae_title;
    if (!rules.dicom.accept_unknown_senders && sender_of(rules, caller) == nullptr) return unknown_calling_ae_title;
    return std::nullopt;
}

RejectPdu reject_pdu(const Rejection& rejection) {
    constexpr std::uint8_t associate_rj = 0x03;
    return pdu(associate_rj, rejection.result, rejection.source, rejection.reason);
}

RejectPdu abort_pdu(Malformed malformed) {
    constexpr std::uint8_t abort = 0x07, from_provider = 2;
    constexpr std::uint8_t unrecognized_pdu = 1, invalid_parameter = 6;
    const bool is_other_pdu = malformed == Malformed::not_an_associate_request;
    return pdu(abort, 0, from_provider, is_other_pdu ? unrecognized_pdu : invalid_parameter);
}

}  // namespace broker::receive
