/// Routes: everything that can be asked of this version, as one table.
#include "web/api/routes.h"

#include "web/dicomweb/routes.h"
#include "web/pages.h"

namespace web::api {

namespace {

constexpr Route picture(std::string_view pattern, Handler handler) {
    return {"GET", pattern, handler, Kind::read, Pace::picture};
}

}  // namespace

std::vector<Route> routes() {
    return {
        {"GET", "/healthz", healthz, Kind::health},
        {"GET", "/readyz", readyz, Kind::health},
        {"GET", "/", page, Kind::page},
        {"GET", "/overview.css", page, Kind::page},
        {"GET", "/overview.js", page, Kind::page},
        {"GET", "/words.js", page, Kind::page},
        {"GET", "/icon.svg", page, Kind::page},
        {"GET", "/study.html", page, Kind::page},
        {"GET", "/study.css", page, Kind::page},
        {"GET", "/study.js", page, Kind::page},
        {"GET", "/viewer.js", page, Kind::page},
        {"GET", "/viewer_input.js", page, Kind::page},
        {"GET", "/pictures.js", page, Kind::page},
        {"GET", "/presets.js", page, Kind::page},
        {"GET", "/thumbnails.js", page, Kind::page},
        {"GET", "/study_words.js", page, Kind::page},
        {"GET", "/api/v1/node", node, Kind::read},
        {"GET", "/api/v1/status", status, Kind::read},
        {"GET", "/api/v1/spool", spool, Kind::read},
        {"GET", "/api/v1/senders", senders, Kind::read},
        {"GET", "/api/v1/alarms", alarms, Kind::read},
        {"GET", "/api/v1/jobs", jobs, Kind::read},
        {"POST", "/api/v1/jobs/actions", act_on_jobs, Kind::act, Pace::slow},
        {"GET", "/api/v1/jobs/{id}", job, Kind::read},
        {"POST", "/api/v1/jobs/{id}/{verb}", act_on_job, Kind::act},
        {"GET", "/api/v1/destinations", destinations, Kind::read},
        {"GET", "/api/v1/destinations/{name}", destination, Kind::read},
        {"POST", "/api/v1/destinations/{name}/pause", pause, Kind::act},
        {"POST", "/api/v1/destinations/{name}/resume", resume, Kind::act},
        {"POST", "/api/v1/destinations/{name}/echo", echo, Kind::act, Pace::slow},
        {"POST", "/api/v1/destinations/{name}/backfill", backfill, Kind::act, Pace::slow},
        {"POST", "/api/v1/destinations/{name}/move", move, Kind::act, Pace::slow},
        {"GET", "/api/v1/studies", studies, Kind::read},
        {"GET", "/api/v1/studies/{uid}", study, Kind::read},
        {"POST", "/api/v1/studies/{uid}/send", send_study, Kind::act, Pace::slow},
        {"POST", "/api/v1/studies/{uid}/verify", verify_study, Kind::act, Pace::slow},
        {"POST", "/api/v1/studies/{uid}/recheck", recheck_study, Kind::act, Pace::slow},
        {"POST", "/api/v1/studies/{uid}/adopt", adopt_study, Kind::act, Pace::slow},
        {"POST", "/api/v1/studies/{uid}/assign-accession", assign_accession, Kind::act},
        {"GET", "/api/v1/unrouted", unrouted, Kind::read},
        {"GET", "/api/v1/instances/{sop_uid}", instance, Kind::read},
        {"GET", "/api/v1/series/{uid}", series, Kind::read},
        {"GET", "/api/v1/instances/{sop_uid}/windows", instance_windows, Kind::read, Pace::picture},
        {"GET", "/api/v1/config", configuration, Kind::read},
        {"POST", "/api/v1/config/reload", reload_configuration, Kind::act, Pace::slow},
        {"GET", "/api/v1/instances/{sop_uid}/routes", instance_routes, Kind::read},
        {"POST", "/api/v1/routes/explain", explain_routes, Kind::ask},
        {"POST", "/api/v1/routes/diff", diff_routes, Kind::ask, Pace::slow, settings_body_bytes_max},
        {"POST", "/api/v1/doctor", doctor, Kind::act, Pace::slow},
        {"GET", "/api/v1/history", history, Kind::read},
        {"GET", "/api/v1/history.csv", history_csv, Kind::read, Pace::slow},
        {"GET", "/api/v1/history.jsonl", history_jsonl, Kind::read, Pace::slow},
        {"GET", "/api/v1/history/verify", verify_history, Kind::read, Pace::slow},
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
