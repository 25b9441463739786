// Which elements each message has: PS3.7 9.3.1.1, 9.3.2.1, 9.3.5.1, 10.3.1.2.
#include "broker/deliver/dicom/message.h"

#include "broker/dicom/command_set.h"
#include "broker/dicom/commitment.h"

namespace broker::deliver {

namespace {

namespace command = dicom::command;

constexpr std::uint16_t priority_medium = 0;
constexpr std::size_t comment_max = 64;

/// The comment's character set is not negotiated, and rows are UTF-8: what isn't plain ASCII becomes a question mark.
std::string printable(std::string comment) {
    if (comment.size() > comment_max) comment.resize(comment_max);
    for (char& each : comment)
        if (each < ' ' || each > '~') each = '?';
    return comment;
}

}  // namespace

std::vector<std::byte> store_request(const StoreRequest& request) {
    dicom::CommandSet set;
    set.set_uid(command::affected_sop_class_uid, request.sop_class_uid);
    set.set_number(command::field, dicom::command_field::c_store_rq);
    set.set_number(command::message_id, request.message_id);
    set.set_number(command::priority, priority_medium);
    set.set_number(command::data_set_type, dicom::data_set_follows);
    set.set_uid(command::affected_sop_instance_uid, request.sop_instance_uid);
    return set.bytes();
}

std::vector<std::byte> echo_request(std::uint16_t message_id) {
    dicom::CommandSet set;
    set.set_uid(command::affected_sop_class_uid, verification_sop_class);
    set.set_number(command::field, dicom::command_field::c_echo_rq);
    set.set_number(command::message_id, message_id);
    set.set_number(command::data_set_type, dicom::no_data_set);
    return set.bytes();
}

std::vector<std::byte> find_request(std::uint16_t message_id) {
    dicom::CommandSet set;
    set.set_uid(command::affected_sop_class_uid, study_root_find_sop_class);
    set.set_number(command::field, dicom::command_field::c_find_rq);
    set.set_number(command::message_id, message_id);
    set.set_number(command::priority, priority_medium);
    set.set_number(command::data_set_type, dicom::data_set_follows);
    return set.bytes();
}

std::vector<std::byte> event_report_response(std::uint16_t message_id, std::uint16_t status) {
    dicom::CommandSet set;
    set.set_uid(command::affected_sop_class_uid, dicom::storage_commitment_sop_class);
    set.set_number(command::field, n_event_report_rsp);
    set.set_number(command::message_id_being_responded_to, message_id);
    set.set_number(command::data_set_type, dicom::no_data_set);
    set.set_number(command::status, status);
    set.set_uid(command::affected_sop_instance_uid, dicom::storage_commitment_sop_instance);
    return set.bytes();
}

std::optional<Response> parse_response(std::span<const std::byte> bytes) {
    auto set = dicom::CommandSet::parse(bytes);
    auto field = set ? set->number(command::field) : std::nullopt;
    if (!field) return std::nullopt;
    return Response{*field,
                    set->number(command::message_id_being_responded_to),
                    set->number(command::status),
                    set->text(command::affected_sop_instance_uid),
                    printable(set->text(command::error_comment)),
                    set->number(command::data_set_type).value_or(dicom::no_data_set) != dicom::no_data_set};
}

}  // namespace broker::deliver
