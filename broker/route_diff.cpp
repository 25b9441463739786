// Both sets of rules put to each header, which is read once.
#include "broker/route_diff.h"

#include <algorithm>
#include <set>
#include <utility>

#include "broker/ruling.h"
#include "broker/stored_header.h"

namespace broker {

namespace {

/// What one side says of an instance.
struct Side {
    std::vector<std::string> matched;
    Course course;
};

Side ask(const receive::Rules& rules, const dicom::Header& header, const Arrival& arrival) {
    route::Decision decision = route::decide(rules.routes, facts_of(rules, header, arrival));
    Side side{std::move(decision.matched), std::move(decision.targets)};
    std::erase_if(side.course, [&](const route::Target& each) { return came_from(rules, each.destination, arrival); });
    for (route::Target& each : side.course) {
        // Which route it was that edits changes nothing for who gets it.
        each.edited_by.clear();
        each.not_edited_by.clear();
    }
    std::ranges::sort(side.course, {}, &route::Target::destination);
    return side;
}

const route::Target* find(const Course& course, const std::string& destination) {
    const auto at = std::ranges::find(course, destination, &route::Target::destination);
    return at == course.end() ? nullptr : &*at;
}

/// A course as one text, which is the same exactly where the course is.
std::string key_of(const Course& course) {
    std::string key;
    for (const route::Target& each : course)
        for (const std::string& part :
             {each.destination, std::to_string(static_cast<int>(each.priority)), each.hold, each.edits})
            key += std::to_string(part.size()) + ":" + part;
    return key;
}

/// The counts, while they grow.
class Tally {
public:
    void count_purged() { ++diff_.instances, ++diff_.purged; }
    void count_unreadable() { ++diff_.instances, ++diff_.unreadable; }
    void stop() { diff_.is_whole = false; }

    void count(const outbox::ReceivedInstance& instance, const Side& now, const Side& then) {
        ++diff_.instances;
        diff_.unrouted_now += now.matched.empty();
        diff_.unrouted_then += then.matched.empty();
        std::set<std::string> present;
        for (const route::Target& each : now.course) present.insert(each.destination);
        diff_.differs_from_recorded += present != std::set(instance.destinations.begin(), instance.destinations.end());
        if (now.course == then.course) {
            ++diff_.same;
            return;
        }
        ++diff_.changed;
        for (const route::Target& each : now.course) count_destination(each, find(then.course, each.destination));
        for (const route::Target& each : then.course)
            if (find(now.course, each.destination) == nullptr) ++diff_.destinations[each.destination].gains;
        count_group(instance, now, then);
    }

    RoutesDiff finish(std::size_t groups_max) {
        for (auto& [key, group] : groups_) diff_.groups.push_back(std::move(group));
        std::ranges::stable_sort(diff_.groups, std::ranges::greater(), &ChangeGroup::count);
        while (diff_.groups.size() > groups_max) {
            diff_.in_other_groups += diff_.groups.back().count;
            diff_.groups.pop_back();
        }
        return std::move(diff_);
    }

private:
    void count_destination(const route::Target& now, const route::Target* then) {
        if (then == nullptr) {
            ++diff_.destinations[now.destination].loses;
            return;
        }
        if (*then == now) return;
        DestinationChange& change = diff_.destinations[now.destination];
        change.edits += then->edits != now.edits;
        change.priority += then->priority != now.priority;
        change.hold += then->hold != now.hold;
    }

    void count_group(const outbox::ReceivedInstance& instance, const Side& now, const Side& then) {
        const std::pair key(key_of(now.course), key_of(then.course));
        auto at = groups_.find(key);
        if (at == groups_.end()) {
            if (groups_.size() == RouteDiff::groups_kept_max) {
                ++diff_.in_other_groups;
                return;
            }
            at = groups_.emplace(key, ChangeGroup{now.course, then.course}).first;
        }
        ChangeGroup& group = at->second;
        ++group.count;
        if (group.examples.size() < RouteDiff::examples_max)
            group.examples.push_back({instance.sop_instance_uid, instance.study_instance_uid, instance.modality,
                                      instance.received_at, now.matched, then.matched});
    }

    RoutesDiff diff_;
    std::map<std::pair<std::string, std::string>, ChangeGroup> groups_;
};

/// So that one scan serves both.
dicom::Wanted wanted_by(const receive::Rules& one, const receive::Rules& other) {
    auto paths = route::wanted_tags(one.routes);
    paths.merge(route::wanted_tags(other.routes));
    return receive::wanted_with(std::move(paths));
}

/// Both sets of rules, with what they need to be put to a header.
class Bench {
public:
    Bench(const spool::Spool& spool, const RouteDiff::Sides& sides)
        : spool_(spool),
          present_(rules_to_ask(sides.present)),
          proposed_(rules_to_ask(sides.proposed)),
          wanted_(wanted_by(*present_, *proposed_)),
          limits_(receive::scan_limits(sides.present.dicom)) {}

    void judge(const outbox::ReceivedInstance& instance, Tally& tally) const {
        if (instance.blob_state == "purged" || instance.blob_state == "purging") return tally.count_purged();
        if (instance.blob_state != "kept") return tally.count_unreadable();
        const auto header = stored_header(
            spool_, {spool::Digest::from_bytes(instance.digest), instance.transfer_syntax_uid}, wanted_, limits_);
        if (!header) return tally.count_unreadable();
        const Arrival arrival{
            instance.calling_ae_title, instance.called_ae_title, instance.address, {}, instance.sender};
        tally.count(instance, ask(*present_, *header, arrival), ask(*proposed_, *header, arrival));
    }

private:
    const spool::Spool& spool_;
    const std::shared_ptr<const receive::Rules> present_, proposed_;
    const dicom::Wanted wanted_;
    const dicom::ScanLimits limits_;
};

}  // namespace

RoutesDiff RouteDiff::run(const Sides& sides, std::optional<outbox::Instant> since, std::size_t groups_max,
                          const Watch& watch) const {
    const outbox::Views views(database_);
    const Bench bench(spool_, sides);
    // What comes in meanwhile is not looked at; instance numbers have no gaps.
    const std::int64_t last = views.status().instances;
    Tally tally;
    outbox::InstanceId after;
    std::optional<std::int64_t> first;
    for (bool is_last = false; !is_last;) {
        const auto slice = views.received(since, after, slice_rows);
        if (slice.empty()) break;
        if (!first) first = slice.front().instance.value;
        after = slice.back().instance;
        for (const outbox::ReceivedInstance& each : slice) bench.judge(each, tally);
        is_last = slice.size() < slice_rows || after.value >= last;
        if (is_last || !watch || watch(after.value - *first + 1, last - *first + 1)) continue;
        tally.stop();
        break;
    }
    return tally.finish(groups_max);
}

}  // namespace broker
