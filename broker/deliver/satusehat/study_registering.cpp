// What the registrar cannot go on with, as an event for the lane; and which study is to blame for it.
#include "broker/deliver/satusehat/study_registering.h"

#include "broker/deliver/satusehat/events.h"

namespace broker::deliver::satusehat {

namespace {

Heard heard_of(const Halt& halt) {
    if (const auto* silence = std::get_if<Silence>(&halt.why)) return *silence;
    return Told{std::get<Judgement>(halt.why), "", halt.retry_after};
}

/// The platform failed while it was asked about one study: whatever the cause, others come first now.
bool is_failure(const Heard& heard) {
    if (const auto* silence = std::get_if<Silence>(&heard)) return silence->may_have_arrived;
    const Course course = row_of(std::get<Told>(heard).judgement.answer).course;
    return course == Course::retry || course == Course::retry_then_hold;
}

/// The study may be the cause.
bool is_suspect(const Heard& heard) {
    const auto* told = std::get_if<Told>(&heard);
    return told == nullptr || may_be_about_one(told->judgement.answer, told->judgement.status);
}

}  // namespace

Registering::Look StudyRegistering::look(outbox::Instant now) {
    const Registrar::Look look = registrar_.look(now);
    if (!look.halt) {
        // Only what was written shows that writing works.
        if (look.has_written) suspects_.passed(look.job);
        return {.has_looked = look.has_looked};
    }
    const Heard heard = heard_of(*look.halt);
    if (is_failure(heard)) {
        if (is_suspect(heard) && suspects_.refused(look.job) && suspects_.is_alone(look.job)) {
            books_->hold(look.study_uid, outbox::Reason::failed_repeatedly,
                         "the platform fails at registering this study, while others pass", now);
            return {.has_looked = true};
        }
        books_->put_off(look.study_uid, outbox::Reason::temporary_failure, now + settings_.again_after,
                        "the platform failed at registering the study", now);
    }
    return {.has_looked = true, .trouble = event_of(heard)};
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
