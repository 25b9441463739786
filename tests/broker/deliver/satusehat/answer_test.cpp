// Answer: each row of the table of errors by its number, and that nothing is a success but what was promised.
#include "broker/deliver/satusehat/answer.h"

#include <doctest/doctest.h>

#include <fmt/format.h>

#include <set>

#include "tests/broker/deliver/satusehat/samples.h"

using namespace broker::deliver::satusehat;
using enum Answer;
using samples::fault;
using samples::outcome;

namespace broker::deliver::satusehat {
doctest::String toString(Answer answer) {
    return doctest::String(std::string(row_of(answer).word).c_str());
}
}  // namespace broker::deliver::satusehat

namespace {

constexpr std::array every_step{Step::token, Step::search, Step::read, Step::create, Step::replace, Step::read_back};

Answer answer(Step step, unsigned status, std::string_view body, std::string_view type = "application/json") {
    return judge(step, {status, type, body}).answer;
}
std::string resource(std::string_view id = "s-1") {
    return fmt::format(R"({{"resourceType": "ImagingStudy", "id": "{}"}})", id);
}
constexpr std::string_view page = "<!DOCTYPE html><html><body>duplicate (RuleNumber: 20002)</body></html>";

}  // namespace

TEST_CASE("answer: row 1, a token that isn't taken is renewed, whatever the status where its code says so") {
    for (const Step step : {Step::search, Step::read, Step::create, Step::replace, Step::read_back}) {
        CHECK(answer(step, 401, outcome("login", "Unauthorized")) == unauthorized);
        CHECK(answer(step, 401, "") == unauthorized);
        CHECK(answer(step, 401, page, "text/html") == unauthorized);
        for (const unsigned status : {200U, 400U, 401U, 403U, 500U}) {
            CAPTURE(status);
            CHECK(answer(step, status, fault("keymanagement.service.access_token_expired", "Expired")) == unauthorized);
            CHECK(answer(step, status, fault("keymanagement.service.invalid_access_token", "Invalid")) == unauthorized);
            CHECK(answer(step, status, outcome("expired", "x")) == unauthorized);
        }
    }
    CHECK(row_of(unauthorized).course == Course::new_token);
}

TEST_CASE("answer: row 2, credentials that are refused hold the lane") {
    const std::string body = outcome("value", "The user was not able to be authenticated", "invalid");
    for (const unsigned status : {200U, 400U, 401U}) CHECK(answer(Step::token, status, body) == credentials_refused);
    CHECK(answer(Step::token, 401, "") == credentials_refused);
    CHECK(answer(Step::token, 401, fault("oauth.v2.InvalidClientIdentifier", "Invalid")) == credentials_refused);
    CHECK(answer(Step::token, 401, fault("keymanagement.service.x", "x")) == credentials_refused);
    CHECK(answer(Step::token, 400, "Bad Request", "text/plain") == credentials_refused);
    for (const unsigned status : {400U, 402U, 406U, 409U, 412U, 413U, 415U, 422U, 451U})
        CHECK(answer(Step::token, status, "") == credentials_refused);
    CHECK(row_of(credentials_refused).course == Course::hold_lane);
}

TEST_CASE("answer: row 3, what this client may not do holds the lane, by its text under any status") {
    for (const Step step : every_step) {
        CHECK(answer(step, 403, "") == not_permitted);
        CHECK(answer(step, 403, page, "text/html") == not_permitted);
        for (const unsigned status : {200U, 400U, 401U, 403U, 404U, 500U}) {
            CAPTURE(status);
            CHECK(answer(step, status, outcome("forbidden", "x (RuleNumber: 20003)")) == not_permitted);
            CHECK(answer(step, status, outcome("value", "x (RuleNumber:20004)")) == not_permitted);
            CHECK(answer(step, status, outcome("value", "FAILED TO GET PERMISSION for client")) == not_permitted);
            CHECK(answer(step, status, outcome("", "Type not allowed for current access class")) == not_permitted);
            CHECK(answer(step, status, outcome("", "The resource cannot be accessed due to business rule")) ==
                  not_permitted);
        }
    }
    CHECK(row_of(not_permitted).course == Course::hold_lane);
}

