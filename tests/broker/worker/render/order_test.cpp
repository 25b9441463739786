// What broker and helper say to each other arrives as it was meant, and what no helper in its right mind says is no
// reply.
#include "broker/worker/render/order.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <set>
#include <string>

using namespace broker::worker;

namespace {

RenderOrder full_order() {
    RenderOrder order;
    order.blob_bytes = 1'000'000;
    order.pixels_max = 7;
    order.thumbnail_pixels = 256;
    order.rendition = {12, Window{-600.5, 1500, WindowFunction::sigmoid},
                       Viewport{640, 480, Region{1, 2, 3.5, 4, true, false}}, 75};
    return order;
}

std::optional<ReplyHead> sent(const ReplyHead& head) {
    return parse_reply(pack(head), full_order());
}

}  // namespace

TEST_CASE("order: what is ordered arrives, with and without its optional parts") {
    RenderOrder order = full_order();
    CHECK(parse_order(pack(order)) == order);
    order.rendition.viewport->region.reset();
    CHECK(parse_order(pack(order)) == order);
    order.rendition.viewport.reset();
    order.rendition.window.reset();
    CHECK(parse_order(pack(order)) == order);
}

TEST_CASE("order: bytes that are no order are none") {
    auto bytes = pack(full_order());
    bytes[0] ^= std::byte{1};
    CHECK_FALSE(parse_order(bytes));
    RenderOrder order = full_order();
    order.rendition.window->width = std::numeric_limits<double>::quiet_NaN();
    CHECK_FALSE(parse_order(pack(order)));
}

TEST_CASE("order: a reply arrives") {
    const ReplyHead picture{ReplyHead::Kind::picture, {}, {}, 5000, 100, 12, 20, Window{40, 400}};
    CHECK(sent(picture) == picture);
    const ReplyHead read{ReplyHead::Kind::read, {999'000, 1'000}};
    CHECK(sent(read) == read);
    const ReplyHead none{ReplyHead::Kind::no_picture, {}, NoPicture::too_large};
    CHECK(sent(none) == none);
}

TEST_CASE("order: a reply out of range is none") {
    const ReplyHead good{ReplyHead::Kind::picture, {}, {}, 5000, 100, 12, 20, Window{40, 400}};
    const auto with = [&](auto change) {
        ReplyHead head = good;
        change(head);
        return sent(head).has_value();
    };
    CHECK(with([](ReplyHead&) {}));
    CHECK_FALSE(with([](ReplyHead& head) { head.jpeg_bytes = 0; }));
    CHECK_FALSE(with([](ReplyHead& head) { head.jpeg_bytes = jpeg_bytes_max + 1; }));
    CHECK_FALSE(with([](ReplyHead& head) { head.thumbnail_bytes = 0; }));
    CHECK_FALSE(with([](ReplyHead& head) { head.frame = 0; }));
    CHECK_FALSE(with([](ReplyHead& head) { head.frame_count = 11; }));
    CHECK_FALSE(with([](ReplyHead& head) { head.frame = 13; }));
    CHECK_FALSE(with([](ReplyHead& head) { head.thumbnail_bytes = thumbnail_bytes_max + 1; }));
    CHECK_FALSE(with([](ReplyHead& head) { head.window->centre = std::numeric_limits<double>::infinity(); }));
    CHECK_FALSE(with([](ReplyHead& head) { head.kind = static_cast<ReplyHead::Kind>(4); }));
    CHECK_FALSE(with([](ReplyHead& head) { head.why = static_cast<NoPicture>(no_picture_count); }));

    const auto read = [&](std::uint64_t offset, std::uint32_t size) {
        return sent({ReplyHead::Kind::read, {offset, size}}).has_value();
    };
    CHECK(read(0, 1));
    CHECK_FALSE(read(0, 0));
    CHECK_FALSE(read(0, read_bytes_max + 1));
    CHECK_FALSE(read(999'001, 1'000));
    CHECK_FALSE(read(std::numeric_limits<std::uint64_t>::max(), 2));

    RenderOrder without = full_order();
    without.thumbnail_pixels = 0;
    CHECK_FALSE(parse_reply(pack(good), without));
}

TEST_CASE("order: every reason has words of its own") {
    std::set<std::string> seen;
    for (std::uint32_t i = 0; i < no_picture_count; ++i) seen.insert(to_text(static_cast<NoPicture>(i)));
    CHECK(seen.size() == no_picture_count);
    CHECK_FALSE(seen.contains(""));
}
