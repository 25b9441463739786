// The previews' words put into web's.
#include "broker/main/rendering.h"

#include "broker/preview/own_windows.h"
#include "broker/stored_header.h"

namespace broker {
namespace {

using Why = web::NotRendered::Why;

worker::Window window_of(const web::Window& window) {
    static_assert(static_cast<int>(web::WindowFunction::linear) == static_cast<int>(worker::WindowFunction::linear));
    static_assert(static_cast<int>(web::WindowFunction::linear_exact) ==
                  static_cast<int>(worker::WindowFunction::linear_exact));
    static_assert(static_cast<int>(web::WindowFunction::sigmoid) == static_cast<int>(worker::WindowFunction::sigmoid));
    return {window.centre, window.width, static_cast<worker::WindowFunction>(window.function)};
}

web::Window window_of(const worker::Window& window) {
    return {window.centre, window.width, static_cast<web::WindowFunction>(window.function)};
}

worker::Viewport viewport_of(const web::Viewport& viewport) {
    worker::Viewport wanted{viewport.width, viewport.height};
    if (const auto& region = viewport.region)
        wanted.region = {region->left,           region->top, region->width, region->height, region->is_flipped_across,
                         region->is_flipped_down};
    return wanted;
}

worker::Rendition rendition_of(const web::Rendition& rendition) {
    worker::Rendition wanted;
    wanted.frame = rendition.frame;
    if (rendition.window) wanted.window = window_of(*rendition.window);
    if (rendition.viewport) wanted.viewport = viewport_of(*rendition.viewport);
    if (rendition.quality) wanted.quality = *rendition.quality;
    return wanted;
}

Why why_of(worker::NoPicture why) {
    if (why == worker::NoPicture::no_pixels) return Why::no_pixels;
    if (why == worker::NoPicture::no_such_frame) return Why::no_such_frame;
    if (why == worker::NoPicture::no_such_region) return Why::no_such_region;
    return Why::broken;
}

web::NotRendered not_rendered(const preview::NoShow& none) {
    using From = preview::NoShow::Why;
    switch (none.why) {
        case From::no_picture:
            return {why_of(none.no_picture), worker::to_text(none.no_picture)};
        case From::broken:
            return {Why::broken, "no picture comes of this instance: " + none.text};
        case From::gone:
            return {Why::gone, "the instance's bytes are not kept here any more"};
        case From::damaged:
            return {Why::damaged, "the instance's bytes are missing or damaged"};
        case From::busy:
            return {Why::busy, "no picture for now: " + none.text};
        case From::off:
            return {Why::off, "previews are switched off ([preview] enabled = false)"};
    }
    return {};
}

}  // namespace

std::variant<web::Rendered, web::NotRendered> Rendering::render(const outbox::Digest& digest,
                                                                const web::Rendition& rendition,
                                                                const std::stop_token& stop) {
    auto answer =
        previews_.render(spool::Digest::from_bytes(digest), rendition_of(rendition), rendition.is_thumbnail, stop);
    if (const auto* none = std::get_if<preview::NoShow>(&answer)) return not_rendered(*none);
    auto& shown = std::get<preview::Shown>(answer);
    web::Rendered rendered{std::move(shown.jpeg), shown.frame, shown.frame_count};
    if (shown.window) rendered.window = window_of(*shown.window);
    return rendered;
}

std::optional<std::vector<web::NamedWindow>> Rendering::windows(const outbox::Digest& digest,
                                                                std::string_view transfer_syntax_uid) const try {
    const auto header =
        stored_header(spool_, {spool::Digest::from_bytes(digest), transfer_syntax_uid}, preview::tags_of_windows(), {});
    if (!header) return std::nullopt;
    std::vector<web::NamedWindow> named;
    for (const preview::OwnWindow& each : preview::windows_in(*header))
        named.push_back({window_of(each.window), each.explanation});
    return named;
} catch (const spool::Error& error) {
    if (error.code() != spool::Errc::damaged) throw;
    return std::nullopt;
}

}  // namespace broker