TEST_CASE("answer: row 4, a duplicate is looked for, by code, text or rule under any status") {
    for (const Step step : {Step::create, Step::replace})
        for (const unsigned status : {200U, 400U, 409U, 412U, 422U, 500U}) {
            CAPTURE(status);
            CHECK(answer(step, status, outcome("duplicate", "x")) == duplicate);
            CHECK(answer(step, status, outcome("value", "Found duplicate: ImagingStudy")) == duplicate);
            CHECK(answer(step, status, outcome("value", "not unique (RuleNumber: 20002)")) == duplicate);
        }
    CHECK(row_of(duplicate).course == Course::search_again);
    // Where nothing is registered there is no duplicate; and a page for people means nothing.
    CHECK(answer(Step::search, 400, outcome("duplicate", "x")) == bad_content);
    CHECK(answer(Step::create, 400, page, "text/html") == not_as_promised);
    CHECK(answer(Step::create, 500, page) == unavailable);
    // Issues that are no errors don't count.
    CHECK(answer(Step::create, 400, outcome("duplicate", "x", "warning")) == bad_content);
    CHECK(answer(Step::create, 400, outcome("duplicate", "x", "invalid")) == duplicate);
}

TEST_CASE("answer: row 5, another's organization holds the lane, by its words and not by its number alone") {
    for (const unsigned status : {400U, 403U, 422U}) {
        CAPTURE(status);
        CHECK(
            answer(Step::create, status, outcome("value", "Wrong organization ID in system URL (RuleNumber: 10117)")) ==
            wrong_organization);
        CHECK(answer(Step::create, status, outcome("value", "Invalid identifier system")) == wrong_organization);
        CHECK(answer(Step::create, status, outcome("value", "Bad system of identifier (RuleNumber: 10415)")) ==
              wrong_organization);
    }
    CHECK(answer(Step::create, 400, outcome("value", "Encounter.identifier (RuleNumber: 10117)")) == bad_content);
    CHECK(row_of(wrong_organization).course == Course::hold_lane);
}

TEST_CASE("answer: row 6, a date that isn't taken is told with its element") {
    const std::string body =
        R"json({"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "value",
            "details": {"text": "Invalid date time value: x. Future Date (RuleNumber: 10132)"},
            "expression": ["ImagingStudy.started"]}]})json";
    const Judgement judgement = judge(Step::create, {400, "application/json", body});
    CHECK(judgement.answer == bad_date);
    CHECK(judgement.complaint.element == "ImagingStudy.started");
    CHECK(judgement.complaint.rule == 10132);
    for (const std::string_view text : {"Invalid date time format", "Not allowed: Future Date", "Past Date older than",
                                        "must be a date (RuleNumber: 10424)"})
        CHECK(answer(Step::replace, 400, outcome("value", text)) == bad_date);
    // The other list's 10132 and 10424 are about something else.
    CHECK(answer(Step::create, 400, outcome("value", "Composition.x (RuleNumber: 10132)")) == bad_content);
    CHECK(row_of(bad_date).course == Course::hold_item);
}

TEST_CASE("answer: row 7, content that isn't taken is for a person") {
    for (const std::string_view text :
         {"Code not found (RuleNumber: 10001)", "Invalid coding system (RuleNumber: 10002)",
          "Text is empty (RuleNumber: 10134)", "must be an integer (RuleNumber: 10254)",
          "Element not found (RuleNumber: 10263)"}) {
        CAPTURE(text);
        for (const unsigned status : {400U, 422U, 500U})
            CHECK(answer(Step::create, status, outcome("value", text)) == bad_content);
    }
    for (const unsigned rule : {10150U, 10151U, 10152U, 10153U, 10154U})
        CHECK(answer(Step::create, 400, outcome("value", fmt::format("must not be null (RuleNumber: {})", rule))) ==
              bad_content);
    CHECK(answer(Step::create, 422, R"({"detail": [{"loc": ["x"], "msg": "y"}]})") == bad_content);
    CHECK(answer(Step::create, 400, "") == bad_content);
    CHECK(row_of(bad_content).course == Course::hold_item);
    // What is no JSON was not written by whoever judges content.
    CHECK(answer(Step::create, 400, "Bad Request", "text/plain") == not_as_promised);
}

