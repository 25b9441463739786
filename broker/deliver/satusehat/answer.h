/// Answer: what each reply of the platform means, and what the lane does about it.
///
/// Values and pure functions over tables; any thread. Texts and codes count before the status, since the platform's
/// tiers don't agree on statuses. Nothing is a success but what its step promised. What is no reply at all (name,
/// connection, TLS, time-out) is not judged here, nor is a 500 that one item alone keeps meeting.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "broker/deliver/satusehat/error_body.h"
#include "outbox/reason.h"

namespace broker::deliver::satusehat {

/// What was asked. `read` is of one resource by its id, `read_back` of an instance that was uploaded, by HEAD or GET.
enum class Step { token, search, read, create, replace, upload, read_back };

struct Reply {
    unsigned status = 0;
    std::string_view content_type, body;
};

enum class Answer {
    as_promised,          ///< the body is what was asked for; whether a search found anything is for `choose`
    stored,               ///< the store has the instance, with these bytes as far as it says
    conflict,             ///< the store has other bytes under this UID
    rejected,             ///< the store will not take this instance
    unauthorized,         ///< the token is not, or no longer, good
    credentials_refused,  ///< no token for this client id and secret
    not_permitted,        ///< this client may not do that, or not from here
    duplicate,            ///< it is registered already
    wrong_organization,   ///< the organization is not this client's
    bad_date,             ///< a date or time that is not taken
    bad_content,          ///< something else of the resource that is not taken
    bad_reference,        ///< what it refers to is not there: the order
    unreadable_request,   ///< it could not read what we wrote: our bug
    gone,                 ///< the resource with this id is not there
    changed_meanwhile,    ///< somebody else wrote it
    too_large,
    throttled,
    unavailable,
    token_failed,  ///< it fails (500) at giving a token
    redirected,
    wrong_path,       ///< nobody answers at this path
    refused,          ///< for a reason that is not known here
    not_as_promised,  ///< a success by its status, but not by its body; or no status that there is
    no_credentials,   ///< nothing was asked: client id or secret cannot be read here
};

/// What the lane does. "person" means held with a reason.
enum class Course {
    go_on,
    new_token,        ///< get one, once, and repeat; after a second time hold the lane
    hold_lane,        ///< nothing of the lane will succeed: alarm, and a slow probe
    search_again,     ///< for the study: it is there, or has another id; the same one found again needs a person
    order_again,      ///< look for the order again, once; then wait for it
    read_again,       ///< read, merge, write again, three times at most
    hold_item,        ///< this instance or study needs a person; the others go on
    slow_down,        ///< the whole lane waits, as long as `Retry-After` says
    retry,            ///< with backoff, for ever; before a create, search
    retry_then_hold,  ///< with backoff; but the same again and again needs a person
};

struct Judgement {
    Answer answer = Answer::not_as_promised;
    unsigned status = 0;
    Complaint complaint;  ///< the one that decided, or the first; empty where the reply has none
};

/// For every step but `upload`.
Judgement judge(Step step, const Reply& reply);
/// For the upload of one instance.
Judgement judge_upload(const Reply& reply, std::string_view sop_instance_uid);

/// A row per answer, in the order of the enumeration.
struct AnswerRow {
    Answer answer;
    std::string_view word;  ///< stable
    Course course;
    outbox::Reason reason;  ///< of what waits or is held for it; none where nothing is
    std::string_view text;  ///< for people: what it means and, where one can, what to do
};
std::span<const AnswerRow> answers();
const AnswerRow& row_of(Answer answer);

/// Whether a failure may be that of the one study or instance that was asked about, so that it counts against it.
bool may_be_about_one(Answer answer, unsigned status);

/// What to do about an answer that this status and step give another meaning than its row; "" where they don't.
std::string_view hint(Step step, const Judgement& judgement);

/// What decides before the status: a row fits a complaint where all that it names does.
struct TextRule {
    std::string_view issue_code;  ///< exactly
    std::string_view fault_code;  ///< how it begins
    unsigned rule = 0;            ///< exactly
    std::string_view text;        ///< stands in it, in any case
    Answer answer;
    bool is_of_writing = false;  ///< for create and replace only
};
std::span<const TextRule> text_rules();
/// The answer of the first rule that fits any of the complaints, with that complaint.
std::optional<Judgement> judge_complaints(Step step, const Reply& reply, const ErrorBody& error);
/// What the status alone says.
Answer answer_of_status(Step step, unsigned status, BodyForm form);

}  // namespace broker::deliver::satusehat
