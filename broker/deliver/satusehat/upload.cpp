// What the answer to an upload says of the one instance that was sent: only its body proves anything.
#include <algorithm>

#include "broker/deliver/satusehat/answer.h"
#include "broker/deliver/satusehat/store_response.h"
#include "broker/deliver/satusehat/text.h"

namespace broker::deliver::satusehat {

namespace {

using enum Answer;

bool says_it_exists(std::string_view text) {
    return contains_in_any_case(text, "already exists");
}

/// Whether words say that the store has an instance with this UID, and whether it is the same. Of a text that may be
/// cut it isn't known whether its end would say that they differ.
std::optional<Answer> of_words(std::string_view text) {
    if (contains_in_any_case(text, "differ") || contains_in_any_case(text, "checksum")) return conflict;
    if (says_it_exists(text) && text.size() < error_characters_read_max) return stored;
    return std::nullopt;
}

/// JSON or XML that could not be read as such is cut, and so are its words.
bool may_be_cut(const ErrorBody& error, std::string_view body) {
    const std::size_t begin = body.find_first_not_of("\xEF\xBB\xBF \t\r\n");
    return error.form == BodyForm::plain && begin != std::string_view::npos &&
           std::string_view("{[\"<").find(body[begin]) != std::string_view::npos;
}

bool is_transient(unsigned status) {
    return status >= 500 || status == 408 || status == 425 || status == 429;
}

/// Out of resources (PS3.4 B.2.3): the store's own trouble.
bool is_out_of_resources(const FailedInstance& failure) {
    return failure.reason && (*failure.reason & 0xFF00) == 0xA700;
}

Complaint complaint_of(const FailedInstance& failure) {
    Complaint complaint;
    complaint.text = failure.text;
    return complaint;
}

Judgement judge_failure(const Reply& reply, const FailedInstance& failure) {
    const auto judged = [&](Answer answer) { return Judgement{answer, reply.status, kept(complaint_of(failure))}; };
    if (const auto found = of_words(failure.text)) return judged(*found);
    if (is_transient(reply.status)) return judged(answer_of_status(Step::upload, reply.status, BodyForm::other_json));
    return judged(is_out_of_resources(failure) ? unavailable : rejected);
}

/// 200 with an answer in which nothing of ours failed.
bool is_success(const StoreResponse& response, std::string_view sop_instance_uid) {
    if (response.has_stored(sop_instance_uid)) return true;
    // Another instance in our place is no success of ours.
    return !response.has_failed && response.stored.empty();
}

/// Statuses that speak of the instance itself.
Answer of_status(const Reply& reply, BodyForm form) {
    if (reply.status == 400 || reply.status == 409) return rejected;
    const Answer answer = answer_of_status(Step::upload, reply.status, form);
    return answer == bad_content || answer == refused ? rejected : answer;
}

/// The header that names the study leads to none.
const Complaint* about_the_study(const Reply& reply, const ErrorBody& error) {
    const bool is_fit = reply.status == 400 || reply.status == 404 || reply.status == 422;
    if (!is_fit || error.form != BodyForm::outcome) return nullptr;
    const auto found = std::find_if(error.complaints.begin(), error.complaints.end(), [](const Complaint& each) {
        return contains_in_any_case(each.text, "imagingstudy");
    });
    return found == error.complaints.end() ? nullptr : &*found;
}

}  // namespace

Judgement judge_upload(const Reply& reply, std::string_view sop_instance_uid) {
    const ErrorBody error = read_error(reply.content_type, reply.body);
    const auto judged = [&](Answer answer) {
        return Judgement{answer, reply.status, error.complaints.empty() ? Complaint{} : kept(error.complaints.front())};
    };
    if (error.form == BodyForm::html) return judged(of_status(reply, error.form));

    const std::optional<StoreResponse> response = parse_store_response(reply.body);
    if (response) {
        if (const FailedInstance* failure = response->failure_of(sop_instance_uid))
            return judge_failure(reply, *failure);
        if (reply.status == 200 && is_success(*response, sop_instance_uid)) return {stored, reply.status, {}};
        if ((reply.status == 201 || reply.status == 202) && response->has_stored(sop_instance_uid))
            return {stored, reply.status, {}};
    }
    if (reply.status == 200 && error.form == BodyForm::empty) return {stored, reply.status, {}};
    // A store response has its words in its items, and they were looked at.
    if (!response && !may_be_cut(error, reply.body))
        for (const Complaint& each : error.complaints)
            if (const auto found = of_words(each.text); found && says_it_exists(each.text))
                return {*found, reply.status, kept(each)};
    // Sent again, the same bytes do no harm, and the whole answer tells more.
    if (reply.status == 409 && may_be_cut(error, reply.body)) return judged(not_as_promised);
    if (auto found = judge_complaints(Step::upload, reply, error)) return *found;
    if (const Complaint* study = about_the_study(reply, error)) return {gone, reply.status, kept(*study)};
    return judged(of_status(reply, error.form));
}

}  // namespace broker::deliver::satusehat
