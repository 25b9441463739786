// A piece goes when those before it are paid for.
#include "broker/deliver/bucket.h"

#include <algorithm>

namespace broker::deliver {

std::size_t Bucket::add_line() {
    lines_.emplace_back();
    return lines_.size() - 1;
}

Bucket::Ticket Bucket::enter(std::size_t line, std::size_t bytes) {
    Line& joined = lines_.at(line);
    if (joined.waiting.empty()) joined.start = std::max(joined.end, count_ - std::min(count_, arrears_));
    joined.waiting.push_back({++last_, bytes});
    return last_;
}

void Bucket::leave(Ticket ticket) {
    for (Line& line : lines_) std::erase_if(line.waiting, [&](const Piece& each) { return each.ticket == ticket; });
}

std::optional<Bucket::Ticket> Bucket::grant(Monotonic now, std::optional<config::Rate> rate) {
    Line* next = nullptr;
    for (Line& line : lines_)
        if (!line.waiting.empty() && (!next || line.start < next->start)) next = &line;
    if (!next) return std::nullopt;
    if (!rate)
        next_at_ = now;
    else if (now < next_at_)
        return std::nullopt;
    const Piece piece = next->waiting.front();
    next->waiting.pop_front();
    count_ = next->start;
    next->end = next->start += piece.bytes;
    if (rate) {
        // Who comes back between two pieces, or with the answer to an instance, must not lose its turn by that.
        arrears_ = rate->bytes_per_second * static_cast<std::uint64_t>(burst_.count()) / 1000;
        const auto price = std::chrono::nanoseconds(piece.bytes * 1'000'000'000 / rate->bytes_per_second);
        next_at_ = std::max(next_at_, now - burst_) + price;
    }
    return piece.ticket;
}

}  // namespace broker::deliver
