/// bench_disk: how many files a second this disk can make durable, which no durable receiver can exceed.
///
///     bench_disk --folder FOLDER [--threads 1] [--files 200] [--bytes 530000]
///
/// For each file what a spool must do: write, fdatasync, link it to its name, fsync the folder. Each thread has a
/// folder of its own, as the spool's shards; the files stay there. Prints one line of JSON.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <stdexcept>
#include <thread>
#include <vector>

#include "tests/bench/options.h"
#include "tests/bench/program.h"

namespace bench {
namespace {

void check(std::int64_t result, const char* what) {
    if (result < 0) throw std::runtime_error(std::string(what) + ": " + std::strerror(errno));
}

void write_all(int file, const std::string& bytes) {
    for (std::size_t at = 0; at < bytes.size();) {
        const ssize_t written = ::write(file, bytes.data() + at, bytes.size() - at);
        check(written, "write");
        at += static_cast<std::size_t>(written);
    }
}

void make_durable(const std::string& folder, const std::string& name, const std::string& bytes) {
    const int file = ::open(folder.c_str(), O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);
    check(file, "open");
    write_all(file, bytes);
    check(::fdatasync(file), "fdatasync");
    const std::string from = "/proc/self/fd/" + std::to_string(file);
    check(::linkat(AT_FDCWD, from.c_str(), AT_FDCWD, (folder + "/" + name).c_str(), AT_SYMLINK_FOLLOW), "link");
    const int shard = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    check(shard, "open the folder");
    check(::fsync(shard), "fsync");
    ::close(shard);
    ::close(file);
}

int run_program(int count, char** words) {
    const Options options(count, words, {{"folder", ""}, {"threads", "1"}, {"files", "200"}, {"bytes", "530000"}});
    const std::int64_t threads = options.number("threads"), files = options.number("files");
    std::vector<std::string> folders;
    for (std::int64_t i = 0; i < threads; ++i) {
        folders.push_back(options.text("folder") + "/" + std::to_string(i));
        if (::mkdir(folders.back().c_str(), 0700) != 0 && errno != EEXIST) check(-1, "mkdir");
    }
    const std::string bytes(static_cast<std::size_t>(options.number("bytes")), '\7');
    std::atomic<std::int64_t> next{0};
    std::atomic<bool> has_failed{false};
    const auto began = std::chrono::steady_clock::now();
    {
        std::vector<std::jthread> running;
        for (const std::string& folder : folders) {
            running.emplace_back([&] {
                try {
                    for (std::int64_t n = next++; n < files; n = next++) make_durable(folder, std::to_string(n), bytes);
                } catch (const std::exception& error) {
                    std::fprintf(stderr, "%s\n", error.what());
                    has_failed = true;
                }
            });
        }
    }
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
    std::printf("{\"files\": %lld, \"threads\": %lld, \"seconds\": %.6f, \"per_second\": %.2f}\n",
                static_cast<long long>(files), static_cast<long long>(threads), seconds,
                static_cast<double>(files) / seconds);
    return has_failed ? 1 : 0;
}

}  // namespace
}  // namespace bench

int main(int count, char** words) {
    return bench::guarded(bench::run_program, count, words);
}
