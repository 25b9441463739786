// The broker's rules behind web's questions.
#include "broker/main/reasons.h"

#include <boost/json/serialize.hpp>
#include <memory>
#include <utility>

#include "broker/cli/error.h"
#include "broker/config/load.h"
#include "broker/dicom/header_of_file.h"
#include "broker/dicom/tag_path.h"
#include "broker/route/edit_words.h"
#include "broker/route_diff.h"
#include "broker/ruling.h"
#include "broker/stored_header.h"
#include "web/json/explanation.h"

namespace broker {

namespace {

outbox::Priority priority_of(route::Priority priority) {
    switch (priority) {
        case route::Priority::high:
            return outbox::Priority::high;
        case route::Priority::normal:
            return outbox::Priority::normal;
        case route::Priority::low:
            break;
    }
    return outbox::Priority::low;
}

web::RouteVerdict verdict_of(route::Verdict verdict) {
    switch (verdict) {
        case route::Verdict::matched:
            return web::RouteVerdict::matched;
        case route::Verdict::not_matched:
            return web::RouteVerdict::not_matched;
        case route::Verdict::after_last:
            return web::RouteVerdict::after_last;
        case route::Verdict::not_needed:
            break;
    }
    return web::RouteVerdict::not_needed;
}

web::RouteExplained shown(const route::Explained& explained) {
    const route::Route& route = *explained.route;
    web::RouteExplained shown;
    shown.name = route.name;
    shown.verdict = verdict_of(explained.verdict);
    if (explained.because != nullptr) shown.because = explained.because->name;
    shown.is_otherwise = route.otherwise;
    shown.is_last = route.last;
    for (const route::Finding& each : explained.findings)
        shown.findings.push_back({each.subject, each.test, each.values, each.holds});
    shown.to = route.to;
    shown.priority = priority_of(route.priority);
    shown.hold = route.hold;
    shown.edits = route::lines_of_edits(route.edits);
    return shown;
}

/// One header put to one set of rules.
web::Explanation explained(const receive::Rules& rules, dicom::Header header, const web::Arrival& asked) {
    const Arrival arrival{asked.calling_ae_title, asked.called_ae_title, asked.address, asked.sender, asked.known_as};
    const route::Facts facts = facts_of(rules, std::move(header), arrival);
    const route::Explanation found = route::explain(rules.routes, facts);
    web::Explanation explanation;
    explanation.arrival = asked;
    explanation.arrival.sender = facts.sender;
    explanation.is_unrouted = found.decision.unrouted();
    for (const route::Explained& each : found.routes) explanation.routes.push_back(shown(each));
    for (const route::Target& each : found.decision.targets)
        explanation.targets.push_back({each.destination, priority_of(each.priority), each.hold,
                                       route::lines_of_edits(each.edits), each.edited_by, each.not_edited_by,
                                       came_from(rules, each.destination, arrival)});
    return explanation;
}

std::vector<web::Going> shown(const Course& course) {
    std::vector<web::Going> shown;
    for (const route::Target& each : course)
        shown.push_back({each.destination, priority_of(each.priority), each.hold, route::lines_of_edits(each.edits)});
    return shown;
}

web::RoutesDiff shown(const RoutesDiff& diff) {
    web::RoutesDiff shown_diff;
    shown_diff.instances = diff.instances;
    shown_diff.same = diff.same;
    shown_diff.changed = diff.changed;
    shown_diff.unreadable = diff.unreadable;
    shown_diff.purged = diff.purged;
    shown_diff.unrouted_now = diff.unrouted_now;
    shown_diff.unrouted_then = diff.unrouted_then;
    shown_diff.differs_from_recorded = diff.differs_from_recorded;
    for (const auto& [name, change] : diff.destinations)
        shown_diff.destinations.push_back(
            {name, change.gains, change.loses, change.edits, change.priority, change.hold});
    for (const ChangeGroup& each : diff.groups) {
        web::ChangeGroup& group = shown_diff.groups.emplace_back();
        group = {shown(each.from), shown(each.to), each.count, {}};
        for (const ChangeExample& one : each.examples)
            group.examples.push_back({one.sop_instance_uid, one.study_instance_uid, one.modality, one.received_at,
                                      one.routes_now, one.routes_then});
    }
    shown_diff.in_other_groups = diff.in_other_groups;
    shown_diff.is_whole = diff.is_whole;
    return shown_diff;
}

web::Fault fault_of(const std::vector<config::Problem>& problems) {
    constexpr std::size_t problems_max = 5;
    std::string text;
    for (std::size_t i = 0; i < problems.size() && i < problems_max; ++i)
        text += (i == 0 ? "" : "; ") + config::print(problems[i]);
    if (problems.size() > problems_max) text += "; and " + std::to_string(problems.size() - problems_max) + " more";
    return {"settings", text};
}

}  // namespace

std::optional<web::Explanation> Reasons::explain(const Kept& instance, const web::Arrival& arrival) const {
    const auto rules = rules_to_ask(*broker_.config());
    auto header = stored_header(broker_.committer().spool(),
                                {spool::Digest::from_bytes(instance.digest), instance.transfer_syntax_uid},
                                rules->wanted, receive::scan_limits(rules->dicom));
    if (!header) return std::nullopt;
    return explained(*rules, std::move(*header), arrival);
}

web::Parsed<web::Explanation> Reasons::explain(const web::Tags& tags, const web::Arrival& arrival) const {
    dicom::Header header;
    for (const auto& [name, values] : tags) {
        const auto path = dicom::parse_path(name);
        if (const auto* none = std::get_if<dicom::NoPath>(&path)) return web::Fault{"tags", name + " " + none->why};
        header.set(std::get<dicom::TagPath>(path), values);
    }
    return explained(*rules_to_ask(*broker_.config()), std::move(header), arrival);
}

web::Parsed<web::Explain::Comparison> Reasons::compare(const web::Proposal& proposal) const {
    auto loaded = config::load_text(proposal.settings, "settings");
    if (!loaded.config) return fault_of(loaded.problems);
    const auto proposed = std::make_shared<const config::Config>(std::move(*loaded.config));
    const auto compare = [this, proposed, since = proposal.since,
                          groups_max = proposal.groups_max](const web::Act::Watch& watch) {
        const auto present = broker_.config();
        const RouteDiff diff(broker_.committer().spool(), broker_.database());
        return shown(diff.run({*present, *proposed}, since, groups_max, watch));
    };
    return Comparison(compare);
}

std::string explain_file(const config::Config& config, const cli::FileToExplain& file) {
    const auto rules = rules_to_ask(config);
    auto found = dicom::header_of_file(file.path, rules->wanted, receive::scan_limits(config.dicom));
    if (const auto* none = std::get_if<dicom::NoHeader>(&found))
        throw cli::Error(cli::Errc::usage, file.path.string() + " " + none->why);
    auto& read = std::get<dicom::HeaderOfFile>(found);
    const auto value = [&](dicom::Tag tag) { return std::string(read.header.first(tag)); };
    boost::json::object about{{"file", file.path.string()},
                              {"transfer_syntax_uid", read.transfer_syntax_uid},
                              {"has_identity", read.has_identity},
                              {"problem", dicom::to_string(read.problem)},
                              {"sop_instance_uid", value(dicom::tags::sop_instance_uid)},
                              {"study_instance_uid", value(dicom::tags::study_instance_uid)},
                              {"modality", value(dicom::tags::modality)}};
    const web::Arrival arrival{file.calling_ae_title, file.called_ae_title, file.address, "", std::nullopt, ""};
    for (auto& member : web::json::explanation(explained(*rules, std::move(read.header), arrival)))
        about[member.key()] = std::move(member.value());
    return boost::json::serialize(about);
}

}  // namespace broker
