// From a row to the envelope.
#include "broker/notice_body.h"

#include <boost/json.hpp>

namespace broker {

namespace {

namespace json = boost::json;

std::string message_of(const outbox::OpenNotice& notice) {
    if (notice.reason == outbox::Reason::none) return "the study has arrived as a whole";
    std::string message(outbox::text(notice.reason));
    if (!notice.note.empty()) message += ": " + notice.note;
    return message;
}

json::object data_of(const outbox::OpenNotice& notice, const std::string& organization_id) {
    json::object data;
    const auto add = [&](const char* key, const std::string& value) {
        if (!value.empty()) data[key] = value;
    };
    add("organizationId", organization_id);
    add("accessionNumber", notice.accession_number);
    add("studyInstanceUID", notice.study_instance_uid);
    add("imagingStudyId", notice.imaging_study_id);
    add("serviceRequestId", notice.service_request_id);
    return data;
}

}  // namespace

std::string notice_body(const outbox::OpenNotice& notice, const std::string& organization_id) {
    const bool is_success = notice.reason == outbox::Reason::none;
    const std::string message = message_of(notice);
    json::object body{{"status", is_success},
                      {"stage", outbox::to_string(notice.stage)},
                      {"message", message},
                      {"data", data_of(notice, organization_id)}};
    if (!is_success)
        body["error"] = json::array{json::object{{"code", outbox::code(notice.reason)}, {"message", message}}};
    return json::serialize(body);
}

}  // namespace broker
