// What is shown of a stored value of a grey image, by the formulas of PS3.3 C.11.
#include <doctest/doctest.h>

#include <cmath>
#include <numeric>

#include "tests/broker/worker/render/sketch.h"

using namespace broker::worker;
using sketch::element;
using sketch::painted;
using sketch::Sketch;
using sketch::words;
using Levels = std::vector<int>;

namespace {

constexpr std::uint32_t photometric = 0x00280004, frames = 0x00280008, allocated = 0x00280100, stored = 0x00280101,
                        high_bit = 0x00280102, representation = 0x00280103, padding = 0x00280120,
                        padding_limit = 0x00280121, centre = 0x00281050, width = 0x00281051, intercept = 0x00281052,
                        slope = 0x00281053, function = 0x00281056, modality_lut = 0x00283000, voi_lut = 0x00283010,
                        shape = 0x20500020, shared_groups = 0x52009229, own_groups = 0x52009230, pixels = 0x7FE00010;

Window window(double c, double w, WindowFunction f = WindowFunction::linear) {
    return {c, w, f};
}

/// As the standard writes it, with its three cases.
int by_the_standard(double x, const Window& w) {
    constexpr double low = 0, high = 255;
    const double c = w.centre, full = w.width;
    if (w.function == WindowFunction::sigmoid)
        return static_cast<int>(std::lround((high - low) / (1 + std::exp(-4 * (x - c) / full)) + low));
    if (w.function == WindowFunction::linear_exact) {
        if (x <= c - full / 2) return 0;
        if (x > c + full / 2) return 255;
        return static_cast<int>(std::lround(((x - c) / full + 0.5) * (high - low) + low));
    }
    if (x <= c - 0.5 - (full - 1) / 2) return 0;
    if (x > c - 0.5 + (full - 1) / 2) return 255;
    return static_cast<int>(std::lround(((x - (c - 0.5)) / (full - 1) + 0.5) * (high - low) + low));
}

Levels all_of_12_bits() {
    Levels values(4096);
    std::iota(values.begin(), values.end(), 0);
    return values;
}

std::string lut_item(const Levels& descriptor, const Levels& data) {
    return element(0x00283002, "US", words(descriptor)) + element(0x00283006, "OW", words(data));
}

}  // namespace

TEST_CASE("grey: every stored value is what each VOI LUT Function makes of it") {
    const Sketch image(64, all_of_12_bits());
    for (const WindowFunction each : {WindowFunction::linear, WindowFunction::linear_exact, WindowFunction::sigmoid})
        for (const Window& w :
             {window(2048, 4096, each), window(600, 350, each), window(1000.5, 1.5, each), window(-100, 400, each)}) {
            const Levels shown = painted(image, w);
            for (int value = 0; value < 4096; ++value)
                REQUIRE(shown[static_cast<std::size_t>(value)] == by_the_standard(value, w));
        }
}

TEST_CASE("grey: a window of width 1 cuts in two") {
    CHECK(painted(Sketch(3, {9, 10, 11}), window(10.5, 1)) == Levels{0, 0, 255});
}

TEST_CASE("grey: the image's own first window counts, and its function") {
    Sketch image(3, {0, 100, 200});
    image.text(centre, "DS", "100\\40").text(width, "DS", "201\\400");
    CHECK(painted(image) == Levels{by_the_standard(0, window(100, 201)), by_the_standard(100, window(100, 201)),
                                   by_the_standard(200, window(100, 201))});
    image.text(function, "CS", "SIGMOID");
    CHECK(painted(image)[0] == by_the_standard(0, window(100, 201, WindowFunction::sigmoid)));
    image.text(function, "CS", "LINEAR_EXACT");
    CHECK(painted(image)[0] == by_the_standard(0, window(100, 201, WindowFunction::linear_exact)));
    SUBCASE("one of no width is none") {
        image.text(width, "DS", "0");
        CHECK(painted(image) == Levels{0, 128, 255});
    }
    SUBCASE("where the first is none the next one counts") {
        image.text(centre, "DS", "\\100").text(width, "DS", "\\201").set(function, "CS", "");
        CHECK(sketch::paint(image).window == window(100, 201));
    }
    SUBCASE("one that is no number is none") {
        image.text(width, "DS", "wide");
        CHECK(painted(image) == Levels{0, 128, 255});
    }
}

TEST_CASE("grey: rescale comes before the window") {
    Sketch image(3, {0, 512, 1024});
    image.text(slope, "DS", "2").text(intercept, "DS", "-1024");
    CHECK(painted(image, window(0, 2049)) == Levels{0, 128, 255});
    SUBCASE("a slope of nothing is none") {
        image.text(slope, "DS", "0");
        CHECK(painted(image, window(512.5, 1025)) == Levels{0, 128, 255});
    }
}

