// Opening a data folder: lock, clean mark, leftovers, unsuited file systems.
#include <doctest/doctest.h>

#include <cerrno>

#include "spool/posix_disk.h"
#include "tests/spool/blob.h"
#include "tests/support/fault_disk.h"
#include "tests/support/temp_folder.h"

TEST_CASE("start: makes the data folder with all above it, durably, 0700") {
    support::FaultDisk disk;
    { spool::Spool spool(disk, "/var/lib/bridge/"); }
    auto after = disk.after_power_cut({});
    CHECK(after->names("/var/lib/bridge/spool").size() == 256);
    for (const char* name : {"tmp", "quarantine", "orphans", "spool/00", "spool/ff"}) {
        CAPTURE(name);
        CHECK(after->has(std::string("/var/lib/bridge/") + name));
    }
    support::TempFolder temp;
    spool::PosixDisk real;
    spool::Spool spool(real, temp.path() / "a" / "b");
    for (const char* name : {"a", "a/b", "a/b/spool", "a/b/spool/7f", "a/b/tmp"}) {
        CHECK(static_cast<int>(std::filesystem::status(temp.path() / name).permissions()) == 0700);
    }
}

TEST_CASE("start: a second opener is told that the folder is in use, until the first is gone") {
    support::TempFolder temp;
    spool::PosixDisk disk;
    {
        spool::Spool first(disk, temp.path());
        CHECK(blob::code_of([&] { spool::Spool second(disk, temp.path()); }) == spool::Errc::in_use);
    }
    CHECK_FALSE(blob::code_of([&] { spool::Spool third(disk, temp.path()); }));
}

TEST_CASE("start: a second opener does not touch what the first is writing") {
    support::FaultDisk disk;
    spool::Spool first(disk, "/data", {.use_tmpfile = false});
    auto intake = first.begin(1000);
    CHECK_THROWS_AS(spool::Spool(disk, "/data"), spool::Error);
    CHECK(disk.names("/data/tmp").size() == 1);
    intake.append(blob::make(1, 100));
    CHECK(blob::link(first, intake.finish()) == spool::Link::linked);
}

TEST_CASE("start: what earlier processes left under tmp/ is gone, a foreign folder there stays") {
    support::TempFolder temp;
    spool::PosixDisk disk;
    { spool::Spool spool(disk, temp.path()); }
    blob::write_file(temp.path() / "tmp" / "1", blob::make(1, 100));
    blob::write_file(temp.path() / "tmp" / "something else", {});
    std::filesystem::create_directory(temp.path() / "tmp" / "folder");
    spool::Spool spool(disk, temp.path());
    std::vector<std::string> left;
    for (const auto& entry : std::filesystem::directory_iterator(temp.path() / "tmp"))
        left.push_back(entry.path().filename());
    CHECK(left == std::vector<std::string>{"folder"});
}

TEST_CASE("start: was_clean only after mark_clean, and only once") {
    support::FaultDisk disk;
    {
        spool::Spool spool(disk, "/data");
        CHECK_FALSE(spool.was_clean());
    }
    {
        spool::Spool spool(disk, "/data");
        CHECK_FALSE(spool.was_clean());
        spool.mark_clean();
    }
    auto after = disk.after_power_cut({});
    {
        spool::Spool spool(*after, "/data");
        CHECK(spool.was_clean());
    }
    auto crashed = after->after_power_cut({});
    spool::Spool spool(*crashed, "/data");
    CHECK_FALSE(spool.was_clean());
}

TEST_CASE("start: a mark that could not be made can be made again") {
    support::FaultDisk disk;
    {
        spool::Spool spool(disk, "/data");
        disk.set_fault({.at = disk.calls() + 2, .error = ENOSPC});
        CHECK(blob::code_of([&] { spool.mark_clean(); }) == spool::Errc::no_space);
        spool.mark_clean();
    }
    spool::Spool spool(disk, "/data");
    CHECK(spool.was_clean());
}

TEST_CASE("start: a file system that cannot sync folders or link is refused") {
    support::FaultDisk no_sync;
    no_sync.set_has_folder_sync(false);
    CHECK(blob::code_of([&] { spool::Spool(no_sync, "/"); }) == spool::Errc::unsuited);
    support::FaultDisk no_links;
    no_links.set_has_links(false);
    CHECK(blob::code_of([&] { spool::Spool(no_links, "/data"); }) == spool::Errc::unsuited);
}

TEST_CASE("start: without O_TMPFILE blobs are written under tmp/") {
    support::FaultDisk disk;
    disk.set_has_unnamed(false);
    spool::Spool spool(disk, "/data");
    auto intake = spool.begin(1000);
    CHECK(disk.names("/data/tmp").size() == 1);
    intake.append(blob::make(1, 1000));
    auto digest = blob::digest_of(blob::make(1, 1000));
    CHECK(blob::link(spool, intake.finish()) == spool::Link::linked);
    CHECK(spool.verify(digest));
    CHECK(disk.names("/data/tmp").empty());
}

TEST_CASE("start: a disk that is full in every way is still opened for reading") {
    support::FaultDisk disk;
    spool::Digest digest = [&] {
        spool::Spool spool(disk, "/data");
        return blob::store(spool, blob::make(1, 1000));
    }();
    std::uint64_t before = disk.calls();
    { spool::Spool spool(disk, "/data"); }
    // The last calls of a start are the probe's: unnamed file, its sync, link, unlink, the folder's sync.
    std::uint64_t probe = disk.calls() - before - 5;
    for (std::uint64_t n = 1; n <= 5; ++n) {
        CAPTURE(n);
        disk.set_fault({.at = disk.calls() + probe + n, .error = ENOSPC});
        spool::Spool spool(disk, "/data");
        CHECK(spool.verify(digest));
    }
}

TEST_CASE("start: a foreign file system gets a warning, ext4 and XFS none") {
    support::FaultDisk disk;
    spool::Spool spool(disk, "/data");
    CHECK(spool.warning().find("memory") != std::string::npos);
    support::TempFolder temp;
    spool::PosixDisk real;
    spool::Spool on_real(real, temp.path());
    spool::Disk::Volume volume;
    int folder = real.open({spool::Disk::whole_system, temp.path()}, spool::Disk::Open::folder);
    REQUIRE(real.volume(folder, volume) == 0);
    real.close(folder);
    CHECK(on_real.warning().empty() == (volume.kind == "ext4" || volume.kind == "xfs"));
}

TEST_CASE("start: a relative data folder is one of the working folder") {
    support::TempFolder temp;
    spool::PosixDisk disk;
    auto relative = std::filesystem::relative(temp.path() / "data");
    spool::Spool spool(disk, relative);
    CHECK(std::filesystem::is_directory(temp.path() / "data" / "spool" / "00"));
}
