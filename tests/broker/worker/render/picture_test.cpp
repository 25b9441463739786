// The shape of a picture: overlays, pixels that are no squares, viewports, thumbnails, and the JPEG itself.
#include <doctest/doctest.h>
#include <turbojpeg.h>

#include "broker/worker/render/render.h"
#include "broker/worker/render/scale.h"
#include "tests/broker/worker/render/sketch.h"

using namespace broker::worker;
using sketch::painted;
using sketch::Sketch;
using sketch::words;
using Levels = std::vector<int>;

namespace {

struct Shape {
    int width = 0, height = 0;
    bool operator==(const Shape&) const = default;
};

Shape shape_of(const std::string& jpeg) {
    Shape shape;
    int sampling = 0, colours = 0;
    const tjhandle reader = tjInitDecompress();
    REQUIRE(tjDecompressHeader3(reader, reinterpret_cast<const unsigned char*>(jpeg.data()), jpeg.size(), &shape.width,
                                &shape.height, &sampling, &colours) == 0);
    tjDestroy(reader);
    return shape;
}

Picture rendered(const Sketch& image, const Rendition& rendition = {}, std::uint32_t thumbnail_pixels = 0) {
    const std::vector<std::byte> blob = image.blob();
    MemoryBytes bytes(blob);
    RenderOrder order{blob.size(), 1'000'000, thumbnail_pixels, rendition};
    auto result = render(bytes, order);
    REQUIRE(std::holds_alternative<Picture>(result));
    return std::get<Picture>(result);
}

Sketch wide() {
    Sketch image(40, Levels(40 * 20, 7));
    return image;
}

Raster ramp(std::uint32_t width, std::uint32_t height) {
    Raster raster{width, height, 1, {}};
    for (std::uint32_t i = 0; i < width * height; ++i) raster.samples.push_back(static_cast<std::uint8_t>(10 * i));
    return raster;
}

Levels samples(const Raster& raster) {
    return {raster.samples.begin(), raster.samples.end()};
}

/// Rows, columns, and where the upper left corner lies, from 1.
Sketch& overlay(Sketch& image, int rows, int columns, int top, int left, const std::string& bits) {
    return image.word(0x60000010, rows)
        .word(0x60000011, columns)
        .set(0x60000050, "SS", words({top, left}))
        .set(0x60003000, "OW", bits);
}

}  // namespace

TEST_CASE("picture: an overlay is white, and nothing outside of the image is drawn") {
    Sketch image(3, {0, 0, 0, 0, 0, 0});
    overlay(image, 2, 2, 1, 1, std::string("\x09\x00", 2));
    CHECK(painted(image, Window{1, 2}) == Levels{255, 0, 0, 0, 255, 0});
    overlay(image, 2, 2, 2, 3, std::string("\x0F\x00", 2));
    CHECK(painted(image, Window{1, 2}) == Levels{0, 0, 0, 0, 0, 255});
    overlay(image, 2, 2, 0, 0, std::string("\x0F\x00", 2));
    CHECK(painted(image, Window{1, 2}) == Levels{255, 0, 0, 0, 0, 0});
}

TEST_CASE("picture: an overlay of several frames lies on those that it is for") {
    Sketch image(2, {0, 0, 0, 0, 0, 0});
    image.word(0x00280010, 1).text(0x00280008, "IS", "3");
    overlay(image, 1, 2, 1, 1, std::string("\x09\x00", 2)).text(0x60000015, "IS", "2").word(0x60000051, 2);
    CHECK(painted(image, Window{1, 2}, 1) == Levels{0, 0});
    CHECK(painted(image, Window{1, 2}, 2) == Levels{255, 0});
    CHECK(painted(image, Window{1, 2}, 3) == Levels{0, 255});
    image.text(0x60000015, "IS", "1");
    CHECK(painted(image, Window{1, 2}, 1) == Levels{0, 0});
    CHECK(painted(image, Window{1, 2}, 3) == Levels{0, 0});
    image.text(0x60000015, "IS", "").word(0x60000051, 1);
    CHECK(painted(image, Window{1, 2}, 1) == Levels{255, 0});
    CHECK(painted(image, Window{1, 2}, 3) == Levels{255, 0});
}

TEST_CASE("picture: an overlay in unused bits of the cells is drawn") {
    Sketch image(3, {0x8000, 0x0000, 0x8001});
    image.word(0x60000010, 1).word(0x60000011, 3).word(0x60000100, 16).word(0x60000102, 15);
    CHECK(painted(image, Window{1, 2}) == Levels{255, 0, 255});
}

TEST_CASE("picture: an overlay that is cut short costs the overlay alone") {
    Sketch image(3, {0, 0, 0});
    overlay(image, 500, 500, 1, 1, "12");
    CHECK(painted(image, Window{1, 2}) == Levels{0, 0, 0});
}

TEST_CASE("picture: it has the frame's size, where pixels are squares") {
    CHECK(shape_of(rendered(wide()).jpeg) == Shape{40, 20});
}

