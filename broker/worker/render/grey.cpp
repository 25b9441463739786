#include "broker/worker/render/grey.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "broker/worker/render/cells.h"

namespace broker::worker {
namespace {

using Bytes8 = std::span<const std::byte>;

/// Patterns of more bits have no table: it would be larger than the picture.
constexpr unsigned table_bits_max = 16;

/// PS3.3 C.11.2.1.2.1 and C.11.2.1.3, from 0 to 1.
double windowed(double value, const Window& window) {
    const double centre = window.centre, width = window.width;
    switch (window.function) {
        case WindowFunction::linear:
            if (width <= 1) return value <= centre - 0.5 ? 0 : 1;
            return std::clamp((value - (centre - 0.5)) / (width - 1) + 0.5, 0.0, 1.0);
        case WindowFunction::linear_exact:
            return std::clamp((value - centre) / width + 0.5, 0.0, 1.0);
        case WindowFunction::sigmoid:
            return 1 / (1 + std::exp(-4 * (value - centre) / width));
    }
    return 0;
}

/// From a stored value to what is shown for it.
class Tone {
public:
    Tone(const GreyFacts& facts, const std::optional<Window>& window) : facts_(facts), window_(window) {}

    std::uint8_t of(std::int64_t stored) const {
        if (facts_.padding && facts_.padding->contains(stored)) return 0;
        const double value = facts_.modality_value(stored);
        const double bright =
            window_ ? windowed(value, *window_)
                    : facts_.voi->brightness(static_cast<std::int64_t>(std::llround(std::clamp(value, -1e9, 1e9))));
        return static_cast<std::uint8_t>(std::lround(255 * (facts_.is_inverse ? 1 - bright : bright)));
    }

private:
    const GreyFacts& facts_;
    const std::optional<Window> window_;
};

/// The window in which the lowest value given is black and the highest is white.
Window between(double low, double high) {
    return {(low + high + 1) / 2, std::max(high - low + 1, 1.0), WindowFunction::linear};
}

/// The same for stored values, by what they stand for.
Window between_stored(std::int64_t low, std::int64_t high, const GreyFacts& facts) {
    const double one = facts.modality_value(low), other = facts.modality_value(high);
    // Where all lies within less than two units, whole numbers are too coarse.
    const double span = std::abs(other - one);
    if (span > 0 && span < 2) return {(one + other) / 2, span, WindowFunction::linear_exact};
    return between(std::min(one, other), std::max(one, other));
}

constexpr double cut_off = 0.005;

struct Span {
    std::int64_t low = 0, high = 0;
};

/// By counting each value.
std::optional<Span> percentiles_of_table(Bytes8 bytes, const PixelFacts& pixels, const GreyFacts& facts) {
    const StoredBits bits(pixels);
    std::vector<std::uint64_t> counts(std::size_t{bits.pattern_max()} + 1);
    for_each_cell(bytes, pixels.allocated, pixels.pixels(),
                  [&](std::size_t, std::uint32_t cell) { ++counts[bits.pattern(cell)]; });
    std::uint64_t all = 0;
    for (std::uint32_t pattern = 0; pattern < counts.size(); ++pattern) {
        if (facts.padding && facts.padding->contains(bits.value(pattern))) counts[pattern] = 0;
        all += counts[pattern];
    }
    if (all == 0) return std::nullopt;
    // In the order of the values: of signed ones the second half of the patterns comes first.
    const auto pattern_of = [&](std::size_t rank) {
        return (rank + (pixels.is_signed ? counts.size() / 2 : 0)) % counts.size();
    };
    const auto value_at = [&](std::uint64_t below) {
        std::uint64_t seen = 0;
        for (std::size_t rank = 0; rank < counts.size(); ++rank) {
            seen += counts[pattern_of(rank)];
            if (seen > below) return bits.value(static_cast<std::uint32_t>(pattern_of(rank)));
        }
        return bits.value(static_cast<std::uint32_t>(pattern_of(counts.size() - 1)));
    };
    const auto cut = static_cast<std::uint64_t>(static_cast<double>(all) * cut_off);
    return Span{value_at(cut), value_at(all - 1 - cut)};
}

/// Of values with more bits, by a sample of them.
std::optional<Span> percentiles_of_sample(Bytes8 bytes, const PixelFacts& pixels, const GreyFacts& facts) {
    constexpr std::size_t sample_max = 1'000'000;
    const StoredBits bits(pixels);
    const std::size_t step = static_cast<std::size_t>(pixels.pixels() / sample_max + 1);
    std::vector<std::int64_t> sample;
    for_each_cell(bytes, pixels.allocated, pixels.pixels(), [&](std::size_t i, std::uint32_t cell) {
        if (i % step != 0) return;
        const std::int64_t value = bits.value(bits.pattern(cell));
        if (!facts.padding || !facts.padding->contains(value)) sample.push_back(value);
    });
    if (sample.empty()) return std::nullopt;
    std::sort(sample.begin(), sample.end());
    const auto cut = static_cast<std::size_t>(static_cast<double>(sample.size()) * cut_off);
    return Span{sample[cut], sample[sample.size() - 1 - cut]};
}

Window fitting(Bytes8 bytes, const PixelFacts& pixels, const GreyFacts& facts) {
    const StoredBits bits(pixels);
    constexpr unsigned whole_range_bits_max = 8;
    // What comes in 8 bits was made to be looked at.
    if (pixels.stored <= whole_range_bits_max) {
        const std::uint32_t half = pixels.is_signed ? (bits.pattern_max() >> 1) + 1 : 0;
        return between_stored(bits.value(half), bits.value(pixels.is_signed ? half - 1 : bits.pattern_max()), facts);
    }
    const std::optional<Span> found = pixels.stored <= table_bits_max ? percentiles_of_table(bytes, pixels, facts)
                                                                      : percentiles_of_sample(bytes, pixels, facts);
    return found ? between_stored(found->low, found->high, facts) : Window{0, 1, WindowFunction::linear};
}

void paint(Bytes8 bytes, const PixelFacts& pixels, const Tone& tone, std::vector<std::uint8_t>& into) {
    const StoredBits bits(pixels);
    if (pixels.stored > table_bits_max) {
        for_each_cell(bytes, pixels.allocated, into.size(),
                      [&](std::size_t i, std::uint32_t cell) { into[i] = tone.of(bits.value(bits.pattern(cell))); });
        return;
    }
    std::vector<std::uint8_t> table(std::size_t{bits.pattern_max()} + 1);
    for (std::uint32_t pattern = 0; pattern < table.size(); ++pattern) table[pattern] = tone.of(bits.value(pattern));
    for_each_cell(bytes, pixels.allocated, into.size(),
                  [to = into.data(), from = table.data(), &bits](std::size_t i, std::uint32_t cell) {
                      to[i] = from[bits.pattern(cell)];
                  });
}

}  // namespace

GreyPicture paint_grey(Bytes8 bytes, const PixelFacts& pixels, const GreyFacts& facts,
                       const std::optional<Window>& wanted) {
    GreyPicture picture{{pixels.columns, pixels.rows, 1, std::vector<std::uint8_t>(pixels.pixels())},
                        wanted ? wanted : facts.window};
    if (!picture.window && !facts.voi) picture.window = fitting(bytes, pixels, facts);
    paint(bytes, pixels, Tone(facts, picture.window), picture.raster.samples);
    return picture;
}

}  // namespace broker::worker
