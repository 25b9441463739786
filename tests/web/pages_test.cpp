/// The embedded pages: all there, small, and with no way for data to become markup.
#include "web/pages.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <set>
#include <string>

#include "client.h"
#include "rig.h"
#include "web/api/routes.h"
#include "web/headers.h"

namespace {

bool has(std::string_view text, std::string_view what) {
    return text.find(what) != std::string_view::npos;
}

/// Whether `text` names it other than in import("…"): that is loaded when somebody does something, not with the page.
/// Words of the language that is spoken are, all the same.
bool loads_at_once(std::string_view text, const std::string& named, const std::string& language) {
    if (named.ends_with("_words_" + language + ".js\"")) return has(text, named);
    constexpr std::string_view later = "import(";
    for (auto at = text.find(named); at != std::string_view::npos; at = text.find(named, at + 1))
        if (!text.substr(0, at).ends_with(later)) return true;
    return false;
}

/// A page and whatever it loads at first, found by the names that stand in it.
std::set<const web::EmbeddedPage*> needed_by(const web::EmbeddedPage& page, const std::string& language) {
    std::set<const web::EmbeddedPage*> needed{&page};
    for (std::size_t before = 0; before != needed.size();) {
        before = needed.size();
        for (const web::EmbeddedPage& each : web::embedded_pages) {
            const std::string named = "\"/" + std::string(each.name) + "\"";
            if (!each.name.ends_with(".html") && std::ranges::any_of(needed, [&](const web::EmbeddedPage* by) {
                    return loads_at_once(by->bytes, named, language);
                }))
                needed.insert(&each);
        }
    }
    return needed;
}

}  // namespace

TEST_CASE("pages: every one is served with its type, asked about each time, and known by its tag") {
    test::Rig rig;
    for (const web::EmbeddedPage& page : web::embedded_pages) {
        CAPTURE(page.name);
        const std::string target = page.name == "overview.html" ? "/" : "/" + std::string(page.name);
        const test::Got got = test::get(rig.port(), target);
        REQUIRE(got.status == 200);
        CHECK(got.body == page.bytes);
        CHECK(got.body.size() > 100);
        CHECK(got.headers.at("cache-control") == "no-cache");
        CHECK(test::get(rig.port(), target, "If-None-Match: " + got.headers.at("etag") + "\r\n").status == 304);
    }
    CHECK(test::get(rig.port(), "/").headers.at("content-type") == "text/html; charset=utf-8");
    CHECK(test::get(rig.port(), "/overview.js").headers.at("content-type") == "text/javascript; charset=utf-8");
    CHECK(test::get(rig.port(), "/overview.css").headers.at("content-type") == "text/css; charset=utf-8");
    CHECK(test::get(rig.port(), "/study.html?study=1.2.3").headers.at("content-type") == "text/html; charset=utf-8");
    CHECK(test::get(rig.port(), "/overview.html").status == 404);
}

TEST_CASE("pages: packed for whoever takes that, and for nobody else") {
    test::Rig rig;
    const web::EmbeddedPage& page = web::embedded_pages.front();
    const std::string target = page.name == "overview.html" ? "/" : "/" + std::string(page.name);
    const auto ask = [&](const std::string& accepted) {
        return test::get(rig.port(), target, accepted.empty() ? "" : "Accept-Encoding: " + accepted + "\r\n");
    };
    for (const char* accepted : {"gzip", "br, gzip", "deflate,GZIP;q=0.5", "gzip; q=1.0", "gzip;q=0.001"}) {
        CAPTURE(accepted);
        const test::Got got = ask(accepted);
        CHECK(got.headers.at("content-encoding") == "gzip");
        CHECK(got.headers.at("vary") == "Accept-Encoding");
        CHECK(got.body == page.packed);
        CHECK(got.body.substr(0, 3) == "\x1f\x8b\x08");
        CHECK(got.body.size() < page.bytes.size());
        CHECK(got.headers.at("etag") != ask("").headers.at("etag"));
    }
    for (const char* accepted : {"", "identity", "gzip;q=0", "gzip;q=0.000", "xgzip", "br", "*;q=0"}) {
        CAPTURE(accepted);
        CHECK(ask(accepted).body == page.bytes);
    }
}

TEST_CASE("pages: the first paint of each is under 100 KB") {
    for (const web::EmbeddedPage& page : web::embedded_pages) {
        if (!page.name.ends_with(".html")) continue;
        CAPTURE(page.name);
        for (const std::string language : {"en", "id"}) {
            CAPTURE(language);
            const auto needed = needed_by(page, language);
            CHECK(needed.size() > 3);
            std::size_t bytes = 0;
            for (const web::EmbeddedPage* each : needed) bytes += each->bytes.size();
            CHECK(bytes < 100'000);
        }
    }
}

TEST_CASE("pages: only those that fetch pictures may show what a script has fetched") {
    test::Rig rig;
    const auto policy = [&](const std::string& target) {
        return test::get(rig.port(), target).headers.at("content-security-policy");
    };
    CHECK(has(policy("/study.html"), "; img-src 'self' blob:; "));
    CHECK(has(policy("/studies.html"), "; img-src 'self' blob:; "));
    CHECK(has(policy("/"), "; img-src 'self'; "));
    for (const web::Route& route : web::api::routes()) {
        if (route.method != "GET" || route.pattern.find('{') != std::string_view::npos) continue;
        if (route.kind == web::Kind::follow) continue;  // it would be followed
        CAPTURE(route.pattern);
        std::string narrow = policy(std::string(route.pattern));
        CHECK(has(narrow, "blob:") == (route.pattern == "/study.html" || route.pattern == "/studies.html"));
        // In nothing else is that page's different.
        if (const auto blob = narrow.find(" blob:"); blob != std::string::npos) narrow.erase(blob, 6);
        CHECK(narrow == web::content_policy);
    }
}

TEST_CASE("pages: nothing in them makes markup or code out of data, or asks another host") {
    for (const web::EmbeddedPage& page : web::embedded_pages) {
        CAPTURE(page.name);
        for (const char* way : {"innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(",
                                "new Function", "setAttribute(\"on", "srcdoc", "javascript:", "https://", "//cdn",
                                "DOMParser", "createContextualFragment"})
            CHECK_FALSE(has(page.bytes, way));
        if (page.name.ends_with(".html")) {
            CHECK_FALSE(has(page.bytes, "<script>"));
            CHECK_FALSE(has(page.bytes, " style="));
            CHECK_FALSE(has(page.bytes, " onclick="));
        }
    }
}
