// The same with DCMTK's own senders, as hospitals run them.
#include <doctest/doctest.h>
#include <spawn.h>
#include <sys/wait.h>

#include <atomic>
#include <fstream>
#include <set>
#include <thread>

#include "broker/dicom/part10.h"
#include "tests/broker/receive/bridge.h"
#include "tests/support/synthetic.h"

extern char** environ;

using receive_test::Bridge;

namespace {

/// The exit status, or -1.
int run(std::vector<std::string> words) {
    std::vector<char*> arguments;
    for (std::string& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    pid_t child = 0;
    if (::posix_spawnp(&child, arguments[0], nullptr, nullptr, arguments.data(), environ) != 0) return -1;
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

bool is_installed(const std::string& program) {
    return run({"which", program}) == 0;
}

std::string write_file(const std::filesystem::path& folder, int number) {
    support::Identity identity;
    identity.sop_instance_uid += "." + std::to_string(number);
    const auto header =
        broker::dicom::file_header({identity.sop_class_uid, identity.sop_instance_uid, "1.2.840.10008.1.2.1"});
    const std::string path = folder / (std::to_string(number) + ".dcm");
    std::ofstream(path, std::ios::binary) << support::to_text(header) << support::ct_image(identity, 30'000).text();
    return path;
}

}  // namespace

TEST_CASE("receive: echoscu and storescu are served, over four associations at once") {
    if (!is_installed("storescu")) {
        MESSAGE("skipped: the package dcmtk is not installed");
        return;
    }
    Bridge bridge;
    support::TempFolder files;
    const std::string port = std::to_string(bridge.port());
    CHECK(run({"echoscu", "127.0.0.1", port}) == 0);
    std::vector<std::thread> senders;
    std::atomic<int> failed{0};
    for (int sender = 0; sender < 4; ++sender) {
        std::vector<std::string> words{"storescu", "-xe", "127.0.0.1", port};
        for (int i = 0; i < 20; ++i) words.push_back(write_file(files.path(), sender * 100 + i));
        senders.emplace_back([&failed, words] { failed += run(words) == 0 ? 0 : 1; });
    }
    for (std::thread& each : senders) each.join();
    CHECK(failed == 0);
    const auto receipts = bridge.receipts();
    CHECK(receipts.size() == 80);
    std::set<std::string> uids;
    for (const auto& receipt : receipts) uids.insert(receipt.instance.sop_instance_uid);
    CHECK(uids.size() == 80);
    CHECK(Bridge::eventually([&] { return bridge.statistics.associations_open == 0; }));
}
