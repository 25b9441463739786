/// Study: a study as the API shows it, with how far it has come at each destination.
#include "web/json/study.h"

#include <boost/json/array.hpp>

#include "outbox/study_state.h"
#include "web/json/values.h"

namespace web::json {
namespace {

using boost::json::array;
using boost::json::object;

/// How far it is where it is registered; all null before it was looked at for the first time.
void add_steps(object& shown, const outbox::StudyDelivery& each) {
    const outbox::RegistrationView steps = each.registration.value_or(outbox::RegistrationView());
    shown["stage"] = each.registration ? boost::json::value(to_string(steps.stage)) : nullptr;
    shown["accession_number"] = or_null(steps.order.accession_number);
    shown["service_request_id"] = or_null(steps.order.service_request_id);
    shown["imaging_study_id"] = or_null(steps.imaging_study_id);
    const bool is_objected = steps.objection_reason != outbox::Reason::none;
    shown["objection"] = or_null(code(steps.objection_reason));
    shown["objection_text"] = is_objected ? boost::json::value(text(steps.objection_reason)) : nullptr;
    shown["assigned_accession_number"] = or_null(each.assigned_accession_number);
}

/// What was cancelled is owed no more, so it is not of the m.
object delivery(const outbox::StudyDelivery& each) {
    const outbox::JobCounts& jobs = each.jobs;
    object shown{{"name", each.destination},
                 {"delivered", jobs.delivered},
                 {"of", jobs.queued + jobs.sending + jobs.uncertain + jobs.delivered + jobs.held},
                 {"warnings", each.warning_count},
                 {"jobs", counts(jobs)}};
    if (each.registers) add_steps(shown, each);
    return shown;
}

}  // namespace

object counts(const outbox::JobCounts& jobs) {
    return {{"queued", jobs.queued},       {"waiting", jobs.waiting},     {"sending", jobs.sending},
            {"uncertain", jobs.uncertain}, {"delivered", jobs.delivered}, {"held", jobs.held},
            {"cancelled", jobs.cancelled}};
}

array modalities(std::string_view joined) {
    array words;
    while (!joined.empty()) {
        const auto end = joined.find('\\');
        words.emplace_back(joined.substr(0, end));
        joined.remove_prefix(end == std::string_view::npos ? joined.size() : end + 1);
    }
    return words;
}

object registering(const outbox::RegisteringStudy& study) {
    const outbox::RegistrationView steps = study.registration.value_or(outbox::RegistrationView());
    const bool has_objection = steps.objection_reason != outbox::Reason::none;
    // What its order was looked for with, or will be.
    const std::string& number = !steps.order.accession_number.empty()      ? steps.order.accession_number
                                : !study.assigned_accession_number.empty() ? study.assigned_accession_number
                                                                           : study.accession_number;
    return {{"destination", study.destination},
            {"study_instance_uid", study.study_instance_uid},
            {"stage", study.registration ? boost::json::value(to_string(steps.stage)) : nullptr},
            {"stage_at", text_of(study.since)},
            {"accession_number", or_null(number)},
            {"assigned_accession_number", or_null(study.assigned_accession_number)},
            {"objection", or_null(code(steps.objection_reason))},
            {"objection_text", has_objection ? boost::json::value(text(steps.objection_reason)) : nullptr},
            {"service_request_id", or_null(steps.order.service_request_id)},
            {"imaging_study_id", or_null(steps.imaging_study_id)},
            {"miss_count", steps.miss_count},
            {"next_look_at", or_null(study.next_look_at)},
            {"patient_name", or_null(study.patient_name)},
            {"patient_id", or_null(study.patient_id)},
            {"study_date", or_null(study.study_date)},
            {"study_description", or_null(study.study_description)},
            {"modalities", modalities(study.modalities)},
            {"instances", study.instance_count},
            {"jobs", counts(study.jobs)}};
}

object registration_count(const outbox::RegistrationCount& count) {
    return {{"destination", count.destination},
            {"stage", count.stage ? boost::json::value(to_string(*count.stage)) : nullptr},
            {"objection", or_null(code(count.objection))},
            {"studies", count.studies},
            {"oldest_at", text_of(count.oldest_at)}};
}

object series(const outbox::SeriesView& view) {
    return {{"series_instance_uid", or_null(view.series_instance_uid)},
            {"modality", or_null(view.modality)},
            {"series_number", or_null(view.series_number)},
            {"series_description", or_null(view.series_description)},
            {"instances", view.instance_count},
            {"versions", view.version_count},
            {"kept", view.kept_count},
            {"bytes", view.bytes}};
}

object study(const outbox::StudyView& view, outbox::Instant now) {
    array deliveries;
    for (const outbox::StudyDelivery& each : view.deliveries) deliveries.emplace_back(delivery(each));
    return {{"study_instance_uid", view.study_instance_uid},
            {"patient_name", or_null(view.patient_name)},
            {"patient_id", or_null(view.patient_id)},
            {"patient_birth_date", or_null(view.patient_birth_date)},
            {"accession_number", or_null(view.accession_number)},
            {"study_date", or_null(view.study_date)},
            {"study_description", or_null(view.study_description)},
            {"modalities", modalities(view.modalities)},
            {"state", to_string(outbox::state_of(view, now))},
            {"instances", view.instance_count},
            {"unrouted", view.unrouted_count},
            {"bytes", view.bytes},
            {"first_received_at", text_of(view.first_received_at)},
            {"last_received_at", text_of(view.last_received_at)},
            {"destinations", std::move(deliveries)}};
}

object study_with_series(const outbox::StudyView& view, outbox::Instant now) {
    object shown = study(view, now);
    array all;
    for (const outbox::SeriesView& each : view.series) all.emplace_back(series(each));
    shown["series"] = std::move(all);
    return shown;
}

}  // namespace web::json
