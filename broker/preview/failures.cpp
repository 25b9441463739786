#include "broker/preview/failures.h"

namespace broker::preview {
namespace {

constexpr std::chrono::hours remembered_for{1};
constexpr unsigned troubles_max = 2;
constexpr std::size_t frames_max = 64;  // of one instance; beyond them one is tried each time

using worker::NoPicture;

}  // namespace

std::optional<NoShow> Failures::find(const spool::Digest& digest, const worker::Rendition& rendition, Monotonic now) {
    const auto found = records_.find(digest);
    if (found == records_.end()) return std::nullopt;
    const Record& record = found->second;
    if (now - record.since >= remembered_for) {
        forget(digest);
        return std::nullopt;
    }
    if (record.troubles >= troubles_max) return NoShow{NoShow::Why::broken, {}, record.trouble};
    const auto frame = record.frames.find(rendition.frame);
    if (frame == record.frames.end()) return std::nullopt;
    // A part of a picture that is too large may be small enough.
    const bool may_be_smaller = frame->second == NoPicture::too_many_pixels || frame->second == NoPicture::too_large;
    if (may_be_smaller && !is_default(rendition)) return std::nullopt;
    return NoShow{NoShow::Why::no_picture, frame->second};
}

bool Failures::note(const spool::Digest& digest, std::uint32_t frame, NoPicture why, Monotonic now) {
    // Who asks for a frame that isn't there asks for another one next time.
    if (why == NoPicture::no_such_frame) return false;
    const bool is_known = records_.contains(digest);
    Record& record = record_of(digest, now);
    if (record.frames.size() < frames_max) record.frames[frame] = why;
    return !is_known && why != NoPicture::no_pixels;
}

bool Failures::note_trouble(const spool::Digest& digest, const std::string& text, Monotonic now) {
    Record& record = record_of(digest, now);
    record.trouble = text;
    return ++record.troubles >= troubles_max;
}

void Failures::forget(const spool::Digest& digest) {
    const auto found = records_.find(digest);
    if (found == records_.end()) return;
    in_order_.erase(found->second.at);
    records_.erase(found);
}

void Failures::clear() {
    in_order_.clear();
    records_.clear();
}

Failures::Record& Failures::record_of(const spool::Digest& digest, Monotonic now) {
    if (const auto found = records_.find(digest); found != records_.end()) return found->second;
    if (records_.size() >= instances_max_) forget(in_order_.front());
    const auto at = in_order_.insert(in_order_.end(), digest);
    return records_.emplace(digest, Record{now, at}).first->second;
}

}  // namespace broker::preview