TEST_CASE("grey: signed values are below zero") {
    Sketch image(3, {-100, 0, 100});
    image.word(representation, 1);
    SUBCASE("of 16 bits") {
        image.word(stored, 16).word(high_bit, 15);
    }
    SUBCASE("of 12 bits, with others above them") {
        image.set(pixels, "OW", words({0xA000 | (0x1000 - 100), 0x5000, 0x7000 | 100}));
    }
    CHECK(painted(image, window(0.5, 201)) == Levels{0, 128, 255});
}

TEST_CASE("grey: the stored bits may lie higher in their cells") {
    Sketch image(3, {0x000F, 0x1007, 0x2003});
    image.word(stored, 12).word(high_bit, 15);
    CHECK(painted(image, window(0x100 + 0.5, 0x201)) == Levels{0, 128, 255});
}

TEST_CASE("grey: MONOCHROME1 and Presentation LUT Shape INVERSE turn black and white") {
    Sketch image(3, {0, 100, 200});
    SUBCASE("MONOCHROME1") {
        image.text(photometric, "CS", "MONOCHROME1");
    }
    SUBCASE("INVERSE") {
        image.text(shape, "CS", "INVERSE");
    }
    SUBCASE("both say the same") {
        image.text(photometric, "CS", "MONOCHROME1").text(shape, "CS", "INVERSE");
    }
    CHECK(painted(image, window(100.5, 201)) == Levels{255, 128, 0});
}

TEST_CASE("grey: where they contradict each other the shape is right") {
    Sketch image(3, {0, 100, 200});
    image.text(photometric, "CS", "MONOCHROME1").text(shape, "CS", "IDENTITY");
    CHECK(painted(image, window(100.5, 201)) == Levels{0, 128, 255});
}

TEST_CASE("grey: a Modality LUT stands in for rescale") {
    Sketch image(4, {5, 10, 11, 12});
    image.text(slope, "DS", "9").sequence(modality_lut, {lut_item({2, 10, 16}, {1000, 3000})});
    // What is below the first entry is the first, what is above the last is the last.
    CHECK(painted(image, window(2000.5, 2001)) == Levels{0, 0, 255, 255});
}

TEST_CASE("grey: of an angiogram with a Modality LUT the stored values are shown") {
    Sketch image(3, {0, 100, 200});
    image.text(0x00080016, "UI", "1.2.840.10008.5.1.4.1.1.12.1");
    image.sequence(modality_lut, {lut_item({2, 0, 16}, {5, 6})});
    CHECK(painted(image, window(100.5, 201)) == Levels{0, 128, 255});
}

TEST_CASE("grey: a VOI LUT is used where there is no window, and a window goes before it") {
    Sketch image(4, {0, 1, 2, 3});
    image.sequence(voi_lut, {lut_item({3, 1, 8}, {10, 20, 30})});
    CHECK(painted(image) == Levels{10, 10, 20, 30});
    CHECK_FALSE(sketch::paint(image).window);
    image.text(centre, "DS", "1.5").text(width, "DS", "3");
    CHECK(painted(image) == Levels{0, 128, 255, 255});
}

TEST_CASE("grey: a VOI LUT of 8 bits may come in bytes") {
    Sketch image(2, {0, 2});
    image.sequence(voi_lut, {element(0x00283002, "US", words({3, 0, 8})) +
                             element(0x00283006, "OW", std::string("\x0A\x14\x1E\x00", 4))});
    CHECK(painted(image) == Levels{10, 30});
}

TEST_CASE("grey: a LUT that says too few bits is believed by its largest entry") {
    Sketch image(2, {0, 1});
    image.sequence(voi_lut, {lut_item({2, 0, 8}, {0, 4095})});
    CHECK(painted(image) == Levels{0, 255});
}

TEST_CASE("grey: a LUT of 16 bits whose entries have 12, or 8, is as bright as it was meant") {
    Sketch image(2, {0, 1});
    image.sequence(voi_lut, {lut_item({2, 0, 16}, {2048, 4095})});
    CHECK(painted(image) == Levels{128, 255});
    image.sequence(voi_lut, {lut_item({2, 0, 16}, {128, 255})});
    CHECK(painted(image) == Levels{128, 255});
    image.sequence(voi_lut, {lut_item({2, 0, 16}, {0, 8191})});
    CHECK(painted(image) == Levels{0, 32});
}

TEST_CASE("grey: a LUT with fewer entries than it says makes no picture") {
    Sketch image(2, {0, 1});
    image.sequence(voi_lut, {lut_item({300, 0, 16}, {0, 4095})});
    CHECK(sketch::refused(image) == NoPicture::impossible);
}

TEST_CASE("grey: without a window, all but the outermost hundredth of the values is shown") {
    Levels values(1000, 500);
    values[0] = 4000;
    for (std::size_t i = 1; i <= 100; ++i) values[i] = 100;
    for (std::size_t i = 101; i <= 200; ++i) values[i] = 900;
    const auto result = sketch::paint(Sketch(100, values));
    CHECK(result.window == window(500.5, 801));
    CHECK(result.raster.samples[0] == 255);
    CHECK(result.raster.samples[1] == 0);
    CHECK(result.raster.samples[500] == 128);
}

