#include "broker/worker/render/serve_orders.h"

#include <array>
#include <new>

#include "broker/worker/render/pipe_bytes.h"
#include "broker/worker/render/render.h"

namespace broker::worker {
namespace {

std::variant<Picture, NoPicture> rendered(const RenderOrder& order, int input, int output) {
    PipeBytes blob({input, output}, order.blob_bytes);
    try {
        return render(blob, order);
    } catch (const std::bad_alloc&) {
        return NoPicture::too_large;
    }
}

bool answer(const std::variant<Picture, NoPicture>& result, int output) {
    ReplyHead head;
    const Picture* picture = std::get_if<Picture>(&result);
    if (picture == nullptr) {
        head.why = std::get<NoPicture>(result);
        return write_all(output, pack(head));
    }
    head.kind = ReplyHead::Kind::picture;
    head.jpeg_bytes = static_cast<std::uint32_t>(picture->jpeg.size());
    head.thumbnail_bytes = static_cast<std::uint32_t>(picture->thumbnail.size());
    head.frame = picture->frame;
    head.frame_count = picture->frame_count;
    head.window = picture->window;
    return write_all(output, pack(head)) && write_all(output, std::as_bytes(std::span(picture->jpeg))) &&
           write_all(output, std::as_bytes(std::span(picture->thumbnail)));
}

}  // namespace

Ending serve_orders(int input, int output) {
    std::array<std::byte, order_bytes> bytes{};
    while (read_all(input, bytes)) {
        const std::optional<RenderOrder> order = parse_order(bytes);
        if (!order) return Ending::misused;
        try {
            if (!answer(rendered(*order, input, output), output)) return Ending::unwritten;
        } catch (const PipeGone&) {
            return Ending::unread;
        }
    }
    return Ending::done;
}

}  // namespace broker::worker