TEST_CASE("answer: row 8, a reference that leads nowhere has the order looked for again") {
    for (const unsigned status : {400U, 404U, 422U}) {
        CAPTURE(status);
        for (const std::string_view text :
             {"Resource not found ServiceRequest/7d4c (RuleNumber: 20007)", "Resource not found Patient/P1",
              "Reference is mandatory (RuleNumber: 10124)", "invalid reference"})
            for (const Step step : {Step::create, Step::replace}) {
                CAPTURE(text);
                CHECK(answer(step, status, outcome("value", text)) == bad_reference);
            }
    }
    CHECK(answer(Step::create, 500, outcome("value", "invalid reference")) == unavailable);
    CHECK(row_of(bad_reference).course == Course::order_again);
}

TEST_CASE("answer: row 9, what it cannot read is our bug") {
    for (const std::string_view text : {"Failed to read payload", "Invalid JSON", "Failed to unmarshal",
                                        "x (RuleNumber: 20005)", "x (RuleNumber: 20006)", "x (RuleNumber: 20008)"})
        for (const unsigned status : {400U, 422U, 500U}) {
            CAPTURE(text);
            CHECK(answer(Step::create, status, outcome("structure", text)) == unreadable_request);
        }
    CHECK(row_of(unreadable_request).course == Course::hold_item);
}

TEST_CASE("answer: row 10, a search that finds nothing is answered as promised") {
    CHECK(answer(Step::search, 200, samples::bundle({})) == as_promised);
    CHECK(answer(Step::search, 200, samples::bundle({samples::suppressed_entry()})) == as_promised);
    CHECK(answer(Step::search, 200, samples::bundle({samples::service_request()})) == as_promised);
    // But no status alone says that there is nothing.
    CHECK(answer(Step::search, 404, "") == wrong_path);
    CHECK(answer(Step::search, 204, "") == not_as_promised);
}

TEST_CASE("answer: row 11, a study whose id is gone is looked for again") {
    CHECK(answer(Step::replace, 404, outcome("not-found", "Resource not found ImagingStudy/s-1")) == gone);
    CHECK(answer(Step::replace, 400, outcome("value", "Resource not found ImagingStudy/s-1 (RuleNumber: 20007)")) ==
          gone);
    for (const Step step : {Step::replace, Step::read}) {
        CHECK(answer(step, 404, "") == gone);
        CHECK(answer(step, 410, "") == gone);
        CHECK(answer(step, 404, outcome("not-found", "x")) == gone);
    }
    CHECK(row_of(gone).course == Course::search_again);
}

TEST_CASE("answer: row 12, what changed meanwhile is read, merged and written again") {
    for (const Step step : {Step::create, Step::replace})
        for (const unsigned status : {409U, 412U}) {
            // Nobody can have changed what isn't there yet.
            const Answer wanted = step == Step::create ? duplicate : changed_meanwhile;
            CHECK(answer(step, status, "") == wanted);
            CHECK(answer(step, status, outcome("conflict", "Version conflict")) == wanted);
        }
    CHECK(answer(Step::search, 409, "") == refused);
    CHECK(row_of(changed_meanwhile).course == Course::read_again);
}

TEST_CASE("answer: row 13, what is too large is for a person") {
    for (const unsigned status : {413U, 500U})
        CHECK(answer(Step::create, status, fault("protocol.http.TooBigBody", "Body buffer overflow")) == too_large);
    CHECK(answer(Step::create, 413, page) == too_large);
    CHECK(row_of(too_large).course == Course::hold_item);
}

TEST_CASE("answer: row 14, too many requests slow the whole lane down") {
    for (const Step step : every_step) {
        for (const unsigned status : {408U, 425U, 429U}) CHECK(answer(step, status, "") == throttled);
        for (const unsigned status : {429U, 500U, 503U}) {
            CHECK(answer(step, status, fault("policies.ratelimit.SpikeArrestViolation", "Spike")) == throttled);
            CHECK(answer(step, status, fault("policies.ratelimit.QuotaViolation", "Quota")) == throttled);
        }
    }
    CHECK(row_of(throttled).course == Course::slow_down);
}

TEST_CASE("answer: row 15, the platform's own failures pass") {
    for (const Step step : every_step) {
        for (const unsigned status : {500U, 501U, 502U, 503U, 504U, 599U}) {
            // Staging's 500 at the token has a cause of its own.
            const Answer wanted = step == Step::token && status == 500 ? token_failed : unavailable;
            CHECK(answer(step, status, "") == wanted);
            CHECK(answer(step, status, "Gateway Timeout", "text/plain") == wanted);
            CHECK(answer(step, status, page) == wanted);
        }
        CHECK(answer(step, 503, fault("messaging.adaptors.http.flow.ServiceUnavailable", "x")) == unavailable);
    }
    CHECK(row_of(unavailable).course == Course::retry);
    CHECK(row_of(token_failed).course == Course::retry);
}

