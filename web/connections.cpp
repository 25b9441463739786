/// Connections: which connections are open, and which of them goes when a new one needs the room.
#include "web/connections.h"

#include <algorithm>
#include <cassert>
#include <utility>

namespace web {

std::optional<Connections::Number> Connections::admit(std::string address, std::function<void()> close) {
    if (!make_room(&address, limits_.connections_per_address_max)) return std::nullopt;
    // The Unix socket has room of its own: whoever is at the machine gets in, however many are at the other door.
    if (address != local_address && !make_room(nullptr, limits_.connections_max)) return std::nullopt;
    open_.push_back({++last_, std::move(address), std::move(close)});
    return last_;
}

bool Connections::make_room(const std::string* address, std::size_t max) {
    const auto counts = [&](const Open& each) {
        return !each.is_closing && (address ? each.address == *address : each.address != local_address);
    };
    if (static_cast<std::size_t>(std::ranges::count_if(open_, counts)) < max) return true;
    const auto victim = std::ranges::find_if(
        open_, [&](const Open& each) { return counts(each) && (each.is_idle || each.is_writing); });
    if (victim == open_.end()) return false;
    victim->is_closing = true;
    victim->close();
    return true;
}

void Connections::set_idle(Number number, bool is_idle) {
    const auto found = std::ranges::find(open_, number, &Open::number);
    assert(found != open_.end());
    found->is_idle = is_idle;
    found->is_writing = false;
    if (is_idle) open_.splice(open_.end(), open_, found);
}

void Connections::set_writing(Number number) {
    const auto found = std::ranges::find(open_, number, &Open::number);
    assert(found != open_.end());
    found->is_writing = true;
    open_.splice(open_.end(), open_, found);
}

void Connections::leave(Number number) {
    std::erase_if(open_, [&](const Open& each) { return each.number == number; });
}

void Connections::close_idle() {
    for (Open& each : open_) {
        if (!each.is_idle) continue;
        each.is_closing = true;
        each.close();
    }
}

void Connections::close_all() {
    for (Open& each : open_) {
        each.is_closing = true;
        each.close();
    }
}

}  // namespace web
