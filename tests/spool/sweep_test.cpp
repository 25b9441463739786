// Listing, setting aside, quarantine and removal.
#include <doctest/doctest.h>

#include <cerrno>
#include <map>

#include "spool/posix_disk.h"
#include "tests/spool/blob.h"
#include "tests/support/fault_disk.h"
#include "tests/support/temp_folder.h"

TEST_CASE("list: shows every blob and every stray, with its size and whether it is a blob's") {
    support::FaultDisk disk;
    spool::Spool spool(disk, "/data");
    std::map<std::string, std::uint64_t> expected;
    for (std::uint64_t seed = 0; seed < 50; ++seed) {
        auto digest = blob::store(spool, blob::make(seed, seed));
        expected["spool/" + digest.hex().substr(0, 2) + "/" + digest.hex()] = seed;
    }
    disk.set_now_ms(5'000);
    disk.put("/data/spool/00/a stray", blob::make(1, 7));
    disk.put("/data/spool/beside", blob::make(1, 8));
    std::map<std::string, std::uint64_t> blobs;
    std::map<std::string, std::uint64_t> strays;
    for (const auto& found : blob::found_in(spool)) {
        (found.digest ? blobs : strays)[found.name] = found.size;
        CHECK(found.modified_at_ms == (found.digest ? 0 : 5'000));
    }
    CHECK(blobs == expected);
    CHECK(strays == std::map<std::string, std::uint64_t>{{"spool/00/a stray", 7}, {"spool/beside", 8}});
}

TEST_CASE("list: stops when told") {
    support::FaultDisk disk;
    spool::Spool spool(disk, "/data");
    for (std::uint64_t seed = 0; seed < 5; ++seed) blob::store(spool, blob::make(seed, 10));
    int seen = 0;
    spool.list([&](const spool::Found&) { return ++seen < 2; });
    CHECK(seen == 2);
}

TEST_CASE("list: a folder that cannot be read is an error, never an empty folder") {
    support::FaultDisk disk;
    spool::Spool spool(disk, "/data");
    blob::store(spool, blob::make(1, 10));
    auto before = disk.calls();
    blob::found_in(spool);
    auto count = disk.calls() - before;
    for (std::uint64_t n = 1; n <= count; ++n) {
        disk.set_fault({.at = disk.calls() + n});
        CAPTURE(n);
        CHECK(blob::code_of([&] { blob::found_in(spool); }) == spool::Errc::io);
    }
}

TEST_CASE("quarantine: moves the blob, durably, and says when there is none") {
    support::FaultDisk disk;
    spool::Spool spool(disk, "/data");
    auto bytes = blob::make(1, 100);
    auto digest = blob::store(spool, bytes);
    CHECK(spool.quarantine(digest));
    CHECK_FALSE(spool.quarantine(digest));
    CHECK_FALSE(spool.size_of(digest));
    auto after = disk.after_power_cut({});
    CHECK(after->bytes("/data/quarantine/" + digest.hex()) == bytes);
    CHECK_FALSE(after->has("/data/spool/" + digest.hex().substr(0, 2) + "/" + digest.hex()));
}

TEST_CASE("set aside: moves what list showed, durably, and drops it when its time has come") {
    support::FaultDisk disk;
    spool::Spool spool(disk, "/data");
    auto digest = blob::store(spool, blob::make(1, 100));
    disk.put("/data/spool/00/a stray", blob::make(2, 7));
    disk.set_now_ms(1'000'000);
    for (const auto& found : blob::found_in(spool)) CHECK(spool.set_aside(found.name));
    CHECK(blob::found_in(spool).empty());
    auto after = disk.after_power_cut({});
    CHECK(after->names("/data/orphans") == disk.names("/data/orphans"));
    CHECK(disk.has("/data/orphans/" + digest.hex()));
    CHECK(disk.has("/data/orphans/a stray"));
    CHECK(spool.drop_set_aside(1'000'000) == 0);
    CHECK(spool.drop_set_aside(1'000'001) == 2);
    CHECK(disk.names("/data/orphans").empty());
}

TEST_CASE("set aside: counts from the move, not from the file's birth, on the real disk") {
    support::TempFolder temp;
    spool::PosixDisk disk;
    spool::Spool spool(disk, temp.path());
    auto digest = blob::store(spool, blob::make(1, 100));
    auto name = "spool/" + digest.hex().substr(0, 2) + "/" + digest.hex();
    using Clock = std::filesystem::file_time_type::clock;
    std::filesystem::last_write_time(temp.path() / name, Clock::now() - std::chrono::hours(48));
    auto found = blob::found_in(spool);
    REQUIRE(found.size() == 1);
    auto written_at_ms = found[0].modified_at_ms;
    CHECK(spool.set_aside(name));
    constexpr std::int64_t hour_ms = 3'600'000;
    CHECK(spool.drop_set_aside(written_at_ms + 24 * hour_ms) == 0);
    CHECK(spool.drop_set_aside(written_at_ms + 72 * hour_ms) == 1);
}

TEST_CASE("set aside: what is no name under spool/, or not there, is left alone") {
    support::FaultDisk disk;
    spool::Spool spool(disk, "/data");
    for (const char* name :
         {"", "lock", "spool/../lock", "spool/00/../../lock", "/data/lock", "spool/00", "spool/00/none"}) {
        CAPTURE(name);
        CHECK_FALSE(spool.set_aside(name));
    }
    CHECK(disk.has("/data/lock"));
    CHECK(disk.names("/data/orphans").empty());
}

TEST_CASE("unlink: removes what is there and passes over what is not") {
    support::FaultDisk disk;
    spool::Spool spool(disk, "/data");
    const auto digest = blob::store(spool, blob::make(1, 10));
    CHECK(spool.unlink(digest));
    CHECK(blob::found_in(spool).empty());
    CHECK(spool.unlink(digest));
    disk.set_fault({.at = disk.calls() + 1, .error = EROFS});
    CHECK(blob::code_of([&] { spool.unlink(digest); }) == spool::Errc::io);
}

TEST_CASE("verify: one wrong reading is no damage, two are") {
    support::FaultDisk disk;
    spool::Spool spool(disk, "/data");
    auto bytes = blob::make(1, 100);
    auto digest = blob::store(spool, bytes);
    CHECK(spool.verify(digest));
    bytes[99] ^= std::byte{128};
    disk.put("/data/spool/" + digest.hex().substr(0, 2) + "/" + digest.hex(), bytes);
    auto before = disk.calls();
    CHECK_FALSE(spool.verify(digest));
    CHECK(disk.calls() - before == 6);  // open, stat, twice forget and read
}

TEST_CASE("whoever wants to hear of removals hears of each blob that went, by whichever way, and of none that stayed") {
    support::FaultDisk disk;
    spool::Spool spool(disk, "/data");
    std::vector<spool::Digest> gone;
    spool.on_removed([&](const spool::Digest& digest) { gone.push_back(digest); });
    const auto unlinked = blob::store(spool, blob::make(1, 10)), damaged = blob::store(spool, blob::make(2, 10)),
               orphan = blob::store(spool, blob::make(3, 10)), kept = blob::store(spool, blob::make(4, 10));
    CHECK(spool.unlink(unlinked));
    CHECK(spool.quarantine(damaged));
    CHECK(spool.set_aside("spool/" + orphan.hex().substr(0, 2) + "/" + orphan.hex()));
    CHECK(gone == std::vector{unlinked, damaged, orphan});
    CHECK_FALSE(spool.quarantine(damaged));
    {
        auto intake = spool.begin(100);
        intake.append(blob::make(4, 10));
        const auto pin = spool.link(intake.finish());
        CHECK_FALSE(spool.unlink(kept));
        CHECK_FALSE(spool.quarantine(kept));
    }
    CHECK(gone.size() == 3);
}

TEST_CASE("whoever wants to hear of removals hears of damaged bytes that sound ones have replaced") {
    support::FaultDisk disk;
    std::vector<spool::Digest> gone;
    const auto bytes = blob::make(4, 10);
    spool::Digest digest = spool::Digest::from_bytes({});
    {
        spool::Spool spool(disk, "/data");
        digest = blob::store(spool, bytes);
        spool.mark_clean();
    }
    auto damaged = bytes;
    damaged[5] ^= std::byte{1};
    disk.put("/data/spool/" + digest.hex().substr(0, 2) + "/" + digest.hex(), damaged);
    {
        spool::Spool spool(disk, "/data");
        spool.on_removed([&](const spool::Digest& each) { gone.push_back(each); });
        CHECK(blob::store(spool, bytes) == digest);
        CHECK(gone == std::vector{digest});
        CHECK(blob::store(spool, bytes) == digest);
        CHECK(gone.size() == 1);
        spool.mark_clean();
    }
    // One that is too large to be read once more gives way unread, the first time.
    spool::Options unread;
    unread.rehash_bytes_max = 5;
    spool::Spool again(disk, "/data", unread);
    again.on_removed([&](const spool::Digest& each) { gone.push_back(each); });
    for (int i = 0; i < 2; ++i) CHECK(blob::store(again, bytes) == digest);
    CHECK(gone.size() == 2);
}
