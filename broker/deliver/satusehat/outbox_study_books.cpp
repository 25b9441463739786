// One commit per step.
#include "broker/deliver/satusehat/outbox_study_books.h"

#include "broker/committer/damage.h"

namespace broker::deliver::satusehat {

namespace {

/// Patients that one accession number may have before everybody sees that something is wrong.
constexpr std::size_t uses_max = 100;

}  // namespace

std::optional<outbox::Unregistered> OutboxStudyBooks::next(outbox::Instant now) {
    return views_.next_to_register(destination_, now);
}

std::vector<outbox::StudyInstance> OutboxStudyBooks::instances(const std::string& study_uid) {
    return views_.study_at(at(study_uid));
}

std::optional<outbox::RegistrationView> OutboxStudyBooks::registration(const std::string& study_uid) {
    auto all = views_.registrations(study_uid, destination_);
    return all.empty() ? std::nullopt : std::optional(std::move(all.front()));
}

std::vector<outbox::AccessionUse> OutboxStudyBooks::accession_uses(const std::string& accession_number) {
    return views_.accession_uses(accession_number, uses_max);
}

void OutboxStudyBooks::note_order(const std::string& study_uid, const outbox::Order& order, outbox::Instant now) {
    committer_.run(Turn::settlement, [&](outbox::Outbox& outbox) { outbox.note_order(at(study_uid), order, now); });
}

void OutboxStudyBooks::begin_registration(const std::string& study_uid, bool replaces, outbox::Instant now) {
    committer_.run(Turn::settlement,
                   [&](outbox::Outbox& outbox) { outbox.begin_registration(at(study_uid), replaces, now); });
}

void OutboxStudyBooks::register_study(const std::string& study_uid, const outbox::Registered& registered,
                                      outbox::Instant now) {
    committer_.run(Turn::settlement,
                   [&](outbox::Outbox& outbox) { outbox.register_study(at(study_uid), registered, now); });
}

void OutboxStudyBooks::put_off(const std::string& study_uid, outbox::Reason reason, outbox::Instant until,
                               std::string_view note, outbox::Instant now) {
    committer_.run(Turn::settlement,
                   [&](outbox::Outbox& outbox) { outbox.put_off_study(at(study_uid), reason, until, note, now); });
}

void OutboxStudyBooks::object(const std::string& study_uid, const outbox::Objection& objection, outbox::Instant now) {
    committer_.run(Turn::settlement, [&](outbox::Outbox& outbox) { outbox.object(at(study_uid), objection, now); });
}

void OutboxStudyBooks::hold(const std::string& study_uid, outbox::Reason reason, std::string_view note,
                            outbox::Instant now) {
    committer_.run(Turn::settlement,
                   [&](outbox::Outbox& outbox) { outbox.hold_study(at(study_uid), reason, note, now); });
}

void OutboxStudyBooks::forget_registration(const std::string& study_uid, const std::string& imaging_study_id,
                                           outbox::Instant now) {
    committer_.run(Turn::settlement,
                   [&](outbox::Outbox& outbox) { outbox.forget_registration(at(study_uid), imaging_study_id, now); });
}

bool OutboxStudyBooks::damaged(const outbox::Digest& digest, outbox::Instant now) {
    return settle_damage(committer_, digest, now);
}

void OutboxStudyBooks::hold_job(outbox::JobId job, outbox::Reason reason, std::string_view note, outbox::Instant now) {
    committer_.run(Turn::settlement, [&](outbox::Outbox& outbox) { outbox.hold_queued(job, reason, now, note); });
}

}  // namespace broker::deliver::satusehat
