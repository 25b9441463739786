// Upload: the six rules of the verdict on one instance, in JSON and XML, and that only a body proves anything.
#include <doctest/doctest.h>

#include <fmt/format.h>

#include <array>

#include "broker/deliver/satusehat/answer.h"
#include "tests/broker/deliver/satusehat/samples.h"

using namespace broker::deliver::satusehat;
using enum Answer;
using samples::fault;
using samples::outcome;

namespace broker::deliver::satusehat {
doctest::String toString(Answer answer);
}

namespace {

constexpr std::string_view ours = "2.25.7700177001.1.1", another = "2.25.7700177001.1.2";
constexpr std::string_view exists = "An instance already exists in this store";
constexpr std::string_view differs =
    "An Instance Already Exists in this store, but the files differ (checksum mismatch)";

std::string stored_item(std::string_view uid) {
    return fmt::format(R"json({{"00081150": {{"vr": "UI", "Value": ["1.2.840.10008.5.1.4.1.1.2"]}},
        "00081155": {{"vr": "UI", "Value": ["{}"]}}, "00081190": {{"vr": "UR", "Value": ["https://x.invalid/already"]}}}})json",
                       uid);
}
std::string failed_item(std::string_view uid, std::string_view text, int reason = 272) {
    return fmt::format(R"json({{"00081155": {{"vr": "UI", "Value": ["{}"]}}, "00081197": {{"vr": "US", "Value": [{}]}},
        "00090097": {{"vr": "LT", "Value": ["{}"]}}}})json",
                       uid, reason, text);
}
std::string response(std::string_view stored_items, std::string_view failed_items) {
    std::string out = R"({"00081190": {"vr": "UR", "Value": ["https://x.invalid/studies/1"]})";
    if (!stored_items.empty()) out += fmt::format(R"(, "00081199": {{"vr": "SQ", "Value": [{}]}})", stored_items);
    if (!failed_items.empty()) out += fmt::format(R"(, "00081198": {{"vr": "SQ", "Value": [{}]}})", failed_items);
    return out + "}";
}
std::string xml(std::string_view inside) {
    return fmt::format(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<NativeDicomModel xml:space=\"preserve\">{}</NativeDicomModel>",
        inside);
}
std::string xml_sequence(std::string_view tag, std::string_view items) {
    return fmt::format("<DicomAttribute tag=\"{}\" vr=\"SQ\">{}</DicomAttribute>", tag, items);
}
std::string xml_item(std::string_view uid, std::string_view text = "") {
    std::string out = fmt::format(
        "<Item number=\"1\"><DicomAttribute tag=\"00081155\" vr=\"UI\" keyword=\"x>y\">"
        "<Value number=\"1\">{}</Value></DicomAttribute>",
        uid);
    if (!text.empty())
        out +=
            fmt::format("<DicomAttribute tag='00090097' vr='LT'><Value number='1'>{}</Value></DicomAttribute>", text);
    return out + "</Item>";
}

Answer answer(unsigned status, std::string_view body, std::string_view type = "application/dicom+json") {
    return judge_upload({status, type, body}, ours).answer;
}

constexpr std::array every_status{200U, 201U, 202U, 400U, 409U, 500U};

}  // namespace

