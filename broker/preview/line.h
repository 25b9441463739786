/// Line: which pictures wait to be made, who asked for them, and which is next.
///
/// A value; one thread at a time. What somebody waits for goes first, then the first instance of each series, then the
/// rest; inside each in the order they came. The same picture asked for twice is one Ticket.
#pragma once

#include <array>
#include <cstdint>
#include <exception>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <variant>

#include "broker/clock.h"
#include "broker/preview/ticket.h"

namespace broker::preview {

class Line {
public:
    /// At most `background_max` tickets wait that nobody waits for.
    explicit Line(std::size_t background_max) : background_max_(background_max) {}

    /// The ticket of this picture, with one more who waits for its outcome, and who calls `leave` in the end.
    std::shared_ptr<Ticket> demand(const spool::Digest& digest, const worker::Rendition& rendition);

    /// The instance was received; its picture is to be made in advance. `series`: "" for none.
    struct Arrival {
        spool::Digest digest;
        std::string series;
        Monotonic at;
    };
    void offer(const Arrival& arrival);

    /// The next one, which from now on is being made, until `finish`; nothing where none waits.
    std::shared_ptr<Ticket> next();

    /// Its outcome is known. From now on the same picture may be asked for anew. A series whose first instance gave no
    /// picture gets another try with its next.
    void finish(const Ticket& ticket, bool is_picture);

    /// One who waited for it doesn't any more. What nobody waits for then, and nobody offered, is not made.
    void leave(const std::shared_ptr<Ticket>& ticket);

    /// The blob is gone: what was to be made of it in advance isn't, and what is being made must not be kept.
    void forget(const spool::Digest& digest);

    /// What was to be made in advance isn't.
    void clear_background();
    /// Counts from the next offer on.
    void set_background_max(std::size_t tickets) { background_max_ = tickets; }

    bool is_empty() const { return lists_[0].empty() && lists_[1].empty() && lists_[2].empty(); }
    std::size_t demanded() const { return list_of(Urgency::demand).size(); }
    std::size_t in_background() const { return list_of(Urgency::key).size() + list_of(Urgency::rest).size(); }
    /// Offers, and what gave way to them, that are not made in advance for want of room.
    std::uint64_t dropped() const { return dropped_; }

private:
    using Key = std::pair<spool::Digest, RenditionKey>;
    using List = std::list<std::shared_ptr<Ticket>>;
    struct Place {
        std::shared_ptr<Ticket> ticket;
        List::iterator at = {};  ///< in the list of the ticket's urgency, unless it is being made
    };

    List& list_of(Urgency urgency) { return lists_[static_cast<std::size_t>(urgency)]; }
    const List& list_of(Urgency urgency) const { return lists_[static_cast<std::size_t>(urgency)]; }
    void put(Place& place, Urgency urgency);
    void drop(const std::shared_ptr<Ticket>& ticket);
    bool is_first_of(const std::string& series);

    std::size_t background_max_;
    std::uint64_t dropped_ = 0;
    std::array<List, 3> lists_;
    std::map<Key, Place> places_;  ///< of all that wait or are being made
    std::list<std::string> series_;
    std::unordered_map<std::string, std::list<std::string>::iterator> series_seen_;  ///< lately, that one stands for
};

}  // namespace broker::preview
