/// UploadSender: a Sender that uploads whole Part 10 files to the national store, each by a request of its own, under
/// the ImagingStudy that lists it.
///
/// As Sender says. The bytes go from the spool as they are and are hashed on their way: the store never has the whole
/// of a damaged blob. Sending the same again does no harm there, and other bytes under the same UIDs are a conflict, so
/// that what ended without an answer is sent again rather than asked about. `Sent::status` is HTTP's.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "broker/deliver/satusehat/http_platform.h"
#include "broker/deliver/sender.h"
#include "broker/deliver/stride.h"

namespace broker::deliver::satusehat {

/// What all senders of a destination share.
struct Store {
    std::shared_ptr<Session> session;
    std::shared_ptr<http::Client> client;  ///< of the store, which may be another server than the session's
    std::string path;                      ///< of the store
    bool is_multipart = false;             ///< each as the one part of a multipart/related body
    bool reads_back = false;               ///< asks (HEAD) whether it is there once it was taken
};

class UploadSender : public Sender {
public:
    explicit UploadSender(std::shared_ptr<const Store> store, std::vector<PaceLine> paces = {});

    /// There is a token on return; the store itself is asked first by `send`.
    std::optional<Event> open(const Opening& opening) override;
    bool is_open() const override { return is_open_; }
    bool covers(const outbox::ClaimedJob&) const override { return true; }
    /// Evidence: `query` where it was read back, else `response`.
    Sent send(const outbox::ClaimedJob& job, spool::Reader blob) override;
    /// Searches for an order that nobody has: that the platform answers for our organization.
    std::optional<Event> verify() override;
    void close() override { is_open_ = false; }
    void interrupt() override;

private:
    Heard upload(const outbox::ClaimedJob& job, http::BodySource& body, const std::string& content_type);
    bool is_there(const outbox::ClaimedJob& job);

    const std::shared_ptr<const Store> store_;
    HttpPlatform platform_;
    http::Interrupt interrupt_;
    Stride stride_;
    bool is_open_ = false;
};

}  // namespace broker::deliver::satusehat
