/// Room: how many bytes of answers may lie in memory at once, so that many peers who read slowly are no burden.
///
/// Any thread.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>

namespace web {

class Room {
public:
    explicit Room(std::size_t bytes) : left_(std::make_shared<std::atomic<std::size_t>>(bytes)) {}

    /// Taken until the last copy of what is returned is gone. Null: there is not so much left.
    std::shared_ptr<const void> take(std::size_t bytes);

private:
    const std::shared_ptr<std::atomic<std::size_t>> left_;
};

}  // namespace web
