/// What a request for a picture means: its parameters, its frame, and what it takes.
#include "web/dicomweb/rendition.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using web::Region;
using web::Rendition;
using web::Terms;
using web::Viewport;
using web::Window;
using web::WindowFunction;
using web::dicomweb::to_the_edge;

namespace {

Rendition read(const Terms& query, bool is_thumbnail = false) {
    const auto parsed = web::dicomweb::parse_rendition(query, is_thumbnail);
    CAPTURE(parsed.fault().text);
    REQUIRE(parsed);
    return *parsed;
}

std::string fault_of(const Terms& query, bool is_thumbnail = false) {
    const auto parsed = web::dicomweb::parse_rendition(query, is_thumbnail);
    return parsed ? "none" : parsed.fault().parameter;
}

}  // namespace

TEST_CASE("rendition: nothing asked for is the frame as it is") {
    CHECK(read({}) == Rendition());
    CHECK(read({}, true).is_thumbnail);
    CHECK(read({{"accept", "image/jpeg"}}) == Rendition());
}

TEST_CASE("rendition: a window has a center, a width and a function") {
    const std::pair<const char*, Window> good[] = {
        {"40,400,linear", {40, 400, WindowFunction::linear}},
        {"-600.5,1500,linear-exact", {-600.5, 1500, WindowFunction::linear_exact}},
        {"1e3,0.25,sigmoid", {1000, 0.25, WindowFunction::sigmoid}},
        {"0,1,linear", {0, 1, WindowFunction::linear}},
    };
    for (const auto& [text, window] : good) {
        CAPTURE(text);
        CHECK(read({{"window", text}}).window == window);
        CHECK(read({{"window", web::dicomweb::text_of(window)}}).window == window);
    }
    CHECK(web::dicomweb::text_of({-600.5, 1500, WindowFunction::linear_exact}) == "-600.5,1500,linear-exact");
    for (const char* bad : {"40",
                            "40,400",
                            "40,400,",
                            "40,400,linear,",
                            "40,400,LINEAR",
                            "40,400,cubic",
                            ",400,linear",
                            "40,,linear",
                            "40,0.5,linear",
                            "40,0,linear",
                            "40,-400,linear",
                            "40,0,sigmoid",
                            "40,-1,linear-exact",
                            "nan,400,linear",
                            "40,inf,linear",
                            "1e999,400,linear",
                            "40x,400,linear",
                            "0x10,400,linear",
                            " 40,400,linear",
                            ""}) {
        CAPTURE(bad);
        CHECK(fault_of({{"window", bad}}) == "window");
    }
}

TEST_CASE("rendition: a viewport is a box, and which part of the frame is in it, mirrored or not") {
    const std::pair<const char*, Viewport> good[] = {
        {"512,256", {512, 256}},
        {"1,10000", {1, 10000}},
        {"512,256,,,,", {512, 256}},
        {"512,256,10,20,30,40", {512, 256, Region{10, 20, 30, 40}}},
        {"512,256,10.5,,30,", {512, 256, Region{10.5, 0, 30, to_the_edge}}},
        {"512,256,,,-30,40", {512, 256, Region{0, 0, 30, 40, true, false}}},
        {"512,256,0,0,-30,-40", {512, 256, Region{0, 0, 30, 40, true, true}}},
        {"512,256,,7,,-0.5", {512, 256, Region{0, 7, to_the_edge, 0.5, false, true}}},
    };
    for (const auto& [text, viewport] : good) {
        CAPTURE(text);
        CHECK(read({{"viewport", text}}).viewport == viewport);
    }
    for (const char* bad : {"512",
                            "512,",
                            ",512",
                            "0,512",
                            "512,0",
                            "10001,512",
                            "512,10001",
                            "4001,4000",
                            "-512,512",
                            "51.2,512",
                            "512,512,0",
                            "512,512,0,0,1",
                            "512,512,0,0,1,1,1",
                            "512,512,-1,0,1,1",
                            "512,512,0,-1,1,1",
                            "512,512,0,0,0,1",
                            "512,512,0,0,1,0",
                            "512,512,nan,0,1,1",
                            "512,512,0,0,inf,1",
                            "512,512,a,0,1,1",
                            "512, 512",
                            ""}) {
        CAPTURE(bad);
        CHECK(fault_of({{"viewport", bad}}) == "viewport");
    }
}

