#include "broker/worker/render/colour.h"

#include <algorithm>
#include <cmath>

#include "broker/worker/render/cells.h"

namespace broker::worker {
namespace {

constexpr LutTags red{{0x0028, 0x1101}, {0x0028, 0x1201}, {0x0028, 0x1221}};
constexpr LutTags green{{0x0028, 0x1102}, {0x0028, 0x1202}, {0x0028, 0x1222}};
constexpr LutTags blue{{0x0028, 0x1103}, {0x0028, 0x1203}, {0x0028, 0x1223}};

struct Rgb {
    std::uint8_t red, green, blue;
};

std::uint8_t rounded(double value) {
    return static_cast<std::uint8_t>(std::lround(std::clamp(value, 0.0, 255.0)));
}

/// ITU-R BT.601, of the whole range (PS3.3 C.7.6.3.1.2, YBR_FULL).
Rgb of_full(double y, double cb, double cr) {
    return {rounded(y + 1.402 * (cr - 128)), rounded(y - 0.344136 * (cb - 128) - 0.714136 * (cr - 128)),
            rounded(y + 1.772 * (cb - 128))};
}

/// The same of 16 to 235 and 16 to 240 (YBR_PARTIAL_422).
Rgb of_partial(double y, double cb, double cr) {
    return of_full((y - 16) * 255 / 219, (cb - 128) * 255 / 224 + 128, (cr - 128) * 255 / 224 + 128);
}

/// The 8 bits that are shown of a sample.
std::vector<std::uint8_t> eight_bits(std::span<const std::byte> bytes, const PixelFacts& facts, std::size_t count) {
    const StoredBits bits(facts);
    std::vector<std::uint8_t> samples(count);
    const unsigned over = facts.stored > 8 ? facts.stored - 8 : 0;
    for_each_cell(bytes, facts.allocated, count, [&](std::size_t i, std::uint32_t cell) {
        const std::uint32_t pattern = bits.pattern(cell);
        samples[i] = static_cast<std::uint8_t>(over > 0 || facts.stored == 8 ? pattern >> over
                                                                             : pattern * 255 / bits.pattern_max());
    });
    return samples;
}

using Convert = Rgb (*)(double, double, double);

/// What YBR becomes; null: it is RGB.
Convert conversion_of(const std::string& photometric) {
    if (photometric == "YBR_FULL" || photometric == "YBR_FULL_422") return &of_full;
    if (photometric.starts_with("YBR_PARTIAL")) return &of_partial;
    // Those of JPEG 2000 are undone by its decoder.
    if (photometric == "RGB" || photometric == "YBR_RCT" || photometric == "YBR_ICT") return nullptr;
    throw Unrenderable{NoPicture::unsupported};
}

/// Two luma, then the chroma of both (PS3.3 C.7.6.3.1.2), as three samples for each pixel.
std::vector<std::uint8_t> doubled(const std::vector<std::uint8_t>& halved) {
    std::vector<std::uint8_t> whole;
    whole.reserve(halved.size() / 4 * 6);
    for (std::size_t at = 0; at + 4 <= halved.size(); at += 4)
        for (std::size_t i = 0; i < 2; ++i) whole.insert(whole.end(), {halved[at + i], halved[at + 2], halved[at + 3]});
    return whole;
}

/// One plane after the other, as three samples for each pixel.
std::vector<std::uint8_t> interleaved(const std::vector<std::uint8_t>& planes) {
    const std::size_t pixels = planes.size() / 3;
    std::vector<std::uint8_t> samples(planes.size());
    for (std::size_t plane = 0; plane < 3; ++plane)
        for (std::size_t i = 0; i < pixels; ++i) samples[3 * i + plane] = planes[plane * pixels + i];
    return samples;
}

}  // namespace

Palette palette_of(const Attributes& attributes, bool is_signed) {
    Palette palette;
    for (std::size_t i = 0; const LutTags& tags : {red, green, blue}) {
        std::optional<Lut> lut = lut_in(attributes, tags, is_signed);
        if (!lut) throw Unrenderable{NoPicture::incomplete};
        palette.colours[i++] = std::move(*lut);
    }
    // All of a palette have the same depth (PS3.3 C.7.6.3.1.5); where one had to be guessed, the deepest is right.
    const auto deepest = std::max({palette.colours[0].bits, palette.colours[1].bits, palette.colours[2].bits});
    for (Lut& each : palette.colours) each.bits = deepest;
    return palette;
}

Raster paint_palette(std::span<const std::byte> bytes, const PixelFacts& facts, const Palette& palette) {
    const StoredBits bits(facts);
    Raster raster{facts.columns, facts.rows, 3, std::vector<std::uint8_t>(facts.pixels() * 3)};
    for_each_cell(bytes, facts.allocated, facts.pixels(), [&](std::size_t i, std::uint32_t cell) {
        for (std::size_t k = 0; k < 3; ++k) {
            const Lut& lut = palette.colours[k];
            raster.samples[3 * i + k] =
                static_cast<std::uint8_t>(lut.at(bits.value(bits.pattern(cell))) >> (lut.bits - 8));
        }
    });
    return raster;
}

Raster paint_colour(std::span<const std::byte> bytes, const PixelFacts& facts) {
    // Two pixels side by side share their chroma: the last one of an odd row would have none.
    if (facts.is_halved() && facts.columns % 2 != 0) throw Unrenderable{NoPicture::impossible};
    const Convert convert = conversion_of(facts.photometric);
    const std::size_t count = facts.pixels() * (facts.is_halved() ? 2 : 3);
    std::vector<std::uint8_t> samples = eight_bits(bytes, facts, count);
    if (facts.is_halved())
        samples = doubled(samples);
    else if (facts.is_planar)
        samples = interleaved(samples);
    if (convert != nullptr)
        for (std::size_t i = 0; i + 3 <= samples.size(); i += 3) {
            const Rgb colour = convert(samples[i], samples[i + 1], samples[i + 2]);
            samples[i] = colour.red;
            samples[i + 1] = colour.green;
            samples[i + 2] = colour.blue;
        }
    return {facts.columns, facts.rows, 3, std::move(samples)};
}

}  // namespace broker::worker
