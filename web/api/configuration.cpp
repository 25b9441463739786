/// Configuration: what is in force, and reading it anew.
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "web/api/routes.h"
#include "web/json/body.h"
#include "web/json/members.h"
#include "web/json/respond.h"
#include "web/json/values.h"
#include "web/problem.h"

namespace web::api {
namespace {

using boost::json::array;
using boost::json::object;

Response not_running(const Deps& deps) {
    if (deps.act == nullptr)
        return problem(409, "the broker is stopped: what it would run with is shown by dicom-bridge check --print",
                       {{"state", "stopped"}});
    return problem(409, "this bridge was not started from a configuration file", {{"state", "no_file"}});
}

array shown(const std::vector<ConfigurationProblem>& problems) {
    array list;
    for (const auto& each : problems)
        list.push_back(object{{"file", each.file}, {"line", each.line}, {"key", each.key}, {"text", each.text}});
    return list;
}

object shown(const KeyChange& change) {
    object key{{"key", change.key}};
    if (change.from) key["from"] = *change.from;
    if (change.to) key["to"] = *change.to;
    return key;
}

array shown(const std::vector<KeyChange>& keys) {
    array list;
    for (const KeyChange& each : keys) list.push_back(shown(each));
    return list;
}

array shown(const std::vector<ConfigurationChange>& changes) {
    array list;
    for (const auto& each : changes)
        list.push_back(object{{"where", each.where}, {"what", each.what}, {"keys", shown(each.keys)}});
    return list;
}

array shown(const std::vector<AffectedDestination>& destinations) {
    array list;
    for (const auto& each : destinations) list.push_back(object{{"name", each.name}, {"jobs", each.jobs}});
    return list;
}

array shown(const std::vector<std::string>& words) {
    array list;
    for (const std::string& each : words) list.emplace_back(each);
    return list;
}

/// Why nothing was changed.
Response refusal(const Reloaded& reloaded) {
    if (!reloaded.problems.empty())
        return problem_with(422, "the configuration has problems; the one that is in force stays",
                            {{"problems", shown(reloaded.problems)}});
    std::string keys;
    for (const KeyChange& each : reloaded.restart) keys += (keys.empty() ? "" : ", ") + each.key;
    return problem_with(409, "a running bridge cannot take " + keys + ": restart it to take the configuration",
                        {{"state", "needs_restart"}, {"restart", shown(reloaded.restart)}});
}

}  // namespace

Response configuration(const Request&, const Deps& deps) {
    if (deps.configure == nullptr) return not_running(deps);
    const Configuration present = deps.configure->configuration();
    return json::ok({{"text", present.text},
                     {"sha256", present.sha256},
                     {"files", shown(present.files)},
                     {"loaded_at", json::text_of(present.loaded_at)},
                     {"notices", shown(present.notices)}});
}

Response reload_configuration(const Request& request, const Deps& deps) {
    const auto body = json::parse_body(request.body);
    if (!body) return bad_request(body.fault());
    if (const auto fault = json::unknown_member(*body, {"dry_run", "note"})) return bad_request(*fault);
    const auto is_dry_run = json::bool_member(*body, "dry_run");
    if (!is_dry_run) return bad_request(is_dry_run.fault());
    const auto note = json::text_member(*body, "note");
    if (!note) return bad_request(note.fault());
    if (deps.configure == nullptr) return not_running(deps);
    const Reloaded reloaded = deps.configure->reload(*is_dry_run, {request.actor, *note});
    if (!reloaded.problems.empty() || !reloaded.restart.empty()) return refusal(reloaded);
    return json::ok({{"changes", shown(reloaded.changes)},
                     {"removed", shown(reloaded.removed)},
                     {"returned", shown(reloaded.returned)},
                     {"jobs_held", reloaded.jobs_held},
                     {"ending", shown(reloaded.ending)},
                     {"files", shown(reloaded.files)},
                     {"applied", reloaded.is_applied}});
}

}  // namespace web::api