TEST_CASE("answer: row 16, a 500 tells its status, so that one that repeats for one item can be counted") {
    CHECK(judge(Step::create, {500, "", ""}).status == 500);
    CHECK(hint(Step::token, judge(Step::token, {500, "", ""})).find("static") != std::string_view::npos);
    CHECK(hint(Step::create, judge(Step::create, {500, "", ""})) == "");
    CHECK(hint(Step::search, judge(Step::search, {403, "text/html", page})).find("firewall") != std::string_view::npos);
    CHECK(hint(Step::search, judge(Step::search, {403, "", outcome("x", "(RuleNumber: 20003)")})) == "");
}

TEST_CASE("answer: row 19, a success that isn't what was promised is none") {
    const std::string study = resource();
    for (const Step step : every_step)
        for (const unsigned status : {200U, 201U, 202U, 204U, 206U, 299U})
            for (const std::string& body :
                 {std::string(), std::string(page), std::string("OK"), std::string("{}"), std::string("null"),
                  study.substr(0, study.size() - 1), outcome("informational", "All OK", "information"),
                  outcome("exception", "broken"), std::string(R"({"resourceType": "Patient", "id": "p"})"),
                  std::string("{\"message\": \"ok\"}")}) {
                CAPTURE(status);
                CAPTURE(body);
                CHECK(answer(step, status, body) == not_as_promised);
            }
    CHECK(row_of(not_as_promised).course == Course::retry_then_hold);
    for (const unsigned status : {0U, 100U, 199U, 600U, 999U})
        CHECK(answer(Step::create, status, study) == not_as_promised);
    CHECK(answer(Step::create, 200, resource("")) == not_as_promised);
    CHECK(answer(Step::create, 200, resource("a/b")) == not_as_promised);
    CHECK(answer(Step::search, 200, study) == not_as_promised);
    CHECK(answer(Step::create, 201, samples::bundle({})) == not_as_promised);
    CHECK(answer(Step::search, 200, R"({"resourceType": "Bundle", "total": 4})") == not_as_promised);
}

TEST_CASE("answer: what was promised is a success under its own statuses only") {
    const std::string study = resource(), token = R"({"access_token": "abc", "expires_in": "3599"})";
    struct Row {
        Step step;
        std::string body;
        std::set<unsigned> statuses;
    };
    for (const Row& row : {Row{Step::token, token, {200}},
                           {Step::search, samples::bundle({}), {200}},
                           {Step::read, study, {200}},
                           {Step::create, study, {200, 201}},
                           {Step::replace, study, {200, 201}}})
        for (unsigned status = 100; status < 600; ++status) {
            CAPTURE(status);
            CHECK((answer(row.step, status, row.body) == as_promised) == (row.statuses.count(status) > 0));
        }
}

TEST_CASE("answer: an instance is read back where DICOM comes, and gone where it isn't there") {
    CHECK(answer(Step::read_back, 200, "", "application/dicom") == stored);
    CHECK(answer(Step::read_back, 200, "", "multipart/related; type=\"application/dicom\"") == stored);
    CHECK(answer(Step::read_back, 200, "", "text/html") == not_as_promised);
    CHECK(answer(Step::read_back, 200, "", "") == not_as_promised);
    CHECK(answer(Step::read_back, 200, page, "application/dicom") == not_as_promised);
    CHECK(answer(Step::read_back, 404, "", "") == gone);
    CHECK(answer(Step::read_back, 202, "", "application/dicom") == not_as_promised);
}

TEST_CASE("answer: row 21, nothing is followed elsewhere") {
    for (const Step step : every_step)
        for (const unsigned status : {300U, 301U, 302U, 304U, 307U, 308U})
            CHECK(answer(step, status, resource()) == redirected);
    CHECK(row_of(redirected).course == Course::hold_lane);
}

