// Each question as the platform's FHIR server takes it.
#include "broker/deliver/satusehat/http_platform.h"

#include <boost/json/serialize.hpp>
#include <utility>

#include "broker/deliver/satusehat/codes.h"

namespace broker::deliver::satusehat {

namespace {

/// Orders behind one accession number that are looked at; that there are more is seen.
constexpr const char* rows = "10";

http::Request request_to(http::Method method, http::Target target) {
    http::Request request;
    request.method = method;
    request.target = std::move(target);
    request.headers.add("Accept", "application/json");
    return request;
}

}  // namespace

Heard HttpPlatform::ask(std::string_view what, Step step, const http::Request& request) {
    const Asking asking{what, [step](const Reply& reply) { return judge(step, reply); }};
    return session_->ask(session_->server(), request, asking, interrupt_);
}

Heard HttpPlatform::search(std::string_view type, const std::string& token) {
    const auto& settings = session_->settings();
    const std::string query = "?identifier=" + token + "&_sort=-_lastUpdated&_count=" + rows;
    return ask(type, Step::search,
               request_to(http::Method::get, target_of(settings.fhir_path + "/" + std::string(type) + query)));
}

Heard HttpPlatform::find_orders(const Accession& accession) {
    return search("ServiceRequest", search_token(session_->settings().organization, accession));
}

Heard HttpPlatform::find_studies(const Accession& accession) {
    return search("ImagingStudy", search_token(session_->settings().organization, accession));
}

Heard HttpPlatform::find_studies_by_uid(const std::string& study_uid) {
    return search("ImagingStudy",
                  http::percent_encode(codes::dicom_uid) + "%7C" + http::percent_encode("urn:oid:" + study_uid));
}

Heard HttpPlatform::create_study(const boost::json::object& resource) {
    auto request = request_to(http::Method::post, target_of(session_->settings().fhir_path + "/ImagingStudy"));
    request.headers.add("Content-Type", "application/json");
    request.body = boost::json::serialize(resource);
    return ask("create", Step::create, request);
}

Heard HttpPlatform::replace_study(const std::string& id, const boost::json::object& resource) {
    auto request = request_to(http::Method::put,
                              target_of(session_->settings().fhir_path + "/ImagingStudy/" + http::percent_encode(id)));
    request.headers.add("Content-Type", "application/json");
    boost::json::object body = resource;
    body["id"] = id;
    request.body = boost::json::serialize(body);
    request.is_repeatable = true;  // the same whole resource again
    return ask("replace", Step::replace, request);
}

}  // namespace broker::deliver::satusehat
