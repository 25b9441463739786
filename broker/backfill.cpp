// What a destination is missing, slice by slice: found, judged by the present routes, and added.
#include "broker/backfill.h"

#include <algorithm>
#include <boost/json.hpp>
#include <cassert>
#include <span>

#include "broker/receive/custody.h"
#include "broker/receive/rules.h"
#include "broker/stored_header.h"

namespace broker {

namespace {

std::shared_ptr<const receive::Rules> rules_now(const config::Config& config, const outbox::Views& views) {
    std::map<std::string, outbox::DestinationId> ids;
    for (const config::Destination& each : config.destinations)
        if (const auto view = views.destination(each.name)) ids.emplace(each.name, view->id);
    return receive::rules_of(config, ids);
}

/// A job that is to be made.
struct Addition {
    outbox::InstanceId instance;
    outbox::PlannedJob job;
};

/// One run's decisions: which instance gets which job, and in which count the others go.
class Judge {
public:
    Judge(const Wanted& wanted, const receive::Rules& rules, const spool::Spool& spool)
        : wanted_(wanted),
          rules_(rules),
          spool_(spool),
          there_(rules.destinations.at(wanted.destination)),
          may_edit_(std::ranges::any_of(rules.routes, [&](const route::Route& each) {
              return !each.edits.empty() && std::ranges::find(each.to, wanted.destination) != each.to.end();
          })) {}

    /// The job that the instance gets, if any, due now.
    std::optional<outbox::PlannedJob> job_for(const outbox::MissingInstance& instance, outbox::Instant now,
                                              Backfilled& done) const {
        if (there_.on_new_version == outbox::OnNewVersion::replace && !instance.is_newest) {
            ++done.older_version;
            return std::nullopt;
        }
        if (!wanted_.is_all && receive::is_origin(there_, instance.calling_ae_title, instance.address)) {
            ++done.came_from_there;
            return std::nullopt;
        }
        // Whoever sends everything there doesn't mean what a route has edited for this very place.
        if (wanted_.is_all && !may_edit_) return job_by({}, now);
        const auto header =
            stored_header(spool_, {spool::Digest::from_bytes(instance.digest), instance.transfer_syntax_uid},
                          rules_.wanted, receive::scan_limits(rules_.dicom));
        if (!header) {
            ++done.unreadable;
            return std::nullopt;
        }
        const auto target = target_for(*header, instance);
        if (!target && !wanted_.is_all) {
            ++done.not_routed;
            return std::nullopt;
        }
        return job_by(target.value_or(route::Target{}), now);
    }

private:
    /// As the target says; its hold only where the routes decide, its priority never: that is asked for.
    outbox::PlannedJob job_by(const route::Target& target, outbox::Instant now) const {
        outbox::PlannedJob job;
        job.destination = there_.id;
        job.priority = wanted_.priority;
        job.due_at = now;
        job.on_new_version = there_.on_new_version;
        job.edits = target.edits;
        if (wanted_.is_all || target.hold.empty()) return job;
        job.hold = outbox::Reason::held_by_rule;
        job.note = receive::note_of(target);
        return job;
    }

    std::optional<route::Target> target_for(const dicom::Header& header,
                                            const outbox::MissingInstance& instance) const {
        const auto* sender =
            receive::sender_of(rules_, {instance.calling_ae_title, instance.address, {}, instance.sender});
        const std::string name = sender != nullptr ? sender->name : "";
        const route::Facts facts{header, instance.calling_ae_title, instance.called_ae_title, name, instance.address};
        for (const route::Target& each : route::decide(rules_.routes, facts).targets)
            if (each.destination == wanted_.destination) return each;
        return std::nullopt;
    }

    const Wanted& wanted_;
    const receive::Rules& rules_;
    const spool::Spool& spool_;
    const receive::KnownDestination& there_;
    const bool may_edit_;  ///< a present route edits for the destination, if only it matches
};

std::string detail_of(const Wanted& wanted, const outbox::Actor& actor, const Backfilled& done) {
    boost::json::object detail{{"all", wanted.is_all},
                               {"added", done.added},
                               {"seen", done.seen},
                               {"not_routed", done.not_routed},
                               {"came_from_there", done.came_from_there},
                               {"older_version", done.older_version},
                               {"unreadable", done.unreadable},
                               {"whole", done.is_whole},
                               {"note", actor.note}};
    if (wanted.since) detail["since_ms"] = wanted.since->time_since_epoch().count();
    if (wanted.study_instance_uid) detail["study_instance_uid"] = *wanted.study_instance_uid;
    return boost::json::serialize(detail);
}

/// One slice, in one commit. The jobs that are new; an instance whose bytes went meanwhile gets none.
std::int64_t add_all(Committer& committer, std::span<const Addition> slice, const outbox::Actor& actor) {
    if (slice.empty()) return 0;
    return committer.run(Turn::bulk, [&](outbox::Outbox& outbox) {
        std::int64_t added = 0;
        for (const auto& [instance, job] : slice) added += !outbox.add(instance, {&job, 1}, actor, job.due_at).empty();
        return added;
    });
}

}  // namespace

Backfilled Backfill::run(const Wanted& wanted, const outbox::Actor& actor, const Watch& watch) {
    const outbox::Views views(database_);
    const auto rules = rules_now(config_, views);
    assert(rules->destinations.contains(wanted.destination));
    const Judge judge(wanted, *rules, committer_.spool());
    const auto there = rules->destinations.at(wanted.destination).id;
    // What comes in meanwhile is routed as it comes; instance numbers have no gaps.
    const std::int64_t last = views.status().instances;
    const std::size_t slice_max = config_.janitor.batch;
    Backfilled done;
    outbox::InstanceId after;
    for (bool is_last = false; !is_last;) {
        auto slice = views.missing(there, wanted.study_instance_uid, wanted.since, after, slice_max);
        if (!slice.empty()) after = slice.back().instance;
        is_last = slice.size() < slice_max || after.value >= last;
        done.seen += static_cast<std::int64_t>(slice.size());
        std::vector<Addition> additions;
        for (const auto& each : slice)
            if (auto job = judge.job_for(each, clock_.now(), done))
                additions.push_back({each.instance, *std::move(job)});
        done.added +=
            wanted.is_dry_run ? static_cast<std::int64_t>(additions.size()) : add_all(committer_, additions, actor);
        // The work of a study has no end that is known: its instances are anywhere.
        const bool goes_on = is_last || !watch || watch(after.value, wanted.study_instance_uid ? 0 : last);
        if (!goes_on) done.is_whole = false;
        is_last = is_last || !goes_on;
    }
    if (wanted.event.empty() || wanted.is_dry_run) return done;
    committer_.run(Turn::settlement, [&](outbox::Outbox& outbox) {
        outbox.record(wanted.event, actor, detail_of(wanted, actor, done), clock_.now(), wanted.destination);
    });
    return done;
}

}  // namespace broker
