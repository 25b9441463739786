// Starting and stopping; the work is in lane_worker.cpp.
#include "broker/deliver/lane.h"

#include <algorithm>

#include "broker/deliver/lane_log.h"

namespace broker::deliver {

Lane::Lane(config::Destination destination, const config::Delivery& delivery, LaneParts parts)
    : destination_(std::move(destination)),
      delivery_(delivery),
      parts_(std::move(parts)),
      gate_(parts_.clock, std::max(destination_.parallel, 1u), delivery_),
      clerk_(parts_.books, parts_.clock, destination_.name, [this] { wake(); }),
      asker_(destination_, delivery_, parts_.clock, parts_.books, gate_, parts_.make_asker),
      workshop_(destination_, delivery_, parts_.clock, parts_.books, gate_, parts_.transcoder),
      studies_(std::move(parts_.registering), [this] { gate_.wake(); }) {
    const LaneContext context{
        destination_,       delivery_,        parts_.clock, parts_.books,      gate_, clerk_, studies_,
        parts_.make_sender, parts_.open_blob, workshop_,    [this] { wake(); }};
    for (unsigned index = 0; index < std::max(destination_.parallel, 1u); ++index)
        workers_.push_back(std::make_unique<LaneWorker>(context, index));
}

Lane::~Lane() {
    stop(parts_.clock.monotonic());
}

void Lane::start() {
    const Standing standing = parts_.books.standing(parts_.clock.now());
    if (standing.is_failing) gate_.restore(standing.failure_count);
    clerk_.start();
    asker_.start();
    workshop_.start();
    {
        std::lock_guard lock(mutex_);
        running_ = workers_.size();
    }
    for (auto& worker : workers_) threads_.emplace_back([this, &worker] { work(*worker); });
}

void Lane::work(LaneWorker& worker) {
    worker.run();
    std::lock_guard lock(mutex_);
    --running_;
    ended_.notify_all();
}

void Lane::wake() {
    gate_.wake();
    asker_.wake();
}

void Lane::begin_stop() {
    gate_.stop();
    asker_.begin_stop();
    workshop_.begin_stop();
}

void Lane::stop(Monotonic deadline) {
    begin_stop();
    {
        std::unique_lock lock(mutex_);
        const auto left = deadline - parts_.clock.monotonic();
        if (!ended_.wait_for(lock, std::max(left, Monotonic::duration{0}), [&] { return running_ == 0; })) interrupt();
    }
    threads_.clear();
    workshop_.stop();
    asker_.stop();
    clerk_.stop();
}

void Lane::interrupt() {
    for (auto& worker : workers_) worker->interrupt();
    studies_.interrupt();
}

}  // namespace broker::deliver
