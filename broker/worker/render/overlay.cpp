#include "broker/worker/render/overlay.h"

#include <algorithm>

#include "broker/worker/render/cells.h"

namespace broker::worker {
namespace {

constexpr std::uint8_t white = 255;

/// Where an overlay lies: the pixel of the image under its upper left corner, from 0.
struct Plane {
    std::uint32_t rows = 0, columns = 0;
    std::int64_t top = 0, left = 0;
};

void draw(Raster& raster, std::int64_t row, std::int64_t column) {
    if (row < 0 || column < 0 || row >= raster.height || column >= raster.width) return;
    const std::size_t at = (static_cast<std::size_t>(row) * raster.width + static_cast<std::size_t>(column));
    std::fill_n(raster.samples.begin() + static_cast<std::ptrdiff_t>(at * raster.channels), raster.channels, white);
}

/// Which rows, or columns, of an overlay lie on the image.
struct Visible {
    std::uint32_t begin = 0, end = 0;
};

Visible visible(std::int64_t from, std::uint32_t size, std::uint32_t of) {
    const auto inside = [size](std::int64_t at) {
        return static_cast<std::uint32_t>(std::clamp<std::int64_t>(at, 0, size));
    };
    return {inside(-from), inside(std::int64_t{of} - from)};
}

/// One of the repeating groups 6000 to 601E.
class Overlay {
public:
    Overlay(const Attributes& attributes, std::uint16_t group) : attributes_(attributes), group_(group) {}

    void draw_on(Raster& raster, const PixelFacts& facts, std::uint32_t frame, std::span<const std::byte> cells) const {
        const std::optional<Plane> plane = plane_of();
        if (!plane) return;
        if (const Element* data = attributes_.find(tag(0x3000)))
            draw_data(raster, *plane, frame, *data);
        else
            draw_embedded(raster, *plane, facts, cells);
    }

private:
    dicom::Tag tag(std::uint16_t element) const { return {group_, element}; }

    std::optional<Plane> plane_of() const {
        const std::uint32_t rows = attributes_.word(tag(0x0010)).value_or(0),
                            columns = attributes_.word(tag(0x0011)).value_or(0);
        if (rows == 0 || columns == 0) return std::nullopt;
        const std::vector<std::uint16_t> origin = attributes_.words(tag(0x0050));
        Plane plane{rows, columns};
        if (origin.size() >= 2) {
            plane.top = std::int64_t{static_cast<std::int16_t>(origin[0])} - 1;
            plane.left = std::int64_t{static_cast<std::int16_t>(origin[1])} - 1;
        }
        return plane;
    }

    /// Overlay Data: bits one behind the other, of several frames without a gap.
    void draw_data(Raster& raster, const Plane& plane, std::uint32_t frame, const Element& data) const {
        const std::optional<double> frames = attributes_.number(tag(0x0015));
        const std::uint32_t first = frames ? attributes_.word(tag(0x0051)).value_or(1) : 1;
        if (frames && (frame < first || !(frame - first < *frames))) return;
        // One that has no frames of its own lies over all of the image's.
        if (!frames) frame = first;
        const std::uint64_t bits = std::uint64_t{plane.rows} * plane.columns, begin = (frame - first) * bits;
        // Whole words, since those of big endian data sets have their second byte first.
        const std::uint64_t begin_byte = begin / 16 * 2, end_byte = (begin + bits + 15) / 16 * 2;
        if (data.length == dicom::undefined_length || end_byte > data.length) return;
        const std::vector<std::byte> bytes =
            read_some(attributes_.data_set().bytes(), data.offset + begin_byte, end_byte - begin_byte);
        const std::size_t swap = data.layout.is_big_endian && data.vr == "OW" ? 1 : 0;
        const auto is_set = [&](std::uint64_t bit) {
            return (std::to_integer<unsigned>(bytes[(bit / 8) ^ swap]) >> (bit % 8) & 1U) != 0;
        };
        // No more than what lies on the image is looked at.
        const Visible rows = visible(plane.top, plane.rows, raster.height),
                      columns = visible(plane.left, plane.columns, raster.width);
        for (std::uint32_t row = rows.begin; row < rows.end; ++row)
            for (std::uint32_t column = columns.begin; column < columns.end; ++column)
                if (is_set(begin - begin_byte * 8 + std::uint64_t{row} * plane.columns + column))
                    draw(raster, plane.top + row, plane.left + column);
    }

    /// Retired, and still met: a bit of each cell beside those of the image.
    void draw_embedded(Raster& raster, const Plane& plane, const PixelFacts& facts,
                       std::span<const std::byte> cells) const {
        const unsigned allocated = attributes_.word(tag(0x0100)).value_or(0),
                       bit = attributes_.word(tag(0x0102)).value_or(0);
        const bool is_unused = bit > facts.high_bit || bit + facts.stored <= facts.high_bit;
        const bool is_there = facts.samples == 1 && allocated == facts.allocated && bit < allocated && is_unused &&
                              plane.columns == facts.columns && plane.rows == facts.rows && !cells.empty();
        if (!is_there) return;
        for_each_cell(cells, facts.allocated, facts.pixels(), [&](std::size_t i, std::uint32_t cell) {
            if ((cell >> bit & 1U) != 0)
                draw(raster, static_cast<std::int64_t>(i / facts.columns),
                     static_cast<std::int64_t>(i % facts.columns));
        });
    }

    const Attributes& attributes_;
    const std::uint16_t group_;
};

}  // namespace

void draw_overlays(const Attributes& attributes, const PixelFacts& facts, std::uint32_t frame,
                   std::span<const std::byte> bytes, Raster& raster) {
    for (std::uint16_t group = 0x6000; group <= 0x601E; group = static_cast<std::uint16_t>(group + 2))
        Overlay(attributes, group).draw_on(raster, facts, frame, bytes);
}

}  // namespace broker::worker
