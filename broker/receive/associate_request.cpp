#include "broker/receive/associate_request.h"

#include <algorithm>
#include <utility>

#include "broker/dicom/commitment.h"
#include "broker/dicom/uid.h"

namespace broker::receive {
namespace {

using Bytes = std::span<const std::byte>;

namespace item_type = dicom::item;
using dicom::ae_title_bytes;
using dicom::big_endian;
using dicom::PduBytes;
using dicom::PduType;
using dicom::take_item;

constexpr std::size_t fixed_bytes = dicom::associate_fixed_bytes;
constexpr std::size_t context_head_bytes = 4;

std::string_view text_of(Bytes bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view padding(" \0", 2);
    const auto first = text.find_first_not_of(' ');
    const auto last = text.find_last_not_of(padding);
    if (first == std::string_view::npos || last == std::string_view::npos || first > last) return {};
    return text.substr(first, last - first + 1);
}

std::optional<std::string> ae_title(Bytes bytes) {
    const std::string_view title = trimmed(text_of(bytes));
    const bool is_printable = std::all_of(title.begin(), title.end(), [](char c) { return c >= ' ' && c <= '~'; });
    if (!is_printable) return std::nullopt;
    return std::string(title);
}

std::optional<std::string> uid(Bytes bytes) {
    const std::string_view text = trimmed(text_of(bytes));
    if (!dicom::is_keyable_uid(text)) return std::nullopt;
    return std::string(text);
}

std::optional<Malformed> parse_context(Bytes bytes, const AssociateLimits& limits, AssociateRequest& request) {
    if (bytes.size() < context_head_bytes) return Malformed::lengths;
    if (request.contexts.size() == limits.contexts_max) return Malformed::contexts;
    ProposedContext context;
    context.id = std::to_integer<std::uint8_t>(bytes[0]);
    const bool is_taken = std::any_of(request.contexts.begin(), request.contexts.end(),
                                      [&](const ProposedContext& other) { return other.id == context.id; });
    if (context.id % 2 == 0 || is_taken) return Malformed::contexts;
    bytes = bytes.subspan(context_head_bytes);
    while (!bytes.empty()) {
        const auto item = take_item(bytes);
        if (!item) return Malformed::lengths;
        const bool is_abstract = item->type == item_type::abstract_syntax;
        if (!is_abstract && item->type != item_type::transfer_syntax) continue;
        auto syntax = uid(item->value);
        if (!syntax) return Malformed::uid;
        if (is_abstract && !context.abstract_syntax.empty()) return Malformed::items;
        if (is_abstract) {
            context.abstract_syntax = std::move(*syntax);
        } else {
            if (context.transfer_syntaxes.size() == limits.transfer_syntaxes_max) return Malformed::transfer_syntaxes;
            context.transfer_syntaxes.push_back(std::move(*syntax));
        }
    }
    if (context.abstract_syntax.empty()) return Malformed::items;
    if (context.transfer_syntaxes.empty()) return Malformed::transfer_syntaxes;
    request.contexts.push_back(std::move(context));
    return std::nullopt;
}

std::optional<Malformed> parse_user_information(Bytes bytes, AssociateRequest& request) {
    while (!bytes.empty()) {
        const auto item = take_item(bytes);
        if (!item) return Malformed::lengths;
        if (item->type == item_type::maximum_length) {
            if (item->value.size() != 4) return Malformed::lengths;
            request.max_pdu = big_endian(item->value);
        } else if (item->type == item_type::role_selection) {
            // What is malformed, or proposes no role, is passed over like what is about other classes.
            const auto proposed = dicom::parse_role_selection(item->value);
            const bool is_about = proposed && proposed->abstract_syntax == dicom::storage_commitment_sop_class;
            if (is_about && (proposed->roles.is_scu || proposed->roles.is_scp))
                request.commitment_roles = proposed->roles;
        } else if (item->type == item_type::implementation_class_uid) {
            // Only told, never used: one that is no UID is dropped.
            request.implementation_class_uid = uid(item->value).value_or("");
        } else if (item->type == item_type::implementation_version_name) {
            constexpr std::size_t name_bytes_max = 16;
            const auto name = item->value.subspan(0, std::min(item->value.size(), name_bytes_max));
            request.implementation_version_name = ae_title(name).value_or("");
        }
    }
    return std::nullopt;
}

std::optional<Malformed> parse_items(Bytes bytes, const AssociateLimits& limits, AssociateRequest& request) {
    bool has_user_information = false;
    while (!bytes.empty()) {
        const auto item = take_item(bytes);
        if (!item) return Malformed::lengths;
        std::optional<Malformed> wrong;
        if (item->type == item_type::application_context) {
            auto name = uid(item->value);
            if (!name) return Malformed::uid;
            if (!request.application_context.empty()) return Malformed::items;
            request.application_context = std::move(*name);
        } else if (item->type == item_type::context_rq) {
            wrong = parse_context(item->value, limits, request);
        } else if (item->type == item_type::user_information) {
            if (std::exchange(has_user_information, true)) return Malformed::items;
            wrong = parse_user_information(item->value, request);
        }
        if (wrong) return wrong;
    }
    if (request.application_context.empty() || !has_user_information) return Malformed::items;
    if (request.contexts.empty()) return Malformed::contexts;
    return std::nullopt;
}

bool proposes_commitment(const AssociateRequest& request) {
    return std::any_of(request.contexts.begin(), request.contexts.end(), [](const ProposedContext& each) {
        return each.abstract_syntax == dicom::storage_commitment_sop_class;
    });
}

}  // namespace

std::string_view to_string(Malformed malformed) {
    switch (malformed) {
        case Malformed::not_an_associate_request:
            return "not_an_associate_request";
        case Malformed::too_long:
            return "too_long";
        case Malformed::lengths:
            return "lengths";
        case Malformed::ae_title:
            return "ae_title";
        case Malformed::uid:
            return "uid";
        case Malformed::items:
            return "items";
        case Malformed::contexts:
            return "contexts";
        case Malformed::transfer_syntaxes:
            return "transfer_syntaxes";
    }
    return "?";
}

std::variant<std::size_t, Malformed> check_head(std::span<const std::byte, pdu_head_bytes> head,
                                                const AssociateLimits& limits) {
    if (PduType(head[0]) != PduType::associate_rq) return Malformed::not_an_associate_request;
    const std::size_t size = big_endian(head.subspan(2, 4));
    if (size > limits.bytes_max) return Malformed::too_long;
    if (size < fixed_bytes) return Malformed::lengths;
    return size;
}

std::variant<AssociateRequest, Malformed> parse_associate_request(Bytes pdu, const AssociateLimits& limits) {
    if (pdu.size() < pdu_head_bytes) return Malformed::lengths;
    const auto size = check_head(pdu.first<pdu_head_bytes>(), limits);
    if (const auto* wrong = std::get_if<Malformed>(&size)) return *wrong;
    const Bytes body = pdu.subspan(pdu_head_bytes);
    if (body.size() != std::get<std::size_t>(size)) return Malformed::lengths;

    AssociateRequest request;
    request.protocol_version = static_cast<std::uint16_t>(big_endian(body.subspan(0, 2)));
    auto called = ae_title(body.subspan(4, ae_title_bytes));
    auto calling = ae_title(body.subspan(4 + ae_title_bytes, ae_title_bytes));
    if (!called || !calling) return Malformed::ae_title;
    request.called_ae_title = std::move(*called);
    request.calling_ae_title = std::move(*calling);
    if (const auto wrong = parse_items(body.subspan(fixed_bytes), limits, request)) return *wrong;
    return request;
}

std::vector<std::byte> canonical(const AssociateRequest& request) {
    PduBytes body;
    body.number(request.protocol_version, 2);
    body.zeros(2);
    body.ae_title(request.called_ae_title);
    body.ae_title(request.calling_ae_title);
    body.zeros(32);
    body.item(item_type::application_context, request.application_context);
    for (const ProposedContext& context : request.contexts) {
        PduBytes value;
        value.number(context.id, 1);
        value.zeros(3);
        value.item(item_type::abstract_syntax, context.abstract_syntax);
        for (const std::string& syntax : context.transfer_syntaxes) value.item(item_type::transfer_syntax, syntax);
        body.item(item_type::context_rq, value);
    }
    PduBytes user, max_pdu;
    max_pdu.number(request.max_pdu, 4);
    user.item(item_type::maximum_length, max_pdu);
    if (request.commitment_roles && proposes_commitment(request))
        user.role_selection(dicom::storage_commitment_sop_class, *request.commitment_roles);
    if (!request.implementation_class_uid.empty())
        user.item(item_type::implementation_class_uid, request.implementation_class_uid);
    if (!request.implementation_version_name.empty())
        user.item(item_type::implementation_version_name, request.implementation_version_name);
    body.item(item_type::user_information, user);
    return body.pdu(PduType::associate_rq);
}

}  // namespace broker::receive
