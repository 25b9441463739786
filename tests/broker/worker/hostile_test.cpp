// Hostile instances, and helpers that misbehave, cost a helper process and nothing else.
#include <dcmtk/config/osconfig.h>
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zlib.h>

#include <atomic>
#include <chrono>
#include <fstream>
#include <thread>

#include "broker/worker/cage.h"
#include "tests/broker/worker/dcmtk_rig.h"
#include "tests/support/synthetic.h"

namespace {

using namespace std::chrono_literals;

constexpr std::string_view explicit_little = "1.2.840.10008.1.2.1", implicit_little = "1.2.840.10008.1.2",
                           deflated = "1.2.840.10008.1.2.1.99", rle = "1.2.840.10008.1.2.5";

/// A raw deflate stream of `head`, then `megabytes` of zeros.
[[maybe_unused]] std::string deflated_zeros(const std::string& head, unsigned megabytes) {
    z_stream stream{};
    REQUIRE(deflateInit2(&stream, 9, Z_DEFLATED, -MAX_WBITS, 9, Z_DEFAULT_STRATEGY) == Z_OK);
    std::string out, zeros(1u << 20, '\0'), buffer(1u << 16, '\0');
    const auto put = [&](std::string bytes, int flush) {
        stream.next_in = reinterpret_cast<Bytef*>(bytes.data());
        stream.avail_in = static_cast<uInt>(bytes.size());
        do {
            stream.next_out = reinterpret_cast<Bytef*>(buffer.data());
            stream.avail_out = static_cast<uInt>(buffer.size());
            deflate(&stream, flush);
            out.append(buffer, 0, buffer.size() - stream.avail_out);
        } while (stream.avail_out == 0);
    };
    put(head, Z_NO_FLUSH);
    for (unsigned i = 0; i < megabytes; ++i) put(zeros, Z_NO_FLUSH);
    put("", Z_FINISH);
    deflateEnd(&stream);
    return out;
}

support::DataSet identity() {
    support::DataSet set;
    set.add(0x00080016, "UI", rig::sop_class).add(0x00080018, "UI", rig::sop_instance);
    return set;
}

std::string nested(unsigned depth) {
    support::DataSet set = identity();
    for (unsigned i = 0; i < depth; ++i)
        set.add_head(0x00081140, "SQ", support::undefined_length)
            .add_item_head(support::item, support::undefined_length);
    return set.text();
}

std::filesystem::path script(const std::filesystem::path& folder, const std::string& body) {
    const auto path = folder / "helper";
    std::ofstream(path) << "#!/bin/sh\n" << body << "\n";
    std::filesystem::permissions(path, std::filesystem::perms::owner_all);
    return path;
}

broker::config::Worker quick(std::chrono::milliseconds timeout) {
    broker::config::Worker limits;
    limits.timeout = timeout;
    return limits;
}

}  // namespace

// A sanitizer needs what the cage takes away, so these two hold without one.
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
TEST_CASE("hostile: behind the closed door there is no socket, no file and no program") {
    const pid_t pid = ::fork();
    if (pid == 0) {
        if (!broker::worker::enter_limits({1u << 30, 10}) || !broker::worker::close_the_door()) ::_exit(1);
        if (::socket(AF_INET, SOCK_STREAM, 0) >= 0 || errno != EPERM) ::_exit(2);
        if (::open("/etc/passwd", O_RDONLY) >= 0 || errno != EPERM) ::_exit(3);
        char* const nothing[] = {nullptr};
        if (::execve("/bin/true", nothing, nothing) == 0 || errno != EPERM) ::_exit(4);
        ::_exit(0);
    }
    int status = 0;
    REQUIRE(::waitpid(pid, &status, 0) == pid);
    CHECK(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 0);
}

TEST_CASE("hostile: a deflate bomb uses up the helper's memory, not ours") {
    broker::config::Worker limits;
    limits.memory = 256u << 20;
    rig::Rig rig(limits);
    support::DataSet set = identity();
    set.add_head(0x7FE00010, "OW", 1u << 30);
    const spool::Digest bomb = rig.keep(deflated_zeros(set.text(), 1024), deflated);
    rusage before{}, after{};
    ::getrusage(RUSAGE_SELF, &before);
    const auto failure = rig.fail(bomb, deflated);
    ::getrusage(RUSAGE_SELF, &after);
    CHECK(failure.is_permanent);
    CHECK(after.ru_maxrss - before.ru_maxrss < 64 * 1024);
}

#endif

