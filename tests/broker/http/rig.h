/// Rig: what the tests of the HTTP client have in common.
///
/// One thread at a time, but for what says otherwise.
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <variant>
#include <vector>

#include "broker/http/client.h"
#include "tests/support/http_server.h"

namespace http_rig {

namespace http = broker::http;
using http::Fault;
using support::HttpPeer;
using support::HttpServer;

using Outcome = std::variant<http::Response, http::Failure>;

inline const std::string ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

inline http::Url url(std::string_view text) {
    const auto parsed = http::Url::parse(text);
    REQUIRE_MESSAGE(parsed, text);
    return *parsed;
}

inline http::Target target(std::string_view text) {
    const auto parsed = http::Target::parse(text);
    REQUIRE_MESSAGE(parsed, text);
    return *parsed;
}

inline http::Options options_for(std::uint16_t port, std::string_view scheme = "http",
                                 std::string_view host = "127.0.0.1") {
    http::Options options{.origin = url(std::string(scheme) + "://" + std::string(host) + ":" + std::to_string(port))};
    options.user_agent = "Test/1";
    return options;
}

inline http::Request get(std::string_view path = "/") {
    http::Request request;
    request.target = target(path);
    return request;
}

inline http::Request post(std::string body, std::string_view path = "/") {
    http::Request request = get(path);
    request.method = http::Method::post;
    request.body = std::move(body);
    return request;
}

inline http::Request put(http::BodySource& source) {
    http::Request request = get();
    request.method = http::Method::put;
    request.body = &source;
    return request;
}

inline http::Response response_of(const Outcome& outcome) {
    if (const auto* failure = std::get_if<http::Failure>(&outcome)) FAIL(describe(*failure));
    return std::get<http::Response>(outcome);
}

inline http::Failure failure_of(const Outcome& outcome) {
    if (const auto* response = std::get_if<http::Response>(&outcome)) FAIL("a response of status " << response->status);
    return std::get<http::Failure>(outcome);
}

/// Failures are compared by what they say.
inline std::string words(const Outcome& outcome) {
    return describe(failure_of(outcome));
}

/// One request by a client of its own.
inline Outcome perform(const http::Options& options, const http::Request& request) {
    http::Client client(options);
    const http::Interrupt interrupt;
    return client.perform(request, interrupt);
}

/// Zeroes to Z, over and over: what comes at an offset is known.
class Pattern : public http::BodySource {
public:
    explicit Pattern(std::uint64_t size) : size_(size) {}
    std::uint64_t size() const override { return size_; }
    std::size_t read(std::span<std::byte> into) override {
        const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(into.size(), size_ - at_));
        for (std::size_t i = 0; i < count; ++i) into[i] = static_cast<std::byte>(letter(at_ + i));
        at_ += count;
        largest_ = std::max(largest_, count);
        return count;
    }
    void rewind() override {
        at_ = 0;
        ++rewind_count_;
    }
    static char letter(std::uint64_t offset) { return static_cast<char>('0' + offset % 43); }

    std::uint64_t at() const { return at_; }
    std::size_t largest() const { return largest_; }
    int rewind_count() const { return rewind_count_; }

private:
    const std::uint64_t size_;
    std::uint64_t at_ = 0;
    std::size_t largest_ = 0;
    int rewind_count_ = 0;
};

inline std::string pattern(std::size_t size) {
    std::string text(size, ' ');
    for (std::size_t i = 0; i < size; ++i) text[i] = Pattern::letter(i);
    return text;
}

/// A condition that one thread makes true and another waits for.
class Gate {
public:
    void open() {
        const std::lock_guard lock(mutex_);
        is_open_ = true;
        changed_.notify_all();
    }
    /// Until it is open, or 20 s; whether it is.
    bool wait() { return wait_for(std::chrono::seconds(20)); }
    bool wait_for(std::chrono::milliseconds time) {
        std::unique_lock lock(mutex_);
        return changed_.wait_for(lock, time, [&] { return is_open_; });
    }

private:
    std::mutex mutex_;  ///< guards all below
    std::condition_variable changed_;
    bool is_open_ = false;
};

}  // namespace http_rig
