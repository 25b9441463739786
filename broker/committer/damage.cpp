// A damaged blob and its jobs.
#include "broker/committer/damage.h"

namespace broker {

namespace {

struct Look {
    std::optional<spool::Reader> at;  ///< the file that was looked at, or nothing when there was none
    bool is_sound = false;
};

Look look_at(const spool::Spool& spool, const spool::Digest& digest) {
    Look look;
    try {
        look.at = spool.open(digest);
        look.is_sound = spool.verify(digest);
    } catch (const spool::Error& error) {
        if (error.code() != spool::Errc::not_found && error.code() != spool::Errc::damaged) throw;
    }
    return look;
}

}  // namespace

bool settle_damage(Committer& committer, const outbox::Digest& raw, outbox::Instant now) {
    const auto digest = spool::Digest::from_bytes(raw);
    // Reading a large blob takes minutes, so it is not done where everybody waits.
    const Look look = look_at(committer.spool(), digest);
    if (look.is_sound) {
        committer.run(Turn::settlement, [&](outbox::Outbox& outbox) { outbox.release_damaged(raw, now); });
        return false;
    }
    bool is_damaged = false;
    committer.between([&](spool::Spool& spool, outbox::Outbox& outbox) {
        // One transaction around it all, and the same interlude: a receipt of the same instance may be next, and brings
        // sound bytes.
        outbox::Outbox::Transaction transaction(outbox);
        if (!outbox.names(raw)) return;
        const bool is_there = spool.size_of(digest).has_value();
        if (is_there && !(look.at && spool.is_current(digest, *look.at))) {
            outbox.release_damaged(raw, now);  // it came again since we looked
        } else if (is_there && !spool.quarantine(digest)) {
            return;  // it comes again right now: its receipt releases the jobs, and who sends it looks again
        } else {
            outbox.damage(raw, now);
            is_damaged = true;
        }
        transaction.commit();
    });
    return is_damaged;
}

}  // namespace broker
