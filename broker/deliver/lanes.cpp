// From the configuration to running lanes.
#include "broker/deliver/lanes.h"

#include <algorithm>

#include "broker/deliver/lane_log.h"
#include "broker/deliver/makers.h"

namespace broker::deliver {

namespace {

/// All that a lane depends on: where two are equal, the lane that is there is right.
struct Basis {
    config::Destination destination;
    std::optional<spool::Digest> contents;  ///< of the files that it names
    std::vector<config::Bandwidth> uplink;
    config::Delivery delivery;
    std::string ae_title;
    std::uint64_t max_pdu = 0, max_commitment = 0;
    bool operator==(const Basis&) const = default;
};

// Beyond the deadline of lanes that end: what was cut short then still goes into the books.
constexpr std::chrono::seconds ending_grace{5};

}  // namespace

/// A destination with all that its lane needs.
struct Lanes::Place {
    Basis basis;
    Makers makers;
    std::optional<outbox::Views> views;  ///< until the books have it
    std::unique_ptr<LaneBooks> books;
    std::unique_ptr<Lane> lane;  ///< null: the destination's number in the outbox isn't known yet
};

/// A link that several destinations share, for as long as its bandwidth stays what it is.
struct Lanes::Uplink {
    std::vector<config::Bandwidth> bandwidth;
    std::shared_ptr<Pace> pace;
    std::map<std::string, std::size_t> lines;  ///< by destination: one whose lane is made anew goes on in its line
};

class Lanes::Next {
public:
    Places places;                              ///< all, those that stay included
    std::vector<std::shared_ptr<Place>> fresh;  ///< those that have no lane yet
    Uplinks uplinks;
};

/// A lane that was taken out, on the way to its end.
struct Lanes::Ending {
    std::shared_ptr<Place> place;
    std::shared_ptr<Place> successor;  ///< that begins afterwards; null: the destination was removed
    bool has_ended = false;
    std::jthread thread = {};
};

Lanes::Lanes(const config::Config& config, const LanesParts& parts, const FileContents& contents)
    : clock_(parts.clock), parts_(parts), echoes_(parts.clock) {
    const outbox::Views views(parts.database);
    DestinationIds ids;
    for (const config::Destination& each : config.destinations)
        if (const auto row = views.destination(each.name)) ids.emplace(each.name, row->id);
    exchange(prepare(config, contents), ids, clock_.monotonic());
}

Lanes::~Lanes() {
    stop(clock_.monotonic());
}

void Lanes::start() {
    {
        std::lock_guard lock(endings_mutex_);
        is_started_ = true;
    }
    for (auto& [name, place] : places_) place->lane->start();
}

std::shared_ptr<Lanes::Place> Lanes::find(std::string_view destination) const {
    std::shared_lock lock(mutex_);
    const auto found = places_.find(destination);
    return found == places_.end() ? nullptr : found->second;
}

void Lanes::wake(std::span<const outbox::DestinationId> destinations) {
    std::shared_lock lock(mutex_);
    for (outbox::DestinationId each : destinations) {
        const auto place = by_id_.find(each);
        if (place != by_id_.end()) place->second->lane->wake();
    }
}

void Lanes::wake(std::string_view destination) {
    if (const auto place = find(destination)) place->lane->wake();
}

void Lanes::wake_all() {
    std::shared_lock lock(mutex_);
    for (const auto& [name, place] : places_) place->lane->wake();
}

std::optional<Breaker::State> Lanes::breaker(std::string_view destination) const {
    const auto place = find(destination);
    return place ? std::optional(place->lane->breaker()) : std::nullopt;
}

std::optional<Echo> Lanes::echo(std::string_view destination) {
    const auto place = find(destination);
    if (!place) return std::nullopt;
    return echoes_.ask(place->basis.destination.name, place->makers.sender());
}

std::optional<Throughput> Lanes::throughput(std::string_view destination) const {
    const auto place = find(destination);
    return place ? std::optional(place->lane->throughput()) : std::nullopt;
}

std::optional<Rate::Recent> Lanes::recent(std::string_view destination) const {
    const auto place = find(destination);
    return place ? std::optional(place->lane->recent()) : std::nullopt;
}

std::optional<measure::Distribution> Lanes::delivery_times(std::string_view destination) const {
    const auto place = find(destination);
    return place ? std::optional(place->lane->delivery_times()) : std::nullopt;
}

/// Its own first, then that of its uplink, where it has a line beside the other destinations'.
std::vector<PaceLine> Lanes::paces_of(const config::Destination& destination, const Uplinks& uplinks) const {
    std::vector<PaceLine> lines;
    if (!destination.bandwidth.empty()) {
        const auto own = std::make_shared<Pace>(clock_, destination.bandwidth);
        lines.push_back({own, own->add_line()});
    }
    if (destination.uplink.empty()) return lines;
    Uplink& uplink = *uplinks.at(destination.uplink);
    const auto [line, is_new] = uplink.lines.try_emplace(destination.name);
    if (is_new) line->second = uplink.pace->add_line();
    lines.push_back({uplink.pace, line->second});
    return lines;
}

/// Those that stay, or have the same bandwidth as before, keep their pace: whoever shares it goes on sharing it.
Lanes::Uplinks Lanes::uplinks_for(const config::Config& config) const {
    Uplinks uplinks;
    for (const config::Uplink& each : config.uplinks) {
        const auto present = uplinks_.find(each.name);
        const bool stays = present != uplinks_.end() && present->second->bandwidth == each.bandwidth;
        uplinks[each.name] =
            stays
                ? present->second
                : std::make_shared<Uplink>(Uplink{each.bandwidth, std::make_shared<Pace>(clock_, each.bandwidth), {}});
    }
    return uplinks;
}

/// Null where the destination's kind has no lane. That which is there already, where it is right.
std::shared_ptr<Lanes::Place> Lanes::make_place(const config::Destination& destination, const config::Config& config,
                                                const Uplinks& uplinks,
                                                const std::optional<spool::Digest>& contents) const {
    Basis basis{
        destination,
        contents,
        destination.uplink.empty() ? std::vector<config::Bandwidth>{} : uplinks.at(destination.uplink)->bandwidth,
        config.delivery,
        config.dicom.ae_title,
        config.dicom.max_pdu,
        config.dicom.max_commitment};
    if (auto present = find(destination.name); present && present->basis == basis) return present;
    auto place = std::make_shared<Place>();
    place->basis = std::move(basis);
    const RegisteringParts registering{clock_, parts_.committer, parts_.database, parts_.read_header,
                                       parts_.heard_date};
    place->makers = makers_of(destination, config, registering, paces_of(destination, uplinks));
    if (!place->makers.sender) return nullptr;
    place->views.emplace(parts_.database);
    return place;
}

std::shared_ptr<Lanes::Next> Lanes::prepare(const config::Config& config, const FileContents& contents) {
    forget_ended();
    auto next = std::make_shared<Next>();
    next->uplinks = uplinks_for(config);
    for (const config::Destination& each : config.destinations) {
        const auto of_files = contents.find(each.name);
        auto place = make_place(each, config, next->uplinks,
                                of_files == contents.end() ? std::nullopt : std::optional(of_files->second));
        if (!place) continue;
        if (!place->lane) next->fresh.push_back(place);
        next->places[each.name] = std::move(place);
    }
    return next;
}

void Lanes::complete(Place& place, outbox::DestinationId id) const {
    const config::Destination& destination = place.basis.destination;
    place.books = std::make_unique<OutboxBooks>(parts_.committer, std::move(*place.views), id, destination.name,
                                                place.basis.delivery);
    place.views.reset();
    auto open_blob = [&spool = parts_.spool](const spool::Digest& digest) { return spool.open(digest); };
    place.lane = std::make_unique<Lane>(
        destination, place.basis.delivery,
        LaneParts{clock_, *place.books, place.makers.sender, open_blob, place.makers.asker, parts_.transcoder,
                  place.makers.registering ? place.makers.registering(id) : nullptr});
}

std::vector<std::string> Lanes::exchange(const std::shared_ptr<Next>& next, const DestinationIds& ids,
                                         Monotonic deadline) {
    for (const auto& each : next->fresh) {
        const std::string& name = each->basis.destination.name;
        const auto id = ids.find(name);
        if (id == ids.end())
            next->places.erase(name);
        else
            complete(*each, id->second);
    }
    Places before = next->places;
    std::map<outbox::DestinationId, std::shared_ptr<Place>> by_id;
    for (const auto& [name, place] : next->places) by_id.emplace(ids.at(name), place);
    {
        std::unique_lock lock(mutex_);
        before.swap(places_);
        by_id_.swap(by_id);
    }
    uplinks_ = next->uplinks;

    std::unique_lock lock(endings_mutex_);
    if (!is_started_ || is_stopping_) return {};
    std::vector<Ending*> without_a_thread;
    for (const auto& [name, place] : before) {
        const auto successor = next->places.find(name);
        if (successor != next->places.end() && successor->second == place) continue;
        place->lane->begin_stop();
        Ending& ending =
            endings_.emplace_back(Ending{place, successor == next->places.end() ? nullptr : successor->second, false});
        try {
            ending.thread = std::jthread([this, &ending, deadline] { end(ending, deadline); });
        } catch (const std::system_error& error) {
            log_error("no_thread", name, error.what());
            without_a_thread.push_back(&ending);
        }
    }
    for (const auto& each : next->fresh)
        if (each->lane && !before.contains(each->basis.destination.name)) begin(*each);
    lock.unlock();
    for (Ending* each : without_a_thread) end(*each, deadline);
    lock.lock();
    one_ended_.wait_until(lock, deadline + ending_grace, [&] {
        return is_stopping_ || std::all_of(endings_.begin(), endings_.end(), [](auto& each) { return each.has_ended; });
    });
    std::vector<std::string> late;
    for (const Ending& each : endings_)
        if (!each.has_ended) late.push_back(each.place->basis.destination.name);
    return late;
}

/// On a thread of its own, so that a lane whose folder hangs delays no other.
void Lanes::end(Ending& ending, Monotonic deadline) {
    ending.place->lane->stop(deadline);
    bool is_stopping = false;
    {
        std::lock_guard lock(endings_mutex_);
        is_stopping = is_stopping_;
    }
    // A stop joins this thread before it stops the lanes that are there: none begins behind its back.
    if (!is_stopping && ending.successor)
        begin(*ending.successor);
    else if (!is_stopping)
        hold_handed_back();
    std::lock_guard lock(endings_mutex_);
    ending.has_ended = true;
    one_ended_.notify_all();
}

void Lanes::begin(Place& place) const {
    try {
        place.lane->start();
    } catch (const std::exception& error) {
        log_error("lane_not_begun", place.basis.destination.name, error.what());
    }
}

/// Of destinations that left: whoever settled the rest may have been there before the lane had ended.
void Lanes::hold_handed_back() const {
    constexpr std::size_t slice = 500;
    try {
        while (parts_.committer.run(Turn::bulk, [&](outbox::Outbox& outbox) {
            return outbox.settle_removed(slice, clock_.now());
        }) > 0) {
        }
    } catch (const std::exception&) {
        // The broker stops, or its disk is full: the next start settles them.
    }
}

void Lanes::forget_ended() {
    std::list<Ending> ended;
    {
        std::lock_guard lock(endings_mutex_);
        for (auto each = endings_.begin(); each != endings_.end();) {
            const auto next = std::next(each);
            if (each->has_ended) ended.splice(ended.end(), endings_, each);
            each = next;
        }
        if (!endings_.empty())
            throw StillEnding("the last change of the configuration is not done: what destination " +
                              endings_.front().place->basis.destination.name +
                              " has in hand is still ending; try again in a while");
    }
}

void Lanes::begin_stop() {
    std::lock_guard lock(endings_mutex_);
    is_stopping_ = true;
    one_ended_.notify_all();
}

void Lanes::stop(Monotonic deadline) {
    echoes_.stop();
    begin_stop();
    for (auto& [name, place] : places_) place->lane->begin_stop();
    {
        std::unique_lock lock(endings_mutex_);
        const auto have_ended = [&] {
            return std::all_of(endings_.begin(), endings_.end(), [](auto& each) { return each.has_ended; });
        };
        if (!one_ended_.wait_until(lock, deadline, have_ended))
            for (Ending& each : endings_) each.place->lane->interrupt();
    }
    for (Ending& each : endings_)
        if (each.thread.joinable()) each.thread.join();
    for (auto& [name, place] : places_) place->lane->stop(deadline);
}

}  // namespace broker::deliver
