#include "broker/worker/source.h"

#include <utility>

namespace broker::worker {
namespace {

constexpr std::size_t chunk_bytes = 256 * 1024;

const dicom::Wanted& wanted() {
    static const dicom::Wanted tags{dicom::tags::specific_character_set, dicom::tags::sop_class_uid,
                                           dicom::tags::sop_instance_uid};
    return tags;
}

}  // namespace

IdentityScan::IdentityScan(std::string_view transfer_syntax_uid) : scan_(transfer_syntax_uid, wanted(), {}) {}

Identity IdentityScan::finish() {
    scan_.finish();
    const dicom::Header header = scan_.header();
    return {std::string{header.first(dicom::tags::sop_class_uid)},
            std::string{header.first(dicom::tags::sop_instance_uid)}};
}

Source::Source(const spool::Spool& spool, const spool::Digest& digest)
    : reader_(spool.open(digest), digest), buffer_(chunk_bytes) {
    const auto first = std::span<const std::byte>(buffer_).first(reader_.next(buffer_));
    header_ = dicom::file_identity(first);
    if (!header_) return;
    begin_ = first.subspan(*dicom::data_set_offset(first));
    scan_.emplace(header_->transfer_syntax_uid);
}

std::span<const std::byte> Source::next() {
    std::span<const std::byte> bytes = std::exchange(begin_, {});
    if (bytes.empty()) bytes = std::span<const std::byte>(buffer_).first(reader_.next(buffer_));
    scan_->feed(bytes);
    return bytes;
}

}  // namespace broker::worker
