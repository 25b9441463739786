/// Job: a job and its instance as the API shows them.
#include "web/json/job.h"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>

#include "web/dicomweb/key_instance.h"
#include "web/json/values.h"

namespace web::json {
namespace {

using boost::json::object;
using boost::json::value;

value evidence_of(const std::optional<outbox::Evidence>& evidence) {
    return evidence ? value(to_string(*evidence)) : value(nullptr);
}

value status_of(const std::optional<std::int32_t>& status) {
    return status ? value(*status) : value(nullptr);
}

object attempt(const outbox::AttemptView& view) {
    return {{"id", view.id.value},
            {"kind", view.kind},
            {"round", view.round},
            {"opened_at", text_of(view.opened_at)},
            {"closed_at", or_null(view.closed_at)},
            {"outcome", view.outcome ? value(to_string(*view.outcome)) : value(nullptr)},
            {"status", status_of(view.status)},
            {"text", or_null(view.text)},
            {"bytes", view.bytes},
            {"evidence", evidence_of(view.evidence)}};
}

/// As the route wrote them: a list.
value edits_of(const std::string& edits) {
    if (edits.empty()) return boost::json::array();
    boost::system::error_code failed;
    value parsed = boost::json::parse(edits, failed);
    return failed ? value(edits) : parsed;
}

}  // namespace

object instance(const outbox::InstanceView& view) {
    const outbox::Instance& facts = view.facts;
    return {{"id", view.id.value},
            {"sop_instance_uid", facts.sop_instance_uid},
            {"version", view.version},
            {"digest", hex_of(facts.digest)},
            {"bytes", facts.bytes},
            {"blob_state", view.blob_state},
            {"sop_class_uid", facts.sop_class_uid},
            {"transfer_syntax_uid", facts.transfer_syntax_uid},
            {"study_instance_uid", or_null(facts.study_instance_uid)},
            {"series_instance_uid", or_null(facts.series_instance_uid)},
            {"patient_name", or_null(facts.patient_name)},
            {"patient_id", or_null(facts.patient_id)},
            {"patient_birth_date", or_null(facts.patient_birth_date)},
            {"accession_number", or_null(facts.accession_number)},
            {"modality", or_null(facts.modality)},
            {"study_date", or_null(facts.study_date)},
            {"study_description", or_null(facts.study_description)},
            {"series_number", or_null(facts.series_number)},
            {"series_description", or_null(facts.series_description)},
            {"instance_number", or_null(facts.instance_number)},
            {"uids_differ", facts.uids_differ},
            {"uid_malformed", facts.uid_malformed},
            {"sender", or_null(view.sender)},
            {"calling_ae_title", or_null(view.calling_ae_title)},
            {"received_at", text_of(view.received_at)},
            {"job_count", view.job_count},
            {"unfinished_count", view.unfinished_count}};
}

object instance_of_series(const outbox::InstanceView& view) {
    const outbox::Instance& facts = view.facts;
    return {{"sop_instance_uid", facts.sop_instance_uid},
            {"version", view.version},
            // They count from 1, and none is ever deleted.
            {"versions", view.version},
            {"instance_number", or_null(facts.instance_number)},
            {"sop_class_uid", facts.sop_class_uid},
            {"transfer_syntax_uid", facts.transfer_syntax_uid},
            {"has_pixels", dicomweb::may_have_pixels(facts.sop_class_uid)},
            {"blob_state", view.blob_state},
            {"bytes", facts.bytes},
            {"received_at", text_of(view.received_at)},
            {"job_count", view.job_count},
            {"unfinished_count", view.unfinished_count}};
}

object job(const outbox::JobView& view) {
    const bool has_reason = view.reason != outbox::Reason::none;
    return {{"id", view.id.value},
            {"destination", view.destination},
            {"state", to_string(view.state)},
            {"reason", has_reason ? value(code(view.reason)) : value(nullptr)},
            {"reason_text", has_reason ? value(text(view.reason)) : value(nullptr)},
            {"is_waiting", view.state == outbox::State::queued && is_waiting(view.reason)},
            {"is_warning", view.is_warning},
            {"priority", to_string(view.priority)},
            {"stands_in_for", or_null(view.stands_in_for)},
            {"created_at", text_of(view.created_at)},
            {"changed_at", text_of(view.changed_at)},
            {"due_at", text_of(view.due_at)},
            {"attempts", view.attempt_count},
            {"attempt_count", view.attempt_count},
            {"round", view.round},
            {"evidence", evidence_of(view.evidence)},
            {"evidence_at", or_null(view.evidence_at)},
            {"confirm_due_at", or_null(view.confirm_due_at)},
            {"status", status_of(view.status)},
            {"actor", or_null(view.actor)},
            {"note", or_null(view.note)},
            {"edits", edits_of(view.edits)},
            {"is_edited", view.is_edited},
            {"digest", hex_of(view.digest)},
            {"instance", instance(view.instance)}};
}

object job_with_attempts(const outbox::JobView& view) {
    object shown = job(view);
    boost::json::array attempts;
    for (const outbox::AttemptView& each : view.attempts) attempts.emplace_back(attempt(each));
    shown["attempts"] = std::move(attempts);
    return shown;
}

}  // namespace web::json
