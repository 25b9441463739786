/// What the views answer about receipts: which instances came, from whom, and what was decided then.
#include <algorithm>

#include "outbox/json_text.h"
#include "outbox/view_parts.h"

namespace outbox {
namespace {

/// How it came and where it went, in seven columns: of both kinds of rows alike.
template <class Told>
void read_arrival(Cursor& row, int first, Told& into) {
    into.calling_ae_title = row.text(first);
    into.called_ae_title = row.text(first + 1);
    into.address = row.text(first + 2);
    into.sender = row.text(first + 3);
    into.tls_subject = row.text(first + 4);
    into.routes = parse_json_names(row.text(first + 5));
    into.destinations = parse_json_names(row.text(first + 6));
}

}  // namespace

std::vector<ReceivedInstance> Views::received(std::optional<Instant> since, InstanceId after, std::size_t limit) const {
    const Snapshot snapshot(parts_->database);
    if (since) {
        Cursor row(parts_->instance_bound);
        row.bind(":since", since).step();
        after.value = std::max(after.value, row.number(0));
    }
    std::vector<ReceivedInstance> received;
    Cursor row(parts_->received_since);
    row.bind(":after", after).bind(":since", from_first(since)).bind(":limit", static_cast<std::int64_t>(limit));
    while (row.step()) {
        ReceivedInstance& each = received.emplace_back();
        each.instance = row.id<InstanceId>(0);
        each.sop_instance_uid = row.text(1);
        each.study_instance_uid = row.text(2);
        each.modality = row.text(3);
        each.digest = row.digest(4);
        each.transfer_syntax_uid = row.text(5);
        each.blob_state = row.text(6);
        each.received_at = row.instant(7);
        read_arrival(row, 8, each);
    }
    return received;
}

std::vector<ReceiptView> Views::receipts(InstanceId instance, std::size_t limit) const {
    const Snapshot snapshot(parts_->database);
    std::vector<ReceiptView> receipts;
    Cursor row(parts_->receipts_of_instance);
    row.bind(":instance", instance).bind(":limit", static_cast<std::int64_t>(limit));
    while (row.step()) {
        ReceiptView& each = receipts.emplace_back();
        each.received_at = row.instant(0);
        each.is_repeat = row.number(1) != 0;
        each.was_restored = row.number(2) != 0;
        read_arrival(row, 3, each);
    }
    return receipts;
}

}  // namespace outbox
