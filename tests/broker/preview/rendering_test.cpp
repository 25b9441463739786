// What the previews answer, as the web server hears it.
#include "broker/main/rendering.h"

#include <doctest/doctest.h>

#include "tests/broker/preview/house.h"

using namespace preview_test;
using namespace broker;
using Why = web::NotRendered::Why;

namespace {

web::NotRendered none_of(House& house, const spool::Digest& digest, const web::Rendition& rendition = {}) {
    Rendering rendering(*house.previews, house.books.spool);
    return std::get<web::NotRendered>(rendering.render(digest.bytes(), rendition, {}));
}

}  // namespace

TEST_CASE("rendering: what web asks for is what is made") {
    House house;
    Rendering rendering(*house.previews, house.books.spool);
    const auto digest = house.take(blob_of("picture"));
    web::Rendition asked;
    asked.frame = 3;
    asked.quality = 70;
    asked.window = web::Window{1, 2, web::WindowFunction::sigmoid};
    asked.viewport = web::Viewport{20, 30, web::Region{1, 2, 3, 4, true, false}};
    const auto rendered = std::get<web::Rendered>(rendering.render(digest.bytes(), asked, {}));
    CHECK(rendered.jpeg.find("frame=3 quality=70 box=20x30 window=1,2,2 region=1,2,3,4,1,0 ") != std::string::npos);
    CHECK(rendered.frame == 3);
    CHECK(rendered.frame_count == 7);
    CHECK(rendered.window == web::Window{40, 400, web::WindowFunction::linear});
    web::Rendition small;
    small.is_thumbnail = true;
    const auto thumbnail = std::get<web::Rendered>(rendering.render(digest.bytes(), small, {}));
    CHECK(thumbnail.jpeg.find("small") != std::string::npos);
}

TEST_CASE("rendering: why there is no picture has a kind and words") {
    House house;
    struct Row {
        std::string command;
        Why why;
        std::string text;
    };
    const Row rows[] = {
        {"none 0", Why::no_pixels, worker::to_text(worker::NoPicture::no_pixels)},
        {"none 1", Why::no_such_frame, worker::to_text(worker::NoPicture::no_such_frame)},
        {"none 2", Why::no_such_region, worker::to_text(worker::NoPicture::no_such_region)},
        {"none 6", Why::broken, worker::to_text(worker::NoPicture::truncated)},
        {"crash", Why::broken, "no picture comes of this instance: the helper was ended by signal 11"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.command);
        const auto none = none_of(house, house.take(blob_of(row.command)));
        CHECK(none.why == row.why);
        CHECK(none.text == row.text);
    }
    auto linked = house.books.link(blob_of("picture", "of nobody"));
    const spool::Digest gone = linked.digest();
    { const auto unpinned = std::move(linked); }
    const auto known = house.take(blob_of("picture"));
    house.books.committer.between([&](spool::Spool& spool, outbox::Outbox&) {
        spool.unlink(gone);
        spool.unlink(known);
    });
    CHECK(none_of(house, gone).why == Why::gone);
    CHECK(none_of(house, known).why == Why::damaged);
    house.limits.enabled = false;
    house.previews->set_limits(house.limits);
    CHECK(none_of(house, known).why == Why::off);
    house.limits.enabled = true;
    house.previews->set_limits(house.limits);
    house.previews->stop();
    CHECK(none_of(house, known).why == Why::busy);
    CHECK(none_of(house, known).text == "no picture for now: the bridge is stopping");
}