TEST_CASE("picture: pixels that are no squares are shown as they are, and none gets smaller") {
    CHECK(shape_of(rendered(wide().text(0x00280034, "IS", "2\\1")).jpeg) == Shape{40, 40});
    CHECK(shape_of(rendered(wide().text(0x00280034, "IS", "1\\2")).jpeg) == Shape{80, 20});
    CHECK(shape_of(rendered(wide().text(0x00280030, "DS", "1.5\\0.5")).jpeg) == Shape{40, 60});
    // Nobody's pixels are a thousand times as high as wide.
    CHECK(shape_of(rendered(wide().text(0x00280034, "IS", "1000\\1")).jpeg) == Shape{40, 20});
    CHECK(shape_of(rendered(wide().text(0x00280034, "IS", "1\\0")).jpeg) == Shape{40, 20});
}

TEST_CASE("picture: a viewport is touched from inside") {
    Rendition rendition;
    rendition.viewport = Viewport{100, 100};
    CHECK(shape_of(rendered(wide(), rendition).jpeg) == Shape{100, 50});
    rendition.viewport = Viewport{100, 10};
    CHECK(shape_of(rendered(wide(), rendition).jpeg) == Shape{20, 10});
    rendition.viewport = Viewport{10, 100};
    CHECK(shape_of(rendered(wide().text(0x00280034, "IS", "2\\1"), rendition).jpeg) == Shape{10, 10});
    rendition.viewport = Viewport{100, 100, Region{0, 0, 10, 20}};
    CHECK(shape_of(rendered(wide(), rendition).jpeg) == Shape{50, 100});
}

TEST_CASE("picture: of a region as much is shown as lies inside of the frame") {
    Rendition rendition;
    rendition.viewport = Viewport{100, 100, Region{0, 0, 65'536, 65'536}};
    CHECK(shape_of(rendered(wide(), rendition).jpeg) == Shape{100, 50});
    rendition.viewport = Viewport{100, 100, Region{30, -5, 1'000, 15}};
    CHECK(shape_of(rendered(wide(), rendition).jpeg) == Shape{100, 100});
    for (const Region& outside : {Region{40, 0, 10, 10}, Region{0, -10, 10, 10}}) {
        const std::vector<std::byte> blob = wide().blob();
        MemoryBytes bytes(blob);
        const RenderOrder order{blob.size(), 1'000'000, 0, {0, {}, Viewport{10, 10, outside}}};
        CHECK(std::get<NoPicture>(render(bytes, order)) == NoPicture::no_such_region);
    }
}

TEST_CASE("picture: a thumbnail fits its box, and is never larger than the picture") {
    CHECK(shape_of(rendered(wide(), {}, 10).thumbnail) == Shape{10, 5});
    CHECK(shape_of(rendered(wide(), {}, 100).thumbnail) == Shape{40, 20});
    CHECK(rendered(wide()).thumbnail.empty());
}

TEST_CASE("picture: a picture of too many pixels is refused, and so is one of a side that no JPEG has") {
    const std::vector<std::byte> blob = wide().blob();
    MemoryBytes bytes(blob);
    RenderOrder order{blob.size(), 1'000'000, 0, {}};
    order.rendition.viewport = Viewport{2000, 2000};
    CHECK(std::get<NoPicture>(render(bytes, order)) == NoPicture::too_many_pixels);
    order.rendition.viewport = Viewport{100'000, 1, Region{0, 0, 40, 0.0001}};
    CHECK(std::get<NoPicture>(render(bytes, order)) == NoPicture::too_many_pixels);
}

TEST_CASE("picture: quality costs bytes") {
    Levels noise;
    for (unsigned i = 0; i < 64 * 64; ++i) noise.push_back(static_cast<int>(i * 2654435761U >> 20));
    Rendition coarse, fine;
    coarse.quality = 5;
    fine.quality = 95;
    CHECK(rendered(Sketch(64, noise), coarse).jpeg.size() < rendered(Sketch(64, noise), fine).jpeg.size());
}

TEST_CASE("scale: the whole in its own size is itself") {
    const Raster raster = ramp(3, 2);
    CHECK(scaled(raster, {0, 0, 3, 2}, {3, 2}).samples == raster.samples);
}

TEST_CASE("scale: what shrinks is averaged") {
    CHECK(samples(scaled(ramp(4, 2), {0, 0, 4, 2}, {2, 1})) == Levels{25, 45});
    CHECK(samples(scaled(ramp(3, 1), {0, 0, 3, 1}, {2, 1})) == Levels{3, 17});
}

TEST_CASE("scale: what grows lies on the line between its neighbours") {
    CHECK(samples(scaled(ramp(2, 1), {0, 0, 2, 1}, {4, 1})) == Levels{0, 3, 8, 10});
}

TEST_CASE("scale: a region is cut out, and turned") {
    CHECK(samples(scaled(ramp(3, 3), {1, 1, 2, 2}, {2, 2})) == Levels{40, 50, 70, 80});
    CHECK(samples(scaled(ramp(3, 1), {0, 0, 3, 1, true}, {3, 1})) == Levels{20, 10, 0});
    CHECK(samples(scaled(ramp(1, 3), {0, 0, 1, 3, false, true}, {1, 3})) == Levels{20, 10, 0});
}

TEST_CASE("scale: channels don't mix") {
    const Raster raster{2, 1, 3, {0, 50, 100, 20, 70, 120}};
    CHECK(samples(scaled(raster, {0, 0, 2, 1}, {1, 1})) == Levels{10, 60, 110});
}
