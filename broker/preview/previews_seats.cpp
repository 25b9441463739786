// Previews' seats: what waits is made, kept and answered.
#include <spdlog/spdlog.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "broker/preview/pace.h"
#include "broker/preview/previews.h"

namespace broker::preview {
namespace {

constexpr int niceness = 10;
/// Where no helper can be had, the next try comes after this.
constexpr std::chrono::seconds tries_again_after{1};

bool is_picture(const Outcome& outcome) {
    return std::holds_alternative<std::shared_ptr<const worker::Picture>>(outcome);
}

std::string text_of(const std::exception_ptr& error) {
    try {
        std::rethrow_exception(error);
    } catch (const std::exception& what) {
        return what.what();
    } catch (...) {
        return "unknown";
    }
}

bool is_of_the_instance(const Trouble& trouble) {
    return trouble.kind == Trouble::Kind::crashed || trouble.kind == Trouble::Kind::timed_out;
}

}  // namespace

void Previews::serve() {
    // What the seat itself does comes behind the intake, too; on Linux this is the thread's.
    // Helpers inherit it.
    if (::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), niceness) != 0)
        spdlog::warn(
            "event=preview_priority_kept what=\"previews compete with the intake: setpriority is not allowed\"");
    Seat seat({parts_.spool, parts_.database, parts_.program, stop_.get()});
    while (const std::optional<Work> work = next_work(seat)) {
        const Monotonic began = parts_.clock.monotonic();
        bool has_no_helper = false;
        try {
            has_no_helper = !(work->is_in_advance && skip(*work)) && do_work(seat, *work);
        } catch (const std::exception& error) {
            give_up(*work, error.what());
        }
        std::unique_lock lock(mutex_);
        if (has_no_helper) work_came_.wait_for(lock, tries_again_after, [this] { return is_stopping_; });
        if (work->is_in_advance) rest(lock, parts_.clock.monotonic() - began);
    }
}

/// Of a seat that worked in advance. Whoever waits for a picture ends it.
void Previews::rest(std::unique_lock<std::mutex>& lock, Monotonic::duration worked) {
    const auto since_arrival = parts_.clock.monotonic() - offered_at_.value_or(Monotonic{});
    const auto rest = rest_after(worked, line_.in_background(), since_arrival);
    if (rest > rest.zero()) work_came_.wait_for(lock, rest, [this] { return is_stopping_ || line_.demanded() > 0; });
    --in_advance_;
    work_came_.notify_all();
}

/// True: no helper can be had for now.
bool Previews::do_work(Seat& seat, const Work& work) {
    Seat::Made made = seat.make(*work.ticket, work.limits);
    const bool has_no_helper = made.trouble && made.trouble->kind == Trouble::Kind::system;
    finish(work, std::move(made));
    return has_no_helper;
}

/// Without memory, say: a picture less, and nobody waits for it in vain.
void Previews::give_up(const Work& work, const char* why) {
    {
        const std::lock_guard lock(mutex_);
        // Else it was finished before. Without words: they would take memory.
        if (!work.ticket->outcome) {
            work.ticket->outcome = NoShow{NoShow::Why::busy};
            line_.finish(*work.ticket, false);
        }
    }
    finished_.notify_all();
    try {
        spdlog::error("event=preview_failed digest={} reason=\"{}\"", work.ticket->digest.hex(), why);
    } catch (const std::exception&) {
        // Not even for that.
    }
}

/// One seat is kept for what somebody waits for: a row of large images never keeps a person waiting.
bool Previews::has_work() const {
    return line_.demanded() > 0 || (line_.in_background() > 0 && in_advance_ < std::max(1U, seats_ - 1));
}

std::optional<Previews::Work> Previews::next_work(Seat& seat) {
    std::unique_lock lock(mutex_);
    for (;;) {
        work_came_.wait(lock, [&] { return is_stopping_ || (limits_.enabled ? has_work() : seat.is_warm()); });
        if (is_stopping_) return std::nullopt;
        if (!limits_.enabled) {
            lock.unlock();
            seat.retire();
            lock.lock();
            continue;
        }
        const std::shared_ptr<Ticket> ticket = line_.next();
        const bool is_in_advance = ticket->urgency != Urgency::demand;
        if (is_in_advance) ++in_advance_;
        return Work{ticket, limits_, is_in_advance};
    }
}

/// What nobody waits for, and is there already, is known to fail, or would take room that instances need.
bool Previews::skip(const Work& work) {
    const Ticket& ticket = *work.ticket;
    const std::uint32_t frame = ticket.rendition.frame;
    const bool is_there =
        cache_.has({ticket.digest, frame, Kind::picture}) && cache_.has({ticket.digest, frame, Kind::thumbnail});
    const bool has_room = parts_.space() == receive::SpaceState::ok;
    const Monotonic now = parts_.clock.monotonic();
    const std::lock_guard lock(mutex_);
    if (ticket.demanders > 0) return false;
    if (!is_there && has_room && !failures_.find(ticket.digest, ticket.rendition, now)) return false;
    line_.finish(ticket, is_there);
    return true;
}

