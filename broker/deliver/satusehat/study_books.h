/// StudyBooks: what registering studies reads and writes of the outbox, for one destination.
///
/// One thread at a time. What a writing call did is durable when it returns. Throws Stopped when the broker takes no
/// more work, and outbox::Error.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "outbox/registration.h"

namespace broker::deliver::satusehat {

class StudyBooks {
public:
    StudyBooks() = default;
    StudyBooks(const StudyBooks&) = delete;
    StudyBooks& operator=(const StudyBooks&) = delete;
    virtual ~StudyBooks() = default;

    /// The study that has been due for longest.
    virtual std::optional<outbox::Unregistered> next(outbox::Instant now) = 0;
    /// Oldest first.
    virtual std::vector<outbox::StudyInstance> instances(const std::string& study_uid) = 0;
    virtual std::optional<outbox::RegistrationView> registration(const std::string& study_uid) = 0;
    virtual std::vector<outbox::AccessionUse> accession_uses(const std::string& accession_number) = 0;

    // As the verbs of outbox::Outbox
    virtual void note_order(const std::string& study_uid, const outbox::Order& order, outbox::Instant now) = 0;
    virtual void begin_registration(const std::string& study_uid, bool replaces, outbox::Instant now) = 0;
    virtual void register_study(const std::string& study_uid, const outbox::Registered& registered,
                                outbox::Instant now) = 0;
    virtual void put_off(const std::string& study_uid, outbox::Reason reason, outbox::Instant until,
                         std::string_view note, outbox::Instant now) = 0;
    virtual void object(const std::string& study_uid, const outbox::Objection& objection, outbox::Instant now) = 0;
    virtual void hold(const std::string& study_uid, outbox::Reason reason, std::string_view note,
                      outbox::Instant now) = 0;
    virtual void forget_registration(const std::string& study_uid, const std::string& imaging_study_id,
                                     outbox::Instant now) = 0;
    /// The blob reads wrong: looked at once more, then its jobs are held. False: it is sound.
    virtual bool damaged(const outbox::Digest& digest, outbox::Instant now) = 0;
    /// A job that belongs to no study.
    virtual void hold_job(outbox::JobId job, outbox::Reason reason, std::string_view note, outbox::Instant now) = 0;
};

}  // namespace broker::deliver::satusehat
