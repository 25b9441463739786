#include "broker/receive/rules.h"

#include <initializer_list>
#include <set>

namespace broker::receive {

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

}  // namespace

std::shared_ptr<const Rules> rules_of(const config::Config& config,
                                      const std::map<std::string, outbox::DestinationId>& ids) {
    auto rules = std::make_shared<Rules>();
    rules->dicom = config.dicom;
    rules->senders = config.senders;
    rules->routes = config.routes;
    std::set<dicom::TagPath> wanted = route::wanted_tags(config.routes);
    for (const dicom::Tag tag : always_wanted()) wanted.emplace(tag);
    rules->wanted = dicom::Wanted(wanted);
    for (const config::Destination& each : config.destinations) {
        const auto id = ids.find(each.name);
        if (id == ids.end()) continue;
        rules->destinations[each.name] = {id->second, on_new_version(each.on_new_version), each.ae_title, each.host,
                                          each.after_study_quiet};
    }
    return rules;
}

const config::Sender* sender_of(const Rules& rules, const Caller& caller) {
    for (const config::Sender& each : rules.senders) {
        if (each.ae_title != caller.ae_title) continue;
        if (each.address.empty() || route::in_network(each.address, caller.address)) return &each;
    }
    return nullptr;
}

}  // namespace broker::receive
