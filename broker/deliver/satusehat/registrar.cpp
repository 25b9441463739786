// One study after the other, each from its beginning: what is done already is found, not remembered.
#include "broker/deliver/satusehat/registrar.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "broker/deliver/satusehat/doubts.h"
#include "broker/deliver/satusehat/order.h"
#include "broker/deliver/satusehat/registered_study.h"
#include "broker/deliver/satusehat/study_union.h"

namespace broker::deliver::satusehat {

using outbox::Reason;

namespace {

/// What is to be done once more, and answered the same, so often: then it needs a person.
constexpr unsigned repeats_max = 3;

constexpr char separator = ' ';  // between fingerprints; none of them holds one

std::set<std::string> overruled_in(const outbox::RegistrationView& registration) {
    std::set<std::string> all;
    for (const std::string& each : registration.overruled)
        for (std::size_t at = 0, end = 0; at <= each.size(); at = end + 1) {
            end = std::min(each.find(separator, at), each.size());
            all.insert(each.substr(at, end - at));
        }
    return all;
}

std::chrono::sys_seconds seconds_of(outbox::Instant instant) {
    return std::chrono::floor<std::chrono::seconds>(instant);
}

/// What a person reads about an answer: our words and its rule, nothing that the platform wrote.
std::string note_of(const Judgement& judgement) {
    std::string note(row_of(judgement.answer).text);
    if (judgement.complaint.rule) note += " (rule " + std::to_string(*judgement.complaint.rule) + ")";
    if (judgement.status != 0) note += " [HTTP " + std::to_string(judgement.status) + "]";
    return note;
}

Halt halt_of(const Heard& heard) {
    if (const auto* silence = std::get_if<Silence>(&heard)) return {*silence, std::nullopt};
    const Told& told = std::get<Told>(heard);
    return {told.judgement, told.retry_after};
}

/// Whether every instance of ours is in the list that is there.
bool lists_all(const boost::json::object& there, const boost::json::object& ours) {
    const auto listed = instances_in(there), wanted = instances_in(ours);
    return std::ranges::includes(listed, wanted);
}

bool is_as_promised(const Heard& heard) {
    const auto* told = std::get_if<Told>(&heard);
    return told != nullptr && told->judgement.answer == Answer::as_promised;
}

}  // namespace

struct Registrar::Study {
    std::string uid;
    outbox::Instant now;
    std::optional<outbox::RegistrationView> before = {};  ///< as the books had it
    std::set<std::string> overruled = {};
    outbox::JobId first_job = {};           ///< of the instance that came first
    std::vector<InstanceFacts> known = {};  ///< of all its instances, the held and the purged ones included
    std::vector<InstanceFacts> facts = {};  ///< of those that are to be listed
    bool is_incomplete = false;             ///< an instance that was delivered can be described no more
    bool has_written = false;
    bool has_more_orders = false;
    std::vector<outbox::JobId> jobs = {};      ///< of those facts
    std::vector<outbox::Digest> digests = {};  ///< of the blobs that they were read from, job by job
    std::optional<StudyKey> key = {};
    Order order = {};
    std::vector<Order> others = {};
    StudyBody body = {};
};

Registrar::Look Registrar::look(outbox::Instant now) {
    const auto next = books_.next(now);
    if (!next) return {};
    if (next->study_instance_uid.empty()) {
        books_.hold_job(next->job, Reason::not_understood, "has no Study Instance UID to be registered by", now);
        return {.has_looked = true, .halt = std::nullopt};
    }
    Study study{next->study_instance_uid, now};
    study.before = books_.registration(study.uid);
    if (study.before) study.overruled = overruled_in(*study.before);
    auto halt = bring(study);
    if (study.has_written) repeats_.erase(study.uid);
    return {true, std::move(halt), study.has_written, study.uid, study.first_job};
}

std::optional<Halt> Registrar::bring(Study& study) {
    if (is_objected(study) || is_lagging(study)) return std::nullopt;
    if (!gather(study) || !is_released(study)) return std::nullopt;
    bool is_found = false;
    if (auto halt = find_order(study, is_found)) return halt;
    if (!is_found) return std::nullopt;
    study.body = imaging_study(*study.key, study.facts, study.order, settings_.content);
    // A scanner's clock that is ahead: clamping would be a lie, and the platform refuses what has not happened yet.
    if (study.body.started && is_future(*study.body.started, seconds_of(study.now))) {
        put_off(study, study.body.started->at + std::chrono::seconds(1),
                "the study's time has not come yet: the scanner's clock is ahead");
        return std::nullopt;
    }
    return find_study(study);
}

/// A person has to decide about the study, and hasn't: what came of it meanwhile waits with the rest, whatever a look
/// at this part of it would find.
bool Registrar::is_objected(Study& study) {
    if (!study.before || study.before->stage != outbox::Stage::objected || study.before->objection.empty())
        return false;
    object(study, study.before->objection_reason, study.before->objection, "a person has to decide about its study");
    return true;
}

/// Nobody heard what came of the last write: a search shows it only after a while. Before anything else, since the next
/// step would make the books forget that something was written.
bool Registrar::is_lagging(Study& study) {
    const bool is_open = study.before && (study.before->stage == outbox::Stage::creating ||
                                          study.before->stage == outbox::Stage::replacing);
    if (!is_open || study.now >= study.before->stage_at + settings_.index_lag) return false;
    books_.put_off(study.uid, Reason::temporary_failure, study.before->stage_at + settings_.index_lag,
                   "whether the platform has the study is asked when it can know", study.now);
    return true;
}

namespace {

/// What the books alone know of an instance, where its blob tells no more.
InstanceFacts facts_of_row(const outbox::StudyInstance& row) {
    InstanceFacts facts;
    facts.sop_instance_uid = row.sop_instance_uid;
    facts.modality = row.modality;
    facts.study.date = row.study_date;
    return facts;
}

}  // namespace

/// Reads the whole study. False: it waits for an accession number, or for its blobs.
bool Registrar::gather(Study& study) {
    std::map<std::string, std::size_t> places;  // by SOP Instance UID: a newer version takes the older one's place
    bool is_first = true;
    for (const outbox::StudyInstance& each : books_.instances(study.uid)) {
        if (std::exchange(is_first, false)) study.first_job = each.job;
        auto read = each.is_kept ? read_facts_(each) : NoFacts::for_now;
        const auto* none = std::get_if<NoFacts>(&read);
        if (none != nullptr && each.state == outbox::State::queued) {
            // One bad blob doesn't keep the rest of its study back.
            if (*none == NoFacts::unreadable && !books_.damaged(each.digest, study.now))
                books_.hold_job(each.job, Reason::not_understood, "its header cannot be read", study.now);
            if (*none == NoFacts::unreadable) continue;
            put_off(study, study.now + settings_.again_after, "an instance of the study cannot be read now");
            return false;
        }
        InstanceFacts facts = none == nullptr ? std::get<InstanceFacts>(std::move(read)) : facts_of_row(each);
        // As it came: what an edit made of these says nothing about whose it is, and other studies have them as they
        // came, too.
        facts.patient_id = each.patient_id;
        facts.birth_date = each.patient_birth_date;
        // The number of a blob that will be edited before it is sent is nobody's.
        if (each.is_edit_due) facts.accession.reset();
        study.known.push_back(facts);
        study.is_incomplete |= none != nullptr && each.state == outbox::State::delivered;
        if (none != nullptr || each.state == outbox::State::held) continue;
        const auto [place, is_new] = places.try_emplace(each.sop_instance_uid, study.facts.size());
        if (is_new)
            study.facts.push_back(std::move(facts));
        else
            study.facts[place->second] = std::move(facts);
        study.jobs.push_back(each.job);
        study.digests.push_back(each.digest);
    }
    if (study.jobs.empty()) return false;
    return find_key(study);
}

/// What it is registered with already; else, as it is sent, since an edit may have given the number. Where there are
/// several, that is a doubt. Held instances count, so that it is the same number whatever part of the study is due.
bool Registrar::find_key(Study& study) {
    std::optional<Accession> accession;
    if (study.before && !study.before->imaging_study_id.empty())
        accession = Accession::parse(study.before->order.accession_number);
    for (const InstanceFacts& each : study.known)
        if (!accession && each.accession) accession.emplace(*each.accession);
    if (!accession) {
        wait(study, Reason::no_accession, "");
        return false;
    }
    study.key.emplace(StudyKey{settings_.organization, *accession, study.uid});
    return true;
}

bool Registrar::is_released(Study& study) {
    const std::string fingerprint = "release:" + study.uid;
    if (!settings_.by_operator || study.overruled.contains(fingerprint)) return true;
    object(study, Reason::awaiting_release, fingerprint, "");
    return false;
}

std::optional<Halt> Registrar::find_order(Study& study, bool& is_found) {
    const Heard heard = platform_.find_orders(study.key->accession);
    if (!is_as_promised(heard)) return unfit(study, heard);
    const auto parsed = parse_orders(std::get<Told>(heard).body, settings_.organization, study.key->accession);
    const auto* orders = std::get_if<Orders>(&parsed);
    if (orders == nullptr) return Halt{Judgement{Answer::not_as_promised, 200, {}}, std::nullopt};
    study.has_more_orders = orders->has_more;
    const OrderChoice choice = choose(*orders);
    bool is_cancelled = false;
    if (const auto* chosen = std::get_if<ChosenOrder>(&choice)) {
        study.order = chosen->order;
        study.others = chosen->others;
    } else if (const auto* several = std::get_if<DifferentPatients>(&choice)) {
        study.order = several->newest;
        study.others = several->others;
    } else if (const auto* cancelled = std::get_if<CancelledOrder>(&choice)) {
        study.order = cancelled->order;
        study.others = cancelled->others;
        is_cancelled = true;
    } else if (std::holds_alternative<UnusableOrder>(choice)) {
        books_.hold(study.uid, Reason::unexpected_answer, "its order names no patient that it could be registered for",
                    study.now);
        return std::nullopt;
    } else {
        const bool is_hidden = std::holds_alternative<OnlySuppressed>(choice);
        wait(study, Reason::order_not_found,
             is_hidden ? "there is an order, but the platform does not show it, for want of consent" : "");
        return std::nullopt;
    }
    if (!is_cleared(study, is_cancelled)) return std::nullopt;
    if (!study.order.is_usable()) {
        books_.hold(study.uid, Reason::unexpected_answer, "its order names no patient that it could be registered for",
                    study.now);
        return std::nullopt;
    }
    books_.note_order(study.uid,
                      {study.key->accession.value(), study.order.service_request_id, study.order.patient_reference,
                       study.order.encounter_reference},
                      study.now);
    is_found = true;
    return std::nullopt;
}

/// Whether nobody has to decide first. The wrong patient would be filed nationally.
bool Registrar::is_cleared(Study& study, bool is_cancelled) {
    const std::string cancelled = "cancelled:" + study.order.service_request_id;
    if (is_cancelled && !study.overruled.contains(cancelled)) {
        object(study, Reason::order_cancelled, cancelled, "");
        return false;
    }
    std::vector<EarlierUse> earlier;
    for (const outbox::AccessionUse& each : books_.accession_uses(study.key->accession.value()))
        earlier.push_back({each.patient_id, each.patient_birth_date});
    const bool is_registered = study.before && !study.before->imaging_study_id.empty();
    const Suspicion suspicion{study.uid,
                              study.known,
                              study.order,
                              study.others,
                              earlier,
                              is_registered ? study.before->order.accession_number : "",
                              study.has_more_orders};
    std::string fingerprints, texts;
    for (const DoubtRaised& each : doubts(suspicion, settings_.content.zone, study.overruled)) {
        fingerprints += (fingerprints.empty() ? "" : std::string(1, separator)) + each.fingerprint;
        texts += (texts.empty() ? "" : "; ") + each.text;
    }
    if (fingerprints.empty()) return true;
    object(study, Reason::patient_doubtful, fingerprints, texts);
    return false;
}

std::optional<Halt> Registrar::find_study(Study& study) {
    const Heard heard = platform_.find_studies(study.key->accession);
    if (!is_as_promised(heard)) return unfit(study, heard);
    auto parsed = satusehat::find_study(std::get<Told>(heard).body, *study.key);
    // So many studies behind the number that not all were sent: its own UID tells, too.
    if (const auto* none = std::get_if<NoStudy>(&parsed); none != nullptr && none->has_more) {
        const Heard by_uid = platform_.find_studies_by_uid(study.uid);
        if (!is_as_promised(by_uid)) return unfit(study, by_uid);
        parsed = satusehat::find_study(std::get<Told>(by_uid).body, *study.key);
    }
    if (std::holds_alternative<BodyFault>(parsed))
        return Halt{Judgement{Answer::not_as_promised, 200, {}}, std::nullopt};
    if (const auto* none = std::get_if<NoStudy>(&parsed)) {
        if (none->is_proven()) return create(study);
        put_off(study, study.now + settings_.order_waits.back(),
                "the platform may have the study, but does not show it: another one would be one too many");
        return std::nullopt;
    }
    const auto& found = std::get<RegisteredStudy>(parsed);
    const Merged merged = merge(found.resource, study.body.resource);
    switch (merged.merging) {
        case Merging::same:
            books_.register_study(
                study.uid,
                {found.id, static_cast<std::int64_t>(instances_in(found.resource).size()), study.jobs, study.digests},
                study.now);
            return std::nullopt;
        case Merging::changed:
            // What the platform left out or wrote otherwise of ours would be put there again and again.
            if (lists_all(found.resource, study.body.resource)) {
                books_.register_study(study.uid,
                                      {found.id, static_cast<std::int64_t>(instances_in(found.resource).size()),
                                       study.jobs, study.digests},
                                      study.now);
                return std::nullopt;
            }
            return replace(study, found.id, merged.resource);
        case Merging::other_patient:
            // Nothing that a release could mend: the resource there is another patient's.
            books_.hold(study.uid, Reason::conflict, "the platform has the study registered for another patient",
                        study.now);
            return std::nullopt;
        case Merging::withdrawn:
            books_.hold(study.uid, Reason::conflict, "the platform has the study as cancelled or entered in error",
                        study.now);
            return std::nullopt;
        case Merging::unreadable:
            break;
    }
    books_.hold(study.uid, Reason::unexpected_answer,
                "what the platform has of the study cannot be read, so that nothing can be added to it", study.now);
    return std::nullopt;
}

std::optional<Halt> Registrar::create(Study& study) {
    // It had it once: what was listed then, and is kept no more, would be in no list.
    const std::string fingerprint = "incomplete:" + study.uid;
    if (study.is_incomplete && !study.overruled.contains(fingerprint)) {
        object(study, Reason::conflict, fingerprint,
               "the platform has lost the study, and not all that it had is kept here: released, it is registered with "
               "what there is");
        return std::nullopt;
    }
    books_.begin_registration(study.uid, false, study.now);
    return written(study, platform_.create_study(study.body.resource), "");
}

std::optional<Halt> Registrar::replace(Study& study, const std::string& id, const boost::json::object& resource) {
    books_.begin_registration(study.uid, true, study.now);
    return written(study, platform_.replace_study(id, resource), id);
}

/// Only a whole ImagingStudy that lists all of ours is a success, whatever the status said.
std::optional<Halt> Registrar::written(Study& study, const Heard& heard, const std::string& id) {
    if (!is_as_promised(heard)) return unfit(study, heard);
    const auto parsed = parse_study(std::get<Told>(heard).body);
    const auto* there = std::get_if<RegisteredStudy>(&parsed);
    const auto merging = there == nullptr ? Merging::unreadable : merge(there->resource, study.body.resource).merging;
    const bool is_ours =
        merging == Merging::same || (merging == Merging::changed && lists_all(there->resource, study.body.resource));
    if (!is_ours || (!id.empty() && there->id != id))
        return Halt{Judgement{Answer::not_as_promised, std::get<Told>(heard).judgement.status, {}}, std::nullopt};
    books_.register_study(
        study.uid,
        {there->id, static_cast<std::int64_t>(instances_in(there->resource).size()), study.jobs, study.digests},
        study.now);
    study.has_written = true;
    return std::nullopt;
}

/// What another answer than the promised one means for the study, or for everything.
std::optional<Halt> Registrar::unfit(Study& study, const Heard& heard) {
    const auto* told = std::get_if<Told>(&heard);
    if (told == nullptr) return halt_of(heard);
    switch (row_of(told->judgement.answer).course) {
        case Course::search_again:
            if (told->judgement.answer == Answer::duplicate && is_said_again(study, 2)) {
                books_.hold(study.uid, Reason::conflict,
                            "the platform says that the study is registered already, but shows none", study.now);
                return std::nullopt;
            }
            // Registered by somebody meanwhile, or gone: the next look searches, once a search can show it.
            if (told->judgement.answer == Answer::gone)
                books_.forget_registration(study.uid, study.before ? study.before->imaging_study_id : "", study.now);
            put_off(study, study.now + settings_.duplicate_wait, row_of(told->judgement.answer).text);
            return std::nullopt;
        case Course::order_again:
            if (is_said_again(study, repeats_max)) {
                books_.hold(study.uid, Reason::unexpected_answer, note_of(told->judgement), study.now);
                return std::nullopt;
            }
            wait(study, Reason::order_not_found, row_of(told->judgement.answer).text);
            return std::nullopt;
        case Course::read_again:
            if (is_said_again(study, repeats_max)) {
                books_.hold(study.uid, Reason::conflict, note_of(told->judgement), study.now);
                return std::nullopt;
            }
            put_off(study, study.now + settings_.again_after, row_of(told->judgement.answer).text);
            return std::nullopt;
        case Course::hold_item:
            books_.hold(study.uid, Reason::unexpected_answer, note_of(told->judgement), study.now);
            return std::nullopt;
        default:
            return halt_of(heard);
    }
}

/// Forgets at a restart, which costs some more tries.
bool Registrar::is_said_again(const Study& study, unsigned times) {
    constexpr std::size_t studies_max = 1000;
    if (repeats_.size() >= studies_max) repeats_.clear();
    return ++repeats_[study.uid] >= times;
}

void Registrar::object(Study& study, Reason reason, const std::string& fingerprint, const std::string& note) {
    books_.object(study.uid, {reason, fingerprint, note}, study.now);
}

void Registrar::wait(const Study& study, Reason reason, std::string_view note) {
    const auto misses = static_cast<std::size_t>(study.before ? study.before->miss_count : 0);
    const auto& waits = settings_.order_waits;
    books_.put_off(study.uid, reason, study.now + waits[std::min(misses, waits.size() - 1)], note, study.now);
}

void Registrar::put_off(const Study& study, outbox::Instant until, std::string_view note) {
    books_.put_off(study.uid, Reason::temporary_failure, std::max(until, study.now + settings_.again_after), note,
                   study.now);
}

}  // namespace broker::deliver::satusehat