void Previews::keep(const Ticket& ticket, const worker::Picture& picture) {
    if (parts_.space() == receive::SpaceState::refusing) return;
    const Monotonic now = parts_.clock.monotonic();
    const auto is_wanted = [&] { return may_cache_ && !ticket.is_forgotten; };
    const auto put = [&](Kind kind, const std::string& jpeg) {
        return cache_.put({ticket.digest, ticket.rendition.frame, kind},
                          {jpeg, picture.frame, picture.frame_count, picture.window}, now, is_wanted);
    };
    std::string fault = put(Kind::picture, picture.jpeg);
    if (fault.empty()) fault = put(Kind::thumbnail, picture.thumbnail);
    note_cache(fault);
}

/// Kept before it is finished: while it can be found, `forget` can mark it.
void Previews::finish(const Work& work, Seat::Made made) {
    const Ticket& ticket = *work.ticket;
    const bool has_picture = is_picture(made.outcome);
    if (has_picture && is_default(ticket.rendition))
        keep(ticket, *std::get<std::shared_ptr<const worker::Picture>>(made.outcome));
    note_helper(made.trouble);
    std::optional<std::string> reason;
    {
        const std::lock_guard lock(mutex_);
        reason = note(work, made);
        work.ticket->outcome = std::move(made.outcome);
        line_.finish(ticket, has_picture);
    }
    finished_.notify_all();
    const std::string digest = ticket.digest.hex();
    if (made.trouble && is_of_the_instance(*made.trouble))
        spdlog::warn("event=preview_helper_lost digest={} how=\"{}\"", digest, made.trouble->text);
    if (reason) spdlog::warn("event=preview_failed digest={} reason=\"{}\"", digest, *reason);
}

/// Counts it, and remembers what need not be tried again. What should be said of it in the log, or nothing.
std::optional<std::string> Previews::note(const Work& work, const Seat::Made& made) {
    const Ticket& ticket = *work.ticket;
    const Monotonic now = parts_.clock.monotonic();
    if (is_picture(made.outcome)) {
        ++statistics_.made;
        read_fault_.clear();
        if (ticket.offered_at)
            statistics_.latency.add(std::chrono::duration_cast<std::chrono::milliseconds>(now - *ticket.offered_at));
        return std::nullopt;
    }
    count_failure(made);
    if (const auto* error = std::get_if<std::exception_ptr>(&made.outcome)) {
        // A disk that fails would else say so for each picture.
        std::string text = text_of(*error);
        const bool is_news = read_fault_.empty();
        read_fault_ = text;
        return is_news ? std::optional(std::move(text)) : std::nullopt;
    }
    const auto& none = std::get<NoShow>(made.outcome);
    if (ticket.is_forgotten) return std::nullopt;
    if (made.trouble && is_of_the_instance(*made.trouble)) {
        // That a large view took too long says nothing of the picture that everybody wants.
        if (made.trouble->kind == Trouble::Kind::timed_out && !is_default(ticket.rendition)) return std::nullopt;
        return failures_.note_trouble(ticket.digest, none.text, now) ? std::optional(none.text) : std::nullopt;
    }
    // Of other renditions it isn't known whether the instance or the wish was at fault.
    if (none.why != NoShow::Why::no_picture || !is_default(ticket.rendition)) return std::nullopt;
    const bool is_news = failures_.note(ticket.digest, ticket.rendition.frame, none.no_picture, now);
    return is_news ? std::optional<std::string>(worker::to_text(none.no_picture)) : std::nullopt;
}

/// That a report has no pixels is no failure, and that we stop neither.
void Previews::count_failure(const Seat::Made& made) {
    const auto* none = std::get_if<NoShow>(&made.outcome);
    const bool has_none =
        none != nullptr && none->why == NoShow::Why::no_picture && !worker::is_fault(none->no_picture);
    if (has_none)
        ++statistics_.without_picture;
    else if (!made.trouble || made.trouble->kind != Trouble::Kind::stopped)
        ++statistics_.failed;
}

/// One line when it begins, one when it is over.
void Previews::note_cache(const std::string& fault) {
    {
        const std::lock_guard lock(mutex_);
        if (cache_fault_ == fault) return;
        cache_fault_ = fault;
    }
    if (fault.empty())
        spdlog::info("event=preview_cache_works");
    else
        spdlog::warn("event=preview_cache_failed what=\"{}\"", fault);
}

void Previews::note_helper(const std::optional<Trouble>& trouble) {
    if (trouble && trouble->kind == Trouble::Kind::stopped) return;
    const std::string fault = trouble && trouble->kind == Trouble::Kind::system ? trouble->text : "";
    {
        const std::lock_guard lock(mutex_);
        if (helper_fault_ == fault) return;
        helper_fault_ = fault;
    }
    if (fault.empty())
        spdlog::info("event=preview_helper_works");
    else
        spdlog::warn("event=preview_helper_failed what=\"{}\"", fault);
}

}  // namespace broker::preview
