// What the registrar cannot go on with, as an event for the lane; and which study is to blame for it.
#include "broker/deliver/satusehat/study_registering.h"

#include "broker/deliver/satusehat/events.h"

namespace broker::deliver::satusehat {

namespace {

Heard heard_of(const Halt& halt) {
    if (const auto* silence = std::get_if<Silence>(&halt.why)) return *silence;
    return Told{std::get<Judgement>(halt.why), "", halt.retry_after};
}

/// It may be the study that the platform, or something before it, cannot take.
bool may_be_the_study(const Heard& heard) {
    if (const auto* silence = std::get_if<Silence>(&heard)) return silence->may_have_arrived;
    const Course course = row_of(std::get<Told>(heard).judgement.answer).course;
    return course == Course::retry || course == Course::retry_then_hold;
}

}  // namespace

Registering::Look StudyRegistering::look(outbox::Instant now) {
    const Registrar::Look look = registrar_.look(now);
    if (!look.halt) {
        if (look.has_looked) suspects_.passed(look.job);
        return {look.has_looked, std::nullopt};
    }
    const Heard heard = heard_of(*look.halt);
    if (may_be_the_study(heard)) {
        if (suspects_.refused(look.job)) {
            books_->hold(look.study_uid, outbox::Reason::failed_repeatedly,
                         "the platform fails at registering this study, while others pass", now);
            return {true, std::nullopt};
        }
        books_->put_off(look.study_uid, outbox::Reason::temporary_failure, now + settings_.again_after,
                        "the platform failed at registering the study", now);
    }
    return {true, event_of(heard)};
}

RegistrarSettings registrar_settings(const config::Destination& destination, const config::Delivery& limits) {
    RegistrarSettings settings;
    settings.organization = destination.organization_id;
    settings.content.zone = node_zone;
    settings.content.date_time_style =
        destination.datetime_style == config::DateTimeStyle::utc ? Style::utc : Style::offset;
    settings.content.with_encounter = destination.encounter;
    settings.by_operator = destination.release == config::Release::by_operator;
    settings.index_lag = destination.index_lag;
    settings.again_after = limits.make_again;
    return settings;
}

}  // namespace broker::deliver::satusehat
