// The previews as a whole: helpers, line, cache and failures together.
#include "broker/preview/previews.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <future>
#include <sstream>

#include "spool/error.h"
#include "tests/broker/preview/house.h"

using namespace preview_test;
using namespace broker;
using preview::NoShow;
using preview::Previews;
using preview::Shown;
using receive::SpaceState;
namespace fs = std::filesystem;

namespace {

/// A job that waits until the test lets it go on.
class Gate {
public:
    explicit Gate(const House& house) : path_(house.books.folder.path() / "gate") {
        REQUIRE(::mkfifo(path_.c_str(), 0600) == 0);
    }
    ~Gate() { open(); }
    std::string command() const { return blob_of("gate " + path_.string()); }
    /// On return the helper is at it.
    void wait() {
        REQUIRE(eventually([&] {
            held_ = dicom::Descriptor(::open(path_.c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC));
            return held_.is_open();
        }));
    }
    void open() { held_.reset(); }

private:
    const fs::path path_;
    dicom::Descriptor held_;
};

/// The log's lines while it lives; read when who writes them has ended.
class Log {
public:
    Log() : before_(spdlog::default_logger()) {
        spdlog::set_default_logger(
            std::make_shared<spdlog::logger>("", std::make_shared<spdlog::sinks::ostream_sink_mt>(lines_)));
    }
    ~Log() { spdlog::set_default_logger(before_); }
    std::size_t count(const std::string& text) const {
        const std::string lines = lines_.str();
        std::size_t found = 0;
        for (auto at = lines.find(text); at != std::string::npos; at = lines.find(text, at + 1)) ++found;
        return found;
    }

private:
    std::ostringstream lines_;
    const std::shared_ptr<spdlog::logger> before_;
};

}  // namespace

TEST_CASE("previews: a picture and its thumbnail are made once, and then come from the cache") {
    House house;
    const auto digest = house.take(blob_of("picture"));
    const std::string picture = house.jpeg(digest);
    CHECK(number_in(picture, "quality") == 90);
    // Behind all others.
    CHECK(number_in(picture, "nice") >= 10);
    CHECK(house.jpeg(digest) == picture);
    CHECK(house.jpeg(digest, true).find("small") != std::string::npos);
    const auto statistics = house.previews->statistics();
    CHECK(statistics.made == 1);
    CHECK(statistics.from_cache == 2);
    CHECK(statistics.cache_entries == 2);
    const auto shown = std::get<Shown>(house.ask(digest));
    CHECK(shown.frame == 1);
    CHECK(shown.frame_count == 7);
    CHECK(shown.window == worker::Window{40, 400, worker::WindowFunction::linear});
}

TEST_CASE("previews: what was received is there before anybody asks, and how long that took is known") {
    House house;
    const auto first = house.take(blob_of("picture", "1")), second = house.take(blob_of("picture", "2"));
    house.previews->offer(first, "1.2");
    house.previews->offer(second, "1.2");
    CHECK(eventually([&] { return house.cached() == 4; }));
    house.jpeg(first);
    const auto statistics = house.previews->statistics();
    CHECK(statistics.made == 2);
    CHECK(statistics.from_cache == 1);
    CHECK(statistics.latency.count == 2);
    CHECK(statistics.waiting == 0);
}

TEST_CASE("previews: another window, size or quality is made for whoever asks, and not kept") {
    House house;
    const auto digest = house.take(blob_of("picture"));
    worker::Rendition low, windowed, boxed;
    low.quality = 50;
    windowed.window = worker::Window{1, 2, worker::WindowFunction::linear};
    boxed.viewport = worker::Viewport{64, 32};
    CHECK(number_in(house.jpeg(digest, false, low), "quality") == 50);
    CHECK(house.jpeg(digest, true, windowed).find("box=256x256") != std::string::npos);
    CHECK(house.jpeg(digest, true, boxed).find("box=64x32") != std::string::npos);
    CHECK(house.cached() == 0);
    worker::Rendition fourth;
    fourth.frame = 4;
    CHECK(number_in(house.jpeg(digest, false, fourth), "frame") == 4);
    CHECK(house.cached() == 2);
}

TEST_CASE("previews: two who ask for the same picture share one") {
    House house;
    Gate gate(house);
    const auto digest = house.take(gate.command());
    auto one = std::async(std::launch::async, [&] { return house.jpeg(digest); });
    gate.wait();
    auto other = std::async(std::launch::async, [&] { return house.jpeg(digest, true); });
    gate.open();
    CHECK_FALSE(one.get().empty());
    CHECK_FALSE(other.get().empty());
    CHECK(house.previews->statistics().made == 1);
}

