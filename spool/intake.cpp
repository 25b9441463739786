#include "spool/intake.h"

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <cstring>
#include <utility>

#include "spool/error.h"
#include "spool/intake_file.h"

namespace spool {

namespace {

/// From this size on a piece is written as it is; below, copying it costs less than one more system call.
constexpr std::size_t direct_bytes_min = 64u << 10;
constexpr std::uint64_t page_bytes = 4096;

}  // namespace

Sealed::Sealed(Digest digest, std::uint64_t bytes, std::unique_ptr<File> file)
    : digest_(digest), size_(bytes), file_(std::move(file)) {}
Sealed::~Sealed() = default;
Sealed::Sealed(Sealed&&) noexcept = default;
Sealed& Sealed::operator=(Sealed&&) noexcept = default;

Intake::Intake(std::unique_ptr<File> file) : file_(std::move(file)) {}
Intake::~Intake() = default;
Intake::Intake(Intake&&) noexcept = default;
Intake& Intake::operator=(Intake&&) noexcept = default;

void Intake::append(std::span<const std::byte> bytes) {
    assert(file_ && "a spent intake");
    file_->append(bytes);
}

std::uint64_t Intake::size() const {
    assert(file_ && "a spent intake");
    return file_->size;
}

Sealed Intake::finish() {
    assert(file_ && "a spent intake");
    auto file = std::move(file_);  // whatever happens, there is no second sync
    return file->finish();
}

Intake::File::File(Disk& disk, Draft draft, const Shared& shared, const Limits& limits)
    : disk_(disk), draft_(std::move(draft)), shared_(shared), limits_(limits) {
    ++shared_.intakes;
}

Intake::File::~File() {
    --shared_.intakes;
    if (buffer_) shared_.buffers.give_back(std::move(buffer_));
}

void Intake::File::check(const char* what, int result) {
    if (result >= 0) return;
    is_spent_ = true;
    throw failed({what, draft_.name()}, result);
}

void Intake::File::append(std::span<const std::byte> bytes) {
    assert(!is_spent_ && "an intake that failed");
    if (bytes.size() > limits_.bytes_max - size) {
        is_spent_ = true;
        throw Error(Errc::too_large, "the blob is larger than " + std::to_string(limits_.bytes_max) + " bytes");
    }
    hasher_.update(bytes);
    size += bytes.size();
    if (bytes.size() >= direct_bytes_min) {
        flush();
        write(bytes);
    } else {
        gather(bytes);
    }
}

void Intake::File::gather(std::span<const std::byte> bytes) {
    if (!buffer_) buffer_ = shared_.buffers.borrow();
    while (!bytes.empty()) {
        std::size_t now = std::min(bytes.size(), Buffers::bytes - gathered_);
        std::memcpy(buffer_.get() + gathered_, bytes.data(), now);
        gathered_ += now;
        bytes = bytes.subspan(now);
        if (gathered_ == Buffers::bytes) flush();
    }
}

void Intake::File::flush() {
    write({buffer_.get(), std::exchange(gathered_, 0)});
}

void Intake::File::write(std::span<const std::byte> bytes) {
    if (bytes.empty()) return;
    reserve_until(written_ + bytes.size());
    while (!bytes.empty()) {
        std::int64_t done = disk_.write(draft_.handle(), written_, bytes);
        check("write", done == 0 ? -EIO : static_cast<int>(std::min<std::int64_t>(done, 0)));
        written_ += static_cast<std::uint64_t>(done);
        bytes = bytes.subspan(static_cast<std::size_t>(done));
    }
    start_writing();
}

/// The medium works while the rest is received and hashed, so that the sync finds little left to do. Where several
/// write, the others keep it busy, and more, smaller orders to it would only cost.
void Intake::File::start_writing() {
    if (shared_.intakes > 1) return;
    const std::uint64_t end = written_ / page_bytes * page_bytes;  // the last page may not be full yet
    if (end < started_ + direct_bytes_min) return;
    disk_.start_writing(draft_.handle(), {.offset = started_, .bytes = end - started_});
    started_ = end;
}

void Intake::File::reserve_until(std::uint64_t end) {
    if (!can_reserve_ || end <= limits_.reserve_after_bytes || end <= reserved_) return;
    std::uint64_t begin = std::max(reserved_, written_);
    std::uint64_t bytes = std::max(end - begin, limits_.reserve_bytes);
    int result = disk_.reserve(draft_.handle(), {.offset = begin, .bytes = bytes});
    if (result == -EOPNOTSUPP || result == -ENOSYS) {  // no loss of safety: the write or the sync will tell
        can_reserve_ = false;
        return;
    }
    check("reserve space for", result);
    reserved_ = begin + bytes;
}

Sealed Intake::File::finish() {
    assert(!is_spent_ && "an intake that failed");
    flush();
    if (reserved_ > size) check("cut", disk_.cut(draft_.handle(), size));
    check("sync", disk_.sync_bytes(draft_.handle()));
    return Sealed(hasher_.finish(), size, std::make_unique<Sealed::File>(Sealed::File{std::move(draft_)}));
}

}  // namespace spool
