// What is wrong with an image is said, before memory is taken for it.
#include <doctest/doctest.h>

#include "tests/broker/worker/render/sketch.h"

using namespace broker::worker;
using sketch::refused;
using sketch::Sketch;
using sketch::words;

namespace {

constexpr std::uint32_t samples = 0x00280002, frames = 0x00280008, rows = 0x00280010, columns = 0x00280011,
                        allocated = 0x00280100, stored = 0x00280101, high_bit = 0x00280102, pixels = 0x7FE00010;

Sketch good() {
    return Sketch(2, {1, 2, 3, 4});
}

}  // namespace

TEST_CASE("faults: what has no pixels has no picture") {
    CHECK(refused(good().set(pixels, "OW", "")) == NoPicture::no_pixels);
    CHECK(refused(Sketch(1, {}).set(rows, "US", "")) == NoPicture::no_pixels);
}

TEST_CASE("faults: what pixels need and isn't there") {
    for (const std::uint32_t each : {rows, columns, allocated})
        CHECK_MESSAGE(refused(good().set(each, "US", "")) == NoPicture::incomplete, each);
    CHECK(refused(good().word(samples, 3).set(0x00280004, "CS", "")) == NoPicture::incomplete);
}

TEST_CASE("faults: attributes that cannot be") {
    CHECK(refused(good().word(rows, 0)) == NoPicture::impossible);
    CHECK(refused(good().word(columns, 0)) == NoPicture::impossible);
    CHECK(refused(good().word(stored, 0)) == NoPicture::impossible);
    CHECK(refused(good().word(stored, 17)) == NoPicture::impossible);
    CHECK(refused(good().word(high_bit, 16)) == NoPicture::impossible);
    CHECK(refused(good().word(allocated, 65535)) == NoPicture::impossible);
    CHECK(refused(good().word(samples, 3)) == NoPicture::impossible);
    for (const char* each : {"-1", "1.5", "many", "99999999999"})
        CHECK_MESSAGE(refused(good().text(frames, "IS", each)) == NoPicture::impossible, each);
}

TEST_CASE("faults: a high bit that was not filled in is the last of the stored ones") {
    CHECK(sketch::painted(good().word(high_bit, 0), Window{2, 3}) == sketch::painted(good(), Window{2, 3}));
}

TEST_CASE("faults: what is beyond us is said to be") {
    CHECK(refused(good().word(allocated, 20).word(stored, 20).word(high_bit, 19)) == NoPicture::unsupported);
    CHECK(refused(good().set(0x7FE00008, "OF", "12345678")) == NoPicture::unsupported);
    CHECK(refused(good(), "1.2.840.10008.1.2.4.100") == NoPicture::unknown_codec);
    CHECK(refused(good(), "1.2.3.4.5") == NoPicture::unknown_codec);
    CHECK(refused(good().set(pixels, "OW", "").text(0x00287FE0, "UT", "http://x/")) == NoPicture::unknown_codec);
}

TEST_CASE("faults: too many pixels, before one of them is read") {
    CHECK(refused(good().word(rows, 65535).word(columns, 65535)) == NoPicture::too_many_pixels);
}

TEST_CASE("faults: fewer bytes than pixels") {
    CHECK(refused(good().word(rows, 3)) == NoPicture::truncated);
    CHECK(refused(good().text(frames, "IS", "2"), sketch::explicit_little, 2) == NoPicture::truncated);
    // The numbers of the last frame's bytes are beyond 64 bits.
    Sketch vast = good();
    vast.word(rows, 60000).word(columns, 16).text(frames, "IS", "2147483647");
    CHECK(refused(vast, sketch::explicit_little, 2147483647) == NoPicture::truncated);
}

TEST_CASE("faults: a file that ends early") {
    const std::vector<std::byte> whole = good().blob();
    // Somewhere it has read the pixels' head and not yet their end; before that, a head or a value is cut.
    for (std::size_t size = 0; size < whole.size(); ++size) {
        MemoryBytes cut({whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)});
        CHECK_THROWS_AS(paint(cut, {0, {}, 1000}), Unrenderable);
    }
    MemoryBytes all(whole);
    CHECK_NOTHROW(paint(all, {0, {}, 1000}));
}

TEST_CASE("faults: compressed pixels under an uncompressed name, and the other way round") {
    CHECK(refused(Sketch(2, {1, 2}).fragments({"12345678"})) == NoPicture::misplaced);
    CHECK(refused(good(), sketch::rle) == NoPicture::misplaced);
}

