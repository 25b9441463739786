// The renderer against helpers that behave and helpers that don't.
#include "broker/preview/renderer.h"

#include <doctest/doctest.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "spool/error.h"
#include "tests/broker/preview/rig.h"

using namespace preview_test;
using namespace broker;
using preview::Renderer;
using preview::Trouble;

namespace {

struct House {
    House() { ::signal(SIGPIPE, SIG_IGN); }
    support::TempFolder folder;
    spool::PosixDisk disk;
    spool::Spool spool{disk, folder.path()};
    Renderer renderer{helper()};
    Renderer::Bounds bounds{.timeout = 20s, .jobs_per_helper = 100};

    spool::Reader blob(const std::string& text) {
        auto intake = spool.begin(64 << 20);
        intake.append(std::as_bytes(std::span(text)));
        return spool.open(spool.link(intake.finish()).digest());
    }
    Renderer::Answer render(const std::string& text, std::uint32_t thumbnail_pixels = 0) {
        const spool::Reader reader = blob(text);
        return renderer.render(
            reader,
            {.blob_bytes = reader.size(), .pixels_max = 1'000, .thumbnail_pixels = thumbnail_pixels, .rendition = {}},
            bounds);
    }
    /// -1 where it gave no picture.
    long pid(const std::string& text) {
        const auto answer = render(text);
        const auto* picture = std::get_if<worker::Picture>(&answer);
        return picture == nullptr ? -1 : number_in(picture->jpeg, "pid");
    }
};

std::optional<Trouble::Kind> trouble(const Renderer::Answer& answer) {
    const auto* found = std::get_if<Trouble>(&answer);
    return found == nullptr ? std::nullopt : std::optional(found->kind);
}

}  // namespace

TEST_CASE("preview: a helper is given what it asks for of the blob, and its picture comes out with its thumbnail") {
    House house;
    std::string text = blob_of("whole");
    while (text.size() < 3'500'000) text += "0123456789";
    long sum = 0;
    for (const char each : text) sum += each;
    const auto answer = house.render(text, 256);
    const auto* picture = std::get_if<worker::Picture>(&answer);
    REQUIRE(picture != nullptr);
    CHECK(number_in(picture->jpeg, "sum") == sum);
    CHECK(picture->thumbnail.find("small") != std::string::npos);
    CHECK(picture->frame == 1);
    CHECK(picture->frame_count == 7);
    CHECK(picture->window == worker::Window{40, 400, worker::WindowFunction::linear});
}

TEST_CASE("preview: one helper serves job after job, and is replaced after jobs_per_helper") {
    House house;
    house.bounds.jobs_per_helper = 3;
    std::vector<long> pids;
    for (int i = 0; i < 4; ++i) pids.push_back(house.pid(blob_of("picture")));
    CHECK(pids[0] > 0);
    CHECK(pids[1] == pids[0]);
    CHECK(pids[2] == pids[0]);
    CHECK(pids[3] != pids[0]);
}

TEST_CASE("preview: an instance without pixels keeps the helper, one with a fault costs it") {
    House house;
    const long first = house.pid(blob_of("picture"));
    for (const auto why : {worker::NoPicture::no_pixels, worker::NoPicture::no_such_frame}) {
        const auto answer = house.render(blob_of("none " + std::to_string(static_cast<int>(why))));
        CHECK(std::get<worker::NoPicture>(answer) == why);
        CHECK(house.pid(blob_of("picture")) == first);
    }
    CHECK(std::get<worker::NoPicture>(house.render(blob_of("none 8"))) == worker::NoPicture::undecodable);
    CHECK_FALSE(house.renderer.is_warm());
    CHECK(house.pid(blob_of("picture")) != first);
}

TEST_CASE("preview: whatever a helper does wrong costs one picture and the helper, and the next job has another") {
    House house;
    for (const std::string how :
         {"crash", "exit 1", "exit 0", "outside", "endless", "nonsense", "flood", "nojpeg", "close"}) {
        CAPTURE(how);
        CHECK(trouble(house.render(blob_of(how))) == Trouble::Kind::crashed);
        CHECK_FALSE(house.renderer.is_warm());
        CHECK(house.pid(blob_of("picture")) > 0);
    }
}

TEST_CASE("preview: a thumbnail that wasn't ordered is a lie") {
    House house;
    // What it promises has one, and the order hasn't.
    CHECK(trouble(house.render(blob_of("promise"), 0)) == Trouble::Kind::crashed);
}

TEST_CASE("preview: what a helper cannot say in words it says by its end") {
    House house;
    CHECK(std::get<worker::NoPicture>(house.render(blob_of("exit 40"))) == worker::NoPicture::too_large);
    CHECK(std::get<worker::NoPicture>(house.render(blob_of("exit 35"))) == worker::NoPicture::unreadable);
}

TEST_CASE("preview: a helper that cannot begin is no fault of the instance") {
    House house;
    house.renderer.retire();
    Renderer absent(helper("absent")), missing({"/nowhere/at-all", {"x"}, 1s});
    const spool::Reader reader = house.blob(blob_of("picture"));
    const worker::RenderOrder order{
        .blob_bytes = reader.size(), .pixels_max = 1, .thumbnail_pixels = 0, .rendition = {}};
    CHECK(trouble(absent.render(reader, order, house.bounds)) == Trouble::Kind::system);
    CHECK(trouble(missing.render(reader, order, house.bounds)) == Trouble::Kind::system);
}

TEST_CASE("preview: a helper that takes too long is ended, by the clock or by its processor time") {
    House house;
    house.bounds.timeout = 200ms;
    CHECK(trouble(house.render(blob_of("hang"))) == Trouble::Kind::timed_out);
    CHECK(trouble(house.render(blob_of("promise"), 256)) == Trouble::Kind::timed_out);
    house.bounds.timeout = 60s;
    CHECK(trouble(house.render(blob_of("spin"))) == Trouble::Kind::timed_out);
}

TEST_CASE("preview: processor time is counted per job") {
    House house;
    for (int i = 0; i < 2; ++i) {
        const auto answer = house.render(blob_of("picture"));
        const long seconds = number_in(std::get<worker::Picture>(answer).jpeg, "cpu");
        CHECK(seconds >= 2);
        CHECK(seconds <= 4);
    }
}

TEST_CASE("preview: a helper that ends or speaks between two jobs is replaced, and the next job doesn't notice") {
    House house;
    for (const std::string how : {"leave", "surplus"}) {
        CAPTURE(how);
        const long before = house.pid(blob_of(how));
        CHECK(before > 0);
        const long after = house.pid(blob_of("picture"));
        CHECK(after > 0);
        CHECK(after != before);
    }
    const long before = house.pid(blob_of("picture"));
    ::kill(static_cast<pid_t>(before), SIGKILL);
    const long after = house.pid(blob_of("picture"));
    CHECK(after > 0);
    CHECK(after != before);
}

TEST_CASE("preview: a stop ends a job at once") {
    House house;
    const dicom::Descriptor stop(::eventfd(1, EFD_CLOEXEC | EFD_NONBLOCK));
    house.bounds.stop = stop.get();
    CHECK(trouble(house.render(blob_of("hang"))) == Trouble::Kind::stopped);
    CHECK_FALSE(house.renderer.is_warm());
}

TEST_CASE("preview: a blob that is shorter than it was is damaged, and the helper is gone") {
    House house;
    const spool::Reader reader = house.blob(blob_of("whole"));
    const worker::RenderOrder order{
        .blob_bytes = reader.size() + 100, .pixels_max = 1, .thumbnail_pixels = 0, .rendition = {}};
    CHECK_THROWS_AS(house.renderer.render(reader, order, house.bounds), spool::Error);
    CHECK_FALSE(house.renderer.is_warm());
}