TEST_CASE("previews: after a bomb the next picture comes as if nothing had been, and the bomb is tried twice") {
    House house;
    const auto bomb = house.take(blob_of("crash")), sound = house.take(blob_of("picture"));
    for (int i = 0; i < 4; ++i) {
        CHECK(house.why(bomb) == NoShow::Why::broken);
        worker::Rendition each;
        each.frame = static_cast<std::uint32_t>(i + 1);
        CHECK_FALSE(house.jpeg(sound, false, each).empty());
    }
    CHECK(house.previews->statistics().failed == 2);
    house.previews->forget(bomb);
    CHECK(house.why(bomb) == NoShow::Why::broken);
    CHECK(house.previews->statistics().failed == 3);
}

TEST_CASE("previews: who takes too long is told to come again, and after the second time not") {
    House house;
    house.limits.timeout = 200ms;
    house.previews->set_limits(house.limits);
    const auto digest = house.take(blob_of("hang"));
    CHECK(house.why(digest) == NoShow::Why::busy);
    CHECK(house.why(digest) == NoShow::Why::busy);
    CHECK(house.why(digest) == NoShow::Why::broken);
}

TEST_CASE("previews: why an instance has no picture is remembered, but not that it has fewer frames") {
    House house;
    const auto report = house.take(blob_of("none 0")), broken = house.take(blob_of("none 8"));
    const auto short_one = house.take(blob_of("none 1"));
    for (int i = 0; i < 3; ++i) {
        CHECK(std::get<NoShow>(house.ask(report)).no_picture == worker::NoPicture::no_pixels);
        CHECK(std::get<NoShow>(house.ask(broken)).no_picture == worker::NoPicture::undecodable);
        CHECK(std::get<NoShow>(house.ask(short_one)).no_picture == worker::NoPicture::no_such_frame);
    }
    const auto statistics = house.previews->statistics();
    CHECK(statistics.failed == 1);
    CHECK(statistics.without_picture == 4);
}

TEST_CASE("previews: what is purged is gone, and so is its picture; what should be there and isn't is damaged") {
    House house;
    const auto digest = house.take(blob_of("picture"));
    CHECK_FALSE(house.jpeg(digest).empty());
    house.books.committer.between([&](spool::Spool& spool, outbox::Outbox&) { CHECK(spool.unlink(digest)); });
    CHECK(house.cached() == 0);
    CHECK(house.why(digest) == NoShow::Why::damaged);
    auto linked = house.books.link(blob_of("picture", "of nobody"));
    const auto stranger = linked.digest();
    { const auto unpinned = std::move(linked); }
    house.books.committer.between([&](spool::Spool& spool, outbox::Outbox&) { CHECK(spool.unlink(stranger)); });
    CHECK(house.why(stranger) == NoShow::Why::gone);
}

TEST_CASE("previews: a picture that is being made while its blob is purged is not kept") {
    House house;
    Gate gate(house);
    const auto digest = house.take(gate.command());
    auto asked = std::async(std::launch::async, [&] { return house.jpeg(digest); });
    gate.wait();
    house.books.committer.between([&](spool::Spool& spool, outbox::Outbox&) { CHECK(spool.unlink(digest)); });
    gate.open();
    CHECK_FALSE(asked.get().empty());
    CHECK(house.cached() == 0);
}

TEST_CASE("previews: quarantine takes the picture, too") {
    House house;
    const auto digest = house.take(blob_of("picture"));
    house.jpeg(digest);
    house.books.committer.between([&](spool::Spool& spool, outbox::Outbox&) { CHECK(spool.quarantine(digest)); });
    CHECK(house.cached() == 0);
}

TEST_CASE("previews: switched off by a reload nothing is made or kept, and switched on again all is") {
    House house;
    const auto digest = house.take(blob_of("picture"));
    house.jpeg(digest);
    house.limits.enabled = false;
    house.previews->set_limits(house.limits);
    CHECK(house.why(digest) == NoShow::Why::off);
    house.previews->offer(digest, "");
    CHECK(house.previews->statistics().waiting == 0);
    CHECK(eventually([&] { return house.cached() == 0; }));
    house.limits.enabled = true;
    house.previews->set_limits(house.limits);
    CHECK_FALSE(house.jpeg(digest).empty());
    CHECK(eventually([&] {
        house.previews->offer(digest, "");
        return house.cached() == 2;
    }));
}

TEST_CASE("previews: who waits when they are switched off is told so") {
    House house;
    Gate gate(house);
    const auto digest = house.take(gate.command());
    auto asked = std::async(std::launch::async, [&] { return house.why(digest); });
    gate.wait();
    house.limits.enabled = false;
    house.previews->set_limits(house.limits);
    CHECK(asked.get() == NoShow::Why::off);
    gate.open();
}

