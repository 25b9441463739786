// Items are big endian: type, reserved, a 2-byte length, content (PS3.8 9.3.2, 9.3.3).
#include "broker/deliver/dicom/pdu.h"

#include <algorithm>
#include <cassert>
#include <string_view>

namespace broker::deliver {

namespace {

constexpr std::string_view application_context = "1.2.840.10008.3.1.1.1";
// As in the file meta group of every blob (broker/dicom/part10.cpp).
constexpr std::string_view implementation_class_uid = "2.25.244012873461927564930571662839402715632";
constexpr std::string_view implementation_version_name = "DICOM_BRIDGE_1";

enum Item : std::uint8_t {
    item_application_context = 0x10,
    item_context_rq = 0x20,
    item_context_ac = 0x21,
    item_abstract_syntax = 0x30,
    item_transfer_syntax = 0x40,
    item_user_information = 0x50,
    item_maximum_length = 0x51,
    item_implementation_class_uid = 0x52,
    item_implementation_version_name = 0x55,
};

void put(Bytes& to, std::uint32_t value, int width) {
    for (int shift = 8 * (width - 1); shift >= 0; shift -= 8) to.push_back(static_cast<std::byte>(value >> shift));
}
void put(Bytes& to, std::string_view text) {
    for (char each : text) to.push_back(static_cast<std::byte>(each));
}
void put_item(Bytes& to, Item type, const Bytes& content) {
    put(to, type, 1);
    put(to, 0, 1);
    put(to, static_cast<std::uint32_t>(content.size()), 2);
    to.insert(to.end(), content.begin(), content.end());
}
void put_item(Bytes& to, Item type, std::string_view content) {
    Bytes bytes;
    put(bytes, content);
    put_item(to, type, bytes);
}
void put_ae_title(Bytes& to, std::string_view title) {
    assert(title.size() <= 16);
    put(to, title);
    for (std::size_t n = title.size(); n < 16; ++n) put(to, ' ', 1);
}

Bytes pdu(PduType type, const Bytes& body) {
    Bytes whole;
    whole.reserve(pdu_head_bytes + body.size());
    put(whole, static_cast<std::uint8_t>(type), 1);
    put(whole, 0, 1);
    put(whole, static_cast<std::uint32_t>(body.size()), 4);
    whole.insert(whole.end(), body.begin(), body.end());
    return whole;
}

std::uint32_t number(std::span<const std::byte> bytes) {
    std::uint32_t value = 0;
    for (std::byte each : bytes) value = (value << 8) | std::to_integer<std::uint32_t>(each);
    return value;
}

Bytes user_information(std::uint32_t pdu_max) {
    Bytes maximum, items;
    put(maximum, pdu_max, 4);
    put_item(items, item_maximum_length, maximum);
    put_item(items, item_implementation_class_uid, implementation_class_uid);
    put_item(items, item_implementation_version_name, implementation_version_name);
    return items;
}

/// Calls `seen` for each item of `bytes`; false when a length leads outside.
template <class Seen>
bool each_item(std::span<const std::byte> bytes, Seen seen) {
    while (!bytes.empty()) {
        if (bytes.size() < 4) return false;
        std::size_t length = number(bytes.subspan(2, 2));
        if (bytes.size() - 4 < length) return false;
        if (!seen(std::to_integer<std::uint8_t>(bytes[0]), bytes.subspan(4, length))) return false;
        bytes = bytes.subspan(4 + length);
    }
    return true;
}

}  // namespace

Bytes associate_request(const AssociateRequest& request) {
    Bytes body;
    put(body, 1, 2);  // protocol version
    put(body, 0, 2);
    put_ae_title(body, request.called_ae_title);
    put_ae_title(body, request.calling_ae_title);
    body.resize(body.size() + 32);
    put_item(body, item_application_context, application_context);
    for (const Proposal& each : request.proposals) {
        Bytes context;
        put(context, each.id, 1);
        put(context, 0, 3);
        put_item(context, item_abstract_syntax, each.abstract_syntax);
        put_item(context, item_transfer_syntax, each.transfer_syntax);
        put_item(body, item_context_rq, context);
    }
    put_item(body, item_user_information, user_information(request.pdu_max));
    return pdu(PduType::associate_rq, body);
}

std::optional<AssociateAccept> parse_accept(std::span<const std::byte> body) {
    constexpr std::size_t fixed_bytes = 68;  // version, reserved, two titles, 32 reserved
    if (body.size() < fixed_bytes) return std::nullopt;
    AssociateAccept accept;
    auto sub_item = [&](std::uint8_t type, std::span<const std::byte> content) {
        if (type != item_maximum_length) return true;
        if (content.size() != 4) return false;
        accept.pdu_max = number(content);
        return true;
    };
    bool sound = each_item(body.subspan(fixed_bytes), [&](std::uint8_t type, std::span<const std::byte> content) {
        if (type == item_user_information) return each_item(content, sub_item);
        if (type != item_context_ac) return true;
        if (content.size() < 4) return false;
        accept.results[std::to_integer<std::uint8_t>(content[0])] = std::to_integer<std::uint8_t>(content[2]);
        return true;
    });
    if (!sound) return std::nullopt;
    return accept;
}

PduHead parse_head(std::span<const std::byte, pdu_head_bytes> head) {
    return {static_cast<PduType>(head[0]), number(head.subspan(2, 4))};
}

Bytes release(PduType type) {
    return pdu(type, Bytes(4));
}

Bytes abort_request() {
    return pdu(PduType::abort, Bytes(4));
}

std::array<std::byte, pdata_head_bytes> pdata_head(std::uint8_t context, bool is_command, bool is_last,
                                                   std::uint32_t fragment_bytes) {
    Bytes bytes;
    bytes.reserve(pdata_head_bytes);
    put(bytes, static_cast<std::uint8_t>(PduType::p_data_tf), 1);
    put(bytes, 0, 1);
    put(bytes, fragment_bytes + pdv_head_bytes, 4);
    put(bytes, fragment_bytes + 2, 4);
    put(bytes, context, 1);
    put(bytes, (is_command ? 1u : 0u) | (is_last ? 2u : 0u), 1);
    std::array<std::byte, pdata_head_bytes> head{};
    std::copy(bytes.begin(), bytes.end(), head.begin());
    return head;
}

std::optional<Pdv> parse_pdv(std::span<const std::byte> body) {
    if (body.size() < pdv_head_bytes) return std::nullopt;
    std::size_t length = number(body.first(4));
    if (length < 2 || length > body.size() - 4) return std::nullopt;
    auto control = std::to_integer<unsigned>(body[5]);
    return Pdv{std::to_integer<std::uint8_t>(body[4]), (control & 1) != 0, (control & 2) != 0,
               body.subspan(pdv_head_bytes, length - 2), body.subspan(4 + length)};
}

}  // namespace broker::deliver
