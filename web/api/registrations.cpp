/// Registrations: studies at the destinations that register them, by how far they are: a list, a summary, a file.
#include <boost/json/array.hpp>

#include "web/api/routes.h"
#include "web/api/subject.h"
#include "web/csv.h"
#include "web/error.h"
#include "web/filters.h"
#include "web/json/respond.h"
#include "web/json/study.h"
#include "web/json/values.h"
#include "web/problem.h"

namespace web::api {
namespace {

/// The columns before the counts of jobs, as the list names them.
constexpr std::string_view texts[] = {"destination",       "study_instance_uid", "stage",
                                      "stage_at",          "accession_number",   "assigned_accession_number",
                                      "objection",         "objection_text",     "service_request_id",
                                      "imaging_study_id",  "miss_count",         "next_look_at",
                                      "patient_name",      "patient_id",         "study_date",
                                      "study_description", "modalities",         "instances"};
constexpr std::string_view counts[] = {"queued", "waiting", "sending", "uncertain", "delivered", "held", "cancelled"};

std::string cell_of(const boost::json::value& shown) {
    if (shown.is_string()) return std::string(shown.get_string());
    if (shown.is_int64()) return std::to_string(shown.get_int64());
    std::string joined;
    if (shown.is_array())
        for (const auto& each : shown.get_array())
            joined += (joined.empty() ? "" : " ") + std::string(each.get_string());
    return joined;
}

std::string line_of(const std::vector<std::string>& cells) {
    return csv_line({cells.begin(), cells.end()});
}

std::string head() {
    std::vector<std::string> cells(std::begin(texts), std::end(texts));
    for (const std::string_view each : counts) cells.push_back("jobs_" + std::string(each));
    return line_of(cells);
}

std::string csv_row(const outbox::RegisteringStudy& study) {
    const boost::json::object shown = json::registering(study);
    std::vector<std::string> cells;
    for (const std::string_view each : texts) cells.push_back(cell_of(shown.at(each)));
    for (const std::string_view each : counts) cells.push_back(cell_of(shown.at("jobs").at(each)));
    return line_of(cells);
}

void write_rows(const outbox::RegistrationFilter& filter, const Deps& deps, const Write& write) {
    std::string piece = head();
    std::optional<outbox::RegistrationPlace> after;
    do {
        if (deps.stop.stop_requested()) throw Error(Errc::unavailable, "the broker is stopping");
        const auto page = deps.views().registering(filter, after, deps.limits.rows_default);
        for (const outbox::RegisteringStudy& each : page.studies) piece += csv_row(each);
        if (piece.size() >= stream_piece_bytes) {
            if (!write(piece)) return;
            piece.clear();
        }
        after = page.next;
    } while (after);
    if (!piece.empty()) write(piece);
}

}  // namespace

Response registrations(const Request& request, const Deps& deps) {
    const auto asked = parse_registration_query(request.target.query, deps.limits);
    if (!asked) return bad_request(asked.fault());
    if (const auto fault = unknown_destination(deps.views(), asked->filter.destination)) return bad_request(*fault);
    const auto page = deps.views().registering(asked->filter, asked->after, asked->limit);
    boost::json::array items;
    for (const outbox::RegisteringStudy& each : page.studies) items.emplace_back(json::registering(each));
    std::optional<std::string> next;
    if (page.next) next = next_cursor(asked->page, *page.next);
    return json::list(std::move(items), next);
}

Response registration_summary(const Request& request, const Deps& deps) {
    if (const auto fault = unknown_term(request.target.query, {"destination"})) return bad_request(*fault);
    std::optional<std::string> destination;
    for (const auto& [name, value] : request.target.query) destination = value;
    if (const auto fault = unknown_destination(deps.views(), destination)) return bad_request(*fault);
    boost::json::array items;
    for (const outbox::RegistrationCount& each : deps.views().registration_counts(destination))
        items.emplace_back(json::registration_count(each));
    return json::ok({{"items", std::move(items)}});
}

Response registrations_csv(const Request& request, const Deps& deps) {
    for (const auto& [name, value] : request.target.query)
        if (name == "limit" || name == "cursor")
            return bad_request({name, "not a parameter of this call: it gives all"});
    const auto asked = parse_registration_query(request.target.query, deps.limits);
    if (!asked) return bad_request(asked.fault());
    if (const auto fault = unknown_destination(deps.views(), asked->filter.destination)) return bad_request(*fault);
    Response response;
    response.content_type = "text/csv; charset=utf-8; header=present";
    response.headers.emplace_back("Content-Disposition", "attachment; filename=\"registrations.csv\"");
    response.stream = [filter = asked->filter, &deps](const Write& write) { write_rows(filter, deps, write); };
    return response;
}

}  // namespace web::api
