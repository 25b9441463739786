// The cache: what stays, what goes, and what a disk may do to it.
#include "broker/preview/cache.h"

#include <doctest/doctest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <fstream>

#include "tests/support/temp_folder.h"

using namespace broker;
using namespace std::chrono_literals;
using preview::Cache;
using preview::EntryKey;
using preview::Kind;
using preview::Shown;
namespace fs = std::filesystem;

namespace {

constexpr std::uint64_t mib = 1 << 20;

EntryKey key(unsigned char number, Kind kind = Kind::picture, std::uint32_t frame = 0) {
    spool::Digest::Bytes bytes{};
    bytes.front() = std::byte{number};
    return {spool::Digest::from_bytes(bytes), frame, kind};
}

Shown picture(const std::string& text = "picture") {
    return {"\xFF\xD8" + text + "\xFF\xD9", 3, 7, worker::Window{40, 400, worker::WindowFunction::sigmoid}};
}

bool always() {
    return true;
}

struct House {
    support::TempFolder folder;
    const fs::path where = folder.path() / "previews";
    Monotonic now{};

    fs::path file(const EntryKey& of) const { return where / preview::name_of(of); }
    void put(Cache& cache, unsigned char number) { CHECK(cache.put(key(number), picture(), now, always).empty()); }
    void scan(
        Cache& cache, const std::function<bool(const spool::Digest&)>& is_kept = [](auto&) { return true; }) {
        cache.scan(is_kept, now);
    }
};

}  // namespace

TEST_CASE("preview cache: what is put comes back, picture and thumbnail and each frame by itself") {
    House house;
    Cache cache(house.where, mib);
    CHECK_FALSE(cache.get(key(1), house.now));
    Shown plain{"\xFF\xD8 \xFF\xD9"};
    CHECK(cache.put(key(1), picture(), house.now, always).empty());
    CHECK(cache.put(key(1, Kind::thumbnail), plain, house.now, always).empty());
    CHECK(cache.get(key(1), house.now) == picture());
    CHECK(cache.get(key(1, Kind::thumbnail), house.now) == plain);
    CHECK_FALSE(cache.get(key(1, Kind::picture, 1), house.now));
    CHECK_FALSE(cache.get(key(2), house.now));
}

TEST_CASE("preview cache: the files are ours alone, and begin with the JPEG") {
    House house;
    Cache cache(house.where, mib);
    house.put(cache, 1);
    struct stat found {};
    REQUIRE(::stat(house.where.c_str(), &found) == 0);
    CHECK((found.st_mode & 07777) == 0700);
    REQUIRE(::stat(house.file(key(1)).c_str(), &found) == 0);
    CHECK((found.st_mode & 07777) == 0600);
    std::ifstream stream(house.file(key(1)), std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(stream), {}};
    CHECK(bytes.starts_with(picture().jpeg));
}

TEST_CASE("preview cache: beyond its size what was not looked at for longest goes") {
    House house;
    Cache cache(house.where, 3 * 4096);
    for (unsigned char i = 1; i <= 3; ++i) house.put(cache, i);
    CHECK(cache.get(key(1), house.now));
    house.put(cache, 4);
    CHECK_FALSE(cache.has(key(2)));
    CHECK_FALSE(fs::exists(house.file(key(2))));
    for (unsigned char i : {1, 3, 4}) CHECK(cache.has(key(i)));
    CHECK(cache.bytes() == 3 * 4096);
    cache.set_bytes_max(4096);
    CHECK(cache.entries() == 1);
    CHECK(cache.has(key(4)));
}

TEST_CASE("preview cache: the same picture again takes its room once") {
    House house;
    Cache cache(house.where, mib);
    house.put(cache, 1);
    CHECK(cache.put(key(1), picture(std::string(5000, 'x')), house.now, always).empty());
    CHECK(cache.entries() == 1);
    CHECK(cache.bytes() == 2 * 4096);
}

TEST_CASE("preview cache: what is larger than the cache is not kept, and nothing gives way to it") {
    House house;
    Cache cache(house.where, 2 * 4096);
    house.put(cache, 1);
    CHECK(cache.put(key(2), picture(std::string(9000, 'x')), house.now, always).empty());
    CHECK(cache.has(key(1)));
    CHECK_FALSE(cache.has(key(2)));
}

