/// EditPlanner: what the edits of a job come to for one blob: its header is read, tables are looked up, text encoded.
///
/// Any thread. Reads no more of the blob than its header, bounded, and nothing where the edits look at nothing.
#pragma once

#include <variant>

#include "broker/route/edit_plan.h"
#include "broker/route/table.h"
#include "broker/worker/rewriting.h"
#include "broker/worker/transcoder.h"
#include "spool/spool.h"

namespace broker::worker {

class EditPlanner {
public:
    explicit EditPlanner(const spool::Spool& spool) : spool_(spool) {}

    /// Throws spool::Error: not_found, io.
    std::variant<Rewriting, route::EditFailure> plan(const EditRequest& request);

private:
    const spool::Spool& spool_;
    route::Tables tables_;
};

}  // namespace broker::worker
