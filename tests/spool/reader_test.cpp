// Reader and VerifiedReader: the end of a damaged blob is never handed out.
#include "spool/reader.h"

#include <doctest/doctest.h>

#include "spool/posix_disk.h"
#include "tests/spool/blob.h"
#include "tests/support/fault_disk.h"
#include "tests/support/temp_folder.h"

namespace {

struct Room {
    support::TempFolder temp;
    spool::PosixDisk disk;
    spool::Spool spool{disk, temp.path()};

    std::filesystem::path path(const spool::Digest& digest) const {
        return temp.path() / "spool" / digest.hex().substr(0, 2) / digest.hex();
    }
};

struct Passed {
    blob::Bytes bytes;
    bool is_damaged = false;
};

/// What a sender would have passed on, reading `piece` bytes at a time.
Passed pass_on(spool::Spool& spool, const spool::Digest& digest, std::size_t piece) {
    Passed passed;
    blob::Bytes into(piece);
    try {
        spool::VerifiedReader reader(spool.open(digest), digest);
        while (auto now = reader.next(into)) {
            passed.bytes.insert(passed.bytes.end(), into.begin(), into.begin() + static_cast<std::ptrdiff_t>(now));
        }
        CHECK(reader.next(into) == 0);
    } catch (const spool::Error& error) {
        CHECK(error.code() == spool::Errc::damaged);
        passed.is_damaged = true;
    }
    return passed;
}

}  // namespace

