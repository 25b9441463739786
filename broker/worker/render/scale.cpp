#include "broker/worker/render/scale.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace broker::worker {
namespace {

/// What one pixel of the result is made of, along one axis: neighbours and their shares, which sum up to 1.
struct Taps {
    std::uint32_t first = 0;
    std::vector<float> shares;
};

/// A stretch of a line, from one place to another one.
struct Stretch {
    double from = 0, length = 0;
    bool is_flipped = false;
};

Taps averaged(double from, double to, std::uint32_t size) {
    Taps taps;
    taps.first = static_cast<std::uint32_t>(std::clamp(std::floor(from), 0.0, size - 1.0));
    const auto end = static_cast<std::uint32_t>(std::clamp(std::ceil(to), taps.first + 1.0, double{1} * size));
    double sum = 0;
    for (std::uint32_t i = taps.first; i < end; ++i) {
        const double share = std::max(std::min(to, i + 1.0) - std::max(from, double{1} * i), 0.0);
        taps.shares.push_back(static_cast<float>(share));
        sum += share;
    }
    for (float& each : taps.shares)
        each = sum > 0 ? static_cast<float>(each / sum) : 1.0F / static_cast<float>(taps.shares.size());
    return taps;
}

Taps interpolated(double centre, std::uint32_t size) {
    const double place = std::clamp(centre, 0.0, size - 1.0);
    Taps taps;
    taps.first = static_cast<std::uint32_t>(std::min(std::floor(place), std::max(size - 2.0, 0.0)));
    const double share = place - taps.first;
    taps.shares = {static_cast<float>(1 - share)};
    if (size > 1) taps.shares.push_back(static_cast<float>(share));
    return taps;
}

std::vector<Taps> taps_of(const Stretch& stretch, std::uint32_t size, std::uint32_t count) {
    const double step = stretch.length / count;
    std::vector<Taps> all;
    all.reserve(count);
    for (std::uint32_t i = 0; i < count; ++i) {
        const double begin = stretch.from + step * (stretch.is_flipped ? count - 1 - i : i);
        all.push_back(step >= 1 ? averaged(begin, begin + step, size) : interpolated(begin + step / 2 - 0.5, size));
    }
    return all;
}

/// One row, narrowed or widened.
void scale_row(const std::uint8_t* from, unsigned channels, const std::vector<Taps>& across, float* to) {
    for (const Taps& taps : across)
        for (unsigned k = 0; k < channels; ++k) {
            const std::uint8_t* sample = from + std::size_t{taps.first} * channels + k;
            float sum = 0;
            for (const float share : taps.shares) {
                sum += share * static_cast<float>(*sample);
                sample += channels;
            }
            *to++ = sum;
        }
}

bool is_whole(const Raster& raster, const Stretch& across, const Stretch& down, const Size& size) {
    return size.width == raster.width && size.height == raster.height && across.from == 0 && down.from == 0 &&
           across.length == raster.width && down.length == raster.height && !across.is_flipped && !down.is_flipped;
}

std::uint32_t pixels(double length) {
    constexpr double longest = 4e9;
    return static_cast<std::uint32_t>(std::clamp(std::round(length), 1.0, longest));
}

}  // namespace

Size size_of(double width, double height, double pixel_height, const Size* box) {
    if (pixel_height >= 1)
        height *= pixel_height;
    else
        width /= pixel_height;
    if (box == nullptr) return {pixels(width), pixels(height)};
    const double factor = std::min(box->width / width, box->height / height);
    return {std::min(pixels(width * factor), box->width), std::min(pixels(height * factor), box->height)};
}

Raster scaled(const Raster& raster, const Region& region, const Size& size) {
    const Stretch across{region.left, region.width, region.is_flipped_across};
    const Stretch down{region.top, region.height, region.is_flipped_down};
    if (is_whole(raster, across, down, size)) return raster;
    const std::vector<Taps> columns = taps_of(across, raster.width, size.width);
    const std::vector<Taps> rows = taps_of(down, raster.height, size.height);
    const std::size_t row_samples = std::size_t{size.width} * raster.channels;
    const std::size_t raster_row_samples = std::size_t{raster.width} * raster.channels;
    Raster result{size.width, size.height, raster.channels, std::vector<std::uint8_t>(row_samples * size.height)};
    std::vector<float> row(row_samples), sum(row_samples);
    std::uint8_t* to = result.samples.data();
    for (const Taps& taps : rows) {
        std::fill(sum.begin(), sum.end(), 0.0F);
        const std::uint8_t* from = raster.samples.data() + taps.first * raster_row_samples;
        for (const float share : taps.shares) {
            scale_row(from, raster.channels, columns, row.data());
            for (std::size_t i = 0; i < row_samples; ++i) sum[i] += share * row[i];
            from += raster_row_samples;
        }
        for (const float each : sum) *to++ = static_cast<std::uint8_t>(std::lround(std::clamp(each, 0.0F, 255.0F)));
    }
    return result;
}

}  // namespace broker::worker
