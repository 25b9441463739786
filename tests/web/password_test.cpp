/// What is kept of a password, and whether another one is the same.
#include "web/password.h"

#include <doctest/doctest.h>

#include <future>
#include <vector>

#include "web/base64.h"

using web::PasswordCheck;

TEST_CASE("password: the same one is right, every other one is wrong, and two of the same are kept differently") {
    const auto kept = web::hash_password("correct horse battery");
    const auto again = web::hash_password("correct horse battery");
    REQUIRE(kept);
    REQUIRE(again);
    CHECK(*kept != *again);
    CHECK(kept->starts_with("$scrypt$ln=15,r=8,p=3$"));
    CHECK(kept->find("correct") == std::string::npos);
    CHECK(web::check_password("correct horse battery", *kept) == PasswordCheck::right);
    for (const char* other : {"", "correct horse batter", "correct horse battery ", "Correct horse battery"})
        CHECK(web::check_password(other, *kept) == PasswordCheck::wrong);
}

TEST_CASE("password: RFC 7914's own example is what we compute") {
    // Section 12: scrypt("pleaseletmein", "SodiumChloride", N = 16384, r = 8, p = 1), of 64 bytes the first 32.
    const std::string kept =
        "$scrypt$ln=14,r=8,p=1$" + web::base64("SodiumChloride") + "$cCO9yzr9c0hGHAbNgf046/2o+7qQT44+qbVD9lRdofI=";
    CHECK(web::check_password("pleaseletmein", kept) == PasswordCheck::right);
    CHECK(web::check_password("pleaseletmeout", kept) == PasswordCheck::wrong);
}

TEST_CASE("password: what is no hash of ours lets nobody in") {
    const auto kept = web::hash_password("correct horse battery");
    REQUIRE(kept);
    for (const std::string& broken : {std::string(), std::string("correct horse battery"), std::string("$scrypt$"),
                                      kept->substr(0, kept->size() - 4), *kept + "$",
                                      "$scrypt$ln=40" + kept->substr(13), "$argon2id" + kept->substr(7)})
        CHECK(web::check_password("correct horse battery", broken) == PasswordCheck::wrong);
}

TEST_CASE("password: whoever comes while the places are taken is told that it is busy, and nothing is worn out") {
    std::vector<std::future<bool>> all;
    for (int each = 0; each < 16; ++each)
        all.push_back(std::async(std::launch::async, [] { return web::hash_password("twelve or more").has_value(); }));
    int made = 0;
    for (auto& each : all) made += each.get() ? 1 : 0;
    CHECK(made >= 1);
    CHECK(web::hash_password("twelve or more").has_value());
}

TEST_CASE("password: one that is too short, too long, one letter or the user's name is refused in words") {
    CHECK(web::password_fault("correct horse", "alice").empty());
    CHECK(web::password_fault(std::string(256, 'a') + "b", "alice") != "");
    for (const char* bad : {"", "short", "elevenchars", "aaaaaaaaaaaaaaaa", "xxAlice12345"})
        CHECK_FALSE(web::password_fault(bad, "alice").empty());
    // A name of three letters is in many words.
    CHECK(web::password_fault("correct horse", "cor").empty());
}

TEST_CASE("base64: bytes come back, and only what it would write itself is read") {
    for (const std::string& bytes : {std::string(), std::string("a"), std::string("ab"), std::string("abc"),
                                     std::string("\0\xff\x80", 3), std::string(100, '\xfe')}) {
        CHECK(web::parse_base64(web::base64(bytes)) == bytes);
        CHECK(web::base64_url(bytes).find_first_of("+/=") == std::string::npos);
    }
    CHECK(web::base64("\xfb\xff") == "+/8=");
    CHECK(web::base64_url("\xfb\xff") == "-_8");
    for (const char* bad : {"a", "ab", "abc", "====", "ab==cd==", "a b=", "YW=J", "YR==", "\xc3\xa4YQ"})
        CHECK_FALSE(web::parse_base64(bad));
}
