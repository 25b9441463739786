#include "broker/deliver/findings.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "broker/deliver/resolution.h"

namespace broker::deliver {

namespace {

bool record_presence(outbox::Outbox& outbox, const outbox::Settlement& settlement, const Found& found) {
    return outbox.deliver(settlement, found.evidence, false) || outbox.confirm(settlement, found.evidence);
}

/// Asking again changes nothing, and there is nothing to do about it: the delivery stands as it was reported, its probe
/// says what was found, and the destination shows it.
bool end_asking(outbox::Outbox& outbox, const outbox::Settlement& settlement, const Found& found) {
    if (!outbox.close_probe(settlement, found.ask_again_at)) return false;
    outbox.put_off_probe(found.job, std::nullopt, settlement.at);
    outbox.note_error(found.destination, "a delivery could not be confirmed: " + found.text, settlement.at);
    return true;
}

bool record_absence(outbox::Outbox& outbox, const outbox::Settlement& settlement, const Found& found,
                    const config::Delivery& limits) {
    if (!is_absence_proven(outbox.absences(found.job), limits, settlement.at))
        return outbox.close_probe(settlement, found.ask_again_at, outbox::Outcome::absent);
    return outbox.defer(settlement, outbox::Reason::absent, settlement.at) ||
           outbox.recall(settlement, settlement.at) || outbox.close_probe(settlement, found.ask_again_at);
}

/// What a report says of one job's instance.
Found found_of(const outbox::CommitmentItem& item, std::optional<std::uint16_t> failure_reason) {
    Found found{item.job, item.attempt, item.destination, Finding::present, false, outbox::Evidence::commitment, {}, {},
                {}};
    if (!failure_reason) {
        found.text = "the destination committed to keep it";
        return found;
    }
    const Denial denial = denial_of(*failure_reason);
    found.finding = denial == Denial::absent ? Finding::absent : Finding::unknown;
    found.needs_person = denial == Denial::person;
    found.status = *failure_reason;
    found.text = fmt::format("the destination doesn't commit to keep it, failure reason 0x{:04X}", *failure_reason);
    return found;
}

/// A promise that comes after its probe has ended is still one: a probe that is answered at once.
bool settle_late(outbox::Outbox& outbox, Found found, outbox::Instant now) {
    const auto attempt = outbox.ask(found.job, now);
    if (!attempt) return false;
    found.attempt = *attempt;
    return record_presence(outbox, {found.job, *attempt, now, found.status, found.text, 0}, found);
}

using Words = std::map<std::string, std::optional<std::uint16_t>, std::less<>>;

Words words_of(const dicom::CommitmentReport& report) {
    Words words;
    for (const dicom::Reference& each : report.committed) words[each.sop_instance_uid] = std::nullopt;
    // Said both ways, it is not committed to.
    for (const dicom::FailedReference& each : report.failed) words[each.reference.sop_instance_uid] = each.reason;
    return words;
}

}  // namespace

bool record_finding(outbox::Outbox& outbox, const Found& found, const config::Delivery& limits, outbox::Instant now) {
    const outbox::Settlement settlement{found.job, found.attempt, now, found.status, found.text, 0};
    if (found.finding == Finding::present) return record_presence(outbox, settlement, found);
    if (found.finding == Finding::absent) return record_absence(outbox, settlement, found, limits);
    if (found.needs_person)
        return outbox.hold(settlement, outbox::Reason::sop_class_refused) || end_asking(outbox, settlement, found);
    return outbox.close_probe(settlement, found.ask_again_at);
}

std::optional<std::size_t> record_report(outbox::Outbox& outbox, const dicom::CommitmentReport& report,
                                         const std::optional<outbox::DestinationId>& from,
                                         const config::Delivery& limits, outbox::Instant now) {
    const auto items = outbox.commitment(report.transaction_uid);
    if (items.empty() || (from && items.front().destination != *from)) return std::nullopt;
    const Words words = words_of(report);
    std::size_t changed = 0;
    for (const outbox::CommitmentItem& item : items) {
        const auto word = words.find(item.sop_instance_uid);
        if (word == words.end()) continue;  // a partial report: the rest may come, or is asked about again
        const auto reason = word->second;
        if (!outbox.answer_commitment(report.transaction_uid, item.job, reason, now)) continue;
        Found found = found_of(item, reason);
        found.ask_again_at = now + limits.ask_again;
        bool applied = record_finding(outbox, found, limits, now);
        if (!applied && !reason && item.is_of_this_round) applied = settle_late(outbox, found, now);
        changed += applied ? 1 : 0;
    }
    outbox.note_answers(items.front().destination, false, true);
    return changed;
}

}  // namespace broker::deliver
