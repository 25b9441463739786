/// DicomAsker: asks a PACS by C-FIND (PS3.4 C.4.1) and by Storage Commitment (PS3.4 J.3), each time over an association
/// of its own.
///
/// As Asker says.
#pragma once

#include "broker/deliver/asker.h"
#include "broker/deliver/dicom/dicom_sender.h"
#include "broker/deliver/dicom/question_association.h"

namespace broker::deliver {

class DicomAsker : public Asker {
public:
    /// Asks as `peer.calling_ae_title`, even where instances are sent under their sender's.
    explicit DicomAsker(DicomPeer peer);

    /// An identifier that comes back counts only with the SOP Instance UID that was asked for. One that does is proof,
    /// whatever else comes; others only, or a final status that isn't success, prove nothing.
    Answers query(std::span<const Question> questions) override;
    /// Ends before `linger` is over once the report on this very transaction has come.
    Answers request_commitment(std::string_view transaction_uid, std::span<const Question> questions,
                               std::chrono::milliseconds linger,
                               const std::function<std::uint16_t(const dicom::CommitmentReport&)>& report) override;
    void interrupt() override { association_.interrupt(); }

private:
    struct Taking;

    std::optional<Event> open(std::string_view abstract_syntax, const std::optional<dicom::Roles>& roles);
    Finding find(const Question& question, std::uint16_t message_id, Answers& answers);
    std::optional<Event> take(const Message& message, Taking& taking);
    std::optional<Event> take_report(const Message& message, Taking& taking);

    const DicomPeer peer_;
    QuestionAssociation association_;
};

}  // namespace broker::deliver
