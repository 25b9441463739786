/// What scanners asked us to commit to, and what can be said of it now.
#include "outbox/view_parts.h"

namespace outbox {

static OpenPledge read_pledge(const Cursor& row) {
    OpenPledge open;
    open.id = row.id<PledgeId>(0);
    open.pledge.transaction_uid = row.text(1);
    open.pledge.calling_ae_title = row.text(2);
    open.pledge.called_ae_title = row.text(3);
    open.pledge.address = row.text(4);
    open.pledge.sender = row.text(5);
    open.pledge.wants_delivery = row.number(6) != 0;
    open.tries = row.number(7);
    open.asked_at = row.instant(8);
    open.due_at = row.instant(9);
    return open;
}

std::vector<OpenPledge> Views::pledges_due(Instant now, std::size_t limit) const {
    const Snapshot snapshot(parts_->database);
    std::vector<OpenPledge> pledges;
    Cursor row(parts_->pledges_due);
    row.bind(":now", now).bind(":limit", static_cast<std::int64_t>(limit));
    while (row.step()) pledges.push_back(read_pledge(row));
    return pledges;
}

std::optional<OpenPledge> Views::pledge(std::string_view calling_ae_title, std::string_view transaction_uid) const {
    const Snapshot snapshot(parts_->database);
    Cursor row(parts_->pledge_of);
    row.bind(":calling_ae_title", calling_ae_title).bind(":transaction", transaction_uid);
    if (!row.step()) return std::nullopt;
    return read_pledge(row);
}

PledgeAnswer Views::pledge_answer(const OpenPledge& pledge) const {
    using Failure = PledgeAnswer::Failure;
    const Snapshot snapshot(parts_->database);
    PledgeAnswer answer;
    Cursor row(parts_->pledge_items);
    row.bind(":pledge", pledge.id);
    while (row.step()) {
        PledgedInstance instance{std::string(row.text(0)), std::string(row.text(1))};
        if (row.is_null(2)) {
            answer.failed.push_back({std::move(instance), Failure::no_such_instance});
        } else if (row.text(2) != instance.sop_class_uid) {
            answer.failed.push_back({std::move(instance), Failure::class_differs});
        } else if (const bool is_gone = row.text(3) == "purging" || row.text(3) == "purged";
                   row.text(3) == "damaged" || ((is_gone || pledge.pledge.wants_delivery) && row.number(5) != 0)) {
            answer.failed.push_back({std::move(instance), Failure::not_delivered});
        } else {
            // What is gone and was not given up had been delivered everywhere before.
            if (pledge.pledge.wants_delivery && row.number(4) != 0) answer.is_ready = false;
            answer.committed.push_back(std::move(instance));
        }
    }
    return answer;
}

}  // namespace outbox