TEST_CASE("upload: rule 1, 200 is stored where the body is empty, names us, or names no failure") {
    CHECK(answer(200, "") == stored);
    CHECK(answer(200, response(stored_item(ours), "")) == stored);
    CHECK(answer(200, response(stored_item(another) + "," + stored_item(ours), "")) == stored);
    CHECK(answer(200, response("", "")) == stored);
    CHECK(answer(200, "{}") == stored);
    CHECK(answer(200, response(stored_item(ours), "") + "\n") == stored);
    CHECK(answer(200, "[" + response(stored_item(ours), "") + "]") == stored);
    // A UID in quotes, or with NULs.
    CHECK(answer(200, response(stored_item("\\\"2.25.7700177001.1.1\\\""), "")) == stored);
    CHECK(answer(200, response(stored_item(" 2.25.7700177001.1.1\\u0000"), "")) == stored);
    CHECK(answer(200, samples::text(boost::json::value(response(stored_item(ours), "")))) == stored);
    // Another in our place is no success of ours.
    CHECK(answer(200, response(stored_item(another), "")) == not_as_promised);
    CHECK(answer(200, response("", failed_item(another, "x"))) == not_as_promised);
    CHECK(answer(200, response(stored_item("2.25.7700177001.1.11"), "")) == not_as_promised);
    // Ours failed, whatever the status says, and whatever else it says.
    CHECK(answer(200, response("", failed_item(ours, "cannot parse"))) == rejected);
    CHECK(answer(200, response(stored_item(ours), failed_item(ours, "cannot parse"))) == rejected);
    // An empty sequence of failures is none.
    CHECK(answer(200, R"({"00081198": {"vr": "SQ"}})") == stored);
    CHECK(answer(200, R"({"00081198": {"vr": "SQ", "Value": []}})") == stored);
    // One that cannot be read may be ours.
    CHECK(answer(200, R"({"00081198": {"vr": "SQ", "Value": [{}]}})") == rejected);
    CHECK(answer(200, R"({"00081198": {"vr": "SQ", "Value": "x"}})") == not_as_promised);
    CHECK(answer(200, R"({"00081198": 7})") == not_as_promised);
}

TEST_CASE("upload: rule 2, what exists already is stored, unless it differs: then it is a conflict") {
    for (const unsigned status : every_status) {
        CAPTURE(status);
        CHECK(answer(status, response("", failed_item(ours, exists))) == stored);
        CHECK(answer(status, response("", failed_item(ours, differs))) == conflict);
        CHECK(answer(status, response("", failed_item(ours, "Checksum mismatch"))) == conflict);
        CHECK(answer(status, outcome("conflict", exists)) == stored);
        CHECK(answer(status, outcome("conflict", differs)) == conflict);
        CHECK(answer(status, exists, "text/plain") == stored);
        CHECK(answer(status, differs, "text/plain") == conflict);
        CHECK(answer(status, R"([{"error": {"code": 409, "message": "It already exists; the files differ"}}])") ==
              conflict);
        CHECK(answer(status, "[" + response("", failed_item(ours, differs)) + "]") == conflict);
        CHECK(answer(status, xml(xml_sequence("00081198", xml_item(ours, differs))), "application/dicom+xml") ==
              conflict);
        CHECK(answer(status, xml(xml_sequence("00081198", xml_item(ours, exists))), "application/dicom+xml") == stored);
        // An item without a UID is about the one that was sent.
        CHECK(
            answer(
                status,
                R"({"00081198": {"vr": "SQ", "Value": [{"00090097": {"vr": "LT", "Value": ["already exists"]}}]}})") ==
            stored);
        // About another instance, or in a page for people, it says nothing of ours.
        CHECK(answer(status, response("", failed_item(another, exists))) != stored);
        CHECK(answer(status, response("", failed_item(another, differs))) != conflict);
        CHECK(answer(status, fmt::format("<html><body>{}</body></html>", exists), "text/html") != stored);
        CHECK(answer(status, fmt::format("<html><body>{}</body></html>", exists), "") != stored);
    }
    // A difference that is told late counts as well, and a text without end proves nothing.
    const std::string late = std::string(exists) + std::string(3000, '.') + " but the files differ";
    const std::string endless = std::string(exists) + std::string(5000, '.') + " but the files differ";
    for (const unsigned status : every_status) {
        CAPTURE(status);
        CHECK(answer(status, response("", failed_item(ours, late))) == conflict);
        CHECK(answer(status, outcome("conflict", late)) == conflict);
        CHECK(answer(status, late, "text/plain") == conflict);
        CHECK(answer(status, response("", failed_item(ours, endless))) != stored);
        CHECK(answer(status, outcome("conflict", endless)) != stored);
        CHECK(answer(status, endless, "text/plain") != stored);
        // So does one that is cut.
        const std::string whole = response("", failed_item(ours, differs)), outcome_body = outcome("conflict", differs);
        const std::string model = xml(xml_sequence("00081198", xml_item(ours, differs)));
        for (const std::string& body : {whole, outcome_body, model, "[" + whole + "]"})
            for (std::size_t size = 1; size < body.size(); ++size) {
                CAPTURE(body.substr(0, size));
                CHECK(answer(status, body.substr(0, size), "") != stored);
            }
    }
    CHECK(answer(409, response("", failed_item(ours, differs)).substr(0, 200)) == not_as_promised);
    const Judgement judgement = judge_upload({409, "", response("", failed_item(ours, differs))}, ours);
    CHECK(judgement.complaint.text == differs);
    CHECK(judge_upload({409, "", outcome("conflict", late)}, ours).complaint.text.size() == error_characters_max);
    CHECK(row_of(conflict).course == Course::hold_item);
}

