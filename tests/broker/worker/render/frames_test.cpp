// Which bytes are taken for which frame, and that the others are not read.
#include <doctest/doctest.h>
#include <zlib.h>

#include "broker/worker/dcmtk_codecs.h"
#include "tests/broker/worker/render/sketch.h"

using namespace broker::worker;
using sketch::painted;
using sketch::Sketch;
using sketch::words;
using Levels = std::vector<int>;

namespace {

constexpr std::uint32_t frames = 0x00280008;

/// One frame of 2 by 1 pixels of 8 bits as run lengths (PS3.5 G): a header of 64 bytes, then one literal run.
std::string rle_frame(int left, int right) {
    std::string frame(64, '\0');
    frame[0] = 1;
    frame[4] = 64;
    return frame + std::string{1, static_cast<char>(left), static_cast<char>(right), 0};
}

Sketch small(int frame_count) {
    Sketch image(2, {});
    image.word(0x00280010, 1).word(0x00280100, 8).word(0x00280101, 8).word(0x00280102, 7);
    return image.text(frames, "IS", std::to_string(frame_count));
}

std::string offsets(const std::vector<std::uint64_t>& values, unsigned size) {
    std::string bytes;
    for (const std::uint64_t each : values)
        for (unsigned i = 0; i < size; ++i) bytes += static_cast<char>(each >> (8 * i) & 0xFF);
    return bytes;
}

Levels shown(const Sketch& image, std::uint32_t frame, std::string_view syntax = sketch::rle) {
    const PaintedFrame result = sketch::paint(image, {frame}, syntax);
    return {result.raster.samples.begin(), result.raster.samples.end()};
}

/// Counts what is read.
class Counting : public MemoryBytes {
public:
    using MemoryBytes::MemoryBytes;
    void read(std::uint64_t offset, std::span<std::byte> into) override {
        count += into.size();
        MemoryBytes::read(offset, into);
    }
    std::uint64_t count = 0;
};

const std::vector<std::string> three{rle_frame(1, 2), rle_frame(3, 4), rle_frame(5, 6)};
constexpr std::uint64_t item_bytes = 8 + 68;

}  // namespace

TEST_CASE("frames: each has its own fragment") {
    const Sketch image = small(3).fragments(three);
    CHECK(shown(image, 1) == Levels{1, 2});
    CHECK(shown(image, 2) == Levels{3, 4});
    CHECK(shown(image, 3) == Levels{5, 6});
    CHECK(sketch::refused(image, sketch::rle, 4) == NoPicture::no_such_frame);
}

TEST_CASE("frames: the one in the middle stands for all, or the one that is named") {
    Sketch image = small(3).fragments(three);
    CHECK(shown(image, 0) == Levels{3, 4});
    CHECK(sketch::paint(image, {}, sketch::rle).frame == 2);
    CHECK(sketch::paint(image, {}, sketch::rle).frame_count == 3);
    CHECK(shown(image.word(0x00286010, 3), 0) == Levels{5, 6});
    CHECK(shown(image.word(0x00286010, 4), 0) == Levels{3, 4});
}

TEST_CASE("frames: an offset table leads to a frame of several fragments") {
    // The table says what counting cannot: the second frame has two fragments.
    const std::vector<std::string> split{three[0], three[1].substr(0, 66), three[1].substr(66), three[2]};
    const std::uint64_t third = item_bytes + 8 + 66 + 8 + 2;
    const Sketch image = small(3).fragments(split, offsets({0, item_bytes, third}, 4));
    CHECK(shown(image, 2) == Levels{3, 4});
    CHECK(shown(image, 3) == Levels{5, 6});
    SUBCASE("without it nobody knows") {
        CHECK(sketch::refused(small(3).fragments(split), sketch::rle, 2) == NoPicture::misplaced);
    }
    SUBCASE("one that leads nowhere is no better than none") {
        CHECK(sketch::refused(small(3).fragments(split, offsets({0, 5, 7}, 4)), sketch::rle, 2) ==
              NoPicture::misplaced);
        CHECK(sketch::refused(small(3).fragments(split, offsets({0, 1U << 31, 0xFFFFFFFF}, 4)), sketch::rle, 2) ==
              NoPicture::misplaced);
    }
}

TEST_CASE("frames: an offset table that is wrong is not believed where the fragments say better") {
    CHECK(shown(small(3).fragments(three, offsets({0, 4, 8}, 4)), 3) == Levels{5, 6});
    CHECK(shown(small(3).fragments(three, offsets({0, 0, 0}, 4)), 2) == Levels{3, 4});
}

TEST_CASE("frames: the extended offset table is believed first") {
    Sketch image = small(3).fragments(three);
    image.set(0x7FE00001, "OV", offsets({2 * item_bytes, item_bytes, 0}, 8));
    image.set(0x7FE00002, "OV", offsets({68, 68, 68}, 8));
    CHECK(shown(image, 1) == Levels{5, 6});
    SUBCASE("unless it leads outside of the value") {
        image.set(0x7FE00001, "OV", offsets({1ULL << 40, item_bytes, 0xFFFFFFFFFFFFFFFF}, 8));
        CHECK(shown(image, 1) == Levels{1, 2});
        CHECK(shown(image, 3) == Levels{5, 6});
    }
    SUBCASE("unless its lengths do") {
        image.set(0x7FE00002, "OV", offsets({1ULL << 40, 68, 68}, 8));
        CHECK(shown(image, 1) == Levels{1, 2});
    }
}

