#include "broker/receive/custody.h"

namespace broker::receive {
namespace {

outbox::Priority priority(route::Priority wanted) {
    switch (wanted) {
        case route::Priority::high:
            return outbox::Priority::high;
        case route::Priority::normal:
            return outbox::Priority::normal;
        case route::Priority::low:
            return outbox::Priority::low;
    }
    return outbox::Priority::normal;
}

outbox::Instance instance_of(const Received& received, const spool::Linked& linked) {
    const auto text = [&](dicom::Tag tag) { return std::string(received.header.first(tag)); };
    namespace tags = dicom::tags;
    outbox::Instance instance;
    instance.sop_instance_uid = received.sop_instance_uid;
    instance.sop_class_uid = received.sop_class_uid;
    instance.transfer_syntax_uid = received.transfer_syntax_uid;
    instance.study_instance_uid = received.study_instance_uid;
    instance.series_instance_uid = received.series_instance_uid;
    instance.patient_name = text(tags::patient_name);
    instance.patient_id = text(tags::patient_id);
    instance.patient_birth_date = text(tags::patient_birth_date);
    instance.accession_number = text(tags::accession_number);
    instance.modality = text(tags::modality);
    instance.study_date = text(tags::study_date);
    instance.study_description = text(tags::study_description);
    instance.series_number = text(tags::series_number);
    instance.series_description = text(tags::series_description);
    instance.instance_number = text(tags::instance_number);
    instance.digest = linked.digest().bytes();
    instance.bytes = static_cast<std::int64_t>(linked.size());
    instance.uids_differ = received.uids_differ;
    instance.uid_malformed = received.uid_malformed;
    return instance;
}

std::vector<outbox::PlannedJob> jobs_of(const route::Decision& decision, const outbox::Association& association,
                                        const Rules& rules, outbox::Instant now) {
    std::vector<outbox::PlannedJob> jobs;
    for (const route::Target& target : decision.targets) {
        const auto found = rules.destinations.find(target.destination);
        if (found == rules.destinations.end() ||
            is_origin(found->second, association.calling_ae_title, association.address))
            continue;
        const KnownDestination& destination = found->second;
        outbox::PlannedJob job;
        job.destination = destination.id;
        job.priority = priority(target.priority);
        job.due_at = now + destination.quiet;
        if (destination.quiet > config::Duration(0)) job.waiting = outbox::Reason::quiet_period;
        job.on_new_version = destination.on_new_version;
        if (!target.hold.empty()) job.hold = outbox::Reason::held_by_rule;
        job.note = note_of(target);
        job.edits = target.edits;
        jobs.push_back(job);
    }
    return jobs;
}

}  // namespace

std::string note_of(const route::Target& target) {
    if (target.not_edited_by.empty()) return target.hold;
    std::string note = target.hold + (target.hold.empty() ? "" : "; ") + "edited as route " + target.edited_by +
                       " says; other edits are wanted by";
    for (const std::string& name : target.not_edited_by) note += " " + name;
    return note;
}

bool is_origin(const KnownDestination& destination, std::string_view calling_ae_title, std::string_view address) {
    if (destination.ae_title.empty() || destination.ae_title != calling_ae_title) return false;
    // A host name is not looked up here, where a dead name server would stop receiving: the AE title must do.
    const bool is_literal = route::is_network(destination.host);
    return !is_literal || route::in_network(destination.host, address);
}

outbox::Receipt receipt_of(const Received& received, const outbox::Association& association,
                           const spool::Linked& linked, const Rules& rules) {
    const route::Facts facts{received.header, association.calling_ae_title, association.called_ae_title,
                             association.sender, association.address};
    const route::Decision decision = route::decide(rules.routes, facts);
    outbox::Receipt receipt;
    receipt.association = association;
    receipt.instance = instance_of(received, linked);
    receipt.received_at = received.at;
    receipt.routes = decision.matched;
    receipt.jobs = jobs_of(decision, association, rules, received.at);
    return receipt;
}

}  // namespace broker::receive
