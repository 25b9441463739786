// FolderSender: names, versions and durable copies in a folder.
#include "broker/deliver/folder/folder_sender.h"

#include <doctest/doctest.h>

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <functional>
#include <iterator>

#include "broker/deliver/folder/names.h"
#include "tests/broker/deliver/ledger.h"

using namespace broker::deliver;
using support::data_set;
namespace fs = std::filesystem;

namespace {

struct Desk {
    support::Ledger ledger;
    support::TempFolder target;
    FolderSender sender{target.path()};

    Sent send(const outbox::ClaimedJob& job) {
        REQUIRE_FALSE(sender.open({}));
        return sender.send(job, ledger.open(job));
    }
    std::size_t file_count() const {
        std::size_t count = 0;
        for (const auto& each : fs::recursive_directory_iterator(target.path()))
            count += each.is_regular_file() ? 1 : 0;
        return count;
    }
};

std::vector<std::byte> read(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    std::vector<std::byte> bytes;
    for (std::istreambuf_iterator<char> at(file), end; at != end; ++at) bytes.push_back(static_cast<std::byte>(*at));
    return bytes;
}

}  // namespace

TEST_CASE("folder: an instance becomes study/series/instance.dcm with the blob's bytes, and nothing else is left") {
    Desk desk;
    auto job = desk.ledger.keep("1.2.3.4.5", data_set(1, 700'001));
    const Sent sent = desk.send(job);
    CHECK(sent.event.happening == Happening::written);
    CHECK(sent.evidence == outbox::Evidence::response);
    CHECK(read(desk.target.path() / "1.2.3/1.2.3.4/1.2.3.4.5.dcm") == desk.ledger.bytes(job));
    CHECK(desk.file_count() == 1);
}

TEST_CASE("folder: the same instance again is delivered without writing, other bytes under its name are not touched") {
    Desk desk;
    auto job = desk.ledger.keep("1.2.3.4.5", data_set(1, 1000));
    desk.send(job);
    const Sent again = desk.send(job);
    CHECK(again.event.happening == Happening::written);
    CHECK(again.evidence == outbox::Evidence::readback);
    CHECK(again.bytes == 0);
    auto other = desk.ledger.keep("1.2.3.4.5", data_set(2, 1000));
    CHECK(desk.send(other).event.happening == Happening::name_taken);
    CHECK(read(desk.target.path() / place_of(job)) == desk.ledger.bytes(job));
    CHECK(desk.file_count() == 1);
}

TEST_CASE("folder: a second version lies beside the first") {
    Desk desk;
    desk.send(desk.ledger.keep("1.2.3.4.5", data_set(1, 1000)));
    auto second = desk.ledger.keep("1.2.3.4.5", data_set(2, 1000));
    second.version = 2;
    CHECK(desk.send(second).event.happening == Happening::written);
    CHECK(read(desk.target.path() / "1.2.3/1.2.3.4/1.2.3.4.5_v2.dcm") == desk.ledger.bytes(second));
    CHECK(desk.file_count() == 2);
}

TEST_CASE("folder: no text of a peer's leads out of the folder") {
    for (std::string uid : {"../../etc/passwd", "/etc/passwd", "..", ".", "", "1.2/3", "1.2\n3", "NAME^PATIENT"}) {
        CAPTURE(uid);
        const std::string name = folder_name(uid);
        CHECK(name.size() == 64);
        CHECK(name.find_first_not_of("0123456789abcdef") == std::string::npos);
    }
    CHECK(folder_name("1.2.840.10008") == "1.2.840.10008");
    CHECK(folder_name(std::string(65, '1')).size() == 64);
    outbox::ClaimedJob bare;
    bare.sop_instance_uid = "1.2";
    CHECK(place_of(bare) == fs::path("no-study/no-series/1.2.dcm"));
}

TEST_CASE("folder: a damaged blob leaves no file, not even under a temporary name") {
    Desk desk;
    auto job = desk.ledger.keep("1.2.3.4.5", data_set(1, 700'000));
    desk.ledger.damage(job, 10);
    CHECK(desk.send(job).event.happening == Happening::damaged);
    CHECK(desk.file_count() == 0);
}

TEST_CASE("folder: what a crash left under the temporary name doesn't hinder, and is gone") {
    Desk desk;
    auto job = desk.ledger.keep("1.2.3.4.5", data_set(1, 1000));
    fs::create_directories(desk.target.path() / "1.2.3/1.2.3.4");
    std::ofstream(desk.target.path() / "1.2.3/1.2.3.4/.1.2.3.4.5.dcm.part") << "half";
    CHECK(desk.send(job).event.happening == Happening::written);
    CHECK(desk.file_count() == 1);
    CHECK(read(desk.target.path() / place_of(job)) == desk.ledger.bytes(job));
}

TEST_CASE("folder: a missing path is refused and never made, so that an unmounted drive isn't filled underneath") {
    support::TempFolder parent;
    const fs::path missing = parent.path() / "drive";
    FolderSender sender(missing);
    CHECK(sender.open({}) == Event{Happening::path_refused, 0, false});
    CHECK_FALSE(fs::exists(missing));
    std::ofstream(missing) << "a file";
    CHECK(sender.open({}) == Event{Happening::path_refused, 0, false});
}

TEST_CASE("folder: a path that goes away between two instances is reported with the second") {
    Desk desk;
    auto job = desk.ledger.keep("1.2.3.4.5", data_set(1, 1000));
    REQUIRE_FALSE(desk.sender.open({}));
    fs::remove_all(desk.target.path());
    CHECK(desk.sender.send(job, desk.ledger.open(job)).event.happening == Happening::path_refused);
    CHECK_FALSE(desk.sender.is_open());
}

TEST_CASE("folder: a link in the place of a study or a series is not followed, and concerns its instances only") {
    for (const char* planted : {"1.2.3", "1.2.3/1.2.3.4"}) {
        CAPTURE(planted);
        Desk desk;
        support::TempFolder elsewhere;
        auto job = desk.ledger.keep("1.2.3.4.5", data_set(1, 1000));
        const fs::path link = desk.target.path() / planted;
        fs::create_directories(link.parent_path());
        fs::create_directory_symlink(elsewhere.path(), link);
        CHECK(desk.send(job).event.happening == Happening::name_taken);
        CHECK(desk.sender.is_open());
        CHECK(fs::is_empty(elsewhere.path()));
        fs::remove(link);
        std::ofstream(link) << "a file";
        CHECK(desk.send(job).event.happening == Happening::name_taken);
    }
}

TEST_CASE("folder: what is no file in the place of the file holds this job as a conflict, not the lane") {
    support::TempFolder elsewhere;
    const fs::path other = elsewhere.path() / "other";
    std::ofstream(other) << "bytes";
    const std::vector<std::function<void(const fs::path&)>> plants{
        [&](const fs::path& at) { fs::create_symlink(other, at); },
        [&](const fs::path& at) { fs::create_symlink(elsewhere.path() / "nothing", at); },
        [](const fs::path& at) { fs::create_directory(at); },
        [](const fs::path& at) { REQUIRE(::mkfifo(at.c_str(), 0600) == 0); },
        [](const fs::path& at) { fs::create_directory(at.parent_path() / ("." + at.filename().string() + ".part")); },
    };
    for (std::size_t n = 0; n < plants.size(); ++n) {
        CAPTURE(n);
        Desk desk;
        auto job = desk.ledger.keep("1.2.3.4.5", data_set(1, 1000)),
             next = desk.ledger.keep("1.2.3.4.6", data_set(2, 10));
        const fs::path place = desk.target.path() / place_of(job);
        fs::create_directories(place.parent_path());
        plants[n](place);
        const Sent sent = desk.send(job);
        CHECK(sent.event.happening == Happening::name_taken);
        CHECK(classify(sent.event).scope == Scope::instance);
        CHECK(classify(sent.event).reason == outbox::Reason::conflict);
        CHECK(desk.sender.is_open());
        CHECK(desk.sender.send(next, desk.ledger.open(next)).event.happening == Happening::written);
    }
    CHECK_FALSE(fs::exists(elsewhere.path() / "nothing"));
    CHECK(fs::file_size(other) == 5);
}

TEST_CASE("folder: somebody's private file under the name concerns its instance only") {
    Desk desk;
    auto job = desk.ledger.keep("1.2.3.4.5", data_set(1, 1000));
    desk.send(job);
    fs::permissions(desk.target.path() / place_of(job), fs::perms::none);
    // To root no file is private.
    CHECK(desk.send(job).event.happening == (::geteuid() == 0 ? Happening::written : Happening::name_taken));
}

TEST_CASE("folder: a full disk mends itself, a read-only one needs a person, a failing one is tried again") {
    auto ruling = [](int error) { return classify(folder_failure(error)); };
    for (int error : {ENOSPC, EDQUOT, EIO, ESTALE, ENOTCONN, EMFILE}) {
        CHECK(ruling(error).verdict == Verdict::transient);
        CHECK(ruling(error).scope == Scope::destination);
    }
    CHECK(ruling(ENOSPC).reason == outbox::Reason::out_of_resources);
    for (int error : {EROFS, EACCES, EPERM, ENOENT, ENOTDIR}) {
        CHECK(ruling(error).verdict == Verdict::needs_a_person);
        CHECK(ruling(error).reason == outbox::Reason::path_refused);
    }
}
