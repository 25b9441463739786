// Layout: the names that must parse and those that must not.
#include "spool/layout.h"

#include <doctest/doctest.h>

#include <set>

namespace {

const std::string hex = "ab12000000000000000000000000000000000000000000000000000000000000";

}  // namespace

TEST_CASE("layout: a blob lies in the folder of its first two digits") {
    auto digest = spool::Digest::parse(hex);
    REQUIRE(digest);
    CHECK(spool::layout::shard_of(*digest) == 0xab);
    CHECK(spool::layout::blob_name(*digest) == "ab/" + hex);
    CHECK(spool::layout::full_blob_name(*digest) == "spool/ab/" + hex);
}

TEST_CASE("layout: there are 256 shards, all different, all recognised") {
    std::set<std::string> names;
    for (unsigned shard = 0; shard < spool::layout::shard_count; ++shard) {
        auto name = spool::layout::shard_name(shard);
        CHECK(spool::layout::is_shard(name));
        names.insert(name);
    }
    CHECK(names.size() == 256);
    CHECK(*names.begin() == "00");
    CHECK(*names.rbegin() == "ff");
}

TEST_CASE("layout: only two lower-case hex digits are a shard") {
    for (const char* name : {"", "a", "abc", "AB", "0g", "..", "a/", "0 "}) {
        CAPTURE(name);
        CHECK_FALSE(spool::layout::is_shard(name));
    }
}

TEST_CASE("layout: a name is a blob's only in that blob's shard") {
    CHECK(spool::layout::parse_blob({"ab", hex}));
    CHECK_FALSE(spool::layout::parse_blob({"ac", hex}));
    CHECK_FALSE(spool::layout::parse_blob({"", hex}));
    CHECK_FALSE(spool::layout::parse_blob({"ab", hex + ".1"}));
    CHECK_FALSE(spool::layout::parse_blob({"ab", hex.substr(1)}));
    CHECK_FALSE(spool::layout::parse_blob({"ab", "AB" + hex.substr(2)}));
}

TEST_CASE("layout: full names survive making and parsing") {
    for (const auto& spot : {spool::layout::Spot{"ab", hex}, {"00", "a stray"}, {"", "README"}, {"ff", "..."}}) {
        auto name = spool::layout::full_name(spot);
        CAPTURE(name);
        auto parsed = spool::layout::parse_full_name(name);
        REQUIRE(parsed);
        CHECK(parsed->shard == spot.shard);
        CHECK(parsed->name == spot.name);
    }
}

TEST_CASE("layout: a full name that leads elsewhere is none") {
    const std::string with_nul{"spool/ab/x\0y", 12};
    for (const std::string& name :
         {std::string(), std::string("spool"), std::string("spool/"), std::string("spool/ab"), std::string("spool/ab/"),
          std::string("spool/ab/.."), std::string("spool/ab/."), std::string("spool/.."), std::string("spool/../lock"),
          std::string("spool/ab/../x"), std::string("spool/ab/x/y"), std::string("spool/abc/x"),
          std::string("spool/AB/x"), std::string("spool//x"), std::string("/spool/ab/x"), std::string("tmp/x"),
          std::string("spoolx/ab/y"), std::string("lock"), with_nul}) {
        CAPTURE(name);
        CHECK_FALSE(spool::layout::parse_full_name(name));
    }
}

TEST_CASE("layout: later files of one name in quarantine are numbered") {
    CHECK(spool::layout::kept_name("x", 0) == "x");
    CHECK(spool::layout::kept_name("x", 1) == "x.1");
    CHECK(spool::layout::kept_name("x", 12) == "x.12");
}
