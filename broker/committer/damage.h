/// What happens to a blob that reads wrong: looked at once more where nothing moves, then set apart and its jobs held.
#pragma once

#include "broker/committer/committer.h"

namespace broker {

/// Reads the blob again between two commits. When it is missing or its bytes are wrong, moves it to quarantine/ and, in
/// a commit of its own, marks it and holds its unfinished jobs (`damaged`); durable on return. False: it is sound (it
/// may have been sent again meanwhile), or no row wants it any more; then nothing was changed. Throws as
/// Committer::between.
bool settle_damage(Committer& committer, const outbox::Digest& digest, outbox::Instant now);

}  // namespace broker