TEST_CASE("rendition: a thumbnail takes a viewport and nothing else") {
    CHECK(read({{"viewport", "64,64"}}, true).viewport == Viewport{64, 64});
    CHECK(fault_of({{"viewport", "64,64,0,0,1,1"}}, true) == "viewport");
    CHECK(fault_of({{"window", "40,400,linear"}}, true) == "window");
    CHECK(fault_of({{"quality", "50"}}, true) == "quality");
}

TEST_CASE("rendition: what is not known, or given twice, is a fault that names it") {
    CHECK(read({{"quality", "1"}}).quality == 1U);
    CHECK(read({{"quality", "100"}}).quality == 100U);
    for (const char* bad : {"0", "101", "-1", "1.5", "ninety", ""}) CHECK(fault_of({{"quality", bad}}) == "quality");
    CHECK(fault_of({{"annotation", "patient"}}) == "annotation");
    CHECK(fault_of({{"iccprofile", "yes"}}) == "iccprofile");
    CHECK(fault_of({{"quality", "50"}, {"quality", "50"}}) == "quality");
    CHECK(fault_of({{"accept", ""}}) == "accept");
    CHECK(fault_of({{"accept", "image/jpeg"}, {"accept", "image/jpeg"}}) == "accept");
}

TEST_CASE("rendition: a frame is one whole number from 1 on") {
    CHECK(*web::dicomweb::parse_frame("1") == 1);
    CHECK(*web::dicomweb::parse_frame("4294967295") == 4'294'967'295U);
    for (const char* bad : {"0", "-1", "+1", "1.0", "x", "4294967296", "1 "}) {
        CAPTURE(bad);
        CHECK(web::dicomweb::parse_frame(bad).fault().parameter == "frame");
    }
    CHECK(web::dicomweb::parse_frame("1,3").fault().text.find("one frame at a time") != std::string::npos);
}

TEST_CASE("rendition: image/jpeg is taken where the closest range does not exclude it") {
    const std::pair<const char*, bool> headers[] = {
        {"image/jpeg", true},
        {"IMAGE/JPEG", true},
        {"image/*", true},
        {"*/*", true},
        {"", true},
        {"image/png, image/jpeg", true},
        {"image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8", true},
        {"image/jpeg;q=0.001", true},
        {"image/jpeg; transfer-syntax=1.2.840.10008.1.2.4.50", true},
        {"text/html;level=\"1,2\", image/jpeg", true},
        {"image/*;q=0, image/jpeg", true},
        {"image/jpeg;q=0, image/jpeg", true},
        {"image/jpeg, image/jpeg;q=0", true},
        {"image/png", false},
        {"application/json", false},
        {"image/jpegs", false},
        {"image", false},
        {"*", false},
        {"image/jpeg;q=0", false},
        {"image/jpeg;Q=0.000", false},
        {"image/jpeg;q=0, */*", false},
        {"*/*, image/*;q=0", false},
        {"*/*;q=0.0", false},
        {"image/jpeg;q=2", false},
        {"image/jpeg;q=high", false},
        {"image/jpeg;q=", false},
        {"image/jpeg;q=1.001", false},
        {"text/plain; note=\"image/jpeg\"", false},
        {"text/plain; note=\"a, image/jpeg", false},
        {"multipart/related; type=\"image/jpeg\"", false},
        {",,;", false},
    };
    for (const auto& [header, is_taken] : headers) {
        CAPTURE(header);
        CHECK(web::dicomweb::wants_jpeg({}, header) == is_taken);
    }
    CHECK(web::dicomweb::wants_jpeg({}, std::nullopt));
    // Where the parameter is given it decides alone: it is for those who cannot set the header.
    CHECK(web::dicomweb::wants_jpeg({{"accept", "image/jpeg"}}, "text/html"));
    CHECK_FALSE(web::dicomweb::wants_jpeg({{"accept", "image/png"}}, "image/jpeg"));
    CHECK_FALSE(web::dicomweb::wants_jpeg({{"accept", "image/jpeg;q=0"}}, std::nullopt));
}
