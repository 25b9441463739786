// The write path, failed and cut off at every call of the disk, against the state table of spool/README.md.
#include <doctest/doctest.h>

#include <cerrno>
#include <map>
#include <memory>
#include <set>
#include <sstream>

#include "tests/spool/blob.h"
#include "tests/support/fault_disk.h"

namespace {

using support::FaultDisk;
using Keep = FaultDisk::Loss::Keep;

constexpr std::size_t large_bytes = 70'000;  ///< over the spool's direct writing and, here, over rehash_bytes_max
constexpr spool::Options options_of(bool use_tmpfile) {
    return {
        .reserve_after_bytes = 0, .reserve_bytes = 64u << 10, .rehash_bytes_max = 60'000, .use_tmpfile = use_tmpfile};
}

struct Blob {
    blob::Bytes bytes;
    spool::Digest digest;
};
/// Made once: a crash test asks for them some hundred thousand times.
const Blob& blob_of(char name) {
    static std::map<char, Blob> blobs;
    auto found = blobs.find(name);
    if (found != blobs.end()) return found->second;
    auto bytes = blob::make(static_cast<std::uint64_t>(name), name == 'G' ? large_bytes : 3'000);
    return blobs.emplace(name, Blob{bytes, blob::digest_of(bytes)}).first->second;
}
const blob::Bytes& bytes_of(char name) {
    return blob_of(name).bytes;
}
const spool::Digest& digest_of(char name) {
    return blob_of(name).digest;
}
std::string path_of(char name) {
    auto hex = digest_of(name).hex();
    return "/data/spool/" + hex.substr(0, 2) + "/" + hex;
}
blob::Bytes damaged(char name, std::size_t size) {
    auto bytes = bytes_of(name);
    bytes[0] ^= std::byte{1};
    bytes.resize(size);
    return bytes;
}

/// What was promised to a caller up to now.
struct Promises {
    std::set<char> kept;       ///< linked, and nobody asked for their removal
    bool is_open = false;      ///< the Spool was constructed
    bool may_be_clean = true;  ///< the mark of the process before may still be there
    bool is_clean = false;     ///< mark_clean returned
    bool tried_clean = false;
    int failed_steps = 0;
};

/// A disk on which an earlier process stopped in order, with damage and leftovers for this one to find.
std::unique_ptr<FaultDisk> prepared(bool use_tmpfile) {
    FaultDisk disk;
    disk.set_has_unnamed(use_tmpfile);
    {
        spool::Spool spool(disk, "/data", options_of(use_tmpfile));
        blob::store(spool, bytes_of('G'));
        blob::store(spool, bytes_of('K'));
        spool.mark_clean();
    }
    disk.put(path_of('D'), damaged('D', 3'000));
    disk.put(path_of('E'), damaged('E', 3'000));
    disk.put(path_of('F'), damaged('F', 1'000));
    disk.put("/data/spool/00/stray", blob::make(1, 50));
    disk.put("/data/tmp/7", blob::make(2, 50));
    return disk.after_power_cut({});
}

/// One life of a spool: each step goes on after the failure of the one before, as the bridge does.
class Story {
public:
    explicit Story(FaultDisk& disk, bool use_tmpfile) : disk_(disk), use_tmpfile_(use_tmpfile) {
        promises.kept = {'G', 'K'};
    }

    void run() {
        step([&] { spool_ = std::make_unique<spool::Spool>(disk_, "/data", options_of(use_tmpfile_)); });
        if (!spool_) return;
        promises.is_open = true;
        promises.may_be_clean = false;
        receive("AB");
        receive("CA");
        receive("DF");
        receive("G");
        remove('B');
        receive("B");
        step([&] { spool_->quarantine(digest_of('E')); });
        step([&] { spool_->set_aside("spool/00/stray"); });
        step([&] { spool_->drop_set_aside(-1); });
        receive("Z");
        step([&] {
            promises.tried_clean = true;
            spool_->mark_clean();
            promises.is_clean = true;
        });
        spool_.reset();
    }

    Promises promises;

private:
    template <typename Call>
    void step(Call call) {
        try {
            call();
        } catch (const spool::Error&) {
            ++promises.failed_steps;
        }
    }

    void receive(const std::string& names) {
        step([&] {
            for (char name : names) {
                const auto& bytes = bytes_of(name);
                auto intake = spool_->begin(bytes.size());
                intake.append(std::span(bytes).first(100));
                intake.append(std::span(bytes).subspan(100));
                spool_->link(intake.finish());
                promises.kept.insert(name);
            }
        });
    }

    void remove(char name) {
        promises.kept.erase(name);
        auto digest = digest_of(name);
        step([&] { spool_->unlink(digest); });
    }

    FaultDisk& disk_;
    bool use_tmpfile_;
    std::unique_ptr<spool::Spool> spool_;
};

bool is_somewhere(const FaultDisk& disk, const std::string& folder, const blob::Bytes& bytes) {
    for (const auto& name : disk.names(folder)) {
        if (disk.bytes(folder + "/" + name) == bytes) return true;
    }
    return false;
}

/// Opens the disk that the story left and compares with README.md, States and Guarantees. Every violation is a line.
std::vector<std::string> violations(FaultDisk& disk, const Promises& promises, bool use_tmpfile) {
    std::vector<std::string> lines;
    auto unless = [&](bool is_kept, const std::string& line) {
        if (!is_kept) lines.push_back(line);
    };
    try {
        spool::Spool spool(disk, "/data", options_of(use_tmpfile));
        for (char name : promises.kept) {
            unless(spool.size_of(digest_of(name)) && spool.verify(digest_of(name)), std::string("lost: ") + name);
        }
        for (const auto& found : blob::found_in(spool)) {
            bool was_planted =
                found.digest == digest_of('D') || found.digest == digest_of('E') || found.digest == digest_of('F');
            unless(!found.digest || was_planted || spool.verify(*found.digest), "half a blob: " + found.name);
            unless(found.digest || found.name == "spool/00/stray", "a stray of ours: " + found.name);
        }
        for (char name : std::string("DEF")) {
            auto bytes = damaged(name, name == 'F' ? 1'000 : 3'000);
            bool is_there = disk.bytes(path_of(name)) == bytes || is_somewhere(disk, "/data/quarantine", bytes);
            unless(is_there, std::string("damaged file lost: ") + name);
        }
        bool has_stray = disk.has("/data/spool/00/stray") || is_somewhere(disk, "/data/orphans", blob::make(1, 50));
        unless(has_stray, "the stray is lost");
        unless(disk.names("/data/tmp").empty(), "leftovers under tmp/");
        unless(!promises.is_clean || spool.was_clean(), "the clean mark is lost");
        unless(spool.was_clean() ? promises.may_be_clean || promises.tried_clean : true, "clean without a mark");
        auto next = blob::store(spool, bytes_of('N'));
        unless(spool.verify(next), "the spool does not go on");
    } catch (const spool::Error& error) {
        lines.push_back(std::string("threw: ") + error.what());
    }
    return lines;
}

std::string joined(const std::vector<std::string>& lines) {
    std::ostringstream text;
    for (const auto& line : lines) text << line << "; ";
    return text.str();
}

std::unique_ptr<FaultDisk> copy_of(const FaultDisk& disk) {
    return disk.after_power_cut({.keep = Keep::everything});
}

std::uint64_t calls_of_a_story(const FaultDisk& start, bool use_tmpfile) {
    auto disk = copy_of(start);
    Story story(*disk, use_tmpfile);
    story.run();
    REQUIRE(story.promises.failed_steps == 0);
    REQUIRE(story.promises.kept == std::set<char>{'A', 'B', 'C', 'D', 'F', 'G', 'K', 'Z'});
    return disk->calls();
}

}  // namespace

TEST_CASE("crash: a call that fails once, at every call, breaks no promise and stops nobody") {
    for (bool use_tmpfile : {true, false}) {
        auto start = prepared(use_tmpfile);
        auto calls = calls_of_a_story(*start, use_tmpfile);
        for (int error : {EIO, ENOSPC}) {
            for (bool has_effect : {false, true}) {
                for (std::uint64_t k = 1; k <= calls; ++k) {
                    auto disk = copy_of(*start);
                    disk->set_fault({.at = k, .error = error, .has_effect = has_effect});
                    Story story(*disk, use_tmpfile);
                    story.run();
                    disk->set_fault({});
                    // When the disk was only full for a moment, the receiving after it works.
                    bool goes_on = error != ENOSPC || !story.promises.is_open || story.promises.failed_steps <= 1;
                    CHECK_MESSAGE(goes_on, "call ", k, " of ", calls, " use_tmpfile ", use_tmpfile);
                    auto lines = violations(*disk, story.promises, use_tmpfile);
                    CHECK_MESSAGE(lines.empty(), joined(lines), "call ", k, " of ", calls, " errno ", error, " effect ",
                                  has_effect, " use_tmpfile ", use_tmpfile);
                }
            }
        }
    }
}

TEST_CASE("crash: a disk that fails from one call on for ever, at every call, breaks no promise") {
    for (bool use_tmpfile : {true, false}) {
        auto start = prepared(use_tmpfile);
        auto calls = calls_of_a_story(*start, use_tmpfile);
        for (int error : {EIO, ENOSPC}) {
            for (std::uint64_t k = 1; k <= calls; ++k) {
                auto disk = copy_of(*start);
                disk->set_fault({.at = k, .error = error, .for_ever = true});
                Story story(*disk, use_tmpfile);
                story.run();
                CHECK(story.promises.failed_steps > 0);
                disk->set_fault({});
                auto lines = violations(*disk, story.promises, use_tmpfile);
                CHECK_MESSAGE(lines.empty(), joined(lines), "call ", k, " of ", calls, " errno ", error,
                              " use_tmpfile ", use_tmpfile);
            }
        }
    }
}

namespace {

struct Cuts {
    std::uint64_t images = 0;
    std::vector<std::string> violations;
};

/// Cuts the power before and in the middle of every call of a story, and looks at several things a medium may hold
/// then.
Cuts cut_everywhere(bool use_tmpfile, const FaultDisk::Lies& lies, std::uint64_t seeds_per_call) {
    Cuts cuts;
    auto start = prepared(use_tmpfile);
    auto calls = calls_of_a_story(*start, use_tmpfile);
    for (std::uint64_t k = 1; k <= calls + 1 && cuts.violations.empty(); ++k) {
        for (bool has_effect : {false, true}) {
            auto disk = copy_of(*start);
            disk->set_lies(lies);
            disk->set_fault({.at = k, .for_ever = true, .has_effect = has_effect});
            Story story(*disk, use_tmpfile);
            story.run();
            std::vector<FaultDisk::Loss> losses{{.keep = Keep::nothing}, {.keep = Keep::everything}};
            for (std::uint64_t s = 0; s < seeds_per_call; ++s) {
                losses.push_back({.keep = Keep::some, .seed = k * 1000 + s});
            }
            for (const auto& loss : losses) {
                auto after = disk->after_power_cut(loss);
                ++cuts.images;
                for (const auto& line : violations(*after, story.promises, use_tmpfile)) {
                    std::ostringstream text;
                    text << line << ", call " << k << " of " << calls << " seed " << loss.seed << " effect "
                         << has_effect << " use_tmpfile " << use_tmpfile;
                    cuts.violations.push_back(text.str());
                }
            }
        }
    }
    return cuts;
}

}  // namespace

TEST_CASE("crash: power that goes at every call, with any part of what was not synced, breaks no promise") {
    std::uint64_t images = 0;
    for (bool use_tmpfile : {true, false}) {
        auto cuts = cut_everywhere(use_tmpfile, {}, 4);
        images += cuts.images;
        CHECK_MESSAGE(cuts.violations.empty(), joined(cuts.violations));
    }
    MESSAGE(images, " crash images looked at");
}

TEST_CASE("crash: the same check finds the loss when syncs of bytes do nothing") {
    for (bool use_tmpfile : {true, false}) {
        auto cuts = cut_everywhere(use_tmpfile, {.sync_bytes = true}, 1);
        auto is_half = [](const std::string& line) {
            return line.starts_with("half a blob") || line.starts_with("lost: ");
        };
        CHECK(std::count_if(cuts.violations.begin(), cuts.violations.end(), is_half) > 0);
    }
}

TEST_CASE("crash: the same check finds the loss when syncs of folders do nothing") {
    for (bool use_tmpfile : {true, false}) {
        auto cuts = cut_everywhere(use_tmpfile, {.sync_folder = true}, 1);
        auto is_lost = [](const std::string& line) { return line.starts_with("lost: "); };
        CHECK(std::count_if(cuts.violations.begin(), cuts.violations.end(), is_lost) > 0);
    }
}

TEST_CASE("crash: power that goes during the very first start leaves what the next start can finish") {
    FaultDisk whole;
    { spool::Spool spool(whole, "/var/data"); }
    auto calls = whole.calls();
    for (std::uint64_t k = 1; k <= calls; ++k) {
        FaultDisk disk;
        disk.set_fault({.at = k, .for_ever = true});
        CHECK_THROWS_AS(spool::Spool(disk, "/var/data"), spool::Error);
        for (Keep keep : {Keep::nothing, Keep::everything, Keep::some}) {
            auto after = disk.after_power_cut({.keep = keep, .seed = k});
            auto digest = [&] {
                spool::Spool spool(*after, "/var/data");
                return blob::store(spool, blob::make(1, 100));
            }();
            auto once_more = after->after_power_cut({});
            spool::Spool spool(*once_more, "/var/data");
            CAPTURE(k);
            CHECK(spool.verify(digest));
        }
    }
}