TEST_CASE("answer: a path where nobody answers holds the lane, other refusals are for a person") {
    for (const Step step : {Step::token, Step::search, Step::create}) {
        CHECK(answer(step, 404, page, "text/html") == wrong_path);
        CHECK(answer(step, 405, "") == wrong_path);
    }
    CHECK(answer(Step::search, 404, outcome("not-found", "x")) == bad_content);
    for (const unsigned status : {402U, 406U, 415U, 418U, 451U}) CHECK(answer(Step::create, status, "") == refused);
    CHECK(row_of(wrong_path).course == Course::hold_lane);
    CHECK(row_of(refused).course == Course::hold_item);
}

TEST_CASE("answer: every answer has a row with its own word, and is met") {
    std::set<std::string_view> words;
    int place = 0;
    for (const AnswerRow& row : answers()) {
        CHECK(static_cast<int>(row.answer) == place++);
        CHECK(words.insert(row.word).second);
        CHECK_FALSE(row.text.empty());
    }
    CHECK(place == static_cast<int>(no_credentials) + 1);
}

TEST_CASE("answer: every rule on texts decides something, and alone") {
    for (const TextRule& rule : text_rules()) {
        Complaint complaint{std::string(rule.issue_code), std::string(rule.fault_code), {}, "", std::string(rule.text)};
        if (rule.rule != 0) complaint.rule = rule.rule;
        CAPTURE(complaint.text);
        CAPTURE(rule.rule);
        const auto found = judge_complaints(Step::create, {418, "", ""}, {BodyForm::outcome, {complaint}});
        REQUIRE(found);
        CHECK(found->answer == rule.answer);
        // It needs each of the things that it names.
        CHECK_FALSE(judge_complaints(Step::create, {418, "", ""}, {BodyForm::outcome, {Complaint{}}}));
        if (rule.rule != 0 && !rule.text.empty()) {
            Complaint number_only = complaint;
            number_only.text = "";
            CHECK_FALSE(judge_complaints(Step::create, {418, "", ""}, {BodyForm::outcome, {number_only}}));
        }
    }
}

TEST_CASE("answer: of several issues the one that decides is told") {
    const std::string body = R"json({"resourceType": "OperationOutcome", "issue": [
        "odd", {"severity": "warning", "code": "duplicate", "details": {"text": "x"}},
        {"severity": "error", "code": "value", "details": {"text": "something"}},
        {"severity": "fatal", "code": "structure", "diagnostics": "Code not found"}]})json";
    const Judgement judgement = judge(Step::create, {500, "application/json", body});
    CHECK(judgement.answer == bad_content);
    CHECK(judgement.complaint.issue_code == "structure");
    CHECK(judgement.complaint.text == "Code not found");
}

TEST_CASE("answer: what is kept of a text is one printable line of 500 characters") {
    const std::string long_text = "a\n\tb\x01" + std::string(2000, 'x');
    Complaint complaint = judge(Step::create, {400, "application/json", outcome("value", long_text)}).complaint;
    CHECK(complaint.text == "a  b " + std::string(495, 'x'));
    std::string wide;
    for (int i = 0; i < 600; ++i) wide += "é";
    complaint = judge(Step::create, {400, "application/json", outcome("value", wide)}).complaint;
    CHECK(complaint.text == wide.substr(0, 1000));
    CHECK(judge(Step::create, {502, "text/plain", "Bad \xFF gateway\r\n"}).complaint.text == "Bad   gateway");
    CHECK(judge(Step::create, {502, "text/html", page}).complaint.text == "");
    CHECK(judge(Step::create, {400, "", outcome("<script>", "x")}).complaint.issue_code == "");
    CHECK(judge(Step::create, {400, "", fault("a b", "x")}).complaint.fault_code == "");
    CHECK(judge(Step::create, {503, "", fault("a.b.C", "x")}).complaint.fault_code == "a.b.C");
    CHECK(judge(Step::create, {500, "", R"({"error": {"code": 500, "message": "kaputt"}})"}).complaint.text ==
          "kaputt");
    CHECK(judge(Step::create, {500, "", R"([{"error": "kaputt"}])"}).complaint.text == "kaputt");
}

TEST_CASE("answer: a rule's number is what stands behind its mark") {
    CHECK(rule_in("x (RuleNumber: 10117)") == 10117);
    CHECK(rule_in("RuleNumber:20002") == 20002);
    CHECK(rule_in("RuleNumber:   7") == 7);
    for (const std::string_view text :
         {"", "10117", "RuleNumber", "RuleNumber:", "RuleNumber: x", "RuleNumber: 99999999999999", "RuleNumber: -1"})
        CHECK_FALSE(rule_in(text));
}
