#include "outbox/history.h"

#include "outbox/chain_hash.h"

namespace outbox {

namespace {

void add_number(ChainHasher& hasher, std::optional<std::int64_t> number) {
    if (number) {
        hasher.integer(*number);
    } else {
        hasher.null();
    }
}

// The order of the trigger history_append, for ever.
Digest hash_of(ChainHasher& hasher, const HistoryRow& row) {
    hasher.blob(row.previous_hash).integer(row.sequence).text(row.node).integer(row.at.time_since_epoch().count());
    hasher.text(row.event).text(row.actor);
    add_number(hasher, row.instance ? std::optional(row.instance->value) : std::nullopt);
    add_number(hasher, row.job ? std::optional(row.job->value) : std::nullopt);
    hasher.text(row.destination).text(row.sop_instance_uid).text(row.digest).text(row.detail);
    return hasher.finish();
}

}  // namespace

Digest chain_hash(const HistoryRow& row) {
    ChainHasher hasher;
    return hash_of(hasher, row);
}

Verification verify_chain(const std::function<std::optional<HistoryRow>()>& next, const std::optional<Digest>& anchor) {
    ChainHasher hasher;
    Verification found;
    found.anchor_found = !anchor;
    // The first row follows number 0 and 32 zero bytes.
    std::int64_t previous = 0;
    while (const auto row = next()) {
        ++found.rows;
        const bool fits = row->sequence == previous + 1 && row->previous_hash == found.tip;
        if (!fits || hash_of(hasher, *row) != row->hash) {
            found.broken_at = row->sequence;
            return found;
        }
        previous = row->sequence;
        found.tip = row->hash;
        if (anchor && row->hash == *anchor) found.anchor_found = true;
    }
    return found;
}

}  // namespace outbox
