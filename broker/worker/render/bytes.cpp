#include "broker/worker/render/bytes.h"

#include <algorithm>
#include <cstring>

#include "broker/dicom/inflater.h"

namespace broker::worker {

void MemoryBytes::read(std::uint64_t offset, std::span<std::byte> into) {
    if (offset > bytes_.size() || into.size() > bytes_.size() - offset) throw Unrenderable{NoPicture::truncated};
    if (!into.empty()) std::memcpy(into.data(), bytes_.data() + offset, into.size());
}

std::vector<std::byte> read_some(Bytes& bytes, std::uint64_t offset, std::uint64_t size) {
    if (offset > bytes.size() || size > bytes.size() - offset) throw Unrenderable{NoPicture::truncated};
    std::vector<std::byte> some(size);
    bytes.read(offset, some);
    return some;
}

std::vector<std::byte> inflated(Bytes& bytes, std::uint64_t offset) {
    using Result = dicom::Inflater::Result;
    std::vector<std::byte> whole;
    dicom::Inflater inflater(inflated_bytes_max);
    const auto take = [&whole](std::span<const std::byte> piece) {
        whole.insert(whole.end(), piece.begin(), piece.end());
        return true;
    };
    for (std::uint64_t at = offset; at < bytes.size();) {
        const std::uint64_t size = std::min<std::uint64_t>(bytes.size() - at, read_bytes_max);
        const Result result = inflater.feed(read_some(bytes, at, size), take);
        at += size;
        if (result == Result::ended) return whole;
        if (result == Result::limit) throw Unrenderable{NoPicture::too_large};
        if (result != Result::wants_more) throw Unrenderable{NoPicture::undecodable};
    }
    throw Unrenderable{NoPicture::truncated};
}

}  // namespace broker::worker
