// What is remembered of instances that gave no picture.
#include "broker/preview/failures.h"

#include <doctest/doctest.h>

using namespace broker;
using namespace std::chrono_literals;
using preview::Failures;
using preview::NoShow;
using worker::NoPicture;

namespace {

spool::Digest digest(unsigned char number) {
    spool::Digest::Bytes bytes{};
    bytes.front() = std::byte{number};
    return spool::Digest::from_bytes(bytes);
}

const Monotonic start{};

worker::Rendition frame(std::uint32_t number) {
    worker::Rendition rendition;
    rendition.frame = number;
    return rendition;
}

}  // namespace

TEST_CASE("preview failures: a fault is news once per instance, and spares another try of that frame for an hour") {
    Failures failures;
    CHECK(failures.note(digest(1), 0, NoPicture::undecodable, start));
    CHECK_FALSE(failures.note(digest(1), 2, NoPicture::truncated, start));
    CHECK(failures.find(digest(1), frame(0), start + 59min)->no_picture == NoPicture::undecodable);
    CHECK(failures.find(digest(1), frame(2), start)->no_picture == NoPicture::truncated);
    CHECK_FALSE(failures.find(digest(1), frame(1), start));
    CHECK_FALSE(failures.find(digest(2), frame(0), start));
    CHECK_FALSE(failures.find(digest(1), frame(0), start + 1h));
    CHECK(failures.size() == 0);
}

TEST_CASE("preview failures: no pixels is no news, and a frame too many is not remembered") {
    Failures failures;
    CHECK_FALSE(failures.note(digest(1), 0, NoPicture::no_pixels, start));
    CHECK(failures.find(digest(1), frame(0), start)->no_picture == NoPicture::no_pixels);
    CHECK_FALSE(failures.note(digest(2), 99, NoPicture::no_such_frame, start));
    CHECK_FALSE(failures.find(digest(2), frame(99), start));
}

TEST_CASE("preview failures: what was too large may be small enough in another size, what is broken stays broken") {
    Failures failures;
    failures.note(digest(1), 0, NoPicture::too_many_pixels, start);
    failures.note(digest(2), 0, NoPicture::undecodable, start);
    worker::Rendition small;
    small.viewport = worker::Viewport{10, 10};
    CHECK_FALSE(failures.find(digest(1), small, start));
    CHECK(failures.find(digest(2), small, start));
}

TEST_CASE("preview failures: an instance that costs a helper twice is not tried again, whatever is asked of it") {
    Failures failures;
    CHECK_FALSE(failures.note_trouble(digest(1), "bang", start));
    CHECK_FALSE(failures.find(digest(1), frame(0), start));
    CHECK(failures.note_trouble(digest(1), "bang", start));
    const auto found = failures.find(digest(1), frame(5), start);
    REQUIRE(found);
    CHECK(found->why == NoShow::Why::broken);
    CHECK(found->text == "bang");
    failures.forget(digest(1));
    CHECK_FALSE(failures.find(digest(1), frame(5), start));
}

TEST_CASE("preview failures: beyond the limit the oldest is forgotten") {
    Failures failures(2);
    for (unsigned char i = 1; i <= 3; ++i) failures.note(digest(i), 0, NoPicture::undecodable, start);
    CHECK(failures.size() == 2);
    CHECK_FALSE(failures.find(digest(1), frame(0), start));
    CHECK(failures.find(digest(3), frame(0), start));
}