TEST_CASE("previews: a smaller cache counts from the reload on") {
    House house;
    for (int i = 0; i < 4; ++i) house.jpeg(house.take(blob_of("picture", std::to_string(i))));
    CHECK(house.cached() == 8);
    house.limits.cache = 3 * 4096;
    house.previews->set_limits(house.limits);
    CHECK(house.cached() == 3);
}

TEST_CASE("previews: a stop ends what is being made, and tells who waits") {
    House house;
    Gate gate(house);
    const auto running = house.take(gate.command()), waiting = house.take(blob_of("picture"));
    auto first = std::async(std::launch::async, [&] { return house.why(running); });
    gate.wait();
    auto second = std::async(std::launch::async, [&] { return house.why(waiting); });
    CHECK(eventually([&] { return house.previews->statistics().waiting == 1; }));
    house.previews->stop();
    CHECK(first.get() == NoShow::Why::busy);
    CHECK(second.get() == NoShow::Why::busy);
    CHECK(house.why(waiting) == NoShow::Why::busy);
    house.previews->offer(waiting, "");
    house.previews->stop();
}

TEST_CASE("previews: who doesn't wait any longer is let go, and his picture is not made") {
    House house;
    Gate gate(house);
    const auto running = house.take(gate.command()), waiting = house.take(blob_of("picture"));
    house.previews->offer(running, "");
    gate.wait();
    auto asked = std::async(std::launch::async, [&] { return house.why(waiting); });
    CHECK(eventually([&] { return house.previews->statistics().waiting == 1; }));
    house.stop.request_stop();
    CHECK(asked.get() == NoShow::Why::busy);
    CHECK(house.previews->statistics().waiting == 0);
    gate.open();
}

TEST_CASE("previews: who waits longer than twice the timeout is told to come again") {
    House house;
    house.limits.timeout = 20s;
    Gate gate(house);
    const auto running = house.take(gate.command()), waiting = house.take(blob_of("picture"));
    house.previews->offer(running, "");
    gate.wait();
    house.limits.timeout = 100ms;
    house.previews->set_limits(house.limits);
    CHECK(house.why(waiting) == NoShow::Why::busy);
    gate.open();
}

TEST_CASE("previews: what somebody waits for overtakes all that is made in advance") {
    House house;
    Gate gate(house);
    house.previews->offer(house.take(gate.command()), "");
    gate.wait();
    for (int i = 0; i < 20; ++i) house.previews->offer(house.take(blob_of("picture", std::to_string(i))), "");
    const auto wanted = house.take(blob_of("picture", "wanted"));
    auto asked = std::async(std::launch::async, [&] { return house.jpeg(wanted); });
    CHECK(eventually([&] { return house.previews->statistics().waiting == 21; }));
    gate.open();
    // The gate's was the helper's first job.
    CHECK(number_in(asked.get(), "job") == 2);
}

TEST_CASE("previews: what finds no room in the line is counted, and made when asked for") {
    House house;
    house.limits.max_waiting = 2;
    house.previews->set_limits(house.limits);
    Gate gate(house);
    house.previews->offer(house.take(gate.command()), "");
    gate.wait();
    spool::Digest last = house.take(blob_of("picture", "last"));
    for (int i = 0; i < 4; ++i) house.previews->offer(house.take(blob_of("picture", std::to_string(i))), "");
    house.previews->offer(last, "");
    CHECK(house.previews->statistics().dropped == 3);
    gate.open();
    CHECK(eventually([&] { return house.previews->statistics().made == 3; }));
    CHECK_FALSE(house.jpeg(last).empty());
}

TEST_CASE("previews: on a disk that is short of room nothing is made in advance, and what is asked for is kept") {
    House house;
    house.space = SpaceState::warn;
    const auto digest = house.take(blob_of("picture"));
    house.previews->offer(digest, "1.2");
    CHECK(eventually([&] { return house.previews->statistics().waiting == 0; }));
    CHECK(house.previews->statistics().made == 0);
    CHECK_FALSE(house.jpeg(digest).empty());
    CHECK(house.cached() == 2);
}

TEST_CASE("previews: on a disk that takes no instances the cache is given up, and what is asked for is served") {
    House house;
    const auto digest = house.take(blob_of("picture"));
    house.jpeg(digest);
    CHECK(house.cached() == 2);
    house.space = SpaceState::refusing;
    house.previews->set_limits(house.limits);  // the keeper looks at once
    CHECK(eventually([&] { return house.cached() == 0; }));
    CHECK_FALSE(house.jpeg(digest).empty());
    CHECK(house.cached() == 0);
}

