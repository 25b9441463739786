/// bench_load: sends many C-STOREs over many associations as fast as their receiver takes them, and says how fast.
///
///     bench_load --port 11112 [--host 127.0.0.1] [--called BRIDGE] [--calling BENCH] [--count 100] [--associations 1]
///                [--bytes 530000] [--uid-root 1.2.826.0.1.3680043.10.99.RUN] [--window 1] [--per-second 0]
///     bench_load --write FOLDER …            writes the same instances as files, FOLDER/0/… to FOLDER/associations-1/…
///
/// One thread per association, no Nagle, PDUs as large as the acceptor takes (at most 128 KiB), one system call per
/// instance as a rule. `per-second`: all of them together send no faster. The clock runs from the moment when all
/// associations are open to the last response. `window`: so many requests are sent before a response is waited for;
/// more than 1 is no DICOM without negotiation (PS3.7 D.3.3.3). Prints one line of JSON. Exit 1: a status was not 0, or
/// an association failed.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <exception>
#include <filesystem>
#include <latch>
#include <map>
#include <memory>
#include <thread>

#include "tests/bench/options.h"
#include "tests/bench/pdu.h"
#include "tests/bench/program.h"
#include "tests/bench/requestor.h"

namespace bench {
namespace {

/// What each association saw.
std::vector<Seen> run(const Job& job) {
    std::vector<Seen> all(static_cast<std::size_t>(job.associations));
    std::atomic<std::int64_t> next{0};
    std::latch open(job.associations);
    std::vector<std::jthread> threads;
    for (std::int64_t number = 0; number < job.associations; ++number) {
        threads.emplace_back([&, number] {
            Seen& seen = all[static_cast<std::size_t>(number)];
            std::unique_ptr<Requestor> requestor;
            try {
                requestor = std::make_unique<Requestor>(job, number);
            } catch (const std::exception& error) {
                seen.error = error.what();
            }
            open.arrive_and_wait();
            seen.began_at = Clock::now();
            try {
                if (requestor) requestor->send(next, seen);
                if (requestor) requestor->release();
            } catch (const std::exception& error) {
                seen.error = error.what();
            }
        });
    }
    threads.clear();
    return all;
}

double at_share(const std::vector<double>& sorted, double share) {
    if (sorted.empty()) return 0;
    return sorted[std::min(sorted.size() - 1, static_cast<std::size_t>(share * static_cast<double>(sorted.size())))];
}

/// False where something was wrong.
bool print(const std::vector<Seen>& all, std::uint64_t bytes) {
    std::map<std::uint16_t, std::int64_t> statuses;
    std::vector<double> took;
    auto began = Clock::time_point::max(), last = Clock::time_point::min();
    std::string error;
    for (const Seen& each : all) {
        began = std::min(began, each.began_at);
        for (const auto& [status, count] : each.statuses) statuses[status] += count;
        took.insert(took.end(), each.took_ms.begin(), each.took_ms.end());
        last = std::max(last, each.last_at);
        if (!each.error.empty()) error = each.error;
    }
    std::sort(took.begin(), took.end());
    const double seconds = took.empty() ? 0 : std::chrono::duration<double>(last - began).count();
    const auto count = static_cast<double>(took.size());
    std::printf("{\"instances\": %zu, \"bytes\": %.0f, \"seconds\": %.6f, \"per_second\": %.2f, \"statuses\": {",
                took.size(), count * static_cast<double>(bytes), seconds, seconds > 0 ? count / seconds : 0);
    const char* separator = "";
    for (const auto& [status, times] : statuses) {
        std::printf("%s\"0x%04X\": %lld", separator, static_cast<unsigned>(status), static_cast<long long>(times));
        separator = ", ";
    }
    std::printf("}, \"slowest_ms\": %.3f, \"p50_ms\": %.3f, \"p99_ms\": %.3f}\n", took.empty() ? 0 : took.back(),
                at_share(took, 0.5), at_share(took, 0.99));
    if (!error.empty()) std::fprintf(stderr, "an association failed: %s\n", error.c_str());
    return error.empty() && statuses.size() == 1 && statuses.begin()->first == 0;
}

void write_files(const Job& job, const std::filesystem::path& folder) {
    for (std::int64_t part = 0; part < job.associations; ++part) {
        std::filesystem::create_directories(folder / std::to_string(part));
        Instance instance(Shape{job.uid_root, part, job.bytes, max_pdu});
        for (std::int64_t number = part; number < job.count; number += job.associations) {
            instance.become(number, 1);
            instance.write_file(folder / std::to_string(part) / (std::to_string(number) + ".dcm"));
        }
    }
}

int run_program(int count, char** words) {
    // A root of its own for each run: a receiver that knows an instance already would have less to do.
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    const auto unique = std::chrono::duration_cast<std::chrono::microseconds>(now).count();
    const Options options(count, words,
                          {{"host", "127.0.0.1"},
                           {"port", "0"},
                           {"called", "BRIDGE"},
                           {"calling", "BENCH"},
                           {"count", "100"},
                           {"associations", "1"},
                           {"bytes", "530000"},
                           {"window", "1"},
                           {"per-second", "0"},
                           {"write", "-"},
                           {"uid-root", "1.2.826.0.1.3680043.10.99." + std::to_string(unique % 10'000'000'000'000)}});
    Job job{.host = options.text("host"),
            .called_ae_title = options.text("called"),
            .calling_ae_title = options.text("calling"),
            .uid_root = options.text("uid-root"),
            .port = static_cast<std::uint16_t>(options.number("port")),
            .count = options.number("count"),
            .associations = std::max<std::int64_t>(1, options.number("associations")),
            .window = std::max<std::int64_t>(1, options.number("window")),
            .per_second = options.number("per-second"),
            .bytes = static_cast<std::uint64_t>(options.number("bytes"))};
    if (options.text("write") != "-") {
        write_files(job, options.text("write"));
        return 0;
    }
    return print(run(job), job.bytes & ~std::uint64_t{1}) ? 0 : 1;
}

}  // namespace
}  // namespace bench

int main(int count, char** words) {
    return bench::guarded(bench::run_program, count, words);
}