TEST_CASE("preview cache: a restart finds what was there, and who was looked at last") {
    House house;
    {
        Cache cache(house.where, mib);
        for (unsigned char i = 1; i <= 3; ++i) house.put(cache, i);
        for (unsigned char i = 1; i <= 3; ++i)
            fs::last_write_time(house.file(key(i)), fs::file_time_type::clock::now() - std::chrono::hours(10 - i));
        house.now += 2min;
        CHECK(cache.get(key(1), house.now));
    }
    Cache cache(house.where, mib);
    CHECK_FALSE(cache.get(key(1), house.now));
    house.scan(cache);
    CHECK(cache.entries() == 3);
    CHECK(cache.bytes() == 3 * 4096);
    CHECK(cache.get(key(3), house.now) == picture());
    cache.set_bytes_max(2 * 4096);
    CHECK_FALSE(cache.has(key(2)));
    CHECK(cache.has(key(1)));
}

TEST_CASE("preview cache: a look is written into the file's time once a minute at most") {
    House house;
    Cache cache(house.where, mib);
    house.put(cache, 1);
    const auto old = fs::file_time_type::clock::now() - std::chrono::hours(10);
    fs::last_write_time(house.file(key(1)), old);
    house.now += 59s;
    cache.get(key(1), house.now);
    CHECK(fs::last_write_time(house.file(key(1))) == old);
    house.now += 1s;
    cache.get(key(1), house.now);
    CHECK(fs::last_write_time(house.file(key(1))) > old);
}

TEST_CASE("preview cache: what is put while the scan goes on counts as newer than what it finds") {
    House house;
    {
        Cache cache(house.where, mib);
        house.put(cache, 1);
        house.put(cache, 2);
    }
    Cache cache(house.where, mib);
    house.put(cache, 3);
    house.put(cache, 2);
    house.scan(cache);
    CHECK(cache.entries() == 3);
    CHECK(cache.bytes() == 3 * 4096);
    cache.set_bytes_max(2 * 4096);
    CHECK_FALSE(cache.has(key(1)));
}

TEST_CASE("preview cache: a torn, foreign or misnamed entry is a miss, and gone") {
    House house;
    Cache cache(house.where, mib);
    const auto size = fs::file_size([&] {
        house.put(cache, 1);
        return house.file(key(1));
    }());
    for (std::uintmax_t cut = 0; cut < size; cut += 7) {
        house.put(cache, 1);
        fs::resize_file(house.file(key(1)), cut);
        CHECK_FALSE(cache.get(key(1), house.now));
        CHECK_FALSE(fs::exists(house.file(key(1))));
    }
    for (std::uintmax_t at = 0; at < size; ++at) {
        house.put(cache, 1);
        std::fstream stream(house.file(key(1)), std::ios::in | std::ios::out | std::ios::binary);
        stream.seekg(static_cast<std::streamoff>(at));
        const auto byte = static_cast<char>(stream.get() ^ 1);
        stream.seekp(static_cast<std::streamoff>(at));
        stream.put(byte);
        stream.close();
        CAPTURE(at);
        CHECK_FALSE(cache.get(key(1), house.now));
    }
    house.put(cache, 1);
    house.put(cache, 2);
    fs::copy_file(house.file(key(2)), house.file(key(1)), fs::copy_options::overwrite_existing);
    CHECK_FALSE(cache.get(key(1), house.now));
    CHECK(cache.get(key(2), house.now));
}

TEST_CASE("preview cache: forget removes every frame of a blob and nothing else") {
    House house;
    Cache cache(house.where, mib);
    for (unsigned char i = 1; i <= 3; ++i) house.put(cache, i);
    CHECK(cache.put(key(2, Kind::thumbnail), picture(), house.now, always).empty());
    CHECK(cache.put(key(2, Kind::picture, 5), picture(), house.now, always).empty());
    cache.forget(key(2).digest);
    CHECK(cache.entries() == 2);
    CHECK(cache.bytes() == 2 * 4096);
    CHECK(fs::is_empty(house.file(key(2)).parent_path()));
    CHECK(cache.get(key(1), house.now));
    CHECK(cache.get(key(3), house.now));
}

TEST_CASE("preview cache: what is not wanted any more leaves nothing") {
    House house;
    Cache cache(house.where, mib);
    CHECK(cache.put(key(1), picture(), house.now, [] { return false; }).empty());
    CHECK(cache.entries() == 0);
    CHECK(fs::is_empty(house.file(key(1)).parent_path()));
}

