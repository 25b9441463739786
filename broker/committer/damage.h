/// What happens to a blob that reads wrong: looked at once more, then set apart and its jobs held.
#pragma once

#include "broker/committer/committer.h"

namespace broker {

/// Reads the blob again, on the caller's thread. When it is missing or its bytes are wrong, moves it to quarantine/
/// between two commits and, in a commit of its own, marks it and holds its unfinished jobs (`damaged`); durable on
/// return. False: no row wants it any more; or it is sound, or the same bytes came again meanwhile: then jobs that are
/// held for the damage go on, if that receipt is newer than their last send.
/// Throws spool::Error (exhausted, io: it could not be read), and as Committer::between.
bool settle_damage(Committer& committer, const outbox::Digest& digest, outbox::Instant now);

}  // namespace broker
