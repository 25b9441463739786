// Whatever bytes an image is made of, it is painted or refused: nothing is read or written where nothing is.
#include <doctest/doctest.h>

#include <array>
#include <random>

#include "broker/dicom/part10.h"
#include "tests/broker/worker/render/sketch.h"

using namespace broker::worker;
using sketch::element;
using sketch::Sketch;
using sketch::words;

namespace {

std::string rle_frame() {
    std::string frame(64, '\0');
    frame[0] = 2;
    frame[4] = 64;
    frame[8] = 72;
    return frame + std::string("\x03\x01\x02\x03\x04\x00\x00\x00\x03\x05\x06\x07\x08\x00", 14);
}

/// Images that between them have everything that is looked at.
std::vector<std::pair<std::vector<std::byte>, std::string>> seeds() {
    const std::string lut =
        element(0x00283002, "US", words({4, 0, 16})) + element(0x00283006, "OW", words({1, 2, 3, 4}));
    Sketch grey(2, {1, 2, 3, 4, 5, 6, 7, 8});
    grey.word(0x00280010, 2).text(0x00280008, "IS", "2").sequence(0x00283000, {lut}).sequence(0x00283010, {lut});
    grey.word(0x60000010, 2).word(0x60000011, 2).set(0x60003000, "OW", words({15})).word(0x00280120, 3);
    grey.text(0x00280034, "IS", "2\\1");
    Sketch enhanced(2, {1, 2, 3, 4});
    enhanced.word(0x00280010, 1).text(0x00280008, "IS", "2");
    const std::string voi = element(0x00281050, "DS", "3") + element(0x00281051, "DS", "4");
    const std::string group = support::DataSet{}
                                  .add_head(0x00289132, "SQ", support::undefined_length)
                                  .add_item_head(support::item, static_cast<std::uint32_t>(voi.size()))
                                  .raw(voi)
                                  .add_item_head(support::sequence_delimiter, 0)
                                  .text();
    enhanced.sequence(0x52009229, {group}).sequence(0x52009230, {group, group});
    Sketch palette(2, {0, 1, 2, 3});
    palette.text(0x00280004, "CS", "PALETTE COLOR");
    for (const std::uint32_t each : {0x00281101U, 0x00281102U, 0x00281103U}) palette.set(each, "US", words({4, 0, 16}));
    for (const std::uint32_t each : {0x00281221U, 0x00281222U, 0x00281223U})
        palette.set(each, "OW", words({0, 1, 0, 1, 2, 9, 2, 1, 0, 0}));
    Sketch halved(2, {0x0102, 0x0304});
    halved.word(0x00280010, 1).word(0x00280002, 3).text(0x00280004, "CS", "YBR_FULL_422").word(0x00280006, 0);
    halved.word(0x00280100, 8).word(0x00280101, 8).word(0x00280102, 7);
    Sketch packed(2, {1, 2, 3, 4});
    packed.text(0x00280008, "IS", "2").word(0x00280010, 2).fragments({rle_frame(), rle_frame()}, words({0, 0, 86, 0}));
    return {{grey.blob(), "grey"},
            {enhanced.blob(), "enhanced"},
            {palette.blob(), "palette"},
            {halved.blob(), "halved"},
            {packed.blob(sketch::rle), "packed"},
            {grey.blob(sketch::implicit_little), "implicit"}};
}

}  // namespace

TEST_CASE("mutation: a changed image is painted or refused") {
    constexpr unsigned seed = 20261127, rounds = 20'000;
    INFO("seed ", seed);
    std::mt19937 random(seed);
    const auto below = [&](std::size_t n) { return random() % n; };
    std::size_t painted = 0, refused = 0;
    sketch::paint(Sketch(1, {1}));  // starts the codecs
    for (const auto& [whole, name] : seeds()) {
        CAPTURE(name);
        for (unsigned round = 0; round < rounds; ++round) {
            std::vector<std::byte> bytes = whole;
            // The file's header is the broker's own.
            const std::size_t header_bytes = *broker::dicom::data_set_offset(bytes);
            for (std::size_t i = below(4) + 1; i > 0; --i)
                bytes[header_bytes + below(bytes.size() - header_bytes)] =
                    static_cast<std::byte>(below(3) == 0 ? below(256) : std::array{0x00, 0xFF, 0x7F, 0x01}[below(4)]);
            if (below(8) == 0) bytes.resize(header_bytes + below(bytes.size() - header_bytes));
            MemoryBytes blob(std::move(bytes));
            try {
                paint(blob, {static_cast<std::uint32_t>(below(4)), {}, 100'000});
                ++painted;
            } catch (const Unrenderable&) {
                ++refused;
            }
        }
    }
    CHECK(painted > 1'000);
    CHECK(refused > 1'000);
}
