// One case per verdict.
#include "broker/deliver/judgement.h"

#include <fmt/format.h>

#include <algorithm>

namespace broker::deliver {

namespace {

std::string error_of(const outbox::ClaimedJob& job, const Sent& sent, const Ruling& ruling) {
    std::string text = explain(sent.event, ruling);
    // The pair is what a person has to allow at the destination.
    if (ruling.scope == Scope::destination_class)
        text += fmt::format(" (SOP class {}, transfer syntax {})", job.sop_class_uid, job.transfer_syntax_uid);
    return text;
}

}  // namespace

Entry entry_for(const outbox::ClaimedJob& job, const Sent& sent, const Ruling& ruling, const JudgedAt& at) {
    Entry entry;
    entry.error = error_of(job, sent, ruling);
    std::string text = entry.error;
    if (!sent.comment.empty()) text += fmt::format("; the destination says: {}", sent.comment);
    entry.settlement = {job.job, job.attempt, at.now, sent.status, std::move(text), sent.bytes};
    entry.digest = job.digest;
    entry.reason = ruling.reason;
    entry.is_of_http = sent.event.happening == Happening::http_answer;
    if (entry.is_of_http && sent.event.number >> 16 == static_cast<std::uint32_t>(satusehat::Answer::gone)) {
        entry.gone_study = job.study_instance_uid;
        entry.gone_imaging_study = job.imaging_study_id;
    }
    const auto wait = std::max(backoff(job.attempt_count, at.backoff, at.jitter), ruling.pause_min);
    switch (ruling.verdict) {
        case Verdict::delivered:
        case Verdict::delivered_with_warning:
            entry.verb = outbox::Verb::deliver;
            entry.evidence = sent.evidence;
            entry.is_warning = ruling.verdict == Verdict::delivered_with_warning;
            break;
        case Verdict::transient:
            entry.verb = outbox::Verb::defer;
            entry.due_at = ruling.scope == Scope::destination ? at.now : at.now + wait;
            break;
        case Verdict::needs_a_person:
            entry.verb = ruling.scope == Scope::destination ? outbox::Verb::defer : outbox::Verb::hold;
            entry.due_at = at.now;
            break;
        case Verdict::unknown:
            entry.verb = outbox::Verb::doubt;
            entry.due_at = at.now + wait;
            break;
    }
    return entry;
}

Entry handed_back(const outbox::ClaimedJob& job, outbox::Instant now) {
    Entry entry;
    entry.settlement = {job.job, job.attempt, now, std::nullopt, "handed back before it was begun", 0};
    entry.verb = outbox::Verb::defer;
    entry.reason = outbox::Reason::handed_back;
    entry.due_at = now;
    entry.digest = job.digest;
    return entry;
}

std::string explain(const Event& event, const Ruling& ruling) {
    return fmt::format("{}: {}", describe(event), ruling.text);
}

bool is_interruption(const Event& event) {
    switch (event.happening) {
        case Happening::aborted:
        case Happening::released:
        case Happening::violation:
        case Happening::wrong_response:
        case Happening::no_response:
        case Happening::connection_lost:
            return true;
        default:
            return false;
    }
}

}  // namespace broker::deliver
