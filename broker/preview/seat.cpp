#include "broker/preview/seat.h"

#include "outbox/views.h"

namespace broker::preview {
namespace {

NoShow no_show(const Trouble& trouble) {
    // Too slow now may be fast enough later: the machine may be busy.
    const bool is_its_fault = trouble.kind == Trouble::Kind::crashed;
    return {is_its_fault ? NoShow::Why::broken : NoShow::Why::busy, {}, trouble.text};
}

}  // namespace

Seat::Made Seat::make(const Ticket& ticket, const config::Preview& limits) {
    try {
        return try_to_make(ticket, limits);
    } catch (const spool::Error& error) {
        if (error.code() == spool::Errc::damaged) return {NoShow{NoShow::Why::damaged}};
        return {std::current_exception()};
    } catch (...) {
        return {std::current_exception()};
    }
}

Seat::Made Seat::try_to_make(const Ticket& ticket, const config::Preview& limits) {
    std::optional<spool::Reader> blob;
    try {
        blob = parts_.spool.open(ticket.digest);
    } catch (const spool::Error& error) {
        if (error.code() != spool::Errc::not_found) throw;
        return {missing(ticket.digest)};
    }
    const worker::RenderOrder order{.blob_bytes = blob->size(),
                                    .pixels_max = limits.max_pixels,
                                    .thumbnail_pixels = is_default(ticket.rendition) ? thumbnail_pixels : 0,
                                    .rendition = ticket.rendition};
    Renderer::Answer answer = renderer_.render(
        *blob, order, {.timeout = limits.timeout, .jobs_per_helper = limits.jobs_per_helper, .stop = parts_.stop});
    if (auto* picture = std::get_if<worker::Picture>(&answer))
        return {std::make_shared<const worker::Picture>(std::move(*picture))};
    if (const auto* why = std::get_if<worker::NoPicture>(&answer)) return {NoShow{NoShow::Why::no_picture, *why}};
    const auto& trouble = std::get<Trouble>(answer);
    return {no_show(trouble), trouble};
}

/// Purged, or lost.
NoShow Seat::missing(const spool::Digest& digest) const {
    const bool should_be_here = outbox::Views(parts_.database).is_kept(digest.bytes());
    return {should_be_here ? NoShow::Why::damaged : NoShow::Why::gone};
}

}  // namespace broker::preview