TEST_CASE("faults: no codec takes nonsense for a frame") {
    for (const char* syntax :
         {"1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.4.51", "1.2.840.10008.1.2.4.57", "1.2.840.10008.1.2.4.70",
          "1.2.840.10008.1.2.4.80", "1.2.840.10008.1.2.4.81", "1.2.840.10008.1.2.4.90", "1.2.840.10008.1.2.4.91",
          "1.2.840.10008.1.2.4.201", "1.2.840.10008.1.2.4.203", "1.2.840.10008.1.2.5"}) {
        const NoPicture why = refused(good().fragments({"nonsense"}), syntax);
        CHECK_MESSAGE(why == NoPicture::undecodable, syntax);
    }
    CHECK(refused(good().fragments({}), "1.2.840.10008.1.2.5") == NoPicture::truncated);
}

TEST_CASE("faults: a fragment that is longer than the file") {
    const std::string head = good().set(pixels, "OW", "").elements();
    support::DataSet rest;
    rest.add_head(pixels, "OB", support::undefined_length)
        .add_item_head(support::item, 0)
        .add_item_head(support::item, 0xFFFFFFF0)
        .raw("1234");
    std::vector<std::byte> blob = Sketch(1, {}).blob(sketch::rle);
    blob.resize(blob.size() - Sketch(1, {}).elements().size());
    for (const std::string& each : {head, rest.text()}) {
        const std::vector<std::byte> bytes = support::to_bytes(each);
        blob.insert(blob.end(), bytes.begin(), bytes.end());
    }
    MemoryBytes bytes(std::move(blob));
    try {
        paint(bytes, {0, {}, 1000});
        FAIL("it was painted");
    } catch (const Unrenderable& fault) {
        CHECK(fault.why == NoPicture::truncated);
    }
}

TEST_CASE("faults: sequences in sequences are followed to a depth, without recursion") {
    const auto nested = [](unsigned depth) {
        support::DataSet all;
        for (unsigned i = 0; i < depth; ++i)
            all.add_head(0x00081140, "SQ", support::undefined_length)
                .add_item_head(support::item, support::undefined_length);
        for (unsigned i = 0; i < depth; ++i)
            all.add_item_head(support::item_delimiter, 0).add_item_head(support::sequence_delimiter, 0);
        return all.text();
    };
    const auto with = [&](unsigned depth) {
        std::vector<std::byte> blob = Sketch(1, {}).blob();
        blob.resize(blob.size() - Sketch(1, {}).elements().size());
        for (const std::string& each : {nested(depth), good().elements()}) {
            const std::vector<std::byte> bytes = support::to_bytes(each);
            blob.insert(blob.end(), bytes.begin(), bytes.end());
        }
        return blob;
    };
    MemoryBytes some(with(400)), many(with(20'000));
    CHECK_NOTHROW(paint(some, {0, {}, 1000}));
    CHECK_THROWS_AS(paint(many, {0, {}, 1000}), Unrenderable);
}

TEST_CASE("faults: the same image in every encoding is the same picture") {
    constexpr std::uint32_t overlay_rows = 0x60000010, overlay_columns = 0x60000011, overlay_data = 0x60003000;
    const auto expected = sketch::painted(
        good().word(overlay_rows, 2).word(overlay_columns, 2).set(overlay_data, "OW", words({0x0009})), Window{2, 3});
    CHECK(sketch::painted(good(), Window{2, 3})[0] == 64);
    CHECK(expected[0] == 255);
    for (const support::Layout layout : {support::Layout::implicit_little, support::Layout::explicit_big}) {
        support::DataSet all(layout);
        const bool is_big = layout == support::Layout::explicit_big;
        const auto word = [&](int value) {
            return is_big ? std::string{static_cast<char>(value >> 8), static_cast<char>(value & 0xFF)}
                          : words({value});
        };
        all.add(samples, "US", word(1)).add(0x00280004, "CS", "MONOCHROME2");
        all.add(rows, "US", word(2)).add(columns, "US", word(2));
        all.add(allocated, "US", word(16)).add(stored, "US", word(12)).add(high_bit, "US", word(11));
        all.add(overlay_rows, "US", word(2)).add(overlay_columns, "US", word(2)).add(overlay_data, "OW", word(0x0009));
        all.add(pixels, "OW", word(1) + word(2) + word(3) + word(4));
        std::vector<std::byte> blob = Sketch(1, {}).blob(is_big ? sketch::explicit_big : sketch::implicit_little);
        blob.resize(blob.size() - Sketch(1, {}).elements().size());
        const std::vector<std::byte> bytes = all.bytes();
        blob.insert(blob.end(), bytes.begin(), bytes.end());
        MemoryBytes whole(std::move(blob));
        const auto result = paint(whole, {0, Window{2, 3}, 1000});
        CHECK(std::vector<int>{result.raster.samples.begin(), result.raster.samples.end()} == expected);
    }
}
