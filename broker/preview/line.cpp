#include "broker/preview/line.h"

#include <utility>

namespace broker::preview {
namespace {

/// Series that are remembered; more than scanners work on at a time.
constexpr std::size_t series_max = 4096;

}  // namespace

RenditionKey key_of(const worker::Rendition& rendition) {
    worker::RenderOrder order;
    order.rendition = rendition;
    return worker::pack(order);
}

bool is_default(const worker::Rendition& rendition) {
    worker::Rendition plain;
    plain.frame = rendition.frame;
    return rendition == plain;
}

std::shared_ptr<Ticket> Line::demand(const spool::Digest& digest, const worker::Rendition& rendition) {
    Place& place = places_[{digest, key_of(rendition)}];
    if (!place.ticket) {
        place.ticket = std::make_shared<Ticket>(digest, rendition);
        put(place, Urgency::demand);
    } else if (!place.ticket->is_running && place.ticket->urgency != Urgency::demand) {
        list_of(place.ticket->urgency).erase(place.at);
        put(place, Urgency::demand);
    }
    ++place.ticket->demanders;
    return place.ticket;
}

void Line::offer(const Arrival& arrival) {
    const worker::Rendition rendition;
    Place& place = places_[{arrival.digest, key_of(rendition)}];
    if (place.ticket) {
        if (!place.ticket->offered_at) place.ticket->offered_at = arrival.at;
        return;
    }
    place.ticket = std::make_shared<Ticket>(arrival.digest, rendition);
    place.ticket->offered_at = arrival.at;
    const bool is_first = is_first_of(arrival.series);
    if (is_first) place.ticket->series = arrival.series;
    put(place, is_first ? Urgency::key : Urgency::rest);
    if (in_background() <= background_max_) return;
    ++dropped_;
    const List& rest = list_of(Urgency::rest);
    drop(std::shared_ptr(rest.empty() ? list_of(Urgency::key).back() : rest.back()));
}

std::shared_ptr<Ticket> Line::next() {
    for (List& list : lists_) {
        if (list.empty()) continue;
        std::shared_ptr<Ticket> ticket = std::move(list.front());
        list.pop_front();
        ticket->is_running = true;
        return ticket;
    }
    return nullptr;
}

void Line::finish(const Ticket& ticket, bool is_picture) {
    if (!is_picture && !ticket.series.empty()) {
        if (const auto seen = series_seen_.find(ticket.series); seen != series_seen_.end()) {
            series_.erase(seen->second);
            series_seen_.erase(seen);
        }
    }
    places_.erase({ticket.digest, key_of(ticket.rendition)});
}

void Line::leave(const std::shared_ptr<Ticket>& ticket) {
    if (--ticket->demanders > 0 || ticket->is_running) return;
    const auto found = places_.find({ticket->digest, key_of(ticket->rendition)});
    if (found == places_.end() || found->second.ticket != ticket) return;
    list_of(ticket->urgency).erase(found->second.at);
    if (ticket->offered_at)
        put(found->second, ticket->series.empty() ? Urgency::rest : Urgency::key);
    else
        places_.erase(found);
}

void Line::forget(const spool::Digest& digest) {
    auto at = places_.lower_bound({digest, RenditionKey{}});
    while (at != places_.end() && at->first.first == digest) {
        const std::shared_ptr<Ticket> ticket = (at++)->second.ticket;
        ticket->is_forgotten = true;
        if (!ticket->is_running && ticket->urgency != Urgency::demand) drop(ticket);
    }
}

void Line::clear_background() {
    for (const Urgency each : {Urgency::key, Urgency::rest})
        while (!list_of(each).empty()) drop(std::shared_ptr(list_of(each).front()));
}

void Line::put(Place& place, Urgency urgency) {
    place.ticket->urgency = urgency;
    place.at = list_of(urgency).insert(list_of(urgency).end(), place.ticket);
}

/// Of one that waits.
void Line::drop(const std::shared_ptr<Ticket>& ticket) {
    const auto found = places_.find({ticket->digest, key_of(ticket->rendition)});
    list_of(ticket->urgency).erase(found->second.at);
    finish(*ticket, false);
}

bool Line::is_first_of(const std::string& series) {
    if (series.empty()) return false;
    if (const auto seen = series_seen_.find(series); seen != series_seen_.end()) {
        series_.splice(series_.end(), series_, seen->second);
        return false;
    }
    if (series_.size() >= series_max) {
        series_seen_.erase(series_.front());
        series_.pop_front();
    }
    series_seen_.emplace(series, series_.insert(series_.end(), series));
    return true;
}

}  // namespace broker::preview
