/// OutboxStudyBooks: the StudyBooks of one destination over the committer and a read-only connection of its own.
///
/// As StudyBooks. Committer outlives it.
#pragma once

#include <filesystem>

#include "broker/committer/committer.h"
#include "broker/deliver/satusehat/study_books.h"
#include "outbox/views.h"

namespace broker::deliver::satusehat {

class OutboxStudyBooks : public StudyBooks {
public:
    /// `destination` is configured in the outbox as one that registers. Throws outbox::Error.
    OutboxStudyBooks(Committer& committer, const std::filesystem::path& database, outbox::DestinationId destination)
        : committer_(committer), destination_(destination), views_(database) {}

    std::optional<outbox::Unregistered> next(outbox::Instant now) override;
    std::vector<outbox::StudyInstance> instances(const std::string& study_uid) override;
    std::optional<outbox::RegistrationView> registration(const std::string& study_uid) override;
    std::vector<outbox::AccessionUse> accession_uses(const std::string& accession_number) override;
    void note_order(const std::string& study_uid, const outbox::Order& order, outbox::Instant now) override;
    void begin_registration(const std::string& study_uid, bool replaces, outbox::Instant now) override;
    void register_study(const std::string& study_uid, const outbox::Registered& registered,
                        outbox::Instant now) override;
    void put_off(const std::string& study_uid, outbox::Reason reason, outbox::Instant until, std::string_view note,
                 outbox::Instant now) override;
    void object(const std::string& study_uid, const outbox::Objection& objection, outbox::Instant now) override;
    void hold(const std::string& study_uid, outbox::Reason reason, std::string_view note, outbox::Instant now) override;
    void forget_registration(const std::string& study_uid, const std::string& imaging_study_id,
                             outbox::Instant now) override;
    bool damaged(const outbox::Digest& digest, outbox::Instant now) override;
    void hold_job(outbox::JobId job, outbox::Reason reason, std::string_view note, outbox::Instant now) override;

private:
    outbox::StudyAt at(const std::string& study_uid) const { return {destination_, study_uid}; }

    Committer& committer_;
    const outbox::DestinationId destination_;
    const outbox::Views views_;
};

}  // namespace broker::deliver::satusehat
