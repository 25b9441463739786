/// Seat: makes one ticket's picture after the other from the spool, with one helper process.
///
/// One thread, that which makes first. What it is given must outlive it.
#pragma once

#include <filesystem>

#include "broker/config/config.h"
#include "broker/preview/renderer.h"
#include "broker/preview/ticket.h"
#include "spool/spool.h"

namespace broker::preview {

/// The side of a box that a thumbnail fits into.
inline constexpr std::uint32_t thumbnail_pixels = 256;

class Seat {
public:
    struct Parts {
        const spool::Spool& spool;
        std::filesystem::path database;
        HelperProgram program;
        int stop = -1;  ///< a descriptor that is readable when it is time to stop
    };
    explicit Seat(Parts parts) : parts_(std::move(parts)), renderer_(parts_.program) {}

    struct Made {
        Outcome outcome;
        std::optional<Trouble> trouble = {};  ///< that the helper had, or we with it
    };
    /// A default rendition comes with its thumbnail. What is thrown on the way is the outcome.
    Made make(const Ticket& ticket, const config::Preview& limits);

    bool is_warm() const { return renderer_.is_warm(); }
    /// Ends the helper.
    void retire() { renderer_.retire(); }

private:
    Made try_to_make(const Ticket& ticket, const config::Preview& limits);
    NoShow missing(const spool::Digest& digest) const;

    const Parts parts_;
    Renderer renderer_;
};

}  // namespace broker::preview
