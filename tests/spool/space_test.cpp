// A real file system that is really full. Needs root to mount it.
#include <doctest/doctest.h>
#include <sys/mount.h>
#include <sys/statvfs.h>

#include <cerrno>
#include <cstring>

#include "spool/posix_disk.h"
#include "tests/spool/blob.h"
#include "tests/support/temp_folder.h"

namespace {

class TinyDisk {
public:
    explicit TinyDisk(const char* options) {
        is_mounted_ = ::mount("tmpfs", temp_.path().c_str(), "tmpfs", 0, options) == 0;
        if (!is_mounted_) MESSAGE("skipped: cannot mount a tmpfs here: ", std::strerror(errno));
    }
    ~TinyDisk() {
        if (is_mounted_) ::umount2(temp_.path().c_str(), MNT_DETACH);
    }
    TinyDisk(const TinyDisk&) = delete;
    TinyDisk& operator=(const TinyDisk&) = delete;

    bool is_mounted() const { return is_mounted_; }
    const std::filesystem::path& path() const { return temp_.path(); }

private:
    support::TempFolder temp_;
    bool is_mounted_ = false;
};

}  // namespace

TEST_CASE("space: a real disk that runs full says no_space, loses nothing, leaves nothing, and recovers") {
    for (bool use_tmpfile : {true, false}) {
        TinyDisk tiny("size=8m");
        if (!tiny.is_mounted()) return;
        spool::PosixDisk disk;
        spool::Spool spool(disk, tiny.path(), {.use_tmpfile = use_tmpfile});
        std::vector<spool::Digest> kept;
        auto code = blob::code_of([&] {
            for (std::uint64_t seed = 0; seed < 100; ++seed)
                kept.push_back(blob::store(spool, blob::make(seed, 900'000)));
        });
        CHECK(code == spool::Errc::no_space);
        CHECK(kept.size() >= 7);
        CHECK(blob::found_in(spool).size() == kept.size());
        CHECK(std::filesystem::is_empty(tiny.path() / "tmp"));
        for (const auto& digest : kept) CHECK(spool.verify(digest));
        for (std::size_t i = 0; i < 2; ++i) CHECK(spool.unlink(kept[i]));
        CHECK(spool.verify(blob::store(spool, blob::make(1000, 900'000))));
    }
}

TEST_CASE("space: when the inodes run out that is no_space, too, and a restart still works") {
    TinyDisk tiny("size=64m,nr_inodes=300");
    if (!tiny.is_mounted()) return;
    spool::PosixDisk disk;
    std::vector<spool::Digest> kept;
    {
        spool::Spool spool(disk, tiny.path());
        auto code = blob::code_of([&] {
            for (std::uint64_t seed = 0; seed < 100; ++seed) kept.push_back(blob::store(spool, blob::make(seed, 100)));
        });
        CHECK(code == spool::Errc::no_space);
        CHECK(spool.space().free_inodes == 0);
    }
    spool::Spool spool(disk, tiny.path());
    for (const auto& digest : kept) CHECK(spool.verify(digest));
    CHECK(blob::code_of([&] { spool.begin(100); }) == spool::Errc::no_space);
    for (const auto& digest : kept) CHECK(spool.unlink(digest));
    CHECK(spool.verify(blob::store(spool, blob::make(0, 100))));
}

TEST_CASE("space: folders on different file systems are refused") {
    TinyDisk tiny("size=8m");
    if (!tiny.is_mounted()) return;
    spool::PosixDisk disk;
    { spool::Spool spool(disk, tiny.path()); }
    auto tmp = tiny.path() / "tmp";
    REQUIRE(::mount("tmpfs", tmp.c_str(), "tmpfs", 0, "size=1m") == 0);
    CHECK(blob::code_of([&] { spool::Spool(disk, tiny.path()); }) == spool::Errc::unsuited);
    CHECK(::umount2(tmp.c_str(), MNT_DETACH) == 0);
}

TEST_CASE("space: a read-only disk is io and says so") {
    TinyDisk tiny("size=8m");
    if (!tiny.is_mounted()) return;
    spool::PosixDisk disk;
    { spool::Spool spool(disk, tiny.path()); }
    REQUIRE(::mount("tmpfs", tiny.path().c_str(), "tmpfs", MS_REMOUNT | MS_RDONLY, "size=8m") == 0);
    try {
        spool::Spool spool(disk, tiny.path());
        FAIL("a spool opened on a read-only disk");
    } catch (const spool::Error& error) {
        CHECK(error.code() == spool::Errc::io);
        CHECK(std::string(error.what()).find("Read-only") != std::string::npos);
    }
}

TEST_CASE("space: says what the file system says") {
    support::TempFolder temp;
    spool::PosixDisk disk;
    spool::Spool spool(disk, temp.path());
    struct statvfs raw {};
    REQUIRE(::statvfs(temp.path().c_str(), &raw) == 0);
    auto space = spool.space();
    CHECK(space.total_bytes == raw.f_blocks * raw.f_frsize);
    CHECK(space.free_bytes <= space.total_bytes);
    CHECK(space.free_inodes > 0);
}
