#include "broker/preview/previews.h"

#include <signal.h>
#include <spdlog/spdlog.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace broker::preview {
namespace {

/// Who may wait at once; more than handlers that ask.
constexpr std::size_t demanded_max = 256;

struct Wish {
    worker::Rendition rendition;
    bool is_thumbnail = false;
};

/// A thumbnail of a default rendition comes with its picture; any other is a picture that is small.
Wish wish_of(const worker::Rendition& asked, bool is_thumbnail) {
    if (!is_thumbnail || is_default(asked)) return {asked, is_thumbnail};
    Wish wish{asked};
    if (!asked.viewport) wish.rendition.viewport = worker::Viewport{thumbnail_pixels, thumbnail_pixels};
    return wish;
}

NoShow busy(const char* text) {
    return {NoShow::Why::busy, {}, text};
}

}  // namespace

Previews::Previews(Parts parts, const config::Preview& limits)
    : parts_(std::move(parts)),
      seats_(limits.parallel),
      stop_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      cache_(parts_.folder, limits.cache),
      may_cache_(limits.enabled),
      limits_(limits),
      line_(limits.max_waiting) {
    if (!stop_.is_open()) throw std::system_error(errno, std::generic_category(), "eventfd");
    ::signal(SIGPIPE, SIG_IGN);
}

Previews::~Previews() {
    stop();
}

void Previews::start() {
    if (!threads_.empty()) return;
    threads_.emplace_back([this] { keep_house(); });
    for (unsigned i = 0; i < seats_; ++i) threads_.emplace_back([this] { serve(); });
}

void Previews::stop() {
    {
        const std::lock_guard lock(mutex_);
        is_stopping_ = true;
    }
    cache_.interrupt();
    const std::uint64_t one = 1;
    // Full is as readable as one.
    [[maybe_unused]] const ssize_t put = ::write(stop_.get(), &one, sizeof one);
    work_came_.notify_all();
    house_changed_.notify_all();
    finished_.notify_all();
    for (std::jthread& each : threads_)
        if (each.joinable()) each.join();
}

void Previews::offer(const spool::Digest& digest, std::string_view series) noexcept {
    try {
        const Monotonic now = parts_.clock.monotonic();
        {
            const std::lock_guard lock(mutex_);
            if (!limits_.enabled || is_stopping_) return;
            line_.offer({digest, std::string(series), now});
            offered_at_ = now;
        }
        work_came_.notify_all();
    } catch (...) {
        // No memory for it: it is made when somebody asks.
    }
}

Previews::Answer Previews::render(const spool::Digest& digest, const worker::Rendition& rendition, bool is_thumbnail,
                                  const std::stop_token& stop) {
    const Wish wish = wish_of(rendition, is_thumbnail);
    const Monotonic now = parts_.clock.monotonic();
    std::unique_lock lock(mutex_);
    if (!limits_.enabled) return NoShow{NoShow::Why::off};
    if (is_default(wish.rendition)) {
        lock.unlock();
        const Kind kind = wish.is_thumbnail ? Kind::thumbnail : Kind::picture;
        auto shown = cache_.get({digest, wish.rendition.frame, kind}, now);
        lock.lock();
        if (shown) {
            ++statistics_.from_cache;
            return std::move(*shown);
        }
    }
    if (const auto known = failures_.find(digest, wish.rendition, now)) return *known;
    if (is_stopping_) return busy("the bridge is stopping");
    if (line_.demanded() >= demanded_max) return busy("too many pictures are asked for at once");
    const std::shared_ptr<Ticket> ticket = line_.demand(digest, wish.rendition);
    work_came_.notify_all();
    finished_.wait_until(lock, stop, now + 2 * limits_.timeout,
                         [&] { return ticket->outcome || is_stopping_ || !limits_.enabled; });
    line_.leave(ticket);
    if (ticket->outcome) {
        const Outcome outcome = *ticket->outcome;
        lock.unlock();
        return answer_of(outcome, wish.is_thumbnail);
    }
    if (!limits_.enabled) return NoShow{NoShow::Why::off};
    return busy(is_stopping_ ? "the bridge is stopping" : "other pictures come first");
}

Previews::Answer Previews::answer_of(const Outcome& outcome, bool is_thumbnail) const {
    if (const auto* error = std::get_if<std::exception_ptr>(&outcome)) std::rethrow_exception(*error);
    if (const auto* none = std::get_if<NoShow>(&outcome)) return *none;
    const worker::Picture& picture = *std::get<std::shared_ptr<const worker::Picture>>(outcome);
    return Shown{is_thumbnail ? picture.thumbnail : picture.jpeg, picture.frame, picture.frame_count, picture.window};
}

void Previews::forget(const spool::Digest& digest) noexcept {
    try {
        {
            const std::lock_guard lock(mutex_);
            line_.forget(digest);
            failures_.forget(digest);
        }
        // What is being made was marked before, and looks at its mark when the cache is its own.
        cache_.forget(digest);
    } catch (...) {
        spdlog::error("event=preview_not_forgotten digest={}", digest.hex());
    }
}

void Previews::set_limits(const config::Preview& limits) {
    {
        const std::lock_guard lock(mutex_);
        if (limits.max_pixels != limits_.max_pixels || limits.timeout > limits_.timeout) failures_.clear();
        limits_ = limits;
        line_.set_background_max(limits.max_waiting);
        if (!limits.enabled) line_.clear_background();
        may_cache_ = limits.enabled && has_space_;
        has_new_limits_ = true;
    }
    cache_.set_bytes_max(limits.cache);
    work_came_.notify_all();
    house_changed_.notify_all();
    finished_.notify_all();
}

Statistics Previews::statistics() const {
    Statistics present;
    {
        const std::lock_guard lock(mutex_);
        present = statistics_;
        present.dropped = line_.dropped();
        present.waiting = line_.demanded() + line_.in_background();
    }
    present.cache_bytes = cache_.bytes();
    present.cache_entries = cache_.entries();
    return present;
}

}  // namespace broker::preview
