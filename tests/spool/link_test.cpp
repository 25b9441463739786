// link: new names, names that are there already, damaged ones, and names that are pinned.
#include <doctest/doctest.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

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

std::string shard_of(const blob::Bytes& bytes) {
    return blob::digest_of(bytes).hex().substr(0, 2);
}

/// The real disk, whose folder syncs wait to be told how they end, in the order in which they came.
class SlowDisk : public spool::PosixDisk {
public:
    int sync_folder(Handle folder) override {
        if (!is_slow) return PosixDisk::sync_folder(folder);
        std::unique_lock lock(mutex_);
        const auto mine = results_.size();
        results_.emplace_back();
        changed_.notify_all();
        changed_.wait_for(lock, patience, [&] { return results_[mine].has_value(); });
        return results_[mine].value_or(0);
    }
    void wait_for_syncs(std::size_t count) {
        std::unique_lock lock(mutex_);
        CHECK(changed_.wait_for(lock, patience, [&] { return results_.size() >= count; }));
    }
    void finish(std::size_t sync, int result) {
        std::lock_guard lock(mutex_);
        results_.at(sync) = result;
        changed_.notify_all();
    }
    std::atomic<bool> is_slow = false;

private:
    static constexpr std::chrono::seconds patience{10};
    std::mutex mutex_;  // guards what follows
    std::condition_variable changed_;
    std::vector<std::optional<int>> results_;
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

TEST_CASE("link: a new blob costs one link, and its folder one sync") {
    Room room;
    auto sealed = blob::seal(*room.spool, blob::make(1, 100));
    auto before = room.disk.calls();
    CHECK(blob::link(*room.spool, std::move(sealed)) == spool::Link::linked);
    CHECK(room.disk.calls() - before == 3);  // linked; the folder opened and synced
}

TEST_CASE("link: the same bytes again are reused") {
    Room room;
    auto bytes = blob::make(1, 1000);
    using enum spool::Link;
    CHECK(blob::link(*room.spool, blob::seal(*room.spool, bytes)) == linked);
    CHECK(blob::link(*room.spool, blob::seal(*room.spool, bytes)) == reused);
    CHECK(blob::found_in(*room.spool).size() == 1);
}

TEST_CASE("link: a name that is pinned is neither removed nor moved, and one that no longer is can be") {
    Room room;
    auto bytes = blob::make(1, 1000);
    auto digest = blob::digest_of(bytes);
    const auto name = "spool/" + digest.hex().substr(0, 2) + "/" + digest.hex();
    {
        auto first = std::make_optional(room.spool->link(blob::seal(*room.spool, bytes)));
        auto second = room.spool->link(blob::seal(*room.spool, bytes));
        first.reset();
        auto moved = std::move(second);
        CHECK_FALSE(room.spool->unlink(digest));
        CHECK_FALSE(room.spool->quarantine(digest));
        CHECK_FALSE(room.spool->set_aside(name));
        CHECK(room.disk.has(room.path(digest)));
        CHECK(room.disk.names("/data/quarantine").empty());
        CHECK(room.disk.names("/data/orphans").empty());
        CHECK(moved.digest() == digest);
        CHECK(moved.size() == 1000);
    }
    CHECK(room.spool->set_aside(name));
    CHECK_FALSE(room.disk.has(room.path(digest)));
    blob::store(*room.spool, bytes);
    CHECK(room.spool->unlink(digest));
    CHECK_FALSE(room.disk.has(room.path(digest)));
}

TEST_CASE("link: what others remove at the same time is there for as long as it is pinned") {
    support::TempFolder temp;
    spool::PosixDisk disk;
    spool::Spool spool(disk, temp.path());
    auto bytes = blob::make(1, 2000);
    auto digest = blob::digest_of(bytes);
    std::atomic<bool> is_done = false;
    std::atomic<int> removed = 0, refused = 0, lost = 0, made = 0, joined = 0;
    {
        std::jthread purging([&] {
            while (!is_done) ++(spool.unlink(digest) ? removed : refused);
        });
        std::vector<std::jthread> linking;
        for (int t = 0; t < 3; ++t) {
            linking.emplace_back([&] {
                for (int i = 0; i < 500; ++i) {
                    const auto linked = spool.link(blob::seal(spool, bytes));
                    ++(linked.how() == spool::Link::linked ? made : joined);
                    if (!spool.size_of(digest)) ++lost;
                }
            });
        }
        linking.clear();
        is_done = true;
    }
    CHECK(lost == 0);
    CHECK(made + joined == 1500);  // and none was replaced: nobody saw half a blob
    CHECK(made > 1);               // so it was really removed in between
    CHECK(refused > 0);
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
    CHECK(blob::code_of([&] { room.spool->link(std::move(sealed)); }) == spool::Errc::io);
    CHECK_FALSE(room.disk.has(room.path(digest)));
    auto other = blob::seal(*room.spool, blob::make(2, 1000));
    CHECK(blob::code_of([&] { room.spool->link(std::move(other)); }) == spool::Errc::io);
    room.reopen();
    CHECK(blob::link(*room.spool, blob::seal(*room.spool, bytes)) == spool::Link::linked);
}

TEST_CASE("link: a disk too full to link or to sync the folder is forgiven, and leaves nothing") {
    for (std::uint64_t call : {1u, 3u}) {
        Room room;
        auto sealed = blob::seal(*room.spool, blob::make(1, 100));
        room.disk.set_fault({.at = room.disk.calls() + call, .error = ENOSPC});
        CHECK(blob::code_of([&] { room.spool->link(std::move(sealed)); }) == spool::Errc::no_space);
        CHECK(blob::found_in(*room.spool).empty());
        CHECK(blob::link(*room.spool, blob::seal(*room.spool, blob::make(1, 100))) == spool::Link::linked);
    }
}

TEST_CASE("link: a joiner whose sync fails leaves the name to who linked it") {
    Room room;
    auto bytes = blob::make(1, 100);
    const auto first = room.spool->link(blob::seal(*room.spool, bytes));
    auto sealed = blob::seal(*room.spool, bytes);
    room.disk.set_fault({.at = room.disk.calls() + 4});  // link, stat, open, and now the sync
    CHECK(blob::code_of([&] { room.spool->link(std::move(sealed)); }) == spool::Errc::io);
    CHECK(room.disk.has(room.path(first.digest())));
}

TEST_CASE("link: while a folder's sync is on its way nobody builds on its names, and when it fails nobody links") {
    support::TempFolder temp;
    SlowDisk disk;
    spool::Spool spool(disk, temp.path());
    const auto bytes = blob::make(1, 100);
    auto other_bytes = blob::make(2, 100);
    for (std::uint64_t seed = 3; shard_of(other_bytes) == shard_of(bytes); ++seed) other_bytes = blob::make(seed, 100);
    auto first = blob::seal(spool, bytes), joiner = blob::seal(spool, bytes), other = blob::seal(spool, other_bytes);
    disk.is_slow = true;
    std::atomic<int> linked = 0, failed = 0;
    const auto link = [&](spool::Sealed& sealed) {
        try {
            spool.link(std::move(sealed));
            ++linked;
        } catch (const spool::Error& error) {
            failed += error.code() == spool::Errc::io;
        }
    };
    {
        std::jthread one([&] { link(first); });
        disk.wait_for_syncs(1);
        std::jthread two([&] { link(joiner); }), three([&] { link(other); });
        disk.wait_for_syncs(2);  // the first's and the other folder's; the joiner waits
        CHECK(linked + failed == 0);
        disk.finish(0, -EIO);
        one.join();
        two.join();
        CHECK(failed == 2);
        disk.finish(1, 0);  // its own sync went well, and yet
    }
    CHECK(failed == 3);
    CHECK(linked == 0);
}

TEST_CASE("link: what verify found damaged is read again by who brings the same bytes") {
    Room room;
    auto bytes = blob::make(1, 1000);
    auto digest = blob::store(*room.spool, bytes);
    room.disk.put(room.path(digest), blob::make(2, 1000));
    CHECK_FALSE(room.spool->verify(digest));
    CHECK(blob::link(*room.spool, blob::seal(*room.spool, bytes)) == spool::Link::replaced);
}

TEST_CASE("link: a blob that was unlinked can come back") {
    Room room;
    auto bytes = blob::make(1, 1000);
    auto digest = blob::store(*room.spool, bytes);
    room.spool->unlink(digest);
    CHECK_FALSE(room.spool->size_of(digest));
    CHECK(blob::link(*room.spool, blob::seal(*room.spool, bytes)) == spool::Link::linked);
    CHECK(room.disk.after_power_cut({})->bytes(room.path(digest)) == bytes);
}

TEST_CASE("link: what was proven before an unlink is not taken for proven after it") {
    Room room;
    auto bytes = blob::make(1, 1000);
    auto digest = blob::store(*room.spool, bytes);
    room.spool->unlink(digest);
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
