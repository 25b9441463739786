/// Assigning: an accession number for a study, at the destinations that register it.
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "web/accession.h"
#include "web/api/routes.h"
#include "web/api/subject.h"
#include "web/json/body.h"
#include "web/json/members.h"
#include "web/json/respond.h"
#include "web/problem.h"

namespace web::api {
namespace {

using boost::json::array;
using boost::json::object;

struct Asked {
    std::string accession_number;
    std::string destination;  ///< "": every one that registers and has jobs of the study
    bool is_dry_run = false;
    std::string note;
};

Parsed<Asked> read_asked(const Request& request) {
    const auto body = json::parse_body(request.body);
    if (!body) return body.fault();
    if (const auto fault = json::unknown_member(*body, {"accession_number", "destination", "dry_run", "note"}))
        return *fault;
    const auto typed = json::text_member(*body, "accession_number");
    if (!typed) return typed.fault();
    const auto number = parse_accession(*typed);
    if (!number) return number.fault();
    const auto destination = json::text_member(*body, "destination");
    if (!destination) return destination.fault();
    const auto is_dry_run = json::bool_member(*body, "dry_run");
    if (!is_dry_run) return is_dry_run.fault();
    const auto note = json::text_member(*body, "note");
    if (!note) return note.fault();
    return Asked{*number, *destination, *is_dry_run, *note};
}

/// What is wrong with the destination that was named, if one was.
std::optional<Fault> fault_of(const std::string& destination, const Deps& deps) {
    if (destination.empty()) return std::nullopt;
    if (auto fault = unknown_destination(deps.views(), destination)) return fault;
    if (deps.views().destination(destination)->registers) return std::nullopt;
    return Fault{"destination", "registers no studies: a number of its own can only be assigned at one that does"};
}

/// How many jobs there would be given the number, and how many would stay as they are.
struct Prospect {
    std::string destination;
    outbox::Assigned assigned;
};

/// Where the number is to be assigned. A destination that was named needs no jobs yet: those that come have it.
std::vector<Prospect> prospects(const outbox::StudyView& study, const std::string& destination) {
    std::vector<Prospect> all;
    for (const outbox::StudyDelivery& each : study.deliveries) {
        if (!each.registers || (!destination.empty() && each.destination != destination)) continue;
        const outbox::JobCounts& jobs = each.jobs;
        const auto of = jobs.queued + jobs.sending + jobs.uncertain + jobs.delivered + jobs.held;
        all.push_back({each.destination, {each.assignable_count, of - each.assignable_count}});
    }
    if (all.empty() && !destination.empty()) all.push_back({destination, {}});
    return all;
}

Response answer(const Asked& asked, const std::vector<Prospect>& all) {
    array destinations;
    outbox::Assigned sum;
    for (const Prospect& each : all) {
        sum.changed += each.assigned.changed;
        sum.already_registered += each.assigned.already_registered;
        destinations.push_back(object{{"name", each.destination},
                                      {"count", each.assigned.changed},
                                      {"already_registered", each.assigned.already_registered}});
    }
    object shown{{"accession_number", asked.accession_number},
                 {"count", sum.changed},
                 {"already_registered", sum.already_registered},
                 {"destinations", std::move(destinations)}};
    if (!asked.is_dry_run) {
        shown["changed"] = sum.changed;
        shown["seen"] = sum.changed + sum.already_registered;
    }
    return json::ok(std::move(shown));
}

}  // namespace

Response assign_accession(const Request& request, const Deps& deps) {
    const auto asked = read_asked(request);
    if (!asked) return bad_request(asked.fault());
    const auto study = deps.views().study(request.at("uid"));
    if (!study) return problem(404, "there is no study of that UID here");
    if (const auto fault = fault_of(asked->destination, deps)) return bad_request(*fault);
    std::vector<Prospect> all = prospects(*study, asked->destination);
    if (all.empty())
        return problem(409,
                       "no destination that registers studies has jobs of this one: a number is assigned for such a "
                       "destination only",
                       {{"state", "not_registered"}});
    if (asked->is_dry_run) return answer(*asked, all);
    Assignment assignment{study->study_instance_uid, asked->accession_number, {}};
    for (const Prospect& each : all) assignment.destinations.push_back(each.destination);
    const auto assigned = deps.act->assign(assignment, {request.actor, asked->note});
    for (std::size_t i = 0; i < all.size(); ++i) all[i].assigned = assigned.at(i);
    return answer(*asked, all);
}

}  // namespace web::api
