/// DicomSender: a Sender that stores instances in a PACS over one association (PS3.4 annex B, as SCU).
///
/// As Sender says. The data set's bytes go out as they are in the blob, in the stored transfer syntax.
#pragma once

#include <map>

#include "broker/deliver/dicom/association.h"
#include "broker/deliver/sender.h"

namespace broker::deliver {

struct DicomPeer {
    Endpoint endpoint;
    std::string ae_title;          ///< called
    std::string calling_ae_title;  ///< ours, where `calling_is_sender` is false or the instance's is unknown
    bool calling_is_sender = false;
    Timeouts timeouts;
    std::uint32_t pdu_max = 128 * 1024;              ///< [dicom] max_pdu
    std::vector<PaceLine> paces;                     ///< that what is sent keeps to
    std::uint64_t commitment_max = 8 * 1024 * 1024;  ///< [dicom] max_commitment: bytes of a report
};

class DicomSender : public Sender {
public:
    explicit DicomSender(DicomPeer peer);

    std::optional<Event> open(const Opening& opening) override;
    bool is_open() const override { return association_.is_open(); }
    bool covers(const outbox::ClaimedJob& job) const override;
    bool takes(const Pair& pair) const override { return result_of(pair) == 0; }
    bool refuses_syntax(const Pair& pair) const override { return result_of(pair) == 4; }
    Sent send(const outbox::ClaimedJob& job, spool::Reader blob) override;
    std::optional<Event> verify() override;
    void close() override { association_.release(); }
    void interrupt() override { association_.interrupt(); }

private:
    std::string calling(const std::string& of_sender) const;
    Sent refused(std::uint32_t result) const;
    std::optional<std::uint8_t> result_of(const Pair& pair) const;
    std::optional<Event> write_command(std::uint8_t context, std::span<const std::byte> command);
    std::optional<Event> write_data_set(std::uint8_t context, spool::VerifiedReader& blob, std::int64_t& bytes);
    Sent read_answer(const outbox::ClaimedJob& job, std::uint16_t message_id);

    const DicomPeer peer_;
    Association association_;
    std::map<Pair, std::uint8_t> contexts_;  ///< proposed
    std::string calling_;                    ///< as which the association was opened
    std::uint16_t message_id_ = 0;           ///< of the last request
};

}  // namespace broker::deliver
