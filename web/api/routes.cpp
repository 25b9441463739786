/// Routes: everything that can be asked of this version, as one table.
#include "web/api/routes.h"

#include "web/dicomweb/routes.h"
#include "web/pages.h"

namespace web::api {

namespace {

using enum Permission;

constexpr Route picture(std::string_view pattern, Handler handler) {
    return {"GET", pattern, handler, look, Kind::read, Shows::study, Pace::picture};
}

}  // namespace

std::vector<Route> routes() {
    return {
        {"GET", "/healthz", healthz, anyone, Kind::health},
        {"GET", "/readyz", readyz, anyone, Kind::health},
        {"GET", "/", page, anyone, Kind::page},
        {"GET", "/overview.css", page, anyone, Kind::page},
        {"GET", "/overview.js", page, anyone, Kind::page},
        {"GET", "/words.js", page, anyone, Kind::page},
        {"GET", "/icon.svg", page, anyone, Kind::page},
        {"GET", "/study.html", page, anyone, Kind::page},
        {"GET", "/study.css", page, anyone, Kind::page},
        {"GET", "/study.js", page, anyone, Kind::page},
        {"GET", "/viewer.js", page, anyone, Kind::page},
        {"GET", "/viewer_input.js", page, anyone, Kind::page},
        {"GET", "/pictures.js", page, anyone, Kind::page},
        {"GET", "/presets.js", page, anyone, Kind::page},
        {"GET", "/thumbnails.js", page, anyone, Kind::page},
        {"GET", "/study_words.js", page, anyone, Kind::page},
        {"POST", "/login", login, anyone, Kind::act},
        {"POST", "/logout", logout, known, Kind::act},
        {"POST", "/setup", setup, anyone, Kind::act},
        {"POST", "/password", change_own_password, known, Kind::act},
        {"GET", "/api/v1/users", users, administer, Kind::read},
        {"POST", "/api/v1/users", add_user, administer, Kind::act},
        {"POST", "/api/v1/users/{name}/password", set_password, administer, Kind::act},
        {"POST", "/api/v1/users/{name}/remove", remove_user, administer, Kind::act},
        {"GET", "/api/v1/tokens", tokens, administer, Kind::read},
        {"POST", "/api/v1/tokens", add_token, administer, Kind::act},
        {"POST", "/api/v1/tokens/{id}/remove", remove_token, administer, Kind::act},
        {"GET", "/api/v1/node", node, known, Kind::read},
        {"GET", "/api/v1/status", status, watch, Kind::read},
        {"GET", "/api/v1/spool", spool, watch, Kind::read},
        {"GET", "/api/v1/senders", senders, watch, Kind::read},
        {"GET", "/api/v1/alarms", alarms, watch, Kind::read},
        {"GET", "/metrics", metrics, watch, Kind::read},
        {"GET", "/api/v1/jobs", jobs, inspect, Kind::read, Shows::list},
        {"POST", "/api/v1/jobs/actions", act_on_jobs, operate, Kind::act, Shows::nothing, Pace::slow},
        {"GET", "/api/v1/jobs/{id}", job, inspect, Kind::read, Shows::job},
        {"POST", "/api/v1/jobs/{id}/{verb}", act_on_job, operate, Kind::act},
        {"GET", "/api/v1/destinations", destinations, watch, Kind::read},
        {"GET", "/api/v1/destinations/{name}", destination, watch, Kind::read},
        {"POST", "/api/v1/destinations/{name}/pause", pause, operate, Kind::act},
        {"POST", "/api/v1/destinations/{name}/resume", resume, operate, Kind::act},
        {"POST", "/api/v1/destinations/{name}/echo", echo, operate, Kind::act, Shows::nothing, Pace::slow},
        {"POST", "/api/v1/destinations/{name}/backfill", backfill, operate, Kind::act, Shows::nothing, Pace::slow},
        {"POST", "/api/v1/destinations/{name}/move", move, operate, Kind::act, Shows::nothing, Pace::slow},
        {"GET", "/api/v1/studies", studies, look, Kind::read, Shows::list},
        {"GET", "/api/v1/studies/{uid}", study, look, Kind::read, Shows::study},
        {"POST", "/api/v1/studies/{uid}/send", send_study, operate, Kind::act, Shows::nothing, Pace::slow},
        {"POST", "/api/v1/studies/{uid}/verify", verify_study, operate, Kind::act, Shows::nothing, Pace::slow},
        {"POST", "/api/v1/studies/{uid}/recheck", recheck_study, operate, Kind::act, Shows::nothing, Pace::slow},
        {"POST", "/api/v1/studies/{uid}/adopt", adopt_study, operate, Kind::act, Shows::nothing, Pace::slow},
        {"POST", "/api/v1/studies/{uid}/assign-accession", assign_accession, operate, Kind::act},
        {"GET", "/api/v1/unrouted", unrouted, inspect, Kind::read, Shows::list},
        {"GET", "/api/v1/instances/{sop_uid}", instance, inspect, Kind::read, Shows::instance},
        {"GET", "/api/v1/series/{uid}", series, look, Kind::read, Shows::series},
        {"GET", "/api/v1/instances/{sop_uid}/windows", instance_windows, look, Kind::read, Shows::instance,
         Pace::picture},
        {"GET", "/api/v1/config", configuration, audit, Kind::read},
        {"POST", "/api/v1/config/reload", reload_configuration, administer, Kind::act, Shows::nothing, Pace::slow},
        {"GET", "/api/v1/instances/{sop_uid}/routes", instance_routes, inspect, Kind::read, Shows::instance},
        {"POST", "/api/v1/routes/explain", explain_routes, inspect, Kind::ask},
        {"POST", "/api/v1/routes/diff", diff_routes, administer, Kind::ask, Shows::nothing, Pace::slow,
         settings_body_bytes_max},
        {"POST", "/api/v1/doctor", doctor, operate, Kind::act, Shows::nothing, Pace::slow},
        {"GET", "/api/v1/history", history, inspect, Kind::read, Shows::list},
        {"GET", "/api/v1/history.csv", history_csv, audit, Kind::read, Shows::list, Pace::slow},
        {"GET", "/api/v1/history.jsonl", history_jsonl, audit, Kind::read, Shows::list, Pace::slow},
        {"GET", "/api/v1/history/verify", verify_history, audit, Kind::read, Shows::nothing, Pace::slow},
        picture("/dicom-web/studies/{study}/rendered", dicomweb::rendered),
        picture("/dicom-web/studies/{study}/thumbnail", dicomweb::thumbnail),
        picture("/dicom-web/studies/{study}/series/{series}/rendered", dicomweb::rendered),
        picture("/dicom-web/studies/{study}/series/{series}/thumbnail", dicomweb::thumbnail),
        picture("/dicom-web/studies/{study}/series/{series}/instances/{instance}/rendered", dicomweb::rendered),
        picture("/dicom-web/studies/{study}/series/{series}/instances/{instance}/thumbnail", dicomweb::thumbnail),
        picture("/dicom-web/studies/{study}/series/{series}/instances/{instance}/frames/{frame}/rendered",
                dicomweb::rendered),
        picture("/dicom-web/studies/{study}/series/{series}/instances/{instance}/frames/{frame}/thumbnail",
                dicomweb::thumbnail),
    };
}

}  // namespace web::api
