/// Previews: pictures of instances, made in advance behind the intake and on demand, and kept in a cache.
///
/// Any thread between construction and the end. Must not outlive what it is given. Its threads: [preview] parallel
/// seats, each with a helper process, and a keeper that looks after the cache. SIGPIPE is ignored by the process from
/// now on. Nothing here is needed for any promise: whatever fails is a picture less.
#pragma once

#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <functional>
#include <mutex>
#include <stop_token>
#include <string_view>
#include <thread>
#include <variant>
#include <vector>

#include "broker/clock.h"
#include "broker/config/config.h"
#include "broker/dicom/descriptor.h"
#include "broker/preview/cache.h"
#include "broker/preview/failures.h"
#include "broker/preview/line.h"
#include "broker/preview/seat.h"
#include "broker/preview/statistics.h"
#include "broker/receive/space_watch.h"
#include "spool/spool.h"

namespace broker::preview {

class Previews {
public:
    struct Parts {
        const spool::Spool& spool;
        const Clock& clock;
        std::filesystem::path database;
        std::filesystem::path folder;  ///< of the cache
        HelperProgram program;
        std::function<receive::SpaceState()> space;  ///< asked often, by any thread
    };
    /// Throws std::system_error where the system has no descriptor left.
    Previews(Parts parts, const config::Preview& limits);
    ~Previews();

    /// Until then, and after `stop`, nothing is made. Throws std::system_error.
    void start();
    /// Ends helpers and threads, soon; who waits is told `busy`. Idempotent, legal before start.
    void stop();

    /// The instance is in our custody. Never waits for anything but a moment's mutex; its picture is made when there is
    /// nothing better to do, or not.
    void offer(const spool::Digest& digest, std::string_view series) noexcept;

    using Answer = std::variant<Shown, NoShow>;
    /// One picture: from the cache, else when its turn has come; at the latest after twice [preview] timeout, or when
    /// `stop` says so, `busy`. A thumbnail with a viewport is a picture with that viewport. The blob is not verified.
    /// Throws spool::Error (exhausted, io), outbox::Error.
    Answer render(const spool::Digest& digest, const worker::Rendition& rendition, bool is_thumbnail,
                  const std::stop_token& stop);

    /// The blob was removed. On return nothing of it is in the cache, nor comes into it of what is being made.
    void forget(const spool::Digest& digest) noexcept;

    /// From the next picture on these count, save `parallel`.
    void set_limits(const config::Preview& limits);

    Statistics statistics() const;

private:
    struct Work {
        std::shared_ptr<Ticket> ticket;
        config::Preview limits;
        bool is_in_advance = false;
    };

    void serve();
    std::optional<Work> next_work(Seat& seat);
    bool do_work(Seat& seat, const Work& work);
    void rest(std::unique_lock<std::mutex>& lock, Monotonic::duration worked);
    void give_up(const Work& work, const char* why);
    bool has_work() const;
    bool skip(const Work& work);
    void keep(const Ticket& ticket, const worker::Picture& picture);
    void finish(const Work& work, Seat::Made made);
    std::optional<std::string> note(const Work& work, const Seat::Made& made);
    void count_failure(const Seat::Made& made);
    void note_cache(const std::string& fault);
    void note_helper(const std::optional<Trouble>& trouble);
    Answer answer_of(const Outcome& outcome, bool is_thumbnail) const;

    void keep_house();
    void scan_cache();
    void look_at_space();
    void tell_if_behind();

    const Parts parts_;
    const unsigned seats_;
    dicom::Descriptor stop_;  ///< readable from `stop` on
    Cache cache_;
    std::atomic<bool> may_cache_ = false;  ///< false before the cache is emptied
    std::atomic<bool> has_space_ = true;

    mutable std::mutex mutex_;  ///< guards the rest, but never while the cache is asked
    std::condition_variable work_came_, house_changed_;
    std::condition_variable_any finished_;
    config::Preview limits_;
    Line line_;
    Failures failures_;
    Statistics statistics_;
    unsigned in_advance_ = 0;              ///< seats that work on what nobody waits for, or rest from it
    std::optional<Monotonic> offered_at_;  ///< the last one
    std::string cache_fault_, helper_fault_, read_fault_;  ///< "" where it works
    std::uint64_t dropped_told_ = 0;
    std::optional<Monotonic> told_at_;
    bool is_stopping_ = false;
    bool has_new_limits_ = false;
    std::vector<std::jthread> threads_;
};

}  // namespace broker::preview
