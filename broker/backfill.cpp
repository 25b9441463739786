// What a destination is missing, slice by slice: found, judged by the present routes, and added.
#include "broker/backfill.h"

#include <boost/json.hpp>
#include <cassert>
#include <span>

#include "broker/dicom/header_scan.h"
#include "broker/dicom/part10.h"
#include "broker/receive/custody.h"
#include "broker/receive/rules.h"

namespace broker {

namespace {

/// No header is longer: what comes later is passed over, as if it were absent.
constexpr std::uint64_t scanned_bytes_max = 64U << 20;

dicom::ScanLimits limits_of(const config::Dicom& dicom) {
    dicom::ScanLimits limits;
    limits.elements_max = dicom.max_header_elements;
    limits.depth_max = dicom.max_header_depth;
    limits.value_bytes_max = dicom.max_header_value;
    return limits;
}

std::shared_ptr<const receive::Rules> rules_now(const config::Config& config, const outbox::Views& views) {
    std::map<std::string, outbox::DestinationId> ids;
    for (const config::Destination& each : config.destinations)
        if (const auto view = views.destination(each.name)) ids.emplace(each.name, view->id);
    return receive::rules_of(config, ids);
}

/// The header as the receiving pass read it; nothing where the bytes are not there or not a blob's.
std::optional<dicom::Header> read_header(const spool::Spool& spool, const outbox::MissingInstance& instance,
                                         const receive::Rules& rules) try {
    const spool::Reader reader = spool.open(spool::Digest::from_bytes(instance.digest));
    std::vector<std::byte> piece(64 * 1024);
    std::size_t got = reader.read(0, piece);
    const auto begin = dicom::data_set_offset({piece.data(), got});
    if (!begin) return std::nullopt;
    dicom::HeaderScan scan(instance.transfer_syntax_uid, rules.wanted, limits_of(rules.dicom));
    scan.feed({piece.data() + *begin, got - *begin});
    for (std::uint64_t at = got; !scan.is_done() && at < scanned_bytes_max; at += got) {
        got = reader.read(at, piece);
        if (got == 0) break;
        scan.feed({piece.data(), got});
    }
    scan.finish();
    return scan.header();
} catch (const spool::Error& error) {
    if (error.code() != spool::Errc::not_found) throw;
    return std::nullopt;
}

/// One run's decisions: which instance gets a job, and in which count the others go.
class Judge {
public:
    Judge(const Wanted& wanted, const receive::Rules& rules, const spool::Spool& spool)
        : wanted_(wanted), rules_(rules), spool_(spool), there_(rules.destinations.at(wanted.destination)) {}

    bool is_wanted(const outbox::MissingInstance& instance, Backfilled& done) const {
        if (there_.on_new_version == outbox::OnNewVersion::replace && !instance.is_newest) {
            ++done.older_version;
            return false;
        }
        if (wanted_.is_all) return true;
        if (receive::is_origin(there_, instance.calling_ae_title, instance.address)) {
            ++done.came_from_there;
            return false;
        }
        const auto header = read_header(spool_, instance, rules_);
        if (!header) {
            ++done.unreadable;
            return false;
        }
        const bool is_named = names(*header, instance);
        if (!is_named) ++done.not_routed;
        return is_named;
    }

    outbox::PlannedJob job(outbox::Instant now) const {
        outbox::PlannedJob job;
        job.destination = there_.id;
        job.priority = wanted_.priority;
        job.due_at = now;
        job.on_new_version = there_.on_new_version;
        return job;
    }

private:
    bool names(const dicom::Header& header, const outbox::MissingInstance& instance) const {
        const auto* sender = receive::sender_of(rules_, {instance.calling_ae_title, instance.address});
        const std::string name = sender != nullptr ? sender->name : "";
        const route::Facts facts{header, instance.calling_ae_title, instance.called_ae_title, name, instance.address};
        for (const route::Target& each : route::decide(rules_.routes, facts).targets)
            if (each.destination == wanted_.destination) return true;
        return false;
    }

    const Wanted& wanted_;
    const receive::Rules& rules_;
    const spool::Spool& spool_;
    const receive::KnownDestination& there_;
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
std::int64_t add_all(Committer& committer, std::span<const outbox::MissingInstance> slice,
                     const outbox::PlannedJob& job, const outbox::Actor& actor) {
    if (slice.empty()) return 0;
    return committer.run(Turn::bulk, [&](outbox::Outbox& outbox) {
        std::int64_t added = 0;
        for (const auto& each : slice) added += !outbox.add(each.instance, {&job, 1}, actor, job.due_at).empty();
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
        std::erase_if(slice, [&](const auto& each) { return !judge.is_wanted(each, done); });
        done.added += wanted.is_dry_run ? static_cast<std::int64_t>(slice.size())
                                        : add_all(committer_, slice, judge.job(clock_.now()), actor);
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
