#include "broker/dicom/commitment_command.h"

#include "broker/dicom/command_set.h"

namespace broker::dicom {

std::vector<std::byte> commitment_action_command(std::uint16_t message_id) {
    CommandSet set;
    set.set_uid(command::requested_sop_class_uid, storage_commitment_sop_class);
    set.set_number(command::field, command_field::n_action_rq);
    set.set_number(command::message_id, message_id);
    set.set_number(command::data_set_type, data_set_follows);
    set.set_uid(command::requested_sop_instance_uid, storage_commitment_sop_instance);
    set.set_number(command::action_type_id, request_storage_commitment);
    return set.bytes();
}

std::vector<std::byte> commitment_event_command(std::uint16_t message_id, const CommitmentReport& report) {
    CommandSet set;
    set.set_uid(command::affected_sop_class_uid, storage_commitment_sop_class);
    set.set_number(command::field, command_field::n_event_report_rq);
    set.set_number(command::message_id, message_id);
    set.set_number(command::data_set_type, data_set_follows);
    set.set_uid(command::affected_sop_instance_uid, storage_commitment_sop_instance);
    set.set_number(command::event_type_id, report.failed.empty() ? all_committed : some_failed);
    return set.bytes();
}

}  // namespace broker::dicom
