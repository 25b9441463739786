#include "web/room.h"

namespace web {

std::shared_ptr<const void> Room::take(std::size_t bytes) {
    std::size_t left = *left_;
    do {
        if (left < bytes) return nullptr;
    } while (!left_->compare_exchange_weak(left, left - bytes));
    // What is taken may be given back when the Room itself is gone.
    return {left_.get(), [all = left_, bytes](const void*) { *all += bytes; }};
}

}  // namespace web