TEST_CASE("upload: rule 3, another 409 is a rejection for a person") {
    for (const std::string& body :
         {response("", failed_item(ours, "not a valid DICOM file")), std::string(), std::string("Conflict"),
          outcome("value", "invalid"), std::string("{}"), response("", failed_item(another, "x")),
          xml(xml_sequence("00081198", xml_item(ours, "bad file")))}) {
        CAPTURE(body);
        CHECK(answer(409, body) == rejected);
    }
    CHECK(answer(409, response("", failed_item(ours, "missing UID", 0xA900))) == rejected);
    // That something differs is no conflict, where nothing is said to exist.
    CHECK(answer(409, outcome("value", "the lengths differ")) == rejected);
    CHECK(answer(409, "the lengths differ", "text/plain") == rejected);
    // Out of resources is the store's trouble, not the instance's.
    CHECK(answer(409, response("", failed_item(ours, "busy", 0xA700))) == unavailable);
    CHECK(answer(202, response("", failed_item(ours, "busy", 0xA7FF))) == unavailable);
    CHECK(row_of(rejected).course == Course::hold_item);
    for (const unsigned status : {400U, 406U, 415U, 422U})
        CHECK(answer(status, "no", "text/plain") == (status == 422 ? not_as_promised : rejected));
}

TEST_CASE("upload: rule 4, 202 and 201 prove what their body names, and nothing else") {
    for (const unsigned status : {201U, 202U}) {
        CAPTURE(status);
        CHECK(answer(status, response(stored_item(ours), "")) == stored);
        CHECK(answer(status, response(stored_item(ours), failed_item(another, "x"))) == stored);
        CHECK(answer(status, response(stored_item(another), failed_item(ours, "x"))) == rejected);
        CHECK(answer(status, response(stored_item(another), failed_item(ours, differs))) == conflict);
        CHECK(answer(status, response(stored_item(another), "")) == not_as_promised);
        CHECK(answer(status, response("", "")) == not_as_promised);
        CHECK(answer(status, "{}") == not_as_promised);
        CHECK(answer(status, "") == not_as_promised);
    }
    for (const unsigned status : {203U, 204U, 206U}) {
        CHECK(answer(status, "") == not_as_promised);
        CHECK(answer(status, response(stored_item(ours), "")) == not_as_promised);
    }
}