TEST_CASE("frames: run lengths that end early, or have other segments, are no frame") {
    const std::string whole = three[0];
    const auto refused = [](const std::string& frame) {
        return sketch::refused(small(1).fragments({frame}), sketch::rle, 1) == NoPicture::undecodable;
    };
    CHECK(refused(whole.substr(0, 66)));
    CHECK(refused(whole.substr(0, 64)));
    CHECK(refused(whole.substr(0, 10)));
    std::string other = whole;
    other[0] = 2;
    CHECK(refused(other));
    other = whole;
    other[4] = 100;
    CHECK(refused(other));
    // A run of 2 by one byte, one that says nothing, and one that is longer than the frame.
    CHECK(shown(small(1).fragments({whole.substr(0, 64) + std::string("\xFF\x07", 2)}), 1) == Levels{7, 7});
    CHECK(shown(small(1).fragments({whole.substr(0, 64) + std::string("\x80\x00\x03\x00\x04\x80", 6)}), 1) ==
          Levels{3, 4});
    CHECK(shown(small(1).fragments({whole.substr(0, 64) + std::string("\x81\x07", 2)}), 1) == Levels{7, 7});
}

TEST_CASE("frames: an odd row of halved colour is no picture, and whole colour in run lengths is one") {
    Sketch image(3, {});
    image.word(0x00280010, 1).word(0x00280002, 3).text(0x00280004, "CS", "YBR_FULL_422").word(0x00280006, 0);
    image.word(0x00280100, 8).word(0x00280101, 8).word(0x00280102, 7);
    // A stored block of 6 bytes: two luma and their chroma, and then half of the next.
    image.fragments({std::string("\x01\x06\x00\xF9\xFF\x10\x10\x80\x80\x10\x10\x00", 12)});
    CHECK(sketch::refused(image, "1.2.840.10008.1.2.8.1") == NoPicture::impossible);
    std::string frame(64, '\0');
    frame[0] = 3;
    for (int i = 0; i < 3; ++i) frame[static_cast<std::size_t>(4 + 4 * i)] = static_cast<char>(64 + 2 * i);
    frame += std::string("\xFE\xEB\xFE\x80\xFE\x80", 6);
    for (const char* colour : {"YBR_FULL_422", "YBR_PARTIAL_422"}) {
        image.text(0x00280004, "CS", colour).fragments({frame});
        CHECK(shown(image, 1).size() == 9);
    }
    CHECK(shown(image, 1) == Levels(9, 255));
}

TEST_CASE("frames: Number of Frames 0 is one frame") {
    CHECK(shown(small(0).fragments({three[0]}), 0) == Levels{1, 2});
}

TEST_CASE("frames: of one frame all fragments are its") {
    CHECK(shown(small(1).fragments({three[0].substr(0, 66), three[0].substr(66)}), 1) == Levels{1, 2});
}

TEST_CASE("frames: nothing but the frame that is asked for is read") {
    constexpr std::uint32_t side = 256, count = 50;
    Sketch image(side, {});
    image.word(0x00280010, side).text(frames, "IS", std::to_string(count));
    image.set(0x7FE00010, "OW", std::string(std::size_t{side} * side * 2 * count, '\1'));
    Counting bytes(image.blob());
    paint(bytes, {40, {}, 1'000'000});
    CHECK(bytes.count < 2 * side * side * 2);
}

TEST_CASE("frames: of fragments only the heads are read on the way") {
    std::vector<std::string> many(200, rle_frame(1, 2) + std::string(10'000, '\0'));
    many[150] = rle_frame(7, 8);
    const Sketch image = small(200).fragments(many);
    start_codecs();
    Counting bytes(image.blob(sketch::rle));
    CHECK(paint(bytes, {151, {}, 1'000'000}).raster.samples == std::vector<std::uint8_t>{7, 8});
    CHECK(bytes.count < 40'000);
}

TEST_CASE("frames: a deflated frame is inflated") {
    std::string plain("\x0A\x0B", 2), packed(100, '\0');
    z_stream stream{};
    REQUIRE(deflateInit2(&stream, 9, Z_DEFLATED, -MAX_WBITS, 9, Z_DEFAULT_STRATEGY) == Z_OK);
    stream.next_in = reinterpret_cast<Bytef*>(plain.data());
    stream.avail_in = 2;
    stream.next_out = reinterpret_cast<Bytef*>(packed.data());
    stream.avail_out = 100;
    REQUIRE(deflate(&stream, Z_FINISH) == Z_STREAM_END);
    packed.resize(stream.total_out + stream.total_out % 2);
    deflateEnd(&stream);
    CHECK(shown(small(1).fragments({packed}), 1, "1.2.840.10008.1.2.8.1") == Levels{10, 11});
    CHECK(sketch::refused(small(1).fragments({packed.substr(0, 2)}), "1.2.840.10008.1.2.8.1") == NoPicture::truncated);
}
