// What is shown of pixels in colour.
#include <doctest/doctest.h>

#include "tests/broker/worker/render/sketch.h"

using namespace broker::worker;
using sketch::painted;
using sketch::Sketch;
using sketch::words;
using Levels = std::vector<int>;

namespace {

constexpr std::uint32_t photometric = 0x00280004, planar = 0x00280006, pixels = 0x7FE00010;

/// Two pixels side by side, of 8 bits.
Sketch colour(const std::string& interpretation, const std::string& bytes) {
    Sketch image(2, {});
    image.word(0x00280002, 3).text(photometric, "CS", interpretation).word(planar, 0);
    image.word(0x00280010, 1).word(0x00280100, 8).word(0x00280101, 8).word(0x00280102, 7);
    image.set(pixels, "OB", bytes);
    return image;
}

std::string bytes(const Levels& values) {
    std::string all;
    for (const int value : values) all += static_cast<char>(value);
    return all;
}

Sketch palette(const Levels& descriptor, const Levels& red, const Levels& green, const Levels& blue) {
    Sketch image(3, {0, 1, 2});
    image.text(photometric, "CS", "PALETTE COLOR").word(0x00280101, 16).word(0x00280102, 15);
    for (const std::uint32_t each : {0x00281101U, 0x00281102U, 0x00281103U}) image.set(each, "US", words(descriptor));
    image.set(0x00281201, "OW", words(red)).set(0x00281202, "OW", words(green)).set(0x00281203, "OW", words(blue));
    return image;
}

}  // namespace

TEST_CASE("colour: RGB is what it is, by pixel and by plane") {
    const Levels shown{1, 2, 3, 4, 5, 6};
    CHECK(painted(colour("RGB", bytes(shown))) == shown);
    CHECK(painted(colour("RGB", bytes({1, 4, 2, 5, 3, 6})).word(planar, 1)) == shown);
}

TEST_CASE("colour: of 16 bits the upper ones are shown") {
    Sketch image = colour("RGB", "");
    image.word(0x00280100, 16).word(0x00280101, 12).word(0x00280102, 11);
    image.set(pixels, "OW", words({0xFFF, 0x800, 0x010, 0, 0, 0x00F}));
    CHECK(painted(image) == Levels{255, 128, 1, 0, 0, 0});
}

TEST_CASE("colour: YBR_FULL becomes RGB") {
    // Grey, and the pure colours of ITU-R BT.601.
    CHECK(painted(colour("YBR_FULL", bytes({100, 128, 128, 76, 85, 255}))) == Levels{100, 100, 100, 254, 0, 0});
    CHECK(painted(colour("YBR_FULL", bytes({150, 44, 21, 29, 255, 107}))) == Levels{0, 255, 1, 0, 0, 254});
}

TEST_CASE("colour: two pixels of YBR_FULL_422 share their chroma") {
    CHECK(painted(colour("YBR_FULL_422", bytes({100, 200, 128, 128}))) == Levels{100, 100, 100, 200, 200, 200});
    CHECK(painted(colour("YBR_FULL_422", bytes({76, 76, 85, 255}))) == Levels{254, 0, 0, 254, 0, 0});
}

TEST_CASE("colour: YBR_PARTIAL_422 leaves foot and head room") {
    CHECK(painted(colour("YBR_PARTIAL_422", bytes({16, 235, 128, 128}))) == Levels{0, 0, 0, 255, 255, 255});
}

TEST_CASE("colour: an odd row cannot share chroma") {
    Sketch image = colour("YBR_FULL_422", bytes({1, 2, 3, 4, 5, 6}));
    CHECK(sketch::refused(image.word(0x00280011, 3)) == NoPicture::impossible);
    // As JPEG it can: then it is only no JPEG.
    CHECK(sketch::refused(image.fragments({"no JPEG"}), sketch::jpeg) == NoPicture::undecodable);
}

TEST_CASE("colour: a palette of 16 and of 8 bits") {
    const Levels shown{0, 0, 255, 128, 64, 0, 255, 255, 1};
    CHECK(painted(palette({3, 0, 16}, {0, 0x8000, 0xFFFF}, {0, 0x4000, 0xFFFF}, {0xFFFF, 0, 0x0100})) == shown);
    // 16 bits that are said, and 8 that are meant.
    CHECK(painted(palette({3, 0, 16}, {0, 128, 255}, {0, 64, 255}, {255, 0, 1})) == shown);
    CHECK(painted(palette({3, 0, 8}, {0, 128, 255}, {0, 64, 255}, {255, 0, 1})) == shown);
}

TEST_CASE("colour: below the first entry of a palette is the first, above the last is the last") {
    CHECK(painted(palette({1, 1, 8}, {10}, {20}, {30})) == Levels{10, 20, 30, 10, 20, 30, 10, 20, 30});
}

TEST_CASE("colour: a segmented palette is expanded") {
    Sketch image(6, {0, 1, 2, 3, 4, 5});
    image.text(photometric, "CS", "PALETTE COLOR").word(0x00280101, 16).word(0x00280102, 15);
    for (const std::uint32_t each : {0x00281101U, 0x00281102U, 0x00281103U}) image.set(each, "US", words({6, 0, 16}));
    // One value, then three up to another; then the third segment once more, by its place in bytes.
    const Levels segments{0, 1, 0x1000, 1, 3, 0x4000, 0, 1, 0xFF00, 2, 1, 12, 0};
    for (const std::uint32_t each : {0x00281221U, 0x00281222U, 0x00281223U}) image.set(each, "OW", words(segments));
    const Levels shown = painted(image);
    CHECK(Levels{shown[0], shown[3], shown[6], shown[9], shown[12], shown[15]} ==
          Levels{0x10, 0x20, 0x30, 0x40, 0xFF, 0xFF});
}

TEST_CASE("colour: a segmented palette of 8 bits has numbers of 8 bits") {
    Sketch image(5, {0, 1, 2, 3, 4});
    image.text(photometric, "CS", "PALETTE COLOR").word(0x00280101, 16).word(0x00280102, 15);
    for (const std::uint32_t each : {0x00281101U, 0x00281102U, 0x00281103U}) image.set(each, "US", words({5, 0, 8}));
    // One value, two up to another; then the first segment once more.
    const std::string segments = bytes({0, 1, 10, 1, 2, 30, 2, 1, 0, 0, 0, 0, 0, 1, 200, 0});
    for (const std::uint32_t each : {0x00281221U, 0x00281222U, 0x00281223U}) image.set(each, "OW", segments);
    const Levels shown = painted(image);
    CHECK(Levels{shown[0], shown[3], shown[6], shown[9], shown[12]} == Levels{10, 20, 30, 10, 200});
}

TEST_CASE("colour: a palette that repeats itself without end makes no picture") {
    Sketch image = palette({6, 0, 16}, {}, {}, {});
    for (const std::uint32_t each : {0x00281221U, 0x00281222U, 0x00281223U})
        image.set(each, "OW", words({2, 65535, 0, 0}));
    CHECK(sketch::refused(image) == NoPicture::impossible);
}

TEST_CASE("colour: a palette without one of its colours makes no picture") {
    CHECK(sketch::refused(palette({3, 0, 16}, {0, 1, 2}, {0, 1, 2}, {})) == NoPicture::incomplete);
}

TEST_CASE("colour: other colours are said to be beyond us") {
    CHECK(sketch::refused(colour("HSV", bytes({1, 2, 3, 4, 5, 6}))) == NoPicture::unsupported);
    CHECK(sketch::refused(colour("RGB", bytes({1, 2})).word(0x00280002, 1)) == NoPicture::impossible);
}
