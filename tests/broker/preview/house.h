/// House: previews over a real spool and books, with the helper that does as it is told, for tests.
#pragma once

#include <atomic>
#include <optional>
#include <stop_token>
#include <string>

#include "broker/preview/previews.h"
#include "tests/broker/preview/rig.h"

namespace preview_test {

struct House {
    books_test::Books books;
    StillClock clock;
    std::atomic<broker::receive::SpaceState> space = broker::receive::SpaceState::ok;
    broker::config::Preview limits{.cache = 64 << 20, .parallel = 1};
    std::optional<broker::preview::Previews> previews;
    std::stop_source stop;

    explicit House(const char* how = "") { begin(how); }
    void begin(const char* how = "") {
        previews.emplace(broker::preview::Previews::Parts{books.spool, clock, books.database(), folder(), helper(how),
                                                          [this] { return space.load(); }},
                         limits);
        books.spool.on_removed([this](const spool::Digest& digest) { previews->forget(digest); });
        previews->start();
    }
    std::filesystem::path folder() const { return books.folder.path() / "previews"; }

    /// In the spool and in the books.
    spool::Digest take(const std::string& text) {
        auto linked = books.link(text);
        const spool::Digest digest = linked.digest();
        auto receipt = books.receipt(linked, "1.2." + std::to_string(++taken_));
        books.committer.take_custody(std::move(linked), std::move(receipt));
        return digest;
    }
    broker::preview::Previews::Answer ask(const spool::Digest& digest, bool is_thumbnail = false,
                                          const broker::worker::Rendition& how = {}) {
        return previews->render(digest, how, is_thumbnail, stop.get_token());
    }
    /// "" where there is none.
    std::string jpeg(const spool::Digest& digest, bool is_thumbnail = false,
                     const broker::worker::Rendition& how = {}) {
        const auto answer = ask(digest, is_thumbnail, how);
        const auto* shown = std::get_if<broker::preview::Shown>(&answer);
        return shown == nullptr ? "" : shown->jpeg;
    }
    broker::preview::NoShow::Why why(const spool::Digest& digest) {
        return std::get<broker::preview::NoShow>(ask(digest)).why;
    }
    std::size_t cached() const { return previews->statistics().cache_entries; }

private:
    int taken_ = 0;
};

}  // namespace preview_test
