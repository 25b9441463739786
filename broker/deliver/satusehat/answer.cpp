// The tables: rules on texts and codes, then statuses; and the promise of each step.
#include "broker/deliver/satusehat/answer.h"

#include <algorithm>
#include <array>
#include <cassert>

#include "broker/deliver/satusehat/bundle.h"
#include "broker/deliver/satusehat/registered_study.h"
#include "broker/deliver/satusehat/text.h"
#include "broker/deliver/satusehat/token.h"

namespace broker::deliver::satusehat {

namespace {

using enum Answer;
using outbox::Reason;

constexpr std::array rows{
    AnswerRow{as_promised, "as_promised", Course::go_on, Reason::none, "done"},
    AnswerRow{stored, "stored", Course::go_on, Reason::none, "the national store has the instance"},
    AnswerRow{conflict, "conflict", Course::hold_item, Reason::conflict,
              "the national store has an object with the same UIDs but other bytes; often the Ministry's router sent "
              "the study before"},
    AnswerRow{rejected, "rejected", Course::hold_item, Reason::not_understood,
              "the national store doesn't take this instance"},
    AnswerRow{unauthorized, "unauthorized", Course::new_token, Reason::not_authorised,
              "the access token isn't good, or has expired"},
    AnswerRow{credentials_refused, "credentials_refused", Course::hold_lane, Reason::not_authorised,
              "client id and secret are refused: wrong, suspended, or of another environment"},
    AnswerRow{not_permitted, "not_permitted", Course::hold_lane, Reason::not_authorised,
              "this client may not do that: do organization and client id belong together, and is the scope granted?"},
    AnswerRow{duplicate, "duplicate", Course::search_again, Reason::conflict, "it is registered already"},
    AnswerRow{wrong_organization, "wrong_organization", Course::hold_lane, Reason::not_authorised,
              "the organization of the configuration doesn't belong to this client id"},
    AnswerRow{bad_date, "bad_date", Course::hold_item, Reason::unexpected_answer,
              "a date or time of the study isn't accepted"},
    AnswerRow{bad_content, "bad_content", Course::hold_item, Reason::unexpected_answer,
              "the content of the ImagingStudy isn't accepted"},
    AnswerRow{bad_reference, "bad_reference", Course::order_again, Reason::temporary_failure,
              "what the ImagingStudy refers to isn't found"},
    AnswerRow{unreadable_request, "unreadable_request", Course::hold_item, Reason::unexpected_answer,
              "the platform cannot read what was sent: a fault of this version"},
    AnswerRow{gone, "gone", Course::search_again, Reason::temporary_failure, "there is nothing under this id"},
    AnswerRow{changed_meanwhile, "changed_meanwhile", Course::read_again, Reason::temporary_failure,
              "somebody else changed it meanwhile"},
    AnswerRow{too_large, "too_large", Course::hold_item, Reason::too_large, "it is larger than the platform takes"},
    AnswerRow{throttled, "throttled", Course::slow_down, Reason::out_of_resources,
              "too many requests, or too slow ones"},
    AnswerRow{unavailable, "unavailable", Course::retry, Reason::unreachable, "the platform has a failure of its own"},
    AnswerRow{token_failed, "token_failed", Course::retry, Reason::unreachable,
              "the platform fails at giving a token: staging does so where the outbound address is no static one of "
              "Indonesia"},
    AnswerRow{redirected, "redirected", Course::hold_lane, Reason::path_refused,
              "the platform sends us elsewhere, and credentials are not sent along: is the base URL right?"},
    AnswerRow{wrong_path, "wrong_path", Course::hold_lane, Reason::path_refused,
              "nobody answers at this path: are the base URL and the path suffixes right?"},
    AnswerRow{refused, "refused", Course::hold_item, Reason::unexpected_answer,
              "refused, for a reason that isn't known"},
    AnswerRow{not_as_promised, "not_as_promised", Course::retry_then_hold, Reason::unreachable,
              "the reply isn't what was promised: something between here and the platform may answer in its place"},
    AnswerRow{no_credentials, "no_credentials", Course::hold_lane, Reason::not_authorised,
              "client id or secret cannot be read from its file or the environment: `doctor` says which"},
};

constexpr bool writing = true;

constexpr TextRule of_issue(std::string_view code, Answer answer, bool is_of_writing = false) {
    return {code, "", 0, "", answer, is_of_writing};
}
constexpr TextRule of_fault(std::string_view code, Answer answer) {
    return {"", code, 0, "", answer, false};
}
/// The 20xxx only: two official lists give the 10xxx different meanings, so that those need their words, too.
constexpr TextRule of_rule(unsigned rule, Answer answer, bool is_of_writing = false) {
    return {"", "", rule, "", answer, is_of_writing};
}
constexpr TextRule of_text(std::string_view text, Answer answer, bool is_of_writing = false) {
    return {"", "", 0, text, answer, is_of_writing};
}
constexpr TextRule of_both(unsigned rule, std::string_view text, Answer answer) {
    return {"", "", rule, text, answer, writing};
}

constexpr std::array rules{
    of_fault("keymanagement.service.", unauthorized),
    of_fault("oauth.v2.", unauthorized),
    of_fault("policies.ratelimit.", throttled),
    of_fault("protocol.http.TooBigBody", too_large),
    of_fault("messaging.adaptors.http.flow.", unavailable),
    of_issue("login", unauthorized),
    of_issue("expired", unauthorized),
    of_issue("throttled", throttled),
    of_text("not able to be authenticated", unauthorized),

    of_rule(20003, not_permitted),
    of_rule(20004, not_permitted),
    of_text("failed to get permission", not_permitted),
    of_text("not allowed for current access class", not_permitted),
    of_text("cannot be accessed due to business rule", not_permitted),

    of_issue("duplicate", duplicate, writing),
    of_rule(20002, duplicate, writing),
    of_text("duplicate", duplicate, writing),

    of_text("wrong organization", wrong_organization),
    of_text("invalid identifier system", wrong_organization),
    of_both(10117, "organization", wrong_organization),
    of_both(10117, "system", wrong_organization),
    of_both(10415, "organization", wrong_organization),
    of_both(10415, "system", wrong_organization),

    of_text("invalid date", bad_date, writing),
    of_text("future date", bad_date, writing),
    of_text("past date", bad_date, writing),
    of_both(10132, "date", bad_date),
    of_both(10424, "date", bad_date),

    of_text("code not found", bad_content, writing),
    of_text("invalid coding system", bad_content, writing),
    of_text("text is empty", bad_content, writing),
    of_text("element not found", bad_content, writing),
    of_both(10254, "integer", bad_content),
    of_both(10254, "number", bad_content),

    of_rule(20007, bad_reference, writing),
    of_text("resource not found", bad_reference, writing),
    of_text("reference is mandatory", bad_reference, writing),

    of_rule(20005, unreadable_request, writing),
    of_rule(20006, unreadable_request, writing),
    of_rule(20008, unreadable_request, writing),
    of_text("failed to read payload", unreadable_request, writing),
    of_text("invalid json", unreadable_request, writing),
    of_text("failed to unmarshal", unreadable_request, writing),
};

bool is_writing(Step step) {
    return step == Step::create || step == Step::replace;
}
bool is_of_resource(Step step) {
    return step == Step::replace || step == Step::read;
}

bool fits(const TextRule& rule, const Complaint& complaint) {
    return (rule.issue_code.empty() || rule.issue_code == complaint.issue_code) &&
           (rule.fault_code.empty() || std::string_view(complaint.fault_code).starts_with(rule.fault_code)) &&
           (rule.rule == 0 || complaint.rule == rule.rule) &&
           (rule.text.empty() || contains_in_any_case(complaint.text, rule.text));
}

/// A reference that isn't found may be the study itself, and not what it refers to.
bool is_about_the_study(const Complaint& complaint) {
    return contains_in_any_case(complaint.text, "imagingstudy/") &&
           !contains_in_any_case(complaint.element, "reference");
}

Judgement judgement(Answer answer, const Reply& reply, const ErrorBody& error) {
    return {answer, reply.status, error.complaints.empty() ? Complaint{} : kept(error.complaints.front())};
}

/// Of a read-back only that something was there, in DICOM: a page under 200 is no instance.
bool is_dicom(std::string_view content_type) {
    return contains_in_any_case(content_type, "application/dicom") ||
           contains_in_any_case(content_type, "multipart/related");
}

bool is_kept(Step step, const Reply& reply) {
    switch (step) {
        case Step::token:
            return reply.status == 200 && parse_token(reply.body).has_value();
        case Step::search:
            // Any type: which resources it has is for whoever searched.
            return reply.status == 200 && std::holds_alternative<Bundle>(parse_bundle(reply.body, "ImagingStudy"));
        case Step::read:
            return reply.status == 200 && std::holds_alternative<RegisteredStudy>(parse_study(reply.body));
        case Step::create:
        case Step::replace:
            return (reply.status == 200 || reply.status == 201) &&
                   std::holds_alternative<RegisteredStudy>(parse_study(reply.body));
        case Step::read_back:
            return reply.status == 200 && is_dicom(reply.content_type) && !is_html(reply.content_type, reply.body);
        case Step::upload:
            return false;
    }
    return false;
}

/// 400, 404 and 422 with a text on a reference that no rule knows.
bool is_loose_reference(Step step, const Reply& reply, const Complaint& complaint) {
    const bool is_fit = reply.status == 400 || reply.status == 404 || reply.status == 422;
    return is_writing(step) && is_fit && contains_in_any_case(complaint.text, "reference");
}

}  // namespace

std::span<const AnswerRow> answers() {
    return rows;
}

const AnswerRow& row_of(Answer answer) {
    const auto found =
        std::find_if(rows.begin(), rows.end(), [&](const AnswerRow& each) { return each.answer == answer; });
    assert(found != rows.end());
    return *found;
}

std::span<const TextRule> text_rules() {
    return rules;
}

std::optional<Judgement> judge_complaints(Step step, const Reply& reply, const ErrorBody& error) {
    for (const TextRule& rule : rules) {
        if (rule.is_of_writing && !is_writing(step)) continue;
        for (const Complaint& each : error.complaints) {
            if (!fits(rule, each)) continue;
            const bool is_study = rule.answer == bad_reference && step == Step::replace && is_about_the_study(each);
            return Judgement{is_study ? gone : rule.answer, reply.status, kept(each)};
        }
    }
    for (const Complaint& each : error.complaints)
        if (is_loose_reference(step, reply, each)) {
            const bool is_study = step == Step::replace && is_about_the_study(each);
            return Judgement{is_study ? gone : bad_reference, reply.status, kept(each)};
        }
    return std::nullopt;
}

Answer answer_of_status(Step step, unsigned status, BodyForm form) {
    if (status < 200 || status > 599) return not_as_promised;
    if (status < 300) return not_as_promised;  // its promise was looked at before
    if (status < 400) return redirected;
    if (status == 500 && step == Step::token) return token_failed;
    if (status >= 500) return unavailable;
    switch (status) {
        case 401:
            return step == Step::token ? credentials_refused : unauthorized;
        case 403:
            return not_permitted;
        case 404:
        case 410:
            if (is_of_resource(step) || step == Step::read_back) return gone;
            // The platform itself answers with an outcome, whoever stands before it with something else.
            return form == BodyForm::outcome ? bad_content : wrong_path;
        case 405:
            return wrong_path;
        case 408:
        case 425:
        case 429:
            return throttled;
        case 409:
        case 412:
            if (step == Step::token) return credentials_refused;
            // Nobody can have changed what isn't there yet.
            if (step == Step::create) return duplicate;
            return step == Step::replace ? changed_meanwhile : refused;
        case 413:
            return step == Step::token ? credentials_refused : too_large;
        case 400:
        case 422:
            if (step == Step::token) return credentials_refused;
            // Whoever judged the content would have written an outcome: this came from somewhere between.
            return form == BodyForm::html || form == BodyForm::plain ? not_as_promised : bad_content;
        default:
            return step == Step::token ? credentials_refused : refused;
    }
}

Judgement judge(Step step, const Reply& reply) {
    assert(step != Step::upload);
    if (is_kept(step, reply)) return {step == Step::read_back ? stored : as_promised, reply.status, {}};
    // What is no success in spite of its status still says what is wrong; a page for people says nothing.
    const ErrorBody error = read_error(reply.content_type, reply.body);
    if (auto found = judge_complaints(step, reply, error)) {
        if (step == Step::token && found->answer == unauthorized) found->answer = credentials_refused;
        return *found;
    }
    return judgement(answer_of_status(step, reply.status, error.form), reply, error);
}

bool may_be_about_one(Answer answer, unsigned status) {
    return (answer == unavailable && status == 500) || row_of(answer).course == Course::retry_then_hold;
}

std::string_view hint(Step step, const Judgement& judgement) {
    if (step == Step::token && judgement.status == 500)
        return "is the outbound address a static one of Indonesia? The staging environment answers others with 500";
    if (judgement.answer == not_permitted && judgement.complaint == Complaint{})
        return "a firewall may refuse the outbound address or the User-Agent";
    return {};
}

}  // namespace broker::deliver::satusehat
