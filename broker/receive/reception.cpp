#include "broker/receive/reception.h"

#include <cassert>

#include "broker/dicom/part10.h"
#include "broker/dicom/uid.h"

namespace broker::receive {
namespace {

constexpr std::uint64_t file_header_bytes_max = 1024;  // room for our own header beside the largest data set

}  // namespace

Reception::Reception(const Begun& begun, std::string transfer_syntax_uid, const dicom::Wanted& wanted,
                     const ReceptionLimits& limits)
    : spool_(begun.spool),
      began_at_(begun.at),
      transfer_syntax_uid_(std::move(transfer_syntax_uid)),
      limits_(limits),
      scan_(transfer_syntax_uid_, wanted, limits.scan) {}

void Reception::take(std::span<const std::byte> bytes) {
    bytes_ += bytes.size();
    if (is_too_large() && !error_) {
        give_up(spool::Error(spool::Errc::too_large, "the data set is larger than dicom.max_instance"));
    }
    if (error_ || is_hopeless_) return;
    scan_.feed(bytes);
    if (intake_) return write(bytes);
    waiting_.insert(waiting_.end(), bytes.begin(), bytes.end());
    if (scan_.has_identity() || scan_.is_done() || waiting_.size() > limits_.identity_bytes_max) identify();
}

bool Reception::complete() {
    if (error_ || is_hopeless_) return false;
    scan_.finish();
    if (!intake_) identify();
    return intake_.has_value() && !error_;
}

spool::Linked Reception::finish() {
    assert(intake_ && !error_);
    return spool_.link(intake_->finish());
}

void Reception::identify() {
    const dicom::Header header = scan_.header();
    sop_class_uid_ = header.first(dicom::tags::sop_class_uid);
    sop_instance_uid_ = header.first(dicom::tags::sop_instance_uid);
    is_hopeless_ = !dicom::is_keyable_uid(sop_class_uid_) || !dicom::is_keyable_uid(sop_instance_uid_);
    if (is_hopeless_) {
        waiting_ = {};
        return;
    }
    try {
        intake_ = spool_.begin(limits_.instance_bytes_max + file_header_bytes_max);
    } catch (const spool::Error& error) {
        return give_up(error);
    }
    write(dicom::file_header({sop_class_uid_, sop_instance_uid_, transfer_syntax_uid_}));
    if (intake_) write(waiting_);
    waiting_ = {};
}

void Reception::write(std::span<const std::byte> bytes) {
    try {
        intake_->append(bytes);
    } catch (const spool::Error& error) {
        give_up(error);
    }
}

void Reception::give_up(const spool::Error& error) {
    error_ = error.code();
    error_text_ = error.what();
    intake_.reset();
    waiting_ = {};
}

}  // namespace broker::receive
