/// Rig: blobs that tell the helper what to do, and a wait for what another thread does, for tests of previews.
#pragma once

#include <sys/stat.h>

#include <chrono>
#include <string>
#include <thread>

#include "broker/preview/renderer.h"
#include "tests/broker/committer/books.h"

namespace preview_test {

using namespace std::chrono_literals;

/// The helper of helper_main.cpp.
inline broker::preview::HelperProgram helper(const char* how = "") {
    return {BRIDGE_PREVIEW_HELPER, {"helper", how}, 2s};
}

/// Wall time stands still; monotonic time is the machine's, which deadlines need.
class StillClock : public broker::Clock {
public:
    outbox::Instant now() const override { return books_test::start; }
    broker::Monotonic monotonic() const override { return std::chrono::steady_clock::now(); }
};

template <class Condition>
bool eventually(Condition condition) {
    const auto until = std::chrono::steady_clock::now() + 20s;
    while (!condition()) {
        if (std::chrono::steady_clock::now() > until) return false;
        std::this_thread::sleep_for(2ms);  // between looks
    }
    return true;
}

/// A number that the helper wrote into its picture behind `name` and "=", or -1.
inline long number_in(const std::string& jpeg, const std::string& name) {
    const auto at = jpeg.find(name + "=");
    return at == std::string::npos ? -1 : std::stol(jpeg.substr(at + name.size() + 1));
}

/// The bytes that a command to the helper and, to tell one from another, `more` make.
inline std::string blob_of(const std::string& command, const std::string& more = "") {
    return command + " \n" + more;
}

}  // namespace preview_test
