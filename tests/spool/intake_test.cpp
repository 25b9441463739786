// Intake: from begin to finish, and what is left when it does not get there.
#include "spool/intake.h"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <cerrno>
#include <thread>

#include "spool/posix_disk.h"
#include "tests/spool/blob.h"
#include "tests/support/fault_disk.h"
#include "tests/support/temp_folder.h"

namespace {

/// Appends `bytes` in pieces of `piece` bytes.
spool::Sealed seal_in_pieces(spool::Spool& spool, const blob::Bytes& bytes, std::size_t piece) {
    auto intake = spool.begin(bytes.size());
    std::span<const std::byte> rest(bytes);
    while (!rest.empty()) {
        auto now = rest.first(std::min(rest.size(), piece));
        intake.append(now);
        rest = rest.subspan(now.size());
    }
    CHECK(intake.size() == bytes.size());
    return intake.finish();
}

/// Calls of the disk that one blob takes up to `finish`.
std::uint64_t calls_for(std::size_t size, std::size_t piece) {
    support::FaultDisk disk;
    spool::Spool spool(disk, "/data");
    auto before = disk.calls();
    auto sealed = seal_in_pieces(spool, blob::make(1, size), piece);
    return disk.calls() - before;
}

}  // namespace

TEST_CASE("intake: whatever the pieces, the blob has the bytes and the digest of the whole") {
    for (bool is_short : {false, true}) {
        for (std::size_t size : {0u, 1u, 65'535u, 65'536u, 131'072u, 131'073u, 700'001u}) {
            for (std::size_t piece : {1'000u, 16'378u, 65'536u, 100'000u, 1'000'000u}) {
                CAPTURE(size);
                CAPTURE(piece);
                support::FaultDisk disk;
                spool::Spool spool(disk, "/data");
                disk.set_short_io(is_short);
                auto bytes = blob::make(size, size);
                auto sealed = seal_in_pieces(spool, bytes, piece);
                CHECK(sealed.digest() == blob::digest_of(bytes));
                CHECK(sealed.size() == size);
                auto digest = sealed.digest();
                CHECK(blob::link(spool, std::move(sealed)) == spool::Link::linked);
                CHECK(blob::read_all(spool.open(digest)) == bytes);
            }
        }
    }
}

TEST_CASE("intake: small and large pieces may alternate") {
    support::FaultDisk disk;
    spool::Spool spool(disk, "/data");
    blob::Bytes whole;
    auto intake = spool.begin(1 << 20);
    for (std::size_t size : {300u, 70'000u, 5u, 131'072u, 130'000u, 2'000u}) {
        auto piece = blob::make(size, size);
        intake.append(piece);
        whole.insert(whole.end(), piece.begin(), piece.end());
    }
    auto sealed = intake.finish();
    auto digest = sealed.digest();
    blob::link(spool, std::move(sealed));
    CHECK(digest == blob::digest_of(whole));
    CHECK(blob::read_all(spool.open(digest)) == whole);
}

TEST_CASE("intake: a 530 kB instance takes few system calls") {
    // open, 5 or 9 writes, sync
    CHECK(calls_for(530'000, 16'378) == 7);
    CHECK(calls_for(530'000, 65'536) == 11);
}

TEST_CASE("intake: more bytes than begin was told is too_large, and leaves nothing") {
    support::FaultDisk disk;
    spool::Spool spool(disk, "/data");
    {
        auto intake = spool.begin(1000);
        intake.append(blob::make(1, 1000));
        CHECK(blob::code_of([&] { intake.append(blob::make(2, 1)); }) == spool::Errc::too_large);
    }
    CHECK(blob::found_in(spool).empty());
}

TEST_CASE("intake: one that is dropped, or sealed and not linked, leaves nothing") {
    for (bool use_tmpfile : {true, false}) {
        support::FaultDisk disk;
        spool::Spool spool(disk, "/data", {.use_tmpfile = use_tmpfile});
        {
            auto intake = spool.begin(1 << 20);
            intake.append(blob::make(1, 100'000));
            CHECK(disk.names("/data/tmp").size() == (use_tmpfile ? 0 : 1));
        }
        CHECK(disk.names("/data/tmp").empty());
        { auto sealed = blob::seal(spool, blob::make(2, 100'000)); }
        CHECK(disk.names("/data/tmp").empty());
        CHECK(blob::found_in(spool).empty());
    }
}

TEST_CASE("intake: a sync that failed is not tried again, and the intake leaves nothing") {
    support::FaultDisk disk;
    spool::Spool spool(disk, "/data");
    auto intake = spool.begin(1000);
    intake.append(blob::make(1, 1000));
    disk.set_fault({.at = disk.calls() + 2});  // the write, and now the sync
    auto before = disk.calls();
    CHECK(blob::code_of([&] { intake.finish(); }) == spool::Errc::io);
    CHECK(disk.calls() == before + 2);
    CHECK(blob::found_in(spool).empty());
}

TEST_CASE("intake: what the system says becomes the code a caller can act on") {
    struct Row {
        int error;
        spool::Errc code;
    };
    for (Row row : {Row{ENOSPC, spool::Errc::no_space}, Row{EDQUOT, spool::Errc::no_space},
                    Row{EFBIG, spool::Errc::too_large}, Row{EIO, spool::Errc::io}, Row{EROFS, spool::Errc::io}}) {
        CAPTURE(row.error);
        support::FaultDisk disk;
        spool::Spool spool(disk, "/data");
        auto intake = spool.begin(1 << 20);
        disk.set_fault({.at = disk.calls() + 1, .error = row.error});
        CHECK(blob::code_of([&] { intake.append(blob::make(1, 100'000)); }) == row.code);
    }
    support::FaultDisk disk;
    spool::Spool spool(disk, "/data");
    disk.set_fault({.at = disk.calls() + 1, .error = EMFILE});
    CHECK(blob::code_of([&] { spool.begin(1); }) == spool::Errc::exhausted);
}

TEST_CASE("intake: a full disk is noticed before the bytes are written, and room comes back with the intake") {
    support::FaultDisk disk;
    spool::Spool spool(disk, "/data");
    disk.set_capacity(3u << 20);
    {
        auto intake = spool.begin(1u << 30);
        auto code = blob::code_of([&] {
            for (int i = 0; i < 100; ++i) intake.append(blob::make(1, 100'000));
        });
        CHECK(code == spool::Errc::no_space);
    }
    CHECK(spool.space().free_bytes == 3u << 20);
    CHECK(spool.size_of(blob::store(spool, blob::make(2, 100'000))) == 100'000);
}

TEST_CASE("intake: what was reserved and not used is given back") {
    support::TempFolder temp;
    spool::PosixDisk disk;
    spool::Spool spool(disk, temp.path());
    auto digest = blob::store(spool, blob::make(1, 1'500'000));
    struct stat raw {};
    REQUIRE(::stat((temp.path() / "spool" / digest.hex().substr(0, 2) / digest.hex()).c_str(), &raw) == 0);
    constexpr long stat_block_bytes = 512;
    CHECK(raw.st_blocks * stat_block_bytes >= 1'500'000);
    CHECK(raw.st_blocks * stat_block_bytes < 1'600'000);
}

TEST_CASE(
    "intake: a blob that is written alone is on its way to the medium before it is whole, one beside others is not") {
    support::FaultDisk disk;
    spool::Spool spool(disk, "/data");
    const auto piece = blob::make(1, 131'060);
    const auto write_pieces = [&](spool::Intake& intake) {
        for (int i = 0; i < 4; ++i) intake.append(piece);
    };
    {
        auto alone = spool.begin(1u << 20);
        write_pieces(alone);
        CHECK(disk.started_writing() == 4 * 131'060 / 4096 * 4096);  // but for the page that is not full yet
    }
    const auto before = disk.started_writing();
    auto one = spool.begin(1u << 20);
    auto other = spool.begin(1u << 20);
    write_pieces(one);
    write_pieces(other);
    CHECK(disk.started_writing() == before);
}

TEST_CASE("intake: many threads write at once") {
    support::TempFolder temp;
    spool::PosixDisk disk;
    spool::Spool spool(disk, temp.path());
    constexpr int thread_count = 8;
    std::vector<std::vector<spool::Sealed>> sealed(thread_count);
    {
        std::vector<std::jthread> threads;
        for (int t = 0; t < thread_count; ++t) {
            threads.emplace_back([&, t] {
                for (int i = 0; i < 10; ++i) {
                    sealed[t].push_back(
                        seal_in_pieces(spool, blob::make(static_cast<std::uint64_t>(t * 100 + i), 90'000), 16'000));
                }
            });
        }
    }
    for (auto& batch : sealed) {
        for (auto& each : batch) CHECK(blob::link(spool, std::move(each)) == spool::Link::linked);
    }
    auto all = blob::found_in(spool);
    CHECK(all.size() == thread_count * 10);
    for (const auto& found : all) {
        REQUIRE(found.digest);
        CHECK(spool.verify(*found.digest));
    }
}