TEST_CASE("reader: reads any range, as far as the blob goes") {
    Room room;
    auto bytes = blob::make(1, 10'000);
    auto reader = room.spool.open(blob::store(room.spool, bytes));
    CHECK(reader.size() == 10'000);
    blob::Bytes into(100);
    CHECK(reader.read(9'950, into) == 50);
    CHECK(std::equal(into.begin(), into.begin() + 50, bytes.begin() + 9'950));
    CHECK(reader.read(10'000, into) == 0);
    CHECK(reader.read(~std::uint64_t{0}, into) == 0);
    CHECK(reader.read(0, {}) == 0);
}

TEST_CASE("reader: a short read of the system is no end") {
    support::FaultDisk disk;
    spool::Spool spool(disk, "/data");
    auto bytes = blob::make(1, 10'000);
    auto digest = blob::store(spool, bytes);
    disk.set_short_io(true);
    CHECK(blob::read_all(spool.open(digest)) == bytes);
    CHECK(spool.verify(digest));
}

TEST_CASE("reader: asks for the beginning early, and that changes nothing") {
    support::FaultDisk disk;
    spool::Spool spool(disk, "/data");
    const auto bytes = blob::make(1, 10'000);
    const auto reader = spool.open(blob::store(spool, bytes));
    reader.start_reading();
    CHECK(disk.started_reading() == 10'000);
    CHECK(blob::read_all(reader) == bytes);
    spool.open(blob::store(spool, blob::make(2, 5'000'000))).start_reading();
    CHECK(disk.started_reading() == 10'000 + (4u << 20));
}

TEST_CASE("reader: keeps its bytes when the blob is unlinked meanwhile") {
    Room room;
    auto bytes = blob::make(1, 10'000);
    auto digest = blob::store(room.spool, bytes);
    auto reader = room.spool.open(digest);
    room.spool.unlink(digest);
    CHECK(blob::read_all(reader) == bytes);
    CHECK(blob::code_of([&] { room.spool.open(digest); }) == spool::Errc::not_found);
}

TEST_CASE("reader: is current until its blob is removed or comes again as another file") {
    Room room;
    auto bytes = blob::make(1, 10'000);
    auto digest = blob::store(room.spool, bytes);
    auto reader = room.spool.open(digest);
    CHECK(room.spool.is_current(digest, reader));
    room.spool.unlink(digest);
    CHECK_FALSE(room.spool.is_current(digest, reader));
    blob::store(room.spool, bytes);
    CHECK_FALSE(room.spool.is_current(digest, reader));
    CHECK(room.spool.is_current(digest, room.spool.open(digest)));
}

TEST_CASE("reader: an absent blob is not_found, for verify too") {
    Room room;
    auto digest = blob::digest_of({});
    CHECK(blob::code_of([&] { room.spool.open(digest); }) == spool::Errc::not_found);
    CHECK(blob::code_of([&] { room.spool.verify(digest); }) == spool::Errc::not_found);
    CHECK_FALSE(room.spool.size_of(digest));
}

TEST_CASE("reader: a folder or a link in a blob's place is never read") {
    Room room;
    auto digest = blob::digest_of({});
    std::filesystem::create_directory(room.path(digest));
    CHECK(blob::code_of([&] { room.spool.open(digest); }) == spool::Errc::damaged);
    CHECK_FALSE(room.spool.size_of(digest));
    std::filesystem::remove(room.path(digest));
    std::filesystem::create_symlink("/etc/passwd", room.path(digest));
    CHECK(blob::code_of([&] { room.spool.open(digest); }) == spool::Errc::io);
    CHECK_FALSE(room.spool.size_of(digest));
}

TEST_CASE("verified reader: passes a whole blob on, in pieces of any size") {
    Room room;
    for (std::size_t size : {0u, 1u, 4'096u, 100'000u}) {
        auto bytes = blob::make(size, size);
        auto digest = blob::store(room.spool, bytes);
        for (std::size_t piece : {1u, 4'096u, 200'000u}) {
            auto passed = pass_on(room.spool, digest, piece);
            CHECK_FALSE(passed.is_damaged);
            CHECK(passed.bytes == bytes);
        }
    }
}

TEST_CASE("verified reader: one flipped bit anywhere is found, and the end is never passed on") {
    Room room;
    auto bytes = blob::make(1, 3'000);
    auto digest = blob::store(room.spool, bytes);
    for (std::size_t bit = 0; bit < bytes.size() * 8; bit += 191) {
        auto rotten = bytes;
        rotten[bit / 8] ^= static_cast<std::byte>(1u << bit % 8);
        blob::write_file(room.path(digest), rotten);
        for (std::size_t piece : {1'000u, 1'024u, 5'000u}) {
            CAPTURE(bit);
            auto passed = pass_on(room.spool, digest, piece);
            CHECK(passed.is_damaged);
            CHECK(passed.bytes.size() < bytes.size());
        }
        CHECK_FALSE(room.spool.verify(digest));
    }
}

TEST_CASE("verified reader: a file that is cut or grew is damaged") {
    Room room;
    auto bytes = blob::make(1, 3'000);
    auto digest = blob::store(room.spool, bytes);
    for (std::size_t size : {0u, 1u, 2'999u, 3'001u, 4'000u}) {
        auto wrong = bytes;
        wrong.resize(size);
        blob::write_file(room.path(digest), wrong);
        CAPTURE(size);
        CHECK(pass_on(room.spool, digest, 1'000).is_damaged);
        CHECK_FALSE(room.spool.verify(digest));
    }
}

TEST_CASE("verified reader: a file that is cut while it is read is damaged") {
    Room room;
    auto bytes = blob::make(1, 3'000);
    auto digest = blob::store(room.spool, bytes);
    spool::VerifiedReader reader(room.spool.open(digest), digest);
    blob::Bytes into(1'000);
    CHECK(reader.next(into) == 1'000);
    std::filesystem::permissions(room.path(digest), std::filesystem::perms::owner_all);
    std::filesystem::resize_file(room.path(digest), 1'000);
    CHECK(blob::code_of([&] { reader.next(into); }) == spool::Errc::damaged);
}

TEST_CASE("verified reader: does not leave the damaged end in the caller's buffer") {
    Room room;
    auto bytes = blob::make(1, 100);
    auto digest = blob::store(room.spool, bytes);
    auto rotten = bytes;
    rotten[0] ^= std::byte{1};
    blob::write_file(room.path(digest), rotten);
    spool::VerifiedReader reader(room.spool.open(digest), digest);
    blob::Bytes into(100, std::byte{7});
    CHECK(blob::code_of([&] { reader.next(into); }) == spool::Errc::damaged);
    CHECK(into == blob::Bytes(100));
}

TEST_CASE("reader: an error of the disk is io, not damage") {
    support::FaultDisk disk;
    spool::Spool spool(disk, "/data");
    auto digest = blob::store(spool, blob::make(1, 100));
    spool::VerifiedReader reader(spool.open(digest), digest);
    blob::Bytes into(100);
    disk.set_fault({.at = disk.calls() + 1});
    CHECK(blob::code_of([&] { reader.next(into); }) == spool::Errc::io);
    CHECK(reader.next(into) == 100);
    disk.set_fault({.at = disk.calls() + 4});  // open, stat, forget, and now read
    CHECK(blob::code_of([&] { spool.verify(digest); }) == spool::Errc::io);
}

TEST_CASE("verified reader: begins again with the first byte, also after damage") {
    Room room;
    const auto bytes = blob::make(1, 2'500);
    const auto digest = blob::store(room.spool, bytes);
    spool::VerifiedReader reader(room.spool.open(digest), digest);
    blob::Bytes into(1'000), all;
    CHECK(reader.next(into) == 1'000);
    reader.restart();
    while (const std::size_t size = reader.next(into))
        all.insert(all.end(), into.begin(), into.begin() + static_cast<std::ptrdiff_t>(size));
    CHECK(all == bytes);
    reader.restart();
    CHECK(reader.next(into) == 1'000);

    auto rotten = bytes;
    rotten[10] ^= std::byte{1};
    blob::write_file(room.path(digest), rotten);
    spool::VerifiedReader damaged(room.spool.open(digest), digest);
    blob::Bytes whole(2'500);
    CHECK(blob::code_of([&] { damaged.next(whole); }) == spool::Errc::damaged);
    damaged.restart();
    CHECK(blob::code_of([&] { damaged.next(whole); }) == spool::Errc::damaged);
}