TEST_CASE("hostile: nesting that ends the helper is tried once more, then it is permanent") {
    rig::Rig rig;
    const spool::Digest deep = rig.keep(nested(20'000), explicit_little);
    CHECK_FALSE(rig.fail(deep, explicit_little, implicit_little).is_permanent);
    CHECK(rig.fail(deep, explicit_little, implicit_little).is_permanent);
    const auto image = rig::image();
    rig.make(rig.keep(rig::packed(*image, EXS_RLELossless), rle), rle, explicit_little);
}

TEST_CASE("hostile: what is cut short, or is something else, is refused for good") {
    rig::Rig rig;
    const auto image = rig::image();
    const std::string whole = rig::packed(*image, EXS_RLELossless);
    CHECK(rig.fail(rig.keep(whole.substr(0, whole.size() - 100), rle), rle).is_permanent);
    CHECK(rig.fail(rig.keep("not a data set at all, but long enough to be read", rle), rle).is_permanent);
    // The last fragment says that it is shorter: the run lengths in it end before the last pixel.
    std::string short_run = whole;
    const std::size_t item = short_run.rfind(std::string_view("\xFE\xFF\0\xE0", 4));
    const std::size_t cut = 100;
    const std::size_t length = short_run.size() - 8 - (item + 8) - cut;
    for (std::size_t i = 0; i < 4; ++i) short_run[item + 4 + i] = static_cast<char>(length >> (8 * i) & 0xFF);
    short_run.erase(short_run.size() - 8 - cut, cut);
    CHECK(rig.fail(rig.keep(short_run, rle), rle).is_permanent);
    // The second half of its only frame is missing.
    std::string half = rig::packed_jpeg_2000(*image, {}, true, true);
    half.resize(half.rfind(std::string_view("\xFE\xFF\0\xE0", 4)));
    half += std::string_view("\xFE\xFF\xDD\xE0\0\0\0\0", 8);
    CHECK(rig.fail(rig.keep(half, "1.2.840.10008.1.2.4.90"), "1.2.840.10008.1.2.4.90").is_permanent);
    const auto small = rig::image({16, 16, 1, 16, 12, 1, false});
    const std::string unlike = rig::packed_jpeg_2000(*small, {33, 31, 1, 16, 12, 1, false}, true, false);
    CHECK(rig.fail(rig.keep(unlike, "1.2.840.10008.1.2.4.90"), "1.2.840.10008.1.2.4.90").is_permanent);
    CHECK(rig.fail(rig.keep(whole, rle), "1.2.840.10008.1.2.4.70").is_permanent);  // not what its header says
}

TEST_CASE("hostile: a helper that hangs is killed when its time is up") {
    support::TempFolder folder;
    rig::Rig rig(quick(300ms), script(folder.path(), "exec tail -f /dev/null"));
    const spool::Digest digest = rig.keep(rig::packed(*rig::image(), EXS_RLELossless), rle);
    const auto begin = std::chrono::steady_clock::now();
    CHECK_FALSE(rig.fail(digest, rle).is_permanent);
    CHECK(rig.fail(digest, rle).is_permanent);
    CHECK(std::chrono::steady_clock::now() - begin < 30s);
}

TEST_CASE("hostile: a helper that closes its output and stays is killed, too") {
    support::TempFolder folder;
    rig::Rig rig(quick(300ms), script(folder.path(), "exec tail -f /dev/null >&-"));
    CHECK_FALSE(rig.fail(rig.keep(rig::packed(*rig::image(), EXS_RLELossless), rle), rle).is_permanent);
}

TEST_CASE("hostile: a helper that makes another instance of it is not believed") {
    support::TempFolder folder;
    support::DataSet other;
    other.add(0x00080016, "UI", rig::sop_class).add(0x00080018, "UI", "1.2.3.4");
    std::ofstream(folder.path() / "other") << other.text();
    rig::Rig rig({}, script(folder.path(), "cat > /dev/null; cat '" + (folder.path() / "other").string() + "'"));
    // Without an environment the shell has its default path.
    const auto failure = rig.fail(rig.keep(rig::packed(*rig::image(), EXS_RLELossless), rle), rle);
    CHECK(failure.is_permanent);
    CHECK(failure.text == "the result came out as another instance");
}

TEST_CASE("hostile: a helper gets no descriptor and no environment of ours") {
    support::TempFolder folder;
    const auto seen = folder.path() / "seen";
    rig::Rig rig({}, script(folder.path(), "ls /proc/self/fd | wc -l > '" + seen.string() +
                                               "'; echo \"$BRIDGE_SECRET$HOME\" >> '" + seen.string() + "'; exit 3"));
    ::setenv("BRIDGE_SECRET", "s", 1);
    rig.fail(rig.keep(rig::packed(*rig::image(), EXS_RLELossless), rle), rle);
    std::ifstream file(seen);
    int descriptors = 0;
    std::string environment;
    file >> descriptors;
    file.ignore();
    std::getline(file, environment);
    CHECK(descriptors <= 4);  // the three and that of the folder which `ls` reads
    CHECK(environment.empty());
}

TEST_CASE("hostile: stop ends what runs and what waits for its turn") {
    support::TempFolder folder;
    broker::config::Worker limits;
    limits.parallel = 1;
    const auto began = folder.path() / "began";
    rig::Rig rig(limits, script(folder.path(), ": > '" + began.string() + "'; exec tail -f /dev/null"));
    const spool::Digest digest = rig.keep(rig::packed(*rig::image(), EXS_RLELossless), rle);
    std::atomic<int> transient = 0;
    {
        const auto ask = [&] {
            const auto made = rig.transcoder.make(
                broker::worker::TranscodeRequest{digest, std::string{rle}, std::string{explicit_little}});
            const auto* failure = std::get_if<broker::worker::TranscodeFailure>(&made);
            if (failure != nullptr && !failure->is_permanent) ++transient;
        };
        const std::jthread one(ask), two(ask);
        const auto until = std::chrono::steady_clock::now() + 30s;
        while (!std::filesystem::exists(began) && std::chrono::steady_clock::now() < until)
            std::this_thread::sleep_for(1ms);  // between looks
        rig.transcoder.stop();
    }
    CHECK(transient == 2);
}
