// The table, and the rules about the node itself.
#include "broker/alarm/rules.h"

#include <algorithm>
#include <array>

#include "broker/alarm/rule_parts.h"

namespace broker::alarm {

namespace {

std::string day_of(outbox::Instant at) {
    const std::chrono::year_month_day day(std::chrono::floor<std::chrono::days>(at));
    return fmt::format("{:04}-{:02}-{:02}", int(day.year()), unsigned(day.month()), unsigned(day.day()));
}

void judge_destinations(const Judgement& judgement) {
    const auto behind_uplinks = judge_uplinks(judgement);
    for (const outbox::DestinationView& each : judgement.facts.status.destinations) {
        const bool is_uplinks =
            std::find(behind_uplinks.begin(), behind_uplinks.end(), each.name) != behind_uplinks.end();
        judge_destination(judgement, each, is_uplinks);
    }
}

void judge_unrouted(const Judgement& judgement) {
    const auto& status = judgement.facts.status;
    if (!judgement.settings.unrouted || status.unrouted == 0) return;
    judgement.raised.push_back(
        {"unrouted", "", status.unrouted_since, status.unrouted,
         std::to_string(status.unrouted) + (status.unrouted == 1
                                                ? " instance matches no route: it is kept, and sent nowhere"
                                                : " instances match no route: they are kept, and sent nowhere"),
         "name a destination for them in a route and run dicom-bridge destination backfill NAME, or send a study by "
         "hand: dicom-bridge study send UID DEST"});
}

void judge_refusing(const Judgement& judgement) {
    const auto& refusing = judgement.facts.refusing;
    if (!judgement.settings.refusing || !refusing) return;
    judgement.raised.push_back(
        {"refusing", "", refusing->since, 1, "no instance is taken in: " + refusing->why,
         "make room, or mend the storage; the scanners keep what was refused and send it again"});
}

void judge_disk(const Judgement& judgement) {
    const auto& [facts, settings, now, raised] = judgement;
    const auto& full_at = facts.forecast.full_at;
    if (!settings.disk_full_within || !full_at || *full_at - now > *settings.disk_full_within) return;
    std::string hint = "make room before that, or give the spool a larger disk";
    if (!facts.forecast.growing.empty()) hint += "; what grows most is " + facts.forecast.growing.front().reason;
    raised.push_back({"disk_full_within", "", std::nullopt, 1,
                      "the disk will be full on about " + day_of(*full_at) + ", as it has filled until now", hint});
}

/// How long a sender may be silent; nothing: nobody waits for it.
std::optional<std::chrono::milliseconds> patience_with(const Bringer& sender, const config::Duration& setting) {
    if (sender.is_named) return setting;
    if (sender.day_count < regular_days_min) return std::nullopt;
    // Who comes once a week is not missed for a day.
    const auto between = (sender.last_received_at - sender.first_seen_at) / (sender.day_count - 1);
    return std::max<std::chrono::milliseconds>(setting, 2 * between);
}

void judge_senders(const Judgement& judgement) {
    const auto& [facts, settings, now, raised] = judgement;
    if (!settings.silent_sender) return;
    for (const Bringer& each : facts.bringers) {
        const auto patience = patience_with(each, *settings.silent_sender);
        const auto silent = now - each.last_received_at;
        if (!patience || silent < *patience) continue;
        if (!each.is_named && silent >= *patience + regular_missed_for) continue;
        raised.push_back(
            {"silent_sender", each.name, each.last_received_at, 1,
             fmt::format("{} has sent nothing for longer than {}", each.name, config::print_duration(*patience)),
             each.is_named
                 ? "see whether it is switched off, or cannot reach this node; where it is gone for good, take "
                   "it out of the configuration"
                 : "see whether it is switched off, or cannot reach this node"});
    }
}

void judge_certificates(const Judgement& judgement) {
    const auto& [facts, settings, now, raised] = judgement;
    if (!settings.certificate_expires_within) return;
    for (const Certificate& each : facts.certificates) {
        if (each.not_after - now > *settings.certificate_expires_within) continue;
        const bool is_over = each.not_after <= now;
        raised.push_back({"certificate_expires_within", each.where, std::nullopt, 1,
                          fmt::format("the certificate of {} ({}) {} on {}", each.where, each.subject,
                                      is_over ? "expired" : "expires", day_of(each.not_after)),
                          "put a new one in its place and run dicom-bridge reload"});
    }
}

/// The most that can be said: whose clock is wrong is not known, but most servers are not wrong at once.
void judge_clock(const Judgement& judgement) {
    const auto& [facts, settings, now, raised] = judgement;
    if (!settings.clock_skew) return;
    std::size_t asked = 0;
    std::vector<const ClockReading*> off;
    for (const ClockReading& each : facts.clock) {
        if (std::chrono::abs(now - each.at) > clock_readings_for) continue;
        ++asked;
        if (std::chrono::abs(each.ahead) > *settings.clock_skew) off.push_back(&each);
    }
    if (off.size() * 2 <= asked) return;
    std::string servers;
    for (const auto* each : off) servers += (servers.empty() ? "" : ", ") + each->server;
    const bool is_behind = off.front()->ahead > std::chrono::milliseconds(0);
    const std::string hint =
        !facts.is_clock_kept ? "set the clock; whether a time service keeps it the kernel does not tell"
        : *facts.is_clock_kept
            ? "set the clock; the kernel says that a time service keeps it, so see whether that one is right"
            : "have a time service keep the clock (systemd-timesyncd, chrony): as far as the kernel knows, none "
              "does";
    raised.push_back({"clock_skew", "", std::nullopt, static_cast<std::int64_t>(off.size()),
                      fmt::format("the clock of this node is more than {} {} that of {} of {} servers: {}",
                                  config::print_duration(*settings.clock_skew), is_behind ? "behind" : "ahead of",
                                  off.size(), asked, servers),
                      hint});
}

constexpr std::array rules{judge_refusing, judge_disk,         judge_destinations, judge_unrouted,
                           judge_senders,  judge_certificates, judge_clock};

}  // namespace

std::vector<Raised> judge(const Facts& facts, const config::Alarm& settings, outbox::Instant now) {
    std::vector<Raised> raised;
    for (const auto rule : rules) rule({facts, settings, now, raised});
    return raised;
}

}  // namespace broker::alarm
