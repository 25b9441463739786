#include "broker/worker/render/render.h"

#include <algorithm>

#include "broker/worker/render/jpeg.h"
#include "broker/worker/render/paint.h"
#include "broker/worker/render/scale.h"

namespace broker::worker {
namespace {

/// As much of it as lies inside of the frame. Throws Unrenderable, no_such_region: nothing does.
Region inside(const Raster& raster, Region region) {
    const double right = std::min(region.left + region.width, double{1} * raster.width);
    const double bottom = std::min(region.top + region.height, double{1} * raster.height);
    region.left = std::max(region.left, 0.0);
    region.top = std::max(region.top, 0.0);
    region.width = right - region.left;
    region.height = bottom - region.top;
    if (!(region.width > 0 && region.height > 0)) throw Unrenderable{NoPicture::no_such_region};
    return region;
}

/// The JPEGs of a painted frame.
void write(const PaintedFrame& painted, const RenderOrder& order, Picture& picture) {
    const Raster& raster = painted.raster;
    const std::optional<Viewport>& viewport = order.rendition.viewport;
    const Region whole{0, 0, double{1} * raster.width, double{1} * raster.height};
    const Region region = viewport && viewport->region ? inside(raster, *viewport->region) : whole;
    const Size box = viewport ? Size{viewport->width, viewport->height} : Size{};
    const Size size = size_of(region.width, region.height, painted.pixel_height, viewport ? &box : nullptr);
    if (std::uint64_t{size.width} * size.height > order.pixels_max) throw Unrenderable{NoPicture::too_many_pixels};
    const Raster shown = scaled(raster, region, size);
    picture.jpeg = jpeg_of(shown, order.rendition.quality);
    if (order.thumbnail_pixels == 0) return;
    // Never larger than the picture itself: the page can do that.
    const Size thumbnail{std::min(order.thumbnail_pixels, size.width), std::min(order.thumbnail_pixels, size.height)};
    const Size small = size_of(size.width, size.height, 1, &thumbnail);
    picture.thumbnail =
        jpeg_of(scaled(shown, {0, 0, double{1} * size.width, double{1} * size.height}, small), order.rendition.quality);
}

}  // namespace

std::variant<Picture, NoPicture> render(Bytes& blob, const RenderOrder& order) {
    try {
        const PaintedFrame painted = paint(blob, {order.rendition.frame, order.rendition.window, order.pixels_max});
        Picture picture;
        picture.frame = painted.frame;
        picture.frame_count = painted.frame_count;
        picture.window = painted.window;
        write(painted, order, picture);
        return picture;
    } catch (const Unrenderable& fault) {
        return fault.why;
    }
}

}  // namespace broker::worker
