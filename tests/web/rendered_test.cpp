/// Pictures over HTTP: which instance is shown, what comes with it, and what is said where there is none.
#include <doctest/doctest.h>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <memory>
#include <thread>

#include "client.h"
#include "outbox/views.h"
#include "rig.h"
#include "web/read_only.h"

namespace {

using boost::json::value;
using test::get;
using Why = web::NotRendered::Why;

const std::string study = "/dicom-web/studies/1.2.3", series = study + "/series/1.2.3.1",
                  instance = series + "/instances/1.2.3.1";

value json_of(const test::Got& got) {
    return boost::json::parse(got.body);
}

/// What the picture that is asked for is made of: which instance, by its first byte.
int shown_by(test::Rig& rig, const std::string& target) {
    const test::Got got = get(rig.port(), target);
    CAPTURE(got.body);
    REQUIRE(got.status == 200);
    return std::to_integer<int>(rig.render.last_digest().front());
}

void until(const std::function<bool()>& condition) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (!condition()) {
        REQUIRE(std::chrono::steady_clock::now() < end);
        std::this_thread::yield();
    }
}

}  // namespace

TEST_CASE("rendered: a picture comes with its frame, their number, its window and a tag") {
    test::Rig rig;
    rig.receive({});
    rig.render.answer(web::Rendered{"\xFF\xD8 jpeg", 3, 40, web::Window{-600.5, 1500, web::WindowFunction::sigmoid}});
    const test::Got got = get(rig.port(), instance + "/frames/3/rendered?quality=80&viewport=100,50");
    CHECK(got.status == 200);
    CHECK(got.body == "\xFF\xD8 jpeg");
    CHECK(got.headers.at("content-type") == "image/jpeg");
    CHECK(got.headers.at("cache-control") == "no-store");  // nothing of a patient stays on a workstation's disk
    CHECK(got.headers.at("dicom-bridge-frame") == "3");
    CHECK(got.headers.at("dicom-bridge-frames") == "40");
    CHECK(got.headers.at("dicom-bridge-window") == "-600.5,1500,sigmoid");
    const web::Rendition asked = rig.render.last_rendition();
    CHECK(asked.frame == 3);
    CHECK(asked.quality == 80U);
    CHECK(asked.viewport == web::Viewport{100, 50});
    CHECK_FALSE(asked.is_thumbnail);
    const std::string known = "If-None-Match: " + got.headers.at("etag") + "\r\n";
    const test::Got same = get(rig.port(), instance + "/frames/3/rendered", known);
    CHECK(same.status == 304);
    CHECK(same.body.empty());
    CHECK(same.headers.at("cache-control") == "no-store");
    CHECK(same.headers.at("dicom-bridge-window") == "-600.5,1500,sigmoid");
    rig.render.answer(web::Rendered{"another", 1, 1, std::nullopt});
    const test::Got other = get(rig.port(), instance + "/thumbnail", known);
    CHECK(other.status == 200);
    CHECK_FALSE(other.headers.contains("dicom-bridge-window"));
    CHECK(rig.render.last_rendition().is_thumbnail);
    CHECK(rig.render.last_rendition().frame == 0);
    test::Client client(rig.port());
    client.send("HEAD " + instance + "/rendered HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    const test::Got head = client.read(true);
    CHECK(head.status == 200);
    CHECK(head.headers.at("content-type") == "image/jpeg");
    CHECK(head.headers.contains("etag"));
    CHECK(client.read_to_end().empty());
}

TEST_CASE("rendered: every reason for no picture has its status, and says what to do") {
    test::Rig rig;
    rig.receive({});
    struct Row {
        Why why;
        int status;
        const char* usual;  ///< where the renderer says nothing
        bool is_told;       ///< what the renderer says
        const char* parameter = "";
    };
    const Row rows[] = {{Why::no_pixels, 406, "no pixels", true},
                        {Why::no_such_frame, 404, "no such frame", true},
                        {Why::no_such_region, 400, "outside of the frame", true, "viewport"},
                        {Why::broken, 422, "no picture", true},
                        {Why::gone, 410, "purged", false},
                        {Why::damaged, 409, "damaged", false},
                        {Why::busy, 503, "ask again", true},
                        {Why::off, 404, "[preview] enabled = false", false}};
    for (const Row& row : rows) {
        for (const char* text : {"", "the reason"}) {
            CAPTURE(row.usual);
            rig.render.answer(web::NotRendered{row.why, text});
            const test::Got got = get(rig.port(), instance + "/rendered");
            CHECK(got.status == row.status);
            CHECK(got.headers.at("content-type") == "application/problem+json");
            const value detail = json_of(got).at("detail");
            if (row.is_told && *text != '\0')
                CHECK(detail == text);
            else
                CHECK(detail.as_string().find(row.usual) != std::string::npos);
            CHECK(got.body.find("Doe") == std::string::npos);
            CHECK(got.headers.contains("retry-after") == (row.why == Why::busy));
            CHECK_FALSE(got.headers.contains("etag"));
            CHECK(json_of(got).as_object().contains("parameter") == (*row.parameter != '\0'));
            if (*row.parameter != '\0') CHECK(json_of(got).at("parameter") == row.parameter);
        }
    }
    rig.render.answer(web::NotRendered{Why::busy, ""});
    CHECK(get(rig.port(), instance + "/thumbnail").headers.at("retry-after") == "2");
    rig.render.answer(web::NotRendered{Why::damaged, ""});
    CHECK(json_of(get(rig.port(), instance + "/thumbnail")).at("state") == "damaged");
}

TEST_CASE("rendered: a parameter that is not understood is 400 with its name, another type than JPEG 406") {
    test::Rig rig;
    rig.receive({});
    const std::pair<const char*, const char*> wrong[] = {{"/rendered?colour=red", "colour"},
                                                         {"/rendered?window=40,400", "window"},
                                                         {"/rendered?quality=1&quality=1", "quality"},
                                                         {"/rendered?viewport=", "viewport"},
                                                         {"/thumbnail?window=40,400,linear", "window"},
                                                         {"/frames/0/rendered", "frame"},
                                                         {"/frames/1,3/rendered", "frame"},
                                                         {"/frames/x/thumbnail", "frame"}};
    for (const auto& [tail, parameter] : wrong) {
        CAPTURE(tail);
        const test::Got got = get(rig.port(), instance + tail);
        CHECK(got.status == 400);
        CHECK(json_of(got).at("parameter") == parameter);
    }
    CHECK(json_of(get(rig.port(), instance + "/frames/1,3/rendered")).at("detail").as_string().find("one frame") !=
          std::string::npos);
    const test::Got png = get(rig.port(), instance + "/rendered", "Accept: image/png\r\n");
    CHECK(png.status == 406);
    CHECK(json_of(png).at("detail").as_string().find("image/jpeg only") != std::string::npos);
    CHECK(get(rig.port(), instance + "/rendered?accept=image/png").status == 406);
    CHECK(rig.render.asked() == 0);
    CHECK(get(rig.port(), instance + "/rendered", "Accept: text/html, image/*;q=0.1\r\n").status == 200);
    CHECK(get(rig.port(), instance + "/rendered?accept=image/jpeg", "Accept: text/html\r\n").status == 200);
    CHECK(get(rig.port(), instance + "/rendered?window=40,400,linear").status == 200);
    CHECK(rig.render.last_rendition().window == web::Window{40, 400, web::WindowFunction::linear});
    CHECK(test::post(rig.port(), instance + "/rendered", "{}").status == 405);
}

TEST_CASE("rendered: an instance is its newest version, and its study and series are those of the path") {
    test::Rig rig;
    rig.receive({});
    CHECK(shown_by(rig, instance + "/rendered") == 1);
    rig.receive({});  // other bytes under the same UID
    CHECK(shown_by(rig, instance + "/rendered") == 2);
    for (const char* other : {"/dicom-web/studies/1.2.4/series/1.2.3.1/instances/1.2.3.1/rendered",
                              "/dicom-web/studies/1.2.3/series/1.2.3.2/instances/1.2.3.1/rendered",
                              "/dicom-web/studies/1.2.3/series/1.2.3.1/instances/1.2.3.9/rendered",
                              "/dicom-web/studies/1.2.3/series/1.2.3.9/thumbnail", "/dicom-web/studies/1.2.9/thumbnail",
                              "/dicom-web/studies/1.2.4/series/1.2.3.1/rendered", "/dicom-web/studies/x/rendered"}) {
        CAPTURE(other);
        CHECK(get(rig.port(), other).status == 404);
    }
    // The newest version moved to another series: there it is, and no longer here.
    rig.receive({.series_instance_uid = "1.2.3.8"});
    CHECK(get(rig.port(), instance + "/rendered").status == 404);
    CHECK(get(rig.port(), series + "/rendered").status == 404);
    CHECK(shown_by(rig, study + "/series/1.2.3.8/instances/1.2.3.1/rendered") == 3);
    CHECK(shown_by(rig, study + "/series/1.2.3.8/rendered") == 3);
    CHECK(shown_by(rig, study + "/thumbnail") == 3);
}

TEST_CASE("rendered: a broken key instance leaves it to a neighbour, and one of another series") {
    test::Rig rig;
    const auto receive = [&](int uid, const char* series, const char* number) {
        rig.receive({.sop_instance_uid = std::to_string(uid),
                     .series_instance_uid = series,
                     .instance_number = std::to_string(uid),
                     .series_number = number});
    };
    for (const int uid : {1, 2, 3, 4, 5}) receive(uid, "1.2.3.8", "1");
    receive(6, "1.2.3.9", "2");
    const web::NotRendered broken{Why::broken, "the reason"};
    CHECK(shown_by(rig, study + "/series/1.2.3.8/thumbnail") == 3);
    rig.render.answer_of(std::byte{3}, broken);
    CHECK(shown_by(rig, study + "/series/1.2.3.8/thumbnail") == 4);
    CHECK(shown_by(rig, study + "/thumbnail") == 4);
    for (const int each : {2, 4}) rig.render.answer_of(std::byte(each), broken);
    const test::Got none = get(rig.port(), study + "/series/1.2.3.8/thumbnail");
    CHECK(none.status == 422);
    CHECK(json_of(none).at("detail") == "the reason");
    CHECK(shown_by(rig, study + "/thumbnail") == 6);
    // Of one that has no time now another is no better.
    rig.render.answer_of(std::byte{3}, web::NotRendered{Why::busy, ""});
    CHECK(get(rig.port(), study + "/thumbnail").status == 503);
}

TEST_CASE("rendered: pictures that nobody reads leave no room for others, until they are gone") {
    web::Limits limits;
    limits.pictures_bytes_max = 32U << 20;
    limits.write_timeout = std::chrono::milliseconds(1500);
    test::Rig rig(web::Access::open, limits);
    rig.receive({});
    rig.render.answer(web::Rendered{std::string(24U << 20, 'x'), 1, 1, std::nullopt});
    const auto status = [&] { return get(rig.port(), instance + "/rendered").status; };
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    // Whoever comes first gets the room: one that doesn't read is first at some time.
    std::vector<std::unique_ptr<test::Client>> silent;
    do {
        REQUIRE(std::chrono::steady_clock::now() < until);
        silent.push_back(std::make_unique<test::Client>(rig.port()));
        silent.back()->send("GET " + instance + "/rendered HTTP/1.1\r\nHost: localhost\r\n\r\n");
    } while (status() != 503);
    while (status() != 200) REQUIRE(std::chrono::steady_clock::now() < until);
}

TEST_CASE("rendered: a series and a study are shown as their key instance") {
    test::Rig rig;
    const std::string report = "1.2.840.10008.5.1.4.1.1.88.22";
    rig.receive({.sop_instance_uid = "1",
                 .series_instance_uid = "1.2.3.7",
                 .sop_class_uid = report,
                 .modality = "SR",
                 .series_number = "1"});
    CHECK(shown_by(rig, study + "/rendered") == 1);  // nothing else is here: asked for all the same
    const char* numbers[] = {"10", "9", "100"};
    int uid = 1;
    for (const char* number : numbers)
        rig.receive({.sop_instance_uid = std::to_string(++uid),
                     .series_instance_uid = "1.2.3.8",
                     .instance_number = number,
                     .series_number = "5"});
    CHECK(shown_by(rig, study + "/series/1.2.3.8/thumbnail") == 2);
    CHECK(shown_by(rig, study + "/series/1.2.3.8/rendered") == 2);
    CHECK(shown_by(rig, study + "/series/1.2.3.7/rendered") == 1);
    CHECK(shown_by(rig, study + "/rendered") == 2);
    rig.receive({.sop_instance_uid = "5", .series_instance_uid = "1.2.3.9", .series_number = "3"});
    CHECK(shown_by(rig, study + "/thumbnail") == 5);
}

TEST_CASE("rendered: bytes that are purged or damaged are told before anything is asked for") {
    test::Rig rig;
    const auto job = rig.receive({}).front();
    const outbox::Digest digest = outbox::Views(rig.database()).job(job)->digest;
    {
        outbox::Outbox::Transaction transaction(rig.outbox);
        rig.outbox.damage(digest, test::now);
        transaction.commit();
    }
    const test::Got damaged = get(rig.port(), instance + "/rendered");
    CHECK(damaged.status == 409);
    CHECK(json_of(damaged).at("state") == "damaged");
    CHECK(get(rig.port(), study + "/thumbnail").status == 409);
    const auto other = rig.receive({}).front();
    CHECK(get(rig.port(), instance + "/rendered").status == 200);
    rig.act.act(outbox::Verb::cancel, other, {"local:alice", ""});
    {
        outbox::Outbox::Transaction transaction(rig.outbox);
        const auto purging = rig.outbox.begin_purge(test::now + std::chrono::hours(1), 10, test::now);
        REQUIRE(purging.size() == 1);
        transaction.commit();
    }
    const int asked = rig.render.asked();
    CHECK(get(rig.port(), instance + "/rendered").status == 410);
    CHECK(json_of(get(rig.port(), series + "/thumbnail")).at("state") == "purged");
    CHECK(rig.render.asked() == asked);
}

TEST_CASE("rendered: a stopped broker makes no pictures") {
    test::Rig rig;
    rig.receive({});
    web::ReadOnly stopped(
        {rig.database(), {"rs-contoh", "0.1.0", "Asia/Jakarta", std::nullopt}, [] { return test::now; }, {}});
    const auto response = stopped.answer("GET", instance + "/rendered", "", [](std::string_view) { return true; });
    CHECK(response.status == 409);
    CHECK(boost::json::parse(response.body).at("state") == "stopped");
}

TEST_CASE("rendered: fifty pictures that hang keep nobody from the status") {
    test::Rig rig;
    rig.receive({});
    rig.render.hang(true);
    std::vector<std::unique_ptr<test::Client>> waiting;
    for (int i = 0; i < 50; ++i) {
        waiting.push_back(std::make_unique<test::Client>(rig.port()));
        waiting.back()->send("GET " + instance + "/thumbnail HTTP/1.1\r\nHost: localhost\r\n\r\n");
    }
    until([&] { return rig.render.waiting() == 2; });  // half as many as handlers
    CHECK(get(rig.port(), "/api/v1/status").status == 200);
    CHECK(get(rig.port(), "/api/v1/series/1.2.3.1").status == 200);
    CHECK(rig.render.waiting() == 2);
    rig.render.hang(false);
    for (const auto& each : waiting) CHECK(each->read().status == 200);
    CHECK(rig.render.asked() == 50);
}

TEST_CASE("rendered: an operator's slow acts never wait for pictures") {
    test::Rig rig;
    const auto job = rig.receive({}).front();
    rig.render.hang(true);
    std::vector<std::unique_ptr<test::Client>> waiting;
    for (int i = 0; i < 50; ++i) {
        waiting.push_back(std::make_unique<test::Client>(rig.port()));
        waiting.back()->send("GET " + study + "/thumbnail HTTP/1.1\r\nHost: localhost\r\n\r\n");
    }
    until([&] { return rig.render.waiting() == 2; });
    CHECK(test::post(rig.port(), "/api/v1/config/reload", R"({"dry_run":true,"note":"x"})").status == 200);
    CHECK(test::post(rig.port(), "/api/v1/destinations/pacs-a/echo", "{}").status == 200);
    CHECK(test::post(rig.port(), "/api/v1/jobs/" + std::to_string(job.value) + "/hold", R"({"note":"x"})").status ==
          200);
    CHECK(get(rig.port(), "/api/v1/history/verify").status == 200);
    CHECK(rig.render.waiting() == 2);
    rig.render.hang(false);
    for (const auto& each : waiting) CHECK(each->read().status == 200);
}

TEST_CASE("rendered: a server that stops does not wait for pictures") {
    test::Rig rig;
    rig.receive({});
    rig.render.hang(true);
    test::Client client(rig.port());
    client.send("GET " + instance + "/rendered HTTP/1.1\r\nHost: localhost\r\n\r\n");
    until([&] { return rig.render.waiting() == 1; });
    rig.server->stop();
    CHECK(rig.render.waiting() == 0);
}
