// key=value, verb first, then ids in fixed order.
#include "broker/deliver/lane_log.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "spool/digest.h"

namespace broker::deliver {

namespace {

std::int64_t seconds_until(outbox::Instant at, outbox::Instant now) {
    return std::chrono::duration_cast<std::chrono::seconds>(at - now).count();
}

std::string_view event_of(outbox::Verb verb) {
    switch (verb) {
        case outbox::Verb::deliver:
            return "job_delivered";
        case outbox::Verb::doubt:
            return "job_doubted";
        case outbox::Verb::hold:
            return "job_held";
        default:
            return "job_deferred";
    }
}

}  // namespace

void log_outcome(std::string_view destination, const outbox::ClaimedJob& job, const Entry& entry,
                 std::string_view why) {
    std::string line =
        fmt::format("event={} job={} digest={} destination={} attempt={}", event_of(entry.verb), job.job.value,
                    spool::Digest::from_bytes(job.digest).hex(), destination, job.attempt_count + 1);
    if (entry.settlement.status && entry.is_of_http) line += fmt::format(" status={}", *entry.settlement.status);
    if (entry.settlement.status && !entry.is_of_http) line += fmt::format(" status=0x{:04X}", *entry.settlement.status);
    if (entry.reason != outbox::Reason::none) line += fmt::format(" reason={}", outbox::code(entry.reason));
    bool is_due_again = entry.verb == outbox::Verb::defer || entry.verb == outbox::Verb::doubt;
    if (is_due_again) line += fmt::format(" due_in_s={}", seconds_until(entry.due_at, entry.settlement.at));
    if (entry.verb != outbox::Verb::deliver) line += fmt::format(" why=\"{}\"", why);
    bool needs_a_look = entry.verb == outbox::Verb::hold || entry.is_warning;
    spdlog::log(needs_a_look ? spdlog::level::warn : spdlog::level::info, "{}", line);
}

void log_trouble(std::string_view destination, const Trouble& trouble, outbox::Instant now) {
    spdlog::warn("event={} destination={} reason={} failures={} next_try_in_s={} why=\"{}\"",
                 trouble.is_held ? "destination_held" : "destination_failing", destination,
                 outbox::code(trouble.reason), trouble.failure_count, seconds_until(trouble.next_try_at, now),
                 trouble.error);
}

void log_recovered(std::string_view destination) {
    spdlog::info("event=destination_recovered destination={}", destination);
}

void log_asking_interrupted(std::string_view destination, std::string_view why) {
    spdlog::warn("event=asking_interrupted destination={} why=\"{}\"", destination, why);
}

void log_error(std::string_view event, std::string_view destination, std::string_view why) {
    spdlog::error("event={} destination={} why=\"{}\"", event, destination, why);
}

}  // namespace broker::deliver