TEST_CASE("upload: rule 5, the gateway's answers are those of any step") {
    struct Row {
        unsigned status;
        std::string body;
        Answer answer;
    };
    for (const Row& row : {Row{401, "", unauthorized},
                           {200, fault("keymanagement.service.access_token_expired", "x"), unauthorized},
                           {401, outcome("login", "x"), unauthorized},
                           {403, "", not_permitted},
                           {400, outcome("forbidden", "(RuleNumber: 20003)"), not_permitted},
                           {413, "", too_large},
                           {500, fault("protocol.http.TooBigBody", "x"), too_large},
                           {408, "", throttled},
                           {425, "", throttled},
                           {429, "", throttled},
                           {503, fault("policies.ratelimit.QuotaViolation", "x"), throttled},
                           {500, "", unavailable},
                           {502, "x", unavailable},
                           {503, "x", unavailable},
                           {504, "Gateway Timeout", unavailable},
                           {500, response("", failed_item(ours, "x")), unavailable},
                           {429, response("", failed_item(ours, "x")), throttled},
                           {504, response(stored_item(ours), ""), unavailable},
                           {301, "", redirected},
                           {404, "", wrong_path},
                           {404, outcome("not-found", "Study not found"), rejected},
                           {400, outcome("value", "ImagingStudy s-1 is not known"), gone},
                           {404, outcome("not-found", "Resource not found ImagingStudy/s-1"), gone},
                           {0, "", not_as_promised},
                           {100, "", not_as_promised}}) {
        CAPTURE(row.status);
        CAPTURE(row.body);
        CHECK(answer(row.status, row.body) == row.answer);
    }
}

TEST_CASE("upload: rule 6, a page, an error or half an answer under 200 is not stored") {
    const std::string whole = response(stored_item(ours), "");
    const std::string whole_xml = xml(xml_sequence("00081199", xml_item(ours)));
    for (const unsigned status : {200U, 201U, 202U})
        for (const std::string& body :
             {std::string("<!doctype html><title>Masuk</title>"), std::string("  <HTML></HTML>"),
              outcome("exception", "x"), outcome("value", "x", "invalid"),
              outcome("informational", "All OK", "information"), std::string("OK"), std::string("null"),
              std::string("[]"), std::string("\"\""), std::string("7"), std::string("{\"message\": \"success\"}"),
              std::string("{\"error\": \"x\"}"), fault("x.y", "z"), std::string("[{}, {}]"),
              whole.substr(0, whole.size() - 1), whole_xml.substr(0, whole_xml.size() - 5), std::string("<xml/>"),
              std::string(" ")}) {
            CAPTURE(status);
            CAPTURE(body);
            CHECK(answer(status, body) == not_as_promised);
        }
    CHECK(answer(200, "", "text/html; charset=utf-8") == not_as_promised);
    CHECK(answer(200, whole, "text/html") == not_as_promised);
    CHECK(row_of(not_as_promised).course == Course::retry_then_hold);
}

TEST_CASE("upload: the verdict is the same in XML") {
    CHECK(answer(200, xml(xml_sequence("00081199", xml_item(ours)))) == stored);
    CHECK(answer(202, xml(xml_sequence("00081199", xml_item(another) + xml_item(ours)))) == stored);
    CHECK(answer(200, xml("")) == stored);
    CHECK(answer(202, xml("")) == not_as_promised);
    CHECK(answer(200, xml(xml_sequence("00081199", xml_item(another)))) == not_as_promised);
    CHECK(answer(200, xml(xml_sequence("00081198", ""))) == stored);
    CHECK(answer(200, xml(xml_sequence("00081198", "<Item number=\"1\"/>"))) == rejected);
    CHECK(answer(200, xml(xml_sequence("00081198", xml_item(ours, "bad")) +
                          xml_sequence("00081199", xml_item(ours)))) == rejected);
    CHECK(answer(202, xml(xml_sequence("00081198", xml_item(ours, "bad")) +
                          xml_sequence("00081199", xml_item(another)))) == rejected);
    // What a text quotes is no element of the answer.
    CHECK(answer(409, xml(xml_sequence("00081198", xml_item(ours, "&lt;Value&gt;already exists&lt;/Value&gt;")))) ==
          stored);
    CHECK(answer(202, xml(fmt::format(
                          "<DicomAttribute tag=\"0020000D\" vr=\"UI\"><Value number=\"1\">{}</Value></DicomAttribute>",
                          ours))) == not_as_promised);
}
