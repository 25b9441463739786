// C-FIND one after the other; N-ACTION, and whatever reports come in its time.
#include "broker/deliver/dicom/dicom_asker.h"

#include <algorithm>

#include "broker/deliver/dicom/message.h"
#include "broker/dicom/commitment_command.h"
#include "broker/dicom/dimse_status.h"
#include "broker/dicom/element_reader.h"
#include "broker/dicom/element_writer.h"

namespace broker::deliver {

namespace {

namespace status = dicom::status;

constexpr std::size_t identifier_bytes_max = 1024 * 1024;
// Of one question: who knows no more than the level it is asked at gives one, who ignores the key gives a whole study.
constexpr unsigned identifiers_max = 100'000;
constexpr dicom::Tag query_retrieve_level{0x0008, 0x0052};

Bytes identifier_of(const Question& question, bool is_implicit) {
    dicom::ElementWriter elements(is_implicit);
    elements.uid(dicom::tags::sop_instance_uid, question.sop_instance_uid);
    elements.code(query_retrieve_level, "IMAGE");
    elements.uid(dicom::tags::study_instance_uid, question.study_instance_uid);
    elements.uid(dicom::tags::series_instance_uid, question.series_instance_uid);
    return elements.bytes();
}

std::string sop_instance_uid_of(std::span<const std::byte> identifier) {
    const dicom::Wanted wanted{dicom::tags::sop_instance_uid};
    dicom::ElementReader reader(wanted, {});
    reader.feed(identifier);
    const auto found = reader.found().find(dicom::tags::sop_instance_uid);
    if (found == reader.found().end()) return {};
    std::string uid = found->second.bytes;
    while (!uid.empty() && (uid.back() == '\0' || uid.back() == ' ')) uid.pop_back();
    return uid;
}

bool is_response(const Message& message, std::uint16_t field, std::uint16_t message_id) {
    return message.field() == field &&
           message.command.number(dicom::command::message_id_being_responded_to) == message_id &&
           message.command.number(dicom::command::status).has_value();
}

}  // namespace

/// One request for commitment, as far as it has come.
struct DicomAsker::Taking {
    std::string_view transaction_uid;
    const std::function<std::uint16_t(const dicom::CommitmentReport&)>& report;
    std::optional<std::uint16_t> status;  ///< of the N-ACTION-RSP
    bool is_reported = false;             ///< on this transaction
};

DicomAsker::DicomAsker(DicomPeer peer) : peer_(std::move(peer)), association_(peer_.timeouts, peer_.pdu_max) {}

std::optional<Event> DicomAsker::open(std::string_view abstract_syntax, const std::optional<dicom::Roles>& roles) {
    return association_.open({peer_.endpoint, peer_.ae_title, peer_.calling_ae_title, abstract_syntax, roles});
}

Answers DicomAsker::query(std::span<const Question> questions) {
    Answers answers;
    answers.findings.assign(questions.size(), Finding::unknown);
    answers.event = open(study_root_find_sop_class, std::nullopt);
    if (answers.event) return answers;
    answers.is_offered = association_.is_offered();
    std::uint16_t message_id = 0;
    for (std::size_t n = 0; answers.is_offered && n < questions.size() && !answers.event; ++n) {
        answers.put_count = n + 1;
        // Without the keys above it a level cannot be asked for (PS3.4 C.4.1.2.1).
        if (questions[n].study_instance_uid.empty() || questions[n].series_instance_uid.empty()) continue;
        answers.findings[n] = find(questions[n], ++message_id, answers);
    }
    association_.release();
    return answers;
}

Finding DicomAsker::find(const Question& question, std::uint16_t message_id, Answers& answers) {
    bool is_there = false, is_other_there = false;
    // Each response starts the answer's time-out anew; who lists a whole archive has not understood the question.
    const auto until = std::chrono::steady_clock::now() + 2 * peer_.timeouts.answer;
    const auto present_or = [&](Finding otherwise) { return is_there ? Finding::present : otherwise; };
    answers.event = association_.ask(find_request(message_id), identifier_of(question, association_.is_implicit()));
    for (unsigned n = 0; !answers.event; ++n) {
        auto next = association_.read(identifier_bytes_max);
        if (auto* event = std::get_if<Event>(&next)) {
            answers.event = *event;
            break;
        }
        const Message& message = std::get<Message>(next);
        const bool is_endless = n == identifiers_max || std::chrono::steady_clock::now() >= until;
        if (!is_response(message, c_find_rsp, message_id) || is_endless) {
            answers.event = association_.violation();
            break;
        }
        const std::uint16_t status = *message.command.number(dicom::command::status);
        if (!is_pending(status)) {
            if (status != status::success) answers.status = status;
            return present_or(status == status::success && !is_other_there ? Finding::absent : Finding::unknown);
        }
        (sop_instance_uid_of(message.data_set) == question.sop_instance_uid ? is_there : is_other_there) = true;
    }
    return present_or(Finding::unknown);
}

Answers DicomAsker::request_commitment(std::string_view transaction_uid, std::span<const Question> questions,
                                       std::chrono::milliseconds linger,
                                       const std::function<std::uint16_t(const dicom::CommitmentReport&)>& report) {
    Answers answers;
    answers.findings.assign(questions.size(), Finding::unknown);
    answers.event = open(dicom::storage_commitment_sop_class, dicom::Roles{true, false});
    if (answers.event) return answers;
    answers.is_offered = association_.is_offered();
    if (!answers.is_offered) {
        association_.release();
        return answers;
    }
    dicom::CommitmentRequest request{std::string(transaction_uid), {}};
    for (const Question& each : questions) request.references.push_back({each.sop_class_uid, each.sop_instance_uid});
    answers.event =
        association_.ask(dicom::commitment_action_command(1), bytes_of(request, association_.is_implicit()));
    Taking taking{transaction_uid, report, {}, false};
    auto until = std::chrono::steady_clock::time_point::max();
    while (!answers.event && taking.status.value_or(status::success) == status::success &&
           !(taking.status && taking.is_reported)) {
        if (taking.status) {
            until = std::min(until, std::chrono::steady_clock::now() + linger);
            const auto left = until - std::chrono::steady_clock::now();
            if (!association_.has_more(std::chrono::ceil<std::chrono::milliseconds>(left))) break;
        }
        auto next = association_.read(peer_.commitment_max);
        auto* event = std::get_if<Event>(&next);
        // Once the request is taken the peer may end the association as it likes, and report on another one.
        if (event && taking.status) break;
        answers.event = event ? std::optional(*event) : take(std::get<Message>(next), taking);
    }
    if (taking.status.value_or(status::success) != status::success) answers.status = *taking.status;
    association_.release();
    return answers;
}

std::optional<Event> DicomAsker::take(const Message& message, Taking& taking) {
    if (message.field() == dicom::command_field::n_event_report_rq) return take_report(message, taking);
    if (taking.status || !is_response(message, n_action_rsp, 1)) return association_.violation();
    taking.status = message.command.number(dicom::command::status);
    return std::nullopt;
}

std::optional<Event> DicomAsker::take_report(const Message& message, Taking& taking) {
    const auto message_id = message.command.number(dicom::command::message_id);
    if (!message_id) return association_.violation();
    std::uint16_t answer = status::invalid_argument_value;
    const auto report = dicom::parse_commitment_report(message.data_set, QuestionAssociation::is_implicit(message));
    if (report) answer = taking.report(*report);
    if (report && report->transaction_uid == taking.transaction_uid) taking.is_reported = true;
    return association_.respond(message, event_report_response(*message_id, answer));
}

}  // namespace broker::deliver