TEST_CASE("grey: padding is no value, and black") {
    Sketch image(4, {4095, 100, 200, 300});
    image.word(padding, 4095);
    SUBCASE("one value") {
        CHECK(painted(image) == Levels{0, 0, 128, 255});
    }
    SUBCASE("where low values are white") {
        image.text(photometric, "CS", "MONOCHROME1");
        CHECK(painted(image) == Levels{0, 255, 128, 0});
    }
    SUBCASE("a range, whichever end is named first") {
        image.word(padding, 4095).word(padding_limit, 250);
        CHECK(painted(image) == Levels{0, 0, 255, 0});
    }
    SUBCASE("nothing but padding is black") {
        CHECK(painted(Sketch(2, {7, 7}).word(padding, 7)) == Levels{0, 0});
    }
}

TEST_CASE("grey: what has 8 bits is shown whole") {
    Sketch image(4, {});
    image.word(0x00280010, 1).word(allocated, 8).word(stored, 8).word(high_bit, 7);
    image.set(pixels, "OB", std::string("\x00\x01\x80\xFF", 4));
    CHECK(painted(image) == Levels{0, 1, 128, 255});
    image.word(representation, 1);
    CHECK(painted(image) == Levels{128, 129, 0, 127});
}

TEST_CASE("grey: one bit is black or white, also where a frame begins within a byte") {
    Sketch image(3, {});
    image.word(0x00280010, 1).word(allocated, 1).word(stored, 1).word(high_bit, 0).text(frames, "IS", "3");
    image.set(pixels, "OB", std::string("\xA9\x00", 2));  // 100 101 010
    CHECK(painted(image, {}, 1) == Levels{255, 0, 0});
    CHECK(painted(image, {}, 2) == Levels{255, 0, 255});
    CHECK(painted(image, {}, 3) == Levels{0, 255, 0});
}

TEST_CASE("grey: 12 bits may be packed, one behind the other") {
    Sketch image(3, {});
    image.word(0x00280010, 1).word(allocated, 12).word(stored, 12).word(high_bit, 11).text(frames, "IS", "2");
    // 123, 456, 789 and ABC, DEF, 012: the second frame begins within a byte.
    image.set(pixels, "OW", std::string("\x23\x61\x45\x89\xC7\xAB\xEF\x2D\x01\x00", 10));
    const auto levels = [](const Levels& values) {
        Levels shown;
        for (const int each : values) shown.push_back(by_the_standard(each, {2048, 4096}));
        return shown;
    };
    CHECK(painted(image, window(2048, 4096), 1) == levels({0x123, 0x456, 0x789}));
    CHECK(painted(image, window(2048, 4096), 2) == levels({0xABC, 0xDEF, 0x012}));
}

TEST_CASE("grey: 24 bits are shown as they stand for") {
    Sketch image(3, {});
    image.word(0x00280010, 1).word(allocated, 24).word(stored, 24).word(high_bit, 23);
    image.set(pixels, "OW", std::string("\x00\x00\x00\x00\x00\x40\x00\x00\x80\x00", 10));
    const double half = 0x400000;
    CHECK(painted(image, window(half, 2 * half, WindowFunction::linear_exact)) == Levels{0, 128, 255});
}

TEST_CASE("grey: 32 bits are shown as they stand for") {
    Sketch image(3, {});
    image.word(0x00280010, 1).word(allocated, 32).word(stored, 32).word(high_bit, 31);
    image.set(pixels, "OW", words({0, 0, 0, 0x4000, 0, 0x8000})).text(slope, "DS", "1e-9");
    const double half = 1.073741824;
    CHECK(painted(image, window(half, 2 * half, WindowFunction::linear_exact)) == Levels{0, 128, 255});
    CHECK(painted(image) == Levels{0, 128, 255});
}

TEST_CASE("grey: of an enhanced image each frame has its own rescale and window, or the shared one") {
    const auto transformation = [](const std::string& of_slope) {
        return element(0x00289145, "SQ",
                       support::DataSet{}
                           .add_item_head(support::item, support::undefined_length)
                           .raw(element(intercept, "DS", "0") + element(slope, "DS", of_slope))
                           .add_item_head(support::item_delimiter, 0)
                           .text());
    };
    const std::string voi_content = element(centre, "DS", "200.5") + element(width, "DS", "401");
    const std::string voi = element(0x00289132, "SQ",
                                    support::DataSet{}
                                        .add_item_head(support::item, static_cast<std::uint32_t>(voi_content.size()))
                                        .raw(voi_content)
                                        .text());
    Sketch image(1, {100, 100, 100});
    image.word(0x00280010, 1).text(frames, "IS", "3");
    image.text(centre, "DS", "1").text(width, "DS", "1");
    image.sequence(shared_groups, {transformation("1") + voi});
    image.sequence(own_groups, {element(0x00209153, "LO", "x"), transformation("2"), transformation("4")});
    CHECK(painted(image, {}, 1) == Levels{64});
    CHECK(painted(image, {}, 2) == Levels{128});
    CHECK(painted(image, {}, 3) == Levels{255});
}
