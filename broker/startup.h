/// Startup: what is put right in the books before the first association is accepted (the state on disk decides).
///
/// Runs on the starting thread, before the committer's; nobody else may use the outbox meanwhile.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <vector>

#include "broker/clock.h"
#include "broker/config/config.h"
#include "outbox/outbox.h"
#include "spool/spool.h"

namespace broker {

struct StartReport {
    outbox::GenerationId generation;
    outbox::Recovered recovered;
    std::int64_t destination_changes = 0;  ///< jobs held for a destination that left, or released for one that is back
    std::int64_t blobs_checked = 0;
    std::int64_t blobs_damaged = 0;  ///< missing or of the wrong size: their jobs are held
};

/// The destinations as the outbox is told of them.
std::vector<outbox::DestinationSpec> specs_of(const config::Config& config);

/// Begins this process's generation; resolves what older ones left sending; settles destinations that left or came
/// back; and looks at every blob that an unfinished job needs: missing, or of another size, is quarantined and its jobs
/// are held. Durable on return. Throws outbox::Error, spool::Error.
StartReport put_books_right(spool::Spool& spool, outbox::Outbox& outbox, const std::filesystem::path& database,
                            const config::Config& config, const Clock& clock);

}  // namespace broker
