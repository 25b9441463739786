/// TokenCache: the one token that many senders share, fetched once for all who want it.
///
/// Any thread. Knows neither HTTP nor what a token is for. Callers are back before it is destroyed.
#pragma once

#include <poll.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "broker/http/interrupt.h"
#include "broker/http/waiting.h"

namespace broker::http {

struct Token {
    std::string value;
    std::uint64_t generation = 0;  ///< of the fetch that brought it: 1, 2, …
};

/// What a fetch brought.
struct Grant {
    std::string value;
    std::chrono::seconds lifetime{0};  ///< from the moment at which it was asked for
};

/// The caller's own interrupt was raised while it waited for another one's fetch.
struct Interrupted {};

/// `Refusal`: what a fetch answers when it brought none; copied to all who waited.
template <class Refusal>
class TokenCache {
public:
    using Fetched = std::variant<Grant, Refusal>;
    using Answer = std::variant<Token, Refusal, Interrupted>;

    /// Of a token, whatever a server says.
    static constexpr std::chrono::seconds lifetime_max = std::chrono::hours(24);

    /// A token is fetched anew so long before its end; one that lives no longer than twice that, after half its life.
    explicit TokenCache(std::chrono::seconds margin) : margin_(margin) {}

    /// The token, or what a fetch by this thread or another said instead. `fetch` is called without a lock, by one
    /// thread at a time, when there is no token that is good at `now`; whoever comes meanwhile waits for its answer. A
    /// refusal is told to all who waited and not kept. What `fetch` throws is thrown to all of them. Where the thread
    /// that fetched was itself interrupted, those who waited don't get its refusal: another one of them fetches.
    Answer token(const std::function<Fetched()>& fetch, Monotonic now, const Interrupt& interrupt) {
        for (;;) {
            std::shared_ptr<Flight> flight;
            {
                const std::lock_guard lock(mutex_);
                if (kept_ && now < good_until_) return *kept_;
                if (!flight_) {
                    flight_ = std::make_shared<Flight>();
                } else {
                    flight = flight_;
                    ++waiting_count_;
                }
            }
            if (!flight) return fetch_it(fetch, now, interrupt);
            const Woken woken = wait_for(flight->over.descriptor(), POLLIN, interrupt, Monotonic::max());
            const std::lock_guard lock(mutex_);
            --waiting_count_;
            if (woken == Woken::interrupted) return Interrupted{};
            if (flight->thrown) std::rethrow_exception(flight->thrown);
            if (flight->answer) return *flight->answer;
        }
    }

    /// It was refused: the next who wants one fetches. Does nothing where that generation has been replaced already, so
    /// that many who are refused at once cause one fetch.
    void drop(std::uint64_t generation) {
        const std::lock_guard lock(mutex_);
        if (kept_ && kept_->generation == generation) kept_.reset();
    }

    /// How many wait now for another one's fetch.
    std::size_t waiting_count() const {
        const std::lock_guard lock(mutex_);
        return waiting_count_;
    }

private:
    struct Flight {
        Interrupt over;
        std::optional<Answer> answer;  ///< neither this nor `thrown`: the fetch was given up
        std::exception_ptr thrown;
    };

    struct Raise {
        void operator()(Interrupt* over) const { over->raise(); }
    };

    Answer fetch_it(const std::function<Fetched()>& fetch, Monotonic now, const Interrupt& interrupt) {
        Fetched fetched;
        try {
            fetched = fetch();
        } catch (...) {
            land([&](Flight& flight) { flight.thrown = std::current_exception(); });
            throw;
        }
        Answer answer;
        land([&](Flight& flight) {
            if (auto* grant = std::get_if<Grant>(&fetched)) {
                kept_ = Token{std::move(grant->value), ++generation_};
                const auto lifetime = std::clamp(grant->lifetime, std::chrono::seconds(0), lifetime_max);
                good_until_ = now + std::max(lifetime - margin_, lifetime / 2);
                answer = *kept_;
            } else {
                answer = std::move(std::get<Refusal>(fetched));
                if (interrupt.is_raised()) return;
            }
            flight.answer = answer;
        });
        return answer;
    }

    template <class Note>
    void land(Note note) {
        const std::lock_guard lock(mutex_);
        const std::shared_ptr<Flight> flight = std::exchange(flight_, nullptr);
        // Whatever happens here, nobody waits for ever.
        const std::unique_ptr<Interrupt, Raise> over(&flight->over);
        note(*flight);
    }

    const std::chrono::seconds margin_;
    mutable std::mutex mutex_;        ///< guards all below, and what is in a flight but its `over`
    std::shared_ptr<Flight> flight_;  ///< a fetch that is under way
    std::optional<Token> kept_;
    Monotonic good_until_{};
    std::uint64_t generation_ = 0;
    std::size_t waiting_count_ = 0;
};

}  // namespace broker::http
