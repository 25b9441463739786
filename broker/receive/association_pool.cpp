#include "broker/receive/association_pool.h"

#include <algorithm>
#include <system_error>

namespace broker::receive {

AssociationPool::~AssociationPool() {
    stop(std::chrono::milliseconds(0));
}

bool AssociationPool::start(const Room& room, const dicom::SocketLimits& limits, Work work) {
    std::list<Running> done;
    {
        std::lock_guard lock(mutex_);
        done.swap(finished_);
    }
    join(done);

    std::lock_guard lock(mutex_);
    const auto of_address = std::count_if(running_.begin(), running_.end(),
                                          [&](const Running& each) { return each.address == room.address; });
    if (is_stopped_ || running_.size() >= room.max || static_cast<std::size_t>(of_address) >= room.max_per_address)
        return false;
    const Place place =
        running_.insert(running_.end(), {room.address, std::make_shared<dicom::SocketControl>(limits), {}});
    try {
        place->thread = std::thread([this, place, control = place->control, work = std::move(work)] {
            work(control);
            finished(place);
        });
    } catch (const std::system_error&) {
        running_.erase(place);  // the system gives no more threads: the peer may try again later
        return false;
    }
    return true;
}

std::size_t AssociationPool::count() const {
    std::lock_guard lock(mutex_);
    return running_.size();
}

void AssociationPool::finished(Place place) {
    std::lock_guard lock(mutex_);
    finished_.splice(finished_.end(), running_, place);
    one_finished_.notify_all();
}

void AssociationPool::join(std::list<Running>& finished) {
    for (Running& each : finished) each.thread.join();
    finished.clear();
}

void AssociationPool::stop(std::chrono::milliseconds within) {
    std::list<Running> done;
    {
        std::unique_lock lock(mutex_);
        is_stopped_ = true;
        const auto all_finished = [this] { return running_.empty(); };
        for (Running& each : running_) each.control->end_between_messages();
        if (!one_finished_.wait_for(lock, within, all_finished)) {
            for (Running& each : running_) each.control->cut_off();
            one_finished_.wait(lock, all_finished);
        }
        done.swap(finished_);
    }
    join(done);
}

}  // namespace broker::receive
