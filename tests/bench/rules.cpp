/// bench_rules: how long deciding about one instance takes, and reading the tags that it takes, by a configuration's
/// routes.
///
///     bench_rules --config FILE --instance FILE.dcm [--count 20000]
///
/// Prints one line of JSON, times in microseconds per instance.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "broker/config/load.h"
#include "broker/dicom/header_scan.h"
#include "broker/dicom/part10.h"
#include "broker/ruling.h"
#include "tests/bench/options.h"
#include "tests/bench/program.h"

namespace bench {
namespace {

std::string data_set_of(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(in), {}};
    const auto begin = broker::dicom::data_set_offset(std::as_bytes(std::span(bytes)));
    if (!begin) throw std::runtime_error(path + " is no file of bench_load");
    return bytes.substr(*begin);
}

/// The median of several rounds: one that was interrupted doesn't count.
template <class Work>
double microseconds_each(std::int64_t count, Work work) {
    constexpr std::size_t rounds = 7;
    std::vector<double> each;
    while (each.size() < rounds) {
        const auto began = std::chrono::steady_clock::now();
        for (std::int64_t i = 0; i < count; ++i) work();
        const std::chrono::duration<double, std::micro> took = std::chrono::steady_clock::now() - began;
        each.push_back(took.count() / static_cast<double>(count));
    }
    std::ranges::sort(each);
    return each[rounds / 2];
}

int measure(int count, char** words) {
    const Options options(count, words, {{"config", ""}, {"instance", ""}, {"count", "20000"}});
    const auto loaded = broker::config::load(options.text("config"));
    if (!loaded.config) throw std::runtime_error(broker::config::print(loaded.problems.front()));
    const auto rules = broker::rules_to_ask(*loaded.config);
    const std::string data_set = data_set_of(options.text("instance"));
    const auto scanned = [&] {
        broker::dicom::HeaderScan scan("1.2.840.10008.1.2.1", rules->wanted, {});
        scan.feed(std::as_bytes(std::span(data_set)));
        scan.finish();
        return scan.header();
    };
    const broker::route::Facts facts = broker::facts_of(*rules, scanned(), {"BENCH", "BRIDGE", "127.0.0.1"});
    std::size_t matched = 0;
    const double decide_us = microseconds_each(
        options.number("count"), [&] { matched = broker::route::decide(rules->routes, facts).matched.size(); });
    const double scan_us = microseconds_each(options.number("count"), scanned);
    std::printf("{\"routes\": %zu, \"matched\": %zu, \"decide_us\": %.3f, \"scan_us\": %.3f}\n", rules->routes.size(),
                matched, decide_us, scan_us);
    return 0;
}

}  // namespace
}  // namespace bench

int main(int count, char** words) {
    return bench::guarded(bench::measure, count, words);
}
