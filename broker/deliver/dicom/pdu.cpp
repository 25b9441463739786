// What we propose and what we read of the answer; the bytes are dicom/pdu_bytes.h's.
#include "broker/deliver/dicom/pdu.h"

#include <algorithm>

#include "broker/dicom/part10.h"

namespace broker::deliver {

namespace {

namespace item = dicom::item;
using dicom::big_endian;
using dicom::PduBytes;

constexpr std::string_view application_context = "1.2.840.10008.3.1.1.1";

PduBytes user_information(const AssociateRequest& request) {
    PduBytes maximum, items;
    maximum.number(request.pdu_max, 4);
    items.item(item::maximum_length, maximum);
    items.item(item::implementation_class_uid, dicom::implementation_class_uid);
    for (const dicom::RoleSelection& each : request.roles) items.role_selection(each.abstract_syntax, each.roles);
    items.item(item::implementation_version_name, dicom::implementation_version_name);
    return items;
}

/// Calls `seen` for each item of `bytes`; false when it does, or when a length leads outside.
template <class Seen>
bool each_item(std::span<const std::byte> bytes, Seen seen) {
    while (!bytes.empty()) {
        const auto next = dicom::take_item(bytes);
        if (!next || !seen(*next)) return false;
    }
    return true;
}

}  // namespace

Bytes associate_request(const AssociateRequest& request) {
    PduBytes body;
    body.number(1, 2);  // protocol version
    body.zeros(2);
    body.ae_title(request.called_ae_title);
    body.ae_title(request.calling_ae_title);
    body.zeros(32);
    body.item(item::application_context, application_context);
    for (const Proposal& each : request.proposals) {
        PduBytes context;
        context.number(each.id, 1);
        context.zeros(3);
        context.item(item::abstract_syntax, each.abstract_syntax);
        context.item(item::transfer_syntax, each.transfer_syntax);
        body.item(item::context_rq, context);
    }
    body.item(item::user_information, user_information(request));
    return body.pdu(PduType::associate_rq);
}

std::optional<AssociateAccept> parse_accept(std::span<const std::byte> body) {
    if (body.size() < dicom::associate_fixed_bytes) return std::nullopt;
    AssociateAccept accept;
    auto sub_item = [&](const dicom::Item& seen) {
        if (seen.type == item::role_selection) {
            if (auto answer = dicom::parse_role_selection(seen.value))
                accept.roles[answer->abstract_syntax] = answer->roles;
            return true;
        }
        if (seen.type != item::maximum_length) return true;
        if (seen.value.size() != 4) return false;
        accept.pdu_max = big_endian(seen.value);
        return true;
    };
    bool sound = each_item(body.subspan(dicom::associate_fixed_bytes), [&](const dicom::Item& seen) {
        if (seen.type == item::user_information) return each_item(seen.value, sub_item);
        if (seen.type != item::context_ac) return true;
        if (seen.value.size() < 4) return false;
        accept.results[std::to_integer<std::uint8_t>(seen.value[0])] = std::to_integer<std::uint8_t>(seen.value[2]);
        return true;
    });
    if (!sound) return std::nullopt;
    return accept;
}

PduHead parse_head(std::span<const std::byte, pdu_head_bytes> head) {
    return {static_cast<PduType>(head[0]), big_endian(head.subspan(2, 4))};
}

Bytes release(PduType type) {
    PduBytes reserved;
    reserved.zeros(4);
    return reserved.pdu(type);
}

Bytes abort_request() {
    return release(PduType::abort);  // source and reason are 0
}

std::array<std::byte, pdata_head_bytes> pdata_head(std::uint8_t context, bool is_command, bool is_last,
                                                   std::uint32_t fragment_bytes) {
    PduBytes bytes;
    bytes.number(static_cast<std::uint8_t>(PduType::p_data_tf), 1);
    bytes.zeros(1);
    bytes.number(fragment_bytes + pdv_head_bytes, 4);
    bytes.number(fragment_bytes + 2, 4);
    bytes.number(context, 1);
    bytes.number((is_command ? 1u : 0u) | (is_last ? 2u : 0u), 1);
    std::array<std::byte, pdata_head_bytes> head{};
    std::copy(bytes.bytes().begin(), bytes.bytes().end(), head.begin());
    return head;
}

std::optional<Pdv> parse_pdv(std::span<const std::byte> body) {
    if (body.size() < pdv_head_bytes) return std::nullopt;
    std::size_t length = big_endian(body.first(4));
    if (length < 2 || length > body.size() - 4) return std::nullopt;
    auto control = std::to_integer<unsigned>(body[5]);
    return Pdv{std::to_integer<std::uint8_t>(body[4]), (control & 1) != 0, (control & 2) != 0,
               body.subspan(pdv_head_bytes, length - 2), body.subspan(4 + length)};
}

}  // namespace broker::deliver
