// What every Disk must do, run on the real one and on the one that the other tests trust in its place.
#include "spool/disk.h"

#include <doctest/doctest.h>

#include <cerrno>
#include <memory>

#include "spool/open_file.h"
#include "spool/posix_disk.h"
#include "tests/spool/blob.h"
#include "tests/support/fault_disk.h"
#include "tests/support/temp_folder.h"

namespace {

using spool::Disk;

struct Posix {
    support::TempFolder temp;
    spool::PosixDisk disk;
    std::string top() const { return temp.path().string(); }
};

struct Fault {
    support::FaultDisk disk;
    std::string top() const { return "/"; }
};

template <typename Kind>
struct Ground : Kind {
    spool::OpenFile folder = open({Disk::whole_system, this->top()}, Disk::Open::folder);

    spool::OpenFile open(const Disk::Place& place, Disk::Open how) {
        int handle = this->disk.open(place, how);
        CAPTURE(place.name);
        REQUIRE(handle >= 0);
        return spool::OpenFile(this->disk, handle);
    }
    Disk::Place at(const std::string& name) { return {folder.handle(), name}; }
    spool::OpenFile file(const std::string& name, const blob::Bytes& bytes) {
        auto made = open(at(name), Disk::Open::create);
        REQUIRE(this->disk.write(made.handle(), 0, bytes) == static_cast<std::int64_t>(bytes.size()));
        return made;
    }
    blob::Bytes bytes(const std::string& name) {
        auto opened = open(at(name), Disk::Open::read);
        blob::Bytes all(1000);
        auto count = this->disk.read(opened.handle(), 0, all);
        REQUIRE(count >= 0);
        all.resize(static_cast<std::size_t>(count));
        return all;
    }
    std::vector<std::string> names() {
        std::vector<std::string> all;
        REQUIRE(this->disk.list(folder.handle(), all) == 0);
        std::sort(all.begin(), all.end());
        return all;
    }
};

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE_TEMPLATE("disk: what is written at an offset is read from there", Kind, Posix, Fault) {
    Ground<Kind> ground;
    auto bytes = blob::make(1, 300);
    auto file = ground.file("a", bytes);
    CHECK(ground.disk.write(file.handle(), 100, std::span(bytes).first(50)) == 50);
    blob::Bytes into(50);
    CHECK(ground.disk.read(file.handle(), 100, into) == 50);
    CHECK(std::equal(into.begin(), into.end(), bytes.begin()));
    CHECK(ground.disk.read(file.handle(), 290, into) == 10);
    CHECK(ground.disk.read(file.handle(), 300, into) == 0);
    CHECK(ground.disk.sync_bytes(file.handle()) == 0);
}

TEST_CASE_TEMPLATE("disk: create refuses a taken name, read an absent one", Kind, Posix, Fault) {
    Ground<Kind> ground;
    ground.file("a", {});
    CHECK(ground.disk.open(ground.at("a"), Disk::Open::create) == -EEXIST);
    CHECK(ground.disk.open(ground.at("b"), Disk::Open::read) == -ENOENT);
    CHECK(ground.disk.open(ground.at("b"), Disk::Open::folder) == -ENOENT);
    CHECK(ground.disk.open(ground.at("a"), Disk::Open::folder) == -ENOTDIR);
}

TEST_CASE_TEMPLATE("disk: a file without a name is in no listing until it is linked", Kind, Posix, Fault) {
    Ground<Kind> ground;
    auto bytes = blob::make(2, 100);
    auto file = ground.open(ground.at("."), Disk::Open::unnamed);
    REQUIRE(ground.disk.write(file.handle(), 0, bytes) == 100);
    CHECK(ground.names().empty());
    CHECK(ground.disk.link_open(file.handle(), ground.at("a")) == 0);
    CHECK(ground.disk.link_open(file.handle(), ground.at("a")) == -EEXIST);
    CHECK(ground.names() == Names{"a"});
    CHECK(ground.bytes("a") == bytes);
}

TEST_CASE_TEMPLATE("disk: link gives a second name and refuses a taken one", Kind, Posix, Fault) {
    Ground<Kind> ground;
    auto bytes = blob::make(3, 100);
    ground.file("a", bytes);
    CHECK(ground.disk.link(ground.at("a"), ground.at("b")) == 0);
    CHECK(ground.disk.link(ground.at("a"), ground.at("b")) == -EEXIST);
    CHECK(ground.disk.link(ground.at("none"), ground.at("c")) == -ENOENT);
    CHECK(ground.disk.unlink(ground.at("a")) == 0);
    CHECK(ground.disk.unlink(ground.at("a")) == -ENOENT);
    CHECK(ground.bytes("b") == bytes);
}

TEST_CASE_TEMPLATE("disk: replace takes the name of another file", Kind, Posix, Fault) {
    Ground<Kind> ground;
    auto bytes = blob::make(4, 100);
    ground.file("old", blob::make(5, 50));
    ground.file("new", bytes);
    CHECK(ground.disk.replace(ground.at("new"), ground.at("old")) == 0);
    CHECK(ground.names() == Names{"old"});
    CHECK(ground.bytes("old") == bytes);
    CHECK(ground.disk.replace(ground.at("new"), ground.at("old")) == -ENOENT);
}

TEST_CASE_TEMPLATE("disk: replacing a file by another name of itself leaves both names", Kind, Posix, Fault) {
    Ground<Kind> ground;
    ground.file("a", {});
    REQUIRE(ground.disk.link(ground.at("a"), ground.at("b")) == 0);
    CHECK(ground.disk.replace(ground.at("a"), ground.at("b")) == 0);
    CHECK(ground.names() == Names{"a", "b"});
}

TEST_CASE_TEMPLATE("disk: a file that is open outlives its name", Kind, Posix, Fault) {
    Ground<Kind> ground;
    auto bytes = blob::make(6, 100);
    auto file = ground.file("a", bytes);
    REQUIRE(ground.disk.unlink(ground.at("a")) == 0);
    blob::Bytes into(100);
    CHECK(ground.disk.read(file.handle(), 0, into) == 100);
    CHECK(into == bytes);
}

TEST_CASE_TEMPLATE("disk: folders are made once, listed, synced, and reached through their names", Kind, Posix, Fault) {
    Ground<Kind> ground;
    CHECK(ground.disk.make_folder(ground.at("in")) == 0);
    CHECK(ground.disk.make_folder(ground.at("in")) == -EEXIST);
    CHECK(ground.disk.make_folder(ground.at("no/in")) == -ENOENT);
    ground.file("in/a", {});
    auto inner = ground.open(ground.at("in"), Disk::Open::folder);
    CHECK(ground.disk.sync_folder(inner.handle()) == 0);
    CHECK(ground.names() == Names{"in"});
    CHECK(ground.names() == Names{"in"});  // a second listing begins anew
    CHECK(ground.disk.unlink(ground.at("in")) == -EISDIR);
    CHECK(ground.disk.unlink({inner.handle(), "a"}) == 0);
}

TEST_CASE_TEMPLATE("disk: stat tells files from folders and knows the size", Kind, Posix, Fault) {
    Ground<Kind> ground;
    auto file = ground.file("a", blob::make(7, 123));
    Disk::Stat stat;
    CHECK(ground.disk.stat(file.handle(), stat) == 0);
    CHECK(stat.is_file);
    CHECK(stat.size == 123);
    Disk::Stat by_name;
    CHECK(ground.disk.stat(ground.at("a"), by_name) == 0);
    CHECK(by_name.size == 123);
    CHECK(by_name.device == stat.device);
    CHECK(ground.disk.stat(ground.at("."), stat) == 0);
    CHECK_FALSE(stat.is_file);
    CHECK(ground.disk.stat(ground.at("none"), stat) == -ENOENT);
}

TEST_CASE_TEMPLATE("disk: reserving leaves the size, cutting sets it", Kind, Posix, Fault) {
    Ground<Kind> ground;
    auto file = ground.file("a", blob::make(8, 100));
    CHECK(ground.disk.reserve(file.handle(), {.offset = 0, .bytes = 1 << 20}) == 0);
    CHECK(ground.bytes("a").size() == 100);
    CHECK(ground.disk.cut(file.handle(), 60) == 0);
    CHECK(ground.bytes("a").size() == 60);
}

TEST_CASE_TEMPLATE("disk: a lock is held by one, until it is closed", Kind, Posix, Fault) {
    Ground<Kind> ground;
    auto second = ground.open(ground.at("lock"), Disk::Open::lock);
    {
        auto first = ground.open(ground.at("lock"), Disk::Open::lock);
        CHECK(ground.disk.lock(first.handle()) == 0);
        CHECK(ground.disk.lock(first.handle()) == 0);
        CHECK(ground.disk.lock(second.handle()) == -EWOULDBLOCK);
    }
    CHECK(ground.disk.lock(second.handle()) == 0);
}

TEST_CASE_TEMPLATE("disk: the volume has a size and a kind", Kind, Posix, Fault) {
    Ground<Kind> ground;
    Disk::Volume volume;
    CHECK(ground.disk.volume(ground.folder.handle(), volume) == 0);
    CHECK(volume.total_bytes > 0);
    CHECK(volume.free_bytes <= volume.total_bytes);
    CHECK(volume.free_inodes > 0);
    CHECK_FALSE(volume.kind.empty());
}

TEST_CASE_TEMPLATE("disk: forgetting changes no byte", Kind, Posix, Fault) {
    Ground<Kind> ground;
    auto bytes = blob::make(9, 100);
    auto file = ground.file("a", bytes);
    CHECK(ground.disk.forget(file.handle()) == 0);
    CHECK(ground.bytes("a") == bytes);
}

TEST_CASE("posix disk: a symbolic link below the data folder is not followed") {
    Ground<Posix> ground;
    ground.file("a", {});
    std::filesystem::create_symlink("a", ground.temp.path() / "b");
    CHECK(ground.disk.open(ground.at("b"), Disk::Open::read) == -ELOOP);
    Disk::Stat stat;
    REQUIRE(ground.disk.stat(ground.at("b"), stat) == 0);
    CHECK_FALSE(stat.is_file);
}

TEST_CASE("posix disk: files are born 0440 and folders 0700") {
    Ground<Posix> ground;
    ground.file("a", {});
    REQUIRE(ground.disk.make_folder(ground.at("in")) == 0);
    auto unnamed = ground.open(ground.at("."), Disk::Open::unnamed);
    REQUIRE(ground.disk.link_open(unnamed.handle(), ground.at("b")) == 0);
    auto mode = [&](const char* name) { return std::filesystem::status(ground.temp.path() / name).permissions(); };
    CHECK(static_cast<int>(mode("a")) == 0440);
    CHECK(static_cast<int>(mode("b")) == 0440);
    CHECK(static_cast<int>(mode("in")) == 0700);
}

TEST_CASE("fault disk: bytes that were not synced are lost, kept or torn, as asked") {
    Ground<Fault> ground;
    auto before = blob::make(10, 2048);
    auto after = blob::make(11, 2048);
    auto file = ground.file("a", before);
    REQUIRE(ground.disk.sync_bytes(file.handle()) == 0);
    REQUIRE(ground.disk.sync_folder(ground.folder.handle()) == 0);
    REQUIRE(ground.disk.write(file.handle(), 0, after) == 2048);
    using Keep = support::FaultDisk::Loss::Keep;
    CHECK(ground.disk.after_power_cut({.keep = Keep::nothing})->bytes("/a") == before);
    CHECK(ground.disk.after_power_cut({.keep = Keep::everything})->bytes("/a") == after);
    bool is_torn = false;
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
        auto bytes = ground.disk.after_power_cut({.keep = Keep::some, .seed = seed})->bytes("/a");
        is_torn = is_torn || (bytes != before && bytes != after);
    }
    CHECK(is_torn);
}