TEST_CASE("previews: a folder that cannot be written costs nobody a picture") {
    House house;
    fs::remove_all(house.folder());
    { const dicom::Descriptor file(::open(house.folder().c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600)); }
    const auto digest = house.take(blob_of("picture"));
    for (int i = 0; i < 2; ++i) CHECK_FALSE(house.jpeg(digest).empty());
    CHECK(house.previews->statistics().made == 2);
    fs::remove(house.folder());
    CHECK_FALSE(house.jpeg(digest).empty());
    CHECK(house.cached() == 2);
}

TEST_CASE("previews: the next run finds the pictures again, save those whose blob went meanwhile") {
    House house;
    const auto kept = house.take(blob_of("picture", "kept")), gone = house.take(blob_of("picture", "gone"));
    house.jpeg(kept);
    house.jpeg(gone);
    house.previews.reset();
    house.books.spool.on_removed([](const spool::Digest&) {});
    house.books.committer.between([&](spool::Spool& spool, outbox::Outbox& outbox) {
        outbox::Outbox::Transaction transaction(outbox);
        CHECK(spool.unlink(gone));
        outbox.damage(gone.bytes(), books_test::start);
        transaction.commit();
    });
    house.begin();
    CHECK(eventually([&] { return house.cached() == 2; }));
    CHECK(eventually([&] { return !fs::exists(house.folder() / preview::name_of({gone})); }));
    CHECK_FALSE(house.jpeg(kept).empty());
    CHECK(house.previews->statistics().made == 0);
}

TEST_CASE("previews: switched off at the start, what an earlier run left goes") {
    House house;
    const auto digest = house.take(blob_of("picture"));
    house.jpeg(digest);
    house.previews.reset();
    house.limits.enabled = false;
    house.begin();
    CHECK(eventually([&] { return !fs::exists(house.folder() / preview::name_of({digest})); }));
    CHECK(house.why(digest) == NoShow::Why::off);
}

TEST_CASE("previews: where no helper can be had one is told to come again, and no instance is blamed") {
    House house("absent");
    const auto digest = house.take(blob_of("picture"));
    for (int i = 0; i < 2; ++i) CHECK(house.why(digest) == NoShow::Why::busy);
    house.previews.reset();
    house.begin();
    CHECK_FALSE(house.jpeg(digest).empty());
}

TEST_CASE("previews: a stop is legal before a start, and nothing is made without one") {
    House house;
    Previews idle({house.books.spool, house.clock, house.books.database(), house.folder(), helper(),
                   [] { return SpaceState::ok; }},
                  house.limits);
    idle.stop();
    CHECK(std::get<NoShow>(idle.render(house.take(blob_of("picture")), {}, false, {})).why == NoShow::Why::busy);
}

TEST_CASE(
    "previews: the log names what cost a helper each time, what is given up once, and a report without pixels never") {
    const Log log;
    std::string bomb, broken, report;
    {
        House house;
        const auto hex = [&](const std::string& command) {
            const auto digest = house.take(blob_of(command));
            for (int i = 0; i < 4; ++i) house.ask(digest);
            return digest.hex();
        };
        bomb = hex("crash");
        broken = hex("none 8");
        report = hex("none 0");
    }
    CHECK(log.count("event=preview_helper_lost digest=" + bomb) == 2);
    CHECK(log.count("event=preview_failed digest=" + bomb) == 1);
    CHECK(log.count("event=preview_failed digest=" + broken) == 1);
    CHECK(log.count(report) == 0);
}

TEST_CASE(
    "previews: a full line, a folder that cannot be written and a missing helper are told once, not for each picture") {
    const Log log;
    {
        House house("absent");
        house.limits.max_waiting = 1;
        house.previews->set_limits(house.limits);
        for (int i = 0; i < 50; ++i) house.previews->offer(house.take(blob_of("picture", std::to_string(i))), "");
        CHECK(eventually([&] { return house.previews->statistics().dropped > 0; }));
        for (int i = 0; i < 3; ++i) house.previews->set_limits(house.limits);  // the keeper looks at once
        CHECK(house.why(house.take(blob_of("picture", "asked for"))) == NoShow::Why::busy);
        house.previews.reset();
        { const dicom::Descriptor file(::open(house.folder().c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600)); }
        house.begin();
        for (int i = 0; i < 3; ++i) CHECK_FALSE(house.jpeg(house.take(blob_of("picture", std::to_string(i)))).empty());
        fs::remove(house.folder());
        for (int i = 3; i < 6; ++i) CHECK_FALSE(house.jpeg(house.take(blob_of("picture", std::to_string(i)))).empty());
    }
    CHECK(log.count("event=preview_behind") == 1);
    CHECK(log.count("event=preview_helper_failed") == 1);
    CHECK(log.count("event=preview_cache_failed") == 1);
    CHECK(log.count("event=preview_cache_works") == 1);
}
