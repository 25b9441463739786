// Set aside, make, tell the books, wake the workers.
#include "broker/deliver/lane_workshop.h"

#include <fmt/format.h>

#include <algorithm>

#include "broker/deliver/lane_log.h"
#include "broker/deliver/sender.h"
#include "spool/error.h"

namespace broker::deliver {

namespace {

// Beyond it, jobs stay due until there is room: the queue is on disk, not here.
constexpr std::size_t orders_max = 256;

}  // namespace

LaneWorkshop::LaneWorkshop(const config::Destination& destination, const config::Delivery& limits, const Clock& clock,
                           LaneBooks& books, Gate& gate, worker::Transcoder* transcoder)
    : destination_(destination), limits_(limits), clock_(clock), books_(books), gate_(gate), transcoder_(transcoder) {}

LaneWorkshop::~LaneWorkshop() {
    stop();
}

void LaneWorkshop::start() {
    if (transcoder_ == nullptr || thread_.joinable()) return;
    thread_ = std::jthread([this] { run(); });
}

void LaneWorkshop::begin_stop() {
    std::lock_guard lock(mutex_);
    is_stopping_ = true;
    changed_.notify_all();
}

void LaneWorkshop::stop() {
    begin_stop();
    if (thread_.joinable()) thread_.join();
}

bool LaneWorkshop::can(std::string_view from, std::string_view to) const {
    return transcoder_ != nullptr && transcoder_->can(from, to);
}

std::size_t LaneWorkshop::take(std::vector<Order> orders) {
    // Held while the books are told, here and at the end of an order: what is set aside is always in hand.
    std::lock_guard lock(mutex_);
    if (is_stopping_ || transcoder_ == nullptr) return 0;
    const std::size_t room = orders_max - std::min(orders_max, in_hand_.size());
    if (orders.size() > room) orders.resize(room);
    std::vector<outbox::DueJob> jobs;
    for (const Order& each : orders) jobs.push_back(each.job);
    if (jobs.empty()) return 0;
    const auto applied = books_.set_aside(jobs, clock_.now());
    for (Order& each : orders) {
        // An operator may have made one due that is in hand already.
        const bool is_ours = applied.contains(each.job.job) && in_hand_.insert(each.job.job).second;
        if (is_ours) orders_.push_back(std::move(each));
    }
    changed_.notify_all();
    return orders.size();
}

bool LaneWorkshop::is_incompressible(const outbox::Digest& digest) const {
    std::lock_guard lock(mutex_);
    return std::ranges::find(incompressible_, digest) != incompressible_.end();
}

void LaneWorkshop::run() {
    bool must_take_back = !take_back();
    std::unique_lock lock(mutex_);
    for (;;) {
        changed_.wait_for(lock, limits_.make_again, [&] { return is_stopping_ || !orders_.empty(); });
        if (is_stopping_) return;
        if (must_take_back && orders_.empty()) must_take_back = !take_back();
        if (orders_.empty()) continue;
        const Order order = std::move(orders_.front());
        orders_.pop_front();
        lock.unlock();
        auto made = try_to_make(order);
        lock.lock();
        try {
            if (!is_stopping_) tell(order, std::move(made));
        } catch (const Stopped&) {
            return;
        } catch (const std::exception& error) {
            log_error("workshop_failed", destination_.name, error.what());
            must_take_back = true;
        }
        in_hand_.erase(order.job.job);
        gate_.wake();
    }
}

/// Else what is set aside and in nobody's hand would wait for the next start. True when it is done.
bool LaneWorkshop::take_back() {
    try {
        books_.take_back(clock_.now());
        gate_.wake();
        return true;
    } catch (const Stopped&) {
        return true;
    } catch (const std::exception& error) {
        log_error("workshop_failed", destination_.name, error.what());
        return false;
    }
}

void LaneWorkshop::tell(const Order& order, worker::Made made) {
    if (auto* failure = std::get_if<worker::TranscodeFailure>(&made)) return fail(order, *failure);
    try {
        books_.prepared(order.job, std::move(std::get<worker::Transcoded>(made)), clock_.now());
    } catch (const spool::Error& error) {
        fail(order, {.is_permanent = false, .text = error.what()});  // the disk is full, or fails
    }
}

void LaneWorkshop::fail(const Order& order, const worker::TranscodeFailure& failure) {
    const outbox::DueJob& job = order.job;
    const auto now = clock_.now();
    const auto again_at = failure.is_permanent ? std::nullopt : std::optional(now + limits_.make_again);
    if (!job.edits_due.empty()) {
        log_error("edit_failed", destination_.name, fmt::format("job {}: {}", job.job.value, failure.text));
        const auto error = fmt::format("cannot be edited (SOP class {}): {}", job.sop_class_uid, failure.text);
        return books_.not_prepared(job, error, failure.text, again_at, now);
    }
    log_error("transcode_failed", destination_.name,
              fmt::format("job {}: {} to {}: {}", job.job.value, job.transfer_syntax_uid, order.transfer_syntax_uid,
                          failure.text));
    if (order.is_needed) {
        const auto error = fmt::format("cannot be made {} of {} (SOP class {}): {}", order.transfer_syntax_uid,
                                       job.transfer_syntax_uid, job.sop_class_uid, failure.text);
        return books_.not_prepared(job, error, "", again_at, now);
    }
    incompressible_.push_front(job.digest);
    if (incompressible_.size() > limits_.suspects_max) incompressible_.pop_back();
    books_.let_go(job.job, now);
}

worker::Made LaneWorkshop::make(const Order& order) {
    const outbox::DueJob& job = order.job;
    const auto from = spool::Digest::from_bytes(job.digest);
    if (!job.edits_due.empty())
        return transcoder_->make(worker::EditRequest{from, job.transfer_syntax_uid, job.edits_due});
    return transcoder_->make(worker::TranscodeRequest{from, job.transfer_syntax_uid, order.transfer_syntax_uid});
}

worker::Made LaneWorkshop::try_to_make(const Order& order) {
    try {
        try {
            return make(order);
        } catch (const spool::Error& error) {
            if (blob_failure(error).happening == Happening::damaged) books_.damaged(order.job.digest, clock_.now());
            return worker::TranscodeFailure{false, error.what()};
        }
    } catch (const std::exception& error) {
        return worker::TranscodeFailure{false, error.what()};
    }
}

}  // namespace broker::deliver
