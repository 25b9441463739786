#include "broker/receive/rules.h"

#include <initializer_list>
#include <set>

namespace broker::receive {

dicom::ScanLimits scan_limits(const config::Dicom& dicom) {
    dicom::ScanLimits limits;
    limits.elements_max = dicom.max_header_elements;
    limits.depth_max = dicom.max_header_depth;
    limits.value_bytes_max = dicom.max_header_value;
    return limits;
}

outbox::OnNewVersion on_new_version(config::OnNewVersion wanted) {
    switch (wanted) {
        case config::OnNewVersion::send:
            return outbox::OnNewVersion::send;
        case config::OnNewVersion::hold:
            return outbox::OnNewVersion::hold;
        case config::OnNewVersion::replace:
            return outbox::OnNewVersion::replace;
    }
    return outbox::OnNewVersion::send;
}

namespace {

/// What every receipt tells, beside what routes look at.
std::initializer_list<dicom::Tag> always_wanted() {
    namespace tags = dicom::tags;
    static constexpr std::initializer_list<dicom::Tag> wanted{
        tags::specific_character_set, tags::sop_class_uid, tags::sop_instance_uid,   tags::study_date,
        tags::accession_number,       tags::modality,      tags::study_description,  tags::series_description,
        tags::patient_name,           tags::patient_id,    tags::patient_birth_date, tags::study_instance_uid,
        tags::series_instance_uid,    tags::series_number, tags::instance_number};
    return wanted;
}

bool has_certificate(const config::Sender& sender, const Caller& caller) {
    if (sender.certificate.empty()) return true;
    if (!caller.certificate) return !sender.name.empty() && sender.name == caller.known_as;
    if (sender.certificate.starts_with("sha256/")) return sender.certificate == caller.certificate->pin;
    return !caller.certificate->subject.empty() && route::covers(sender.certificate, caller.certificate->subject);
}

}  // namespace

dicom::Wanted wanted_with(std::set<dicom::TagPath> paths) {
    for (const dicom::Tag tag : always_wanted()) paths.emplace(tag);
    return dicom::Wanted(paths);
}

KnownDestination known(const config::Destination& destination, outbox::DestinationId id) {
    return {id, on_new_version(destination.on_new_version), destination.ae_title, destination.host,
            destination.after_study_quiet};
}

std::shared_ptr<const Rules> rules_of(const config::Config& config,
                                      const std::map<std::string, outbox::DestinationId>& ids) {
    auto rules = std::make_shared<Rules>();
    rules->dicom = config.dicom;
    rules->senders = config.senders;
    rules->routes = config.routes;
    rules->wanted = wanted_with(route::wanted_tags(config.routes));
    for (const config::Destination& each : config.destinations) {
        const auto id = ids.find(each.name);
        if (id == ids.end()) continue;
        rules->destinations[each.name] = known(each, id->second);
    }
    return rules;
}

const config::Sender* sender_of(const Rules& rules, const Caller& caller) {
    return sender_of(rules.senders, caller);
}

const config::Sender* sender_of(std::span<const config::Sender> senders, const Caller& caller) {
    for (const config::Sender& each : senders) {
        if (!each.ae_title.empty() && each.ae_title != caller.ae_title) continue;
        if (!each.address.empty() && !route::in_network(each.address, caller.address)) continue;
        if (has_certificate(each, caller)) return &each;
    }
    return nullptr;
}

}  // namespace broker::receive
