// One N-EVENT-REPORT per association (PS3.7 10.1.1).
#include "broker/deliver/dicom/event_report.h"

#include "broker/deliver/dicom/message.h"
#include "broker/deliver/dicom/question_association.h"
#include "broker/dicom/commitment_command.h"

namespace broker::deliver {

namespace {

constexpr std::uint16_t message_id = 1;
constexpr std::size_t event_reply_max = 64 * 1024;  // the service has none (PS3.4 J.3.3), but some send one

std::optional<Event> exchange(QuestionAssociation& association, const dicom::CommitmentReport& report,
                              std::optional<std::uint16_t>& status) {
    if (auto failed = association.ask(dicom::commitment_event_command(message_id, report),
                                      bytes_of(report, association.is_implicit())))
        return failed;
    auto answer = association.read(event_reply_max);
    if (auto* event = std::get_if<Event>(&answer)) return *event;
    const dicom::CommandSet& command = std::get<Message>(answer).command;
    status = command.number(dicom::command::status);
    const bool is_ours = command.number(dicom::command::field) == n_event_report_rsp &&
                         command.number(dicom::command::message_id_being_responded_to) == message_id;
    if (is_ours && status) return std::nullopt;
    status.reset();
    return association.violation();
}

}  // namespace

ReportAnswer send_event_report(const ReportPeer& peer, const dicom::CommitmentReport& report,
                               const std::stop_token& stop) {
    QuestionAssociation association(peer.timeouts, peer.pdu_max);
    const std::stop_callback cut(stop, [&] { association.interrupt(); });
    ReportAnswer answer;
    // Whoever opens an association is the SCU, unless it says otherwise (PS3.7 D.3.3.4).
    answer.event = association.open({peer.endpoint, peer.called_ae_title, peer.calling_ae_title,
                                     dicom::storage_commitment_sop_class, dicom::Roles{false, true}});
    if (answer.event) return answer;
    if (!association.is_offered()) {
        answer.event = Event{Happening::context_refused, association.refusal(), false};
        association.release();
        return answer;
    }
    std::optional<std::uint16_t> status;
    answer.event = exchange(association, report, status);
    answer.is_acknowledged = !answer.event && status == 0;
    if (status && *status != 0) answer.status = status;
    association.release();
    return answer;
}

}  // namespace broker::deliver
