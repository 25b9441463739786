/// Ticket: one picture that is to be made, and what became of it.
///
/// Guarded by whoever guards its Line, save `is_forgotten`.
#pragma once

#include <array>
#include <atomic>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "broker/clock.h"
#include "broker/worker/render/order.h"
#include "spool/digest.h"

namespace broker::preview {

enum class Urgency { demand, key, rest };

/// Why somebody who asked got no picture.
struct NoShow {
    enum class Why {
        no_picture,  ///< `no_picture` says why: the instance has none, or a fault
        broken,      ///< it ended the helper, or took too long, once too often
        gone,        ///< its bytes are not here any more
        damaged,     ///< its bytes should be here and aren't
        busy,        ///< too much waits, it took too long for now, or we are stopping
        off,         ///< [preview] enabled = false
    } why = Why::busy;
    worker::NoPicture no_picture = worker::NoPicture::unreadable;
    std::string text = {};  ///< of broken and busy; without patient data
};

/// An exception is the environment's: who waits throws it.
using Outcome = std::variant<std::shared_ptr<const worker::Picture>, NoShow, std::exception_ptr>;

struct Ticket {
    spool::Digest digest;
    worker::Rendition rendition;
    Urgency urgency = Urgency::rest;
    unsigned demanders = 0;  ///< who wait for it
    bool is_running = false;
    std::optional<Monotonic> offered_at = {};  ///< nothing: it is made because somebody asked
    std::string series = {};                   ///< that it stands for, or ""
    std::optional<Outcome> outcome = {};
    std::atomic<bool> is_forgotten = false;  ///< the blob is gone: what comes of it must not be kept
};

/// Two renditions are the same where these are.
using RenditionKey = std::array<std::byte, worker::order_bytes>;
RenditionKey key_of(const worker::Rendition& rendition);

/// Made from the instance alone: no window, no size, no quality was asked for. Such are cached.
bool is_default(const worker::Rendition& rendition);

}  // namespace broker::preview
