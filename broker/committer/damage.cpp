// A damaged blob and its jobs.
#include "broker/committer/damage.h"

namespace broker {

bool settle_damage(Committer& committer, const outbox::Digest& raw, outbox::Instant now) {
    bool is_damaged = false;
    committer.between([&](spool::Spool& spool, outbox::Outbox& outbox) {
        // One transaction around it all, and the same interlude: a receipt of the same instance may be next, and brings
        // sound bytes.
        outbox::Outbox::Transaction transaction(outbox);
        if (!outbox.names(raw)) return;
        const auto digest = spool::Digest::from_bytes(raw);
        const bool is_there = spool.size_of(digest).has_value();
        if (is_there && spool.verify(digest)) return;
        if (is_there) spool.quarantine(digest);
        outbox.damage(raw, now);
        transaction.commit();
        is_damaged = true;
    });
    return is_damaged;
}

}  // namespace broker