TEST_CASE("fault disk: a name that was not synced is lost or kept, and so is a removal") {
    Ground<Fault> ground;
    ground.file("old", {});
    REQUIRE(ground.disk.sync_folder(ground.folder.handle()) == 0);
    ground.file("new", {});
    REQUIRE(ground.disk.unlink(ground.at("old")) == 0);
    using Keep = support::FaultDisk::Loss::Keep;
    CHECK(ground.disk.after_power_cut({.keep = Keep::nothing})->names("/") == Names{"old"});
    CHECK(ground.disk.after_power_cut({.keep = Keep::everything})->names("/") == Names{"new"});
}

TEST_CASE("fault disk: the n-th call fails, once or for ever, with its effect or without") {
    Ground<Fault> ground;
    ground.disk.set_fault({.at = ground.disk.calls() + 2, .error = ENOSPC});
    CHECK(ground.disk.make_folder(ground.at("a")) == 0);
    CHECK(ground.disk.make_folder(ground.at("b")) == -ENOSPC);
    CHECK(ground.disk.make_folder(ground.at("b")) == 0);
    ground.disk.set_fault({.at = ground.disk.calls() + 1, .for_ever = true, .has_effect = true});
    CHECK(ground.disk.make_folder(ground.at("c")) == -EIO);
    CHECK(ground.disk.make_folder(ground.at("d")) == -EIO);
    ground.disk.set_fault({});
    CHECK(ground.names() == Names{"a", "b", "c"});
}