TEST_CASE("preview cache: the scan removes what is not kept any more and old drafts, and leaves foreign files alone") {
    House house;
    {
        Cache cache(house.where, mib);
        house.put(cache, 1);
        house.put(cache, 2);
    }
    const fs::path draft = house.file(key(1)).string() + ".4711-1.draft";
    const fs::path note = house.where / "note.txt", foreign = house.where / "zz" / house.file(key(1)).filename();
    fs::create_directories(foreign.parent_path());
    for (const fs::path& each : {draft, note, foreign}) std::ofstream(each) << "x";
    Cache cache(house.where, mib);
    house.scan(cache, [](const spool::Digest& digest) { return digest == key(1).digest; });
    CHECK(cache.entries() == 1);
    CHECK(cache.get(key(1), house.now));
    CHECK_FALSE(fs::exists(house.file(key(2))));
    CHECK_FALSE(fs::exists(draft));
    CHECK(fs::exists(note));
    CHECK(fs::exists(foreign));
}

TEST_CASE("preview cache: the folder may be deleted while it is in use") {
    House house;
    Cache cache(house.where, mib);
    house.put(cache, 1);
    fs::remove_all(house.where);
    CHECK_FALSE(cache.get(key(1), house.now));
    CHECK(cache.entries() == 0);
    house.put(cache, 1);
    CHECK(cache.get(key(1), house.now) == picture());
    fs::remove_all(house.where);
    // Deleted between the write and the name.
    CHECK(cache.put(key(2), picture(), house.now, [&] { return fs::remove_all(house.where) > 0; }).empty());
    CHECK_FALSE(cache.has(key(2)));
}

TEST_CASE("preview cache: a folder that cannot be written is told, and nothing is kept") {
    House house;
    std::ofstream(house.where) << "a file where the folder should be";
    Cache cache(house.where, mib);
    CHECK_FALSE(cache.put(key(1), picture(), house.now, always).empty());
    CHECK_FALSE(cache.get(key(1), house.now));
    fs::remove(house.where);
    house.put(cache, 1);
    CHECK(cache.get(key(1), house.now));
}

TEST_CASE("preview cache: a disk that takes half of a picture leaves nothing of it") {
    House house;
    Cache cache(house.where, 64 * mib);
    struct rlimit before {};
    REQUIRE(::getrlimit(RLIMIT_FSIZE, &before) == 0);
    ::signal(SIGXFSZ, SIG_IGN);
    const struct rlimit small { mib, before.rlim_max };
    REQUIRE(::setrlimit(RLIMIT_FSIZE, &small) == 0);
    const std::string fault = cache.put(key(1), picture(std::string(2 * mib, 'x')), house.now, always);
    ::setrlimit(RLIMIT_FSIZE, &before);
    CHECK_FALSE(fault.empty());
    CHECK(cache.entries() == 0);
    CHECK(fs::is_empty(house.file(key(1)).parent_path()));
}

TEST_CASE("preview cache: it can be emptied") {
    House house;
    Cache cache(house.where, mib);
    for (unsigned char i = 0; i < 200; ++i) house.put(cache, i);
    cache.clear();
    CHECK(cache.entries() == 0);
    CHECK(cache.bytes() == 0);
    CHECK_FALSE(fs::exists(house.file(key(1))));
}

TEST_CASE("preview cache: names are read back, and others are none") {
    for (const EntryKey& each : {key(1), key(255, Kind::thumbnail), key(7, Kind::picture, 4'294'967'295U)})
        CHECK(preview::parse_name(preview::name_of(each)) == each);
    const std::string hex = key(1).digest.hex();
    for (const std::string& each :
         {std::string{}, hex, "01/" + hex, "01/" + hex + "-1", "01/" + hex + "-01-picture.jpg",
          "02/" + hex + "-0-picture.jpg", "01/" + hex + "--1-picture.jpg", "01/" + hex + "-0-picture.jpg.x",
          "01/" + hex + "-0-other.jpg", "01/" + hex + "-4294967296-picture.jpg", hex + "-0-picture.jpg"}) {
        CAPTURE(each);
        CHECK_FALSE(preview::parse_name(each));
    }
}
