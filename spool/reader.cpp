#include "spool/reader.h"

#include <algorithm>
#include <cassert>
#include <utility>
#include <vector>

#include "spool/error.h"
#include "spool/reader_file.h"

namespace spool {

namespace {

constexpr std::size_t hash_bytes = 256u << 10;  ///< read at once when a whole blob is hashed
constexpr std::uint64_t early_bytes_max = 4u << 20;

}  // namespace

std::size_t Reader::File::read(std::uint64_t offset, std::span<std::byte> into) const {
    if (offset >= size) return 0;
    into = into.first(static_cast<std::size_t>(std::min<std::uint64_t>(into.size(), size - offset)));
    std::size_t done = 0;
    while (done < into.size()) {
        std::int64_t now = disk.read(file.handle(), offset + done, into.subspan(done));
        if (now < 0) throw failed({"read", name}, static_cast<int>(now));
        if (now == 0) break;  // shorter than when it was opened; the hash will tell
        done += static_cast<std::size_t>(now);
    }
    return done;
}

Digest Reader::File::hash() const {
    std::vector<std::byte> buffer(static_cast<std::size_t>(std::min<std::uint64_t>(size, hash_bytes)));
    Hasher hasher;
    std::uint64_t offset = 0;
    while (std::size_t now = read(offset, buffer)) {
        hasher.update({buffer.data(), now});
        offset += now;
    }
    return hasher.finish();
}

Reader::Reader(std::unique_ptr<File> file) : file_(std::move(file)) {}
Reader::~Reader() = default;
Reader::Reader(Reader&&) noexcept = default;
Reader& Reader::operator=(Reader&&) noexcept = default;

std::uint64_t Reader::size() const {
    return file_->size;
}

void Reader::start_reading() const noexcept {
    file_->disk.start_reading(file_->file.handle(), {.offset = 0, .bytes = std::min(file_->size, early_bytes_max)});
}

std::size_t Reader::read(std::uint64_t offset, std::span<std::byte> into) const {
    return file_->read(offset, into);
}

VerifiedReader::VerifiedReader(Reader reader, const Digest& digest) : reader_(std::move(reader)), digest_(digest) {}

std::size_t VerifiedReader::next(std::span<std::byte> into) {
    assert(!into.empty());
    assert(!is_damaged_ && "a reader that threw");
    if (is_finished_) return 0;
    std::size_t now = reader_.read(offset_, into);
    hasher_.update(into.first(now));
    offset_ += now;
    bool is_last = offset_ == size();
    if (is_last || now == 0) {
        is_damaged_ = !is_last || hasher_.finish() != digest_;
        is_finished_ = !is_damaged_;
    }
    if (is_damaged_) {
        // What was read must not reach the caller by way of his own buffer either.
        std::fill(into.begin(), into.end(), std::byte{0});
        throw Error(Errc::damaged, "the bytes of blob " + digest_.hex() + " are not those that were stored");
    }
    return now;
}

void VerifiedReader::restart() {
    hasher_ = Hasher();
    offset_ = 0;
    is_finished_ = is_damaged_ = false;
}

}  // namespace spool
