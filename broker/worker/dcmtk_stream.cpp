#include "broker/worker/dcmtk_stream.h"

#include <dcmtk/dcmdata/dcistrmb.h>
#include <dcmtk/dcmdata/dcostrma.h>
#include <dcmtk/dcmdata/dcwcache.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <optional>
#include <vector>

namespace broker::worker {
namespace {

constexpr std::size_t chunk_bytes = 256 * 1024;

/// The next bytes, empty at the end; nothing where reading fails.
std::optional<std::vector<char>> next_chunk(int descriptor) {
    std::vector<char> chunk(chunk_bytes);
    std::size_t filled = 0;
    while (filled < chunk.size()) {
        const ssize_t got = ::read(descriptor, chunk.data() + filled, chunk.size() - filled);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return std::nullopt;
        if (got == 0) break;
        filled += static_cast<std::size_t>(got);
    }
    chunk.resize(filled);
    return chunk;
}

/// Collects what DCMTK writes in small pieces, and passes it on in large ones. Always takes everything.
class DescriptorConsumer : public DcmConsumer {
public:
    explicit DescriptorConsumer(int descriptor) : descriptor_(descriptor) { pending_.reserve(chunk_bytes); }
    OFBool good() const override { return !is_broken_; }
    OFCondition status() const override { return is_broken_ ? OFCondition(EC_InvalidStream) : OFCondition(EC_Normal); }
    OFBool isFlushed() const override { return pending_.empty(); }
    offile_off_t avail() const override { return chunk_bytes; }
    offile_off_t write(const void* bytes, offile_off_t size) override {
        const auto* from = static_cast<const char*>(bytes);
        if (pending_.size() + static_cast<std::size_t>(size) > chunk_bytes) flush();
        if (static_cast<std::size_t>(size) >= chunk_bytes)
            pass_on(from, static_cast<std::size_t>(size));
        else
            pending_.insert(pending_.end(), from, from + size);
        return size;
    }
    void flush() override {
        pass_on(pending_.data(), pending_.size());
        pending_.clear();
    }

private:
    void pass_on(const char* from, std::size_t size) {
        while (size > 0 && !is_broken_) {
            const ssize_t put = ::write(descriptor_, from, size);
            if (put < 0 && errno == EINTR) continue;
            if (put <= 0) {
                is_broken_ = true;
                return;
            }
            from += put;
            size -= static_cast<std::size_t>(put);
        }
    }

    int descriptor_;
    std::vector<char> pending_;
    bool is_broken_ = false;
};

class DescriptorStream : public DcmOutputStream {
public:
    explicit DescriptorStream(DescriptorConsumer& consumer) : DcmOutputStream(&consumer) {}
};

}  // namespace

Ending read_data_set(int descriptor, E_TransferSyntax syntax, DcmDataset& into) {
    DcmInputBufferStream stream;
    into.transferInit();
    OFCondition condition = EC_StreamNotifyClient;
    std::optional<std::vector<char>> chunk = next_chunk(descriptor);
    for (bool is_last = false; !is_last;) {
        if (!chunk) return Ending::unread;
        // One chunk ahead: the stream must know that a chunk is the last before that is read.
        std::optional<std::vector<char>> following = chunk->empty() ? std::vector<char>{} : next_chunk(descriptor);
        if (!following) return Ending::unread;
        is_last = following->empty();
        if (!chunk->empty()) stream.setBuffer(chunk->data(), static_cast<offile_off_t>(chunk->size()));
        if (is_last) stream.setEos();
        condition = into.read(stream, syntax, EGL_noChange);
        if (condition.bad() && condition != EC_StreamNotifyClient) return Ending::unreadable;
        stream.releaseBuffer();
        chunk = std::move(following);
    }
    if (condition.bad()) return Ending::unreadable;
    into.transferEnd();
    return Ending::done;
}

Ending write_data_set(DcmDataset& from, E_TransferSyntax syntax, int descriptor) {
    DescriptorConsumer consumer(descriptor);
    DescriptorStream stream(consumer);
    DcmWriteCache cache;
    from.transferInit();
    // Group lengths that are there must be right again; none is added.
    const OFCondition written = from.write(stream, syntax, EET_UndefinedLength, &cache, EGL_recalcGL);
    from.transferEnd();
    consumer.flush();
    return written.good() && consumer.good() ? Ending::done : Ending::unwritten;
}

}  // namespace broker::worker
