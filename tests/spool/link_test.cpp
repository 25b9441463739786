// link_all: new names, names that are there already, and damaged ones.
#include <doctest/doctest.h>

#include <cerrno>
#include <memory>
#include <set>

#include "spool/posix_disk.h"
#include "tests/spool/blob.h"
#include "tests/support/fault_disk.h"
#include "tests/support/temp_folder.h"

namespace {

struct Room {
    support::FaultDisk disk;
    std::unique_ptr<spool::Spool> spool;

    explicit Room(spool::Options options = {}) { reopen(options); }
    void reopen(spool::Options options = {}) {
        spool.reset();
        spool = std::make_unique<spool::Spool>(disk, "/data", options);
    }
    std::string path(const spool::Digest& digest) const {
        return "/data/spool/" + digest.hex().substr(0, 2) + "/" + digest.hex();
    }
};

}  // namespace

TEST_CASE("link: a blob that is linked survives a power cut") {
    for (bool use_tmpfile : {true, false}) {
        Room room({.use_tmpfile = use_tmpfile});
        auto bytes = blob::make(1, 100'000);
        auto digest = blob::store(*room.spool, bytes);
        auto after = room.disk.after_power_cut({});
        spool::Spool again(*after, "/data");
        CHECK(again.verify(digest));
        CHECK(after->names("/data/tmp").empty());
    }
}

TEST_CASE("link: a blob that is sealed and not linked does not") {
    Room room;
    auto sealed = blob::seal(*room.spool, blob::make(1, 1000));
    auto after = room.disk.after_power_cut({.keep = support::FaultDisk::Loss::Keep::everything});
    spool::Spool again(*after, "/data");
    CHECK_FALSE(again.size_of(sealed.digest()));
    CHECK(blob::found_in(again).empty());
}

TEST_CASE("link: one sync per distinct folder, whatever the number of blobs") {
    Room room;
    std::vector<spool::Sealed> sealed;
    std::set<std::string> folders;
    for (std::uint64_t seed = 0; seed < 64; ++seed) {
        sealed.push_back(blob::seal(*room.spool, blob::make(seed, 100)));
        folders.insert(sealed.back().digest().hex().substr(0, 2));
    }
    auto before = room.disk.calls();
    auto links = room.spool->link_all(sealed);
    CHECK(links == std::vector<spool::Link>(64, spool::Link::linked));
    CHECK(room.disk.calls() - before == 64 + 2 * folders.size());  // each link; each folder opened and synced
}

TEST_CASE("link: nothing to link is no error") {
    Room room;
    CHECK(room.spool->link_all({}).empty());
}

TEST_CASE("link: the same bytes again are reused, within one batch, too") {
    Room room;
    auto bytes = blob::make(1, 1000);
    std::vector<spool::Sealed> sealed;
    for (int i = 0; i < 3; ++i) sealed.push_back(blob::seal(*room.spool, bytes));
    using enum spool::Link;
    CHECK(room.spool->link_all(sealed) == std::vector{linked, reused, reused});
    CHECK(blob::found_in(*room.spool).size() == 1);
    CHECK(blob::link(*room.spool, blob::seal(*room.spool, bytes)) == reused);
}

TEST_CASE("link: a joiner is synced like the first, whose sync may never have happened") {
    Room room;
    auto bytes = blob::make(1, 1000);
    auto digest = blob::digest_of(bytes);
    // The first link works and then all fails: its name exists and isn't durable, as when the process was killed there.
    {
        auto sealed = blob::seal(*room.spool, bytes);
        room.disk.set_fault({.at = room.disk.calls() + 2, .for_ever = true});
        CHECK_THROWS_AS(blob::link(*room.spool, std::move(sealed)), spool::Error);
    }
    room.disk.set_fault({});
    REQUIRE(room.disk.has(room.path(digest)));
    CHECK(room.disk.after_power_cut({})->bytes(room.path(digest)).empty());
    room.reopen();
    CHECK(blob::link(*room.spool, blob::seal(*room.spool, bytes)) == spool::Link::reused);
    CHECK(room.disk.after_power_cut({})->bytes(room.path(digest)) == bytes);
}

TEST_CASE("link: a rotten or cut file of the same name goes to quarantine and ours takes its place") {
    auto bytes = blob::make(1, 1000);
    auto digest = blob::digest_of(bytes);
    auto flipped = bytes;
    flipped[500] ^= std::byte{1};
    auto cut = bytes;
    cut.resize(999);
    for (const auto& damaged : {flipped, cut, blob::Bytes{}}) {
        for (bool use_tmpfile : {true, false}) {
            Room room({.use_tmpfile = use_tmpfile});
            room.disk.put(room.path(digest), damaged);
            CHECK(blob::link(*room.spool, blob::seal(*room.spool, bytes)) == spool::Link::replaced);
            auto after = room.disk.after_power_cut({});
            CHECK(after->bytes(room.path(digest)) == bytes);
            CHECK(after->bytes("/data/quarantine/" + digest.hex()) == damaged);
            CHECK(room.disk.names("/data/tmp").empty());
            CHECK(blob::link(*room.spool, blob::seal(*room.spool, bytes)) == spool::Link::reused);
        }
    }
}

TEST_CASE("link: a second damaged file of one name does not overwrite the first in quarantine") {
    Room room;
    auto bytes = blob::make(1, 1000);
    auto digest = blob::digest_of(bytes);
    for (std::size_t size : {10u, 20u, 30u}) {
        room.disk.put(room.path(digest), blob::make(size, size));
        CHECK(blob::link(*room.spool, blob::seal(*room.spool, bytes)) == spool::Link::replaced);
    }
    CHECK(room.disk.bytes("/data/quarantine/" + digest.hex()).size() == 10);
    CHECK(room.disk.bytes("/data/quarantine/" + digest.hex() + ".1").size() == 20);
    CHECK(room.disk.bytes("/data/quarantine/" + digest.hex() + ".2").size() == 30);
}

TEST_CASE("link: a file that is there is read once per process") {
    Room room;
    auto bytes = blob::make(1, 100'000);
    blob::store(*room.spool, bytes);
    room.reopen();
    auto calls = [&] {
        auto sealed = blob::seal(*room.spool, bytes);
        auto before = room.disk.calls();
        CHECK(blob::link(*room.spool, std::move(sealed)) == spool::Link::reused);
        return room.disk.calls() - before;
    };
    CHECK(calls() > 4);   // with opening and reading
    CHECK(calls() == 4);  // link, stat, the folder opened and synced
}

TEST_CASE("link: a file that cannot be read any more is replaced") {
    Room room;
    auto bytes = blob::make(1, 1000);
    auto digest = blob::store(*room.spool, bytes);
    room.reopen();
    auto sealed = blob::seal(*room.spool, bytes);
    room.disk.set_fault({.at = room.disk.calls() + 5});  // link, stat; open, stat, and now read
    CHECK(blob::link(*room.spool, std::move(sealed)) == spool::Link::replaced);
    CHECK(room.spool->verify(digest));
    CHECK(room.disk.has("/data/quarantine/" + digest.hex()));
}

TEST_CASE("link: a large file that comes again gives way to ours unread") {
    Room room;
    auto bytes = blob::make(1, 5000);
    auto digest = blob::digest_of(bytes);
    auto rotten = bytes;
    rotten[0] ^= std::byte{1};
    room.disk.put(room.path(digest), rotten);
    room.reopen({.rehash_bytes_max = 4999});
    CHECK(blob::link(*room.spool, blob::seal(*room.spool, bytes)) == spool::Link::reused);
    CHECK(room.disk.after_power_cut({})->bytes(room.path(digest)) == bytes);
}

TEST_CASE("link: after a folder's sync failed nothing is linked until the next start") {
    Room room;
    auto bytes = blob::make(1, 1000);
    auto digest = blob::digest_of(bytes);
    auto sealed = blob::seal(*room.spool, bytes);
    room.disk.set_fault({.at = room.disk.calls() + 3});  // link, open, and now the sync
    CHECK(blob::code_of([&] { room.spool->link_all({&sealed, 1}); }) == spool::Errc::io);
    CHECK_FALSE(room.disk.has(room.path(digest)));
    auto other = blob::seal(*room.spool, blob::make(2, 1000));
    CHECK(blob::code_of([&] { room.spool->link_all({&other, 1}); }) == spool::Errc::io);
    room.reopen();
    CHECK(blob::link(*room.spool, blob::seal(*room.spool, bytes)) == spool::Link::linked);
}

TEST_CASE("link: a disk too full to link fails the whole batch and is forgiven") {
    Room room;
    std::vector<spool::Sealed> sealed;
    for (std::uint64_t seed = 0; seed < 3; ++seed) sealed.push_back(blob::seal(*room.spool, blob::make(seed, 100)));
    room.disk.set_fault({.at = room.disk.calls() + 2, .error = ENOSPC});
    CHECK(blob::code_of([&] { room.spool->link_all(sealed); }) == spool::Errc::no_space);
    CHECK(blob::found_in(*room.spool).empty());
    CHECK(blob::link(*room.spool, blob::seal(*room.spool, blob::make(0, 100))) == spool::Link::linked);
}

TEST_CASE("link: a blob that was unlinked can come back") {
    Room room;
    auto bytes = blob::make(1, 1000);
    auto digest = blob::store(*room.spool, bytes);
    room.spool->unlink({&digest, 1});
    CHECK_FALSE(room.spool->size_of(digest));
    CHECK(blob::link(*room.spool, blob::seal(*room.spool, bytes)) == spool::Link::linked);
    CHECK(room.disk.after_power_cut({})->bytes(room.path(digest)) == bytes);
}

TEST_CASE("link: what was proven before an unlink is not taken for proven after it") {
    Room room;
    auto bytes = blob::make(1, 1000);
    auto digest = blob::store(*room.spool, bytes);
    room.spool->unlink({&digest, 1});
    auto rotten = bytes;
    rotten[0] ^= std::byte{1};
    room.disk.put(room.path(digest), rotten);
    CHECK(blob::link(*room.spool, blob::seal(*room.spool, bytes)) == spool::Link::replaced);
}

TEST_CASE("link: on the real disk the file is named by what sha256sum says, and is read-only") {
    support::TempFolder temp;
    spool::PosixDisk disk;
    for (bool use_tmpfile : {true, false}) {
        spool::Spool spool(disk, temp.path() / (use_tmpfile ? "a" : "b"), {.use_tmpfile = use_tmpfile});
        auto bytes = blob::make(1, 300'000);
        auto digest = blob::store(spool, bytes);
        auto path = temp.path() / (use_tmpfile ? "a" : "b") / "spool" / digest.hex().substr(0, 2) / digest.hex();
        CHECK(blob::digest_of(blob::file_bytes(path)).hex() == path.filename().string());
        CHECK(blob::link(spool, blob::seal(spool, bytes)) == spool::Link::reused);
        blob::write_file(path, blob::make(2, 10));
        CHECK(blob::link(spool, blob::seal(spool, bytes)) == spool::Link::replaced);
        CHECK(blob::file_bytes(path) == bytes);
        CHECK(static_cast<int>(std::filesystem::status(path).permissions()) == 0440);
        CHECK(std::filesystem::is_empty(temp.path() / (use_tmpfile ? "a" : "b") / "tmp"));
    }
}
