/// Failures: instances that gave no picture, for a while, so that not every page load has them tried again.
///
/// A value; one thread at a time. Time is an argument. Bounded: beyond it the oldest is forgotten, and gets one try
/// more.
#pragma once

#include <chrono>
#include <cstdint>
#include <list>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>

#include "broker/clock.h"
#include "broker/preview/ticket.h"

namespace broker::preview {

class Failures {
public:
    explicit Failures(std::size_t instances_max = 4096) : instances_max_(instances_max) {}

    /// Why this frame need not be tried, or nothing.
    std::optional<NoShow> find(const spool::Digest& digest, const worker::Rendition& rendition, Monotonic now);

    /// A default rendition came out like this. True where it is worth a line in the log: a fault, and the first of this
    /// instance.
    bool note(const spool::Digest& digest, std::uint32_t frame, worker::NoPicture why, Monotonic now);
    /// It ended a helper, or took too long. True from the second time on: nothing of it is tried any more.
    bool note_trouble(const spool::Digest& digest, const std::string& text, Monotonic now);

    void forget(const spool::Digest& digest);
    void clear();
    std::size_t size() const { return records_.size(); }

private:
    struct Record {
        Monotonic since;
        std::list<spool::Digest>::iterator at;
        unsigned troubles = 0;
        std::string trouble = {};
        std::map<std::uint32_t, worker::NoPicture> frames = {};
    };
    Record& record_of(const spool::Digest& digest, Monotonic now);

    const std::size_t instances_max_;
    std::list<spool::Digest> in_order_;  ///< oldest first
    std::unordered_map<spool::Digest, Record> records_;
};

}  // namespace broker::preview
