/// LaneLog: one line per thing that happened at a destination, with the words and ids of the history.
///
/// Any thread. Never a peer's words, never patient data: UIDs stay out, too, since the job's number leads to them.
#pragma once

#include <string_view>

#include "broker/deliver/lane_books.h"

namespace broker::deliver {

/// job_delivered, job_deferred, job_doubted or job_held. `why` is ours (`explain`).
void log_outcome(std::string_view destination, const outbox::ClaimedJob& job, const Entry& entry, std::string_view why);
/// destination_failing or destination_held.
void log_trouble(std::string_view destination, const Trouble& trouble, outbox::Instant now);
void log_recovered(std::string_view destination);
void log_asking_interrupted(std::string_view destination, std::string_view why);
/// Of ours: the books could not be written, or the lane's thread ended.
void log_error(std::string_view event, std::string_view destination, std::string_view why);

}  // namespace broker::deliver
