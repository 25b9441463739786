#include "broker/preview/dialogue.h"

#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <limits>
#include <span>
#include <system_error>

#include "broker/worker/ending.h"
#include "spool/error.h"

namespace broker::preview {
namespace {

using worker::Ending;
using worker::ReplyHead;
using Clock = std::chrono::steady_clock;

/// What one job may ask for: each byte some times, and enough requests to walk through a blob of small fragments. It
/// bounds one who asks in a circle.
constexpr std::uint64_t readings_max = 4, bytes_spare = 4U << 20;
constexpr std::uint64_t requests_spare = 65'536, bytes_per_request = 512;
/// An answer is taken in such pieces: a length that is a lie costs no memory before its bytes come.
constexpr std::size_t piece_bytes = 1U << 20;

[[noreturn]] void fail(const char* what) {
    throw std::system_error(errno, std::generic_category(), what);
}

bool is_jpeg(std::string_view bytes) {
    return bytes.size() > 4 && bytes.starts_with("\xFF\xD8") && bytes.ends_with("\xFF\xD9");
}

Trouble lie(const char* text) {
    return {Trouble::Kind::crashed, text};
}

/// A helper says by its status only what it cannot say in words.
Renderer::Answer judge(const worker::Child::End& end) {
    if (!end.is_exit) {
        if (end.value == SIGXCPU) return Trouble{Trouble::Kind::timed_out, "the helper used up its processor time"};
        return Trouble{Trouble::Kind::crashed, "the helper was ended by signal " + std::to_string(end.value)};
    }
    switch (static_cast<Ending>(end.value)) {
        case Ending::too_large:
            return worker::NoPicture::too_large;
        case Ending::unreadable:
            return worker::NoPicture::unreadable;
        case Ending::uncaged:
        case Ending::misused:
        case Ending::unread:
        case Ending::unwritten:
            return Trouble{Trouble::Kind::system,
                           "the helper could not begin (its status was " + std::to_string(end.value) + ")"};
        default:
            return Trouble{Trouble::Kind::crashed, "the helper ended with status " + std::to_string(end.value)};
    }
}

}  // namespace

/// Leaves the talk; caught in `run`.
class Dialogue::Broken {
public:
    explicit Broken(Renderer::Answer how) : answer(std::move(how)) {}
    Renderer::Answer answer;
};

Dialogue::Dialogue(worker::Child& child, const spool::Reader& blob, const worker::RenderOrder& order,
                   const Renderer::Bounds& bounds)
    : child_(child), blob_(blob), order_(order), stop_(bounds.stop), until_(Clock::now() + bounds.timeout) {}

Renderer::Answer Dialogue::run() {
    try {
        put(worker::pack(order_));
        for (;;) {
            std::array<std::byte, worker::reply_head_bytes> bytes{};
            get(bytes);
            const std::optional<ReplyHead> head = worker::parse_reply(bytes, order_);
            if (!head) throw Broken(lie("the helper's answer is none"));
            switch (head->kind) {
                case ReplyHead::Kind::read:
                    answer(head->read);
                    break;
                case ReplyHead::Kind::no_picture:
                    return head->why;
                case ReplyHead::Kind::picture:
                    return take_picture(*head);
            }
        }
    } catch (const Broken& broken) {
        const auto* trouble = std::get_if<Trouble>(&broken.answer);
        // Until it asks for its first byte it knows nothing of the instance but its size.
        if (trouble != nullptr && trouble->kind == Trouble::Kind::crashed && requests_ == 0)
            return Trouble{Trouble::Kind::system, trouble->text};
        return broken.answer;
    }
}

void Dialogue::answer(const worker::ReadRequest& request) {
    bytes_read_ += request.size;
    if (++requests_ > requests_spare + order_.blob_bytes / bytes_per_request ||
        bytes_read_ > readings_max * order_.blob_bytes + bytes_spare)
        throw Broken(lie("the helper reads without an end"));
    buffer_.resize(request.size);
    std::size_t filled = 0;
    while (filled < buffer_.size()) {
        const std::size_t got = blob_.read(request.offset + filled, std::span(buffer_).subspan(filled));
        if (got == 0) throw spool::Error(spool::Errc::damaged, "the blob is shorter than it was");
        filled += got;
    }
    put(buffer_);
}

worker::Picture Dialogue::take_picture(const ReplyHead& head) {
    worker::Picture picture;
    picture.jpeg = take_jpeg(head.jpeg_bytes);
    if (head.thumbnail_bytes > 0) picture.thumbnail = take_jpeg(head.thumbnail_bytes);
    picture.frame = head.frame;
    picture.frame_count = head.frame_count;
    picture.window = head.window;
    return picture;
}

std::string Dialogue::take_jpeg(std::uint32_t size) {
    std::string jpeg;
    while (jpeg.size() < size) {
        const std::size_t begin = jpeg.size();
        jpeg.resize(std::min<std::size_t>(size, begin + piece_bytes));
        get(std::as_writable_bytes(std::span(jpeg)).subspan(begin));
    }
    if (!is_jpeg(jpeg)) throw Broken(lie("the helper's picture is no JPEG"));
    return jpeg;
}

void Dialogue::put(std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
        const ssize_t done = ::write(child_.input().get(), bytes.data(), bytes.size());
        if (done >= 0)
            bytes = bytes.subspan(static_cast<std::size_t>(done));
        else if (errno == EAGAIN)
            wait_for(child_.input().get(), POLLOUT);
        else if (errno == EPIPE)
            throw Broken(ended());
        else if (errno != EINTR)
            fail("writing to the helper process");
    }
}

void Dialogue::get(std::span<std::byte> into) {
    while (!into.empty()) {
        const ssize_t got = ::read(child_.output().get(), into.data(), into.size());
        if (got > 0)
            into = into.subspan(static_cast<std::size_t>(got));
        else if (got == 0)
            throw Broken(ended());
        else if (errno == EAGAIN)
            wait_for(child_.output().get(), POLLIN);
        else if (errno != EINTR)
            fail("reading from the helper process");
    }
}

/// Until the descriptor is ready, or closed by the other end; then the next call shows it. Where the helper has ended
/// its pipes are closed.
void Dialogue::wait_for(int descriptor, short events) {
    for (;;) {
        std::array<pollfd, 2> watched{pollfd{stop_, POLLIN, 0}, pollfd{descriptor, events, 0}};
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(until_ - Clock::now()).count();
        if (left <= 0) throw Broken(Trouble{Trouble::Kind::timed_out, "the helper took longer than [preview] timeout"});
        const auto wait = static_cast<int>(std::min<long long>(left, std::numeric_limits<int>::max()));
        const int ready = ::poll(watched.data(), watched.size(), wait);
        if (ready < 0 && errno != EINTR) fail("waiting for the helper process");
        if (ready > 0 && watched[0].revents != 0)
            throw Broken(Trouble{Trouble::Kind::stopped, "the broker is stopping"});
        if (ready > 0 && watched[1].revents != 0) return;
    }
}

/// It closed a pipe: has it ended, then how? Its pipes are closed a moment before its end can be seen. One who goes on
/// without them has nothing to say.
Renderer::Answer Dialogue::ended() {
    constexpr std::chrono::milliseconds moment{1000};
    pollfd watched{child_.end().get(), POLLIN, 0};
    while (::poll(&watched, 1, static_cast<int>(moment.count())) < 0 && errno == EINTR) {
    }
    if (watched.revents == 0) return lie("the helper closed its pipes");
    return judge(child_.reap());
}

}  // namespace broker::preview
