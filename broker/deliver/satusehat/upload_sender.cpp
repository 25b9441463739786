// One POST per instance, its body straight from the spool.
#include "broker/deliver/satusehat/upload_sender.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "broker/deliver/satusehat/events.h"

namespace broker::deliver::satusehat {

namespace {

/// No order has it: it is searched for to see whether the platform answers.
constexpr std::string_view nobodys_accession = "BRIDGE-ECHO";

/// A blob between two texts, both of which may be empty. The hash is looked at before the blob's last bytes leave.
class BlobBody : public http::BodySource {
public:
    BlobBody(spool::Reader blob, const spool::Digest& digest, std::string before, std::string after)
        : blob_(std::move(blob), digest), before_(std::move(before)), after_(std::move(after)) {}

    std::uint64_t size() const override { return before_.size() + blob_.size() + after_.size(); }
    std::size_t read(std::span<std::byte> into) override {
        std::size_t got = take(before_, at_, into);
        if (got == 0 && at_ < before_.size() + blob_.size()) {
            got = blob_.next(into);
            sent_ += static_cast<std::int64_t>(got);
        }
        if (got == 0) got = take(after_, at_ - before_.size() - blob_.size(), into);
        at_ += got;
        return got;
    }
    void rewind() override {
        blob_.restart();
        at_ = 0;
        sent_ = 0;
    }

    /// Bytes of the blob that were given away, the last time.
    std::int64_t sent() const { return sent_; }

private:
    static std::size_t take(const std::string& text, std::uint64_t from, std::span<std::byte> into) {
        if (from >= text.size()) return 0;
        const std::size_t size = std::min<std::size_t>(into.size(), text.size() - from);
        std::memcpy(into.data(), text.data() + from, size);
        return size;
    }

    spool::VerifiedReader blob_;
    const std::string before_, after_;
    std::uint64_t at_ = 0;
    std::int64_t sent_ = 0;
};

}  // namespace

UploadSender::UploadSender(std::shared_ptr<const Store> store, std::vector<PaceLine> paces)
    : store_(std::move(store)), platform_(store_->session), stride_(std::move(paces)) {}

std::optional<Event> UploadSender::open(const Opening&) {
    if (const auto refused = store_->session->sign_in(interrupt_)) return event_of(*refused);
    is_open_ = true;
    return std::nullopt;
}

std::optional<Event> UploadSender::verify() {
    const Heard heard = platform_.find_orders(*Accession::parse(nobodys_accession));
    const auto* told = std::get_if<Told>(&heard);
    if (told != nullptr && told->judgement.answer == Answer::as_promised) return std::nullopt;
    return event_of(heard);
}

Sent UploadSender::send(const outbox::ClaimedJob& job, spool::Reader blob) {
    // Under no study it would be nobody's.
    if (job.imaging_study_id.empty()) return {{Happening::http_answer, answer_of(Answer::gone, 0)}};
    const auto digest = spool::Digest::from_bytes(job.digest);
    // Of random bytes no digest is part of a data set.
    const std::string boundary = "bridge-" + digest.hex();
    std::string before, after, content_type = "application/dicom";
    if (store_->is_multipart) {
        before = fmt::format("--{}\r\nContent-Type: application/dicom\r\n\r\n", boundary);
        after = fmt::format("\r\n--{}--\r\n", boundary);
        content_type = fmt::format("multipart/related; type=\"application/dicom\"; boundary={}", boundary);
    }
    BlobBody body(std::move(blob), digest, std::move(before), std::move(after));
    const Heard heard = upload(job, body, content_type);
    Sent sent{event_of_upload(heard), body.sent()};
    const auto* told = std::get_if<Told>(&heard);
    if (told == nullptr) return sent;
    if (told->judgement.status != 0) sent.status = static_cast<std::int32_t>(told->judgement.status);
    sent.comment = told->judgement.complaint.text;
    if (!told->request_id.empty())
        sent.comment += (sent.comment.empty() ? "request id " : "; request id ") + told->request_id;
    const bool is_stored = told->judgement.answer == Answer::stored;
    if (is_stored && store_->reads_back && is_there(job)) sent.evidence = outbox::Evidence::query;
    return sent;
}

Heard UploadSender::upload(const outbox::ClaimedJob& job, http::BodySource& body, const std::string& content_type) {
    http::Request request;
    request.method = http::Method::post;
    request.target = target_of(store_->path);
    request.headers.add("Accept", "application/dicom+json");
    request.headers.add("Content-Type", content_type);
    request.headers.add("X-ImagingStudy-ID", job.imaging_study_id);
    request.body = &body;
    request.is_repeatable = true;  // the same bytes
    request.pace = [this](std::size_t bytes) { return stride_.take(bytes); };
    request.piece_bytes_max = stride_.piece_max();
    // Each has its line in the log once it is settled.
    const Asking asking{"", [&](const Reply& reply) { return judge_upload(reply, job.sop_instance_uid); }};
    return store_->session->ask(*store_->client, request, asking, interrupt_);
}

bool UploadSender::is_there(const outbox::ClaimedJob& job) {
    if (job.study_instance_uid.empty() || job.series_instance_uid.empty()) return false;
    http::Request request;
    request.method = http::Method::head;
    request.target = target_of(
        fmt::format("{}/{}/series/{}/instances/{}", store_->path, http::percent_encode(job.study_instance_uid),
                    http::percent_encode(job.series_instance_uid), http::percent_encode(job.sop_instance_uid)));
    request.headers.add("Accept", "application/dicom");
    const Asking asking{"read_back", [](const Reply& reply) { return judge(Step::read_back, reply); }};
    const Heard heard = store_->session->ask(*store_->client, request, asking, interrupt_);
    const auto* told = std::get_if<Told>(&heard);
    return told != nullptr && told->judgement.answer == Answer::stored;
}

void UploadSender::interrupt() {
    interrupt_.raise();
    platform_.interrupt();
    stride_.interrupt();
}

}  // namespace broker::deliver::satusehat
