#include "broker/http/connect.h"

#include <poll.h>

#include <array>
#include <optional>

#include "broker/http/request_head.h"
#include "broker/http/response_reader.h"
#include "broker/http/tcp.h"

namespace broker::http {
namespace {

using Step = dicom::Moved::Step;

/// What the wire waits for; nothing: it is ready, else why it never will be.
std::optional<Failure> wait_for_step(const Wire& wire, Step step, const Interrupt& interrupt, Monotonic until) {
    const short events = step == Step::wants_read ? POLLIN : POLLOUT;
    const Woken woken = wait_for(wire.descriptor(), events, interrupt, until);
    if (woken == Woken::interrupted) return Failure{.fault = Fault::interrupted};
    if (woken == Woken::late) return Failure{.fault = Fault::connect_timed_out};
    return std::nullopt;
}

bool waits(Step step) {
    return step == Step::wants_read || step == Step::wants_write;
}

std::optional<Failure> write_all(Wire& wire, std::string_view bytes, const Interrupt& interrupt, Monotonic until) {
    while (!bytes.empty()) {
        const dicom::Moved moved = wire.write(bytes);
        if (waits(moved.step)) {
            if (auto failure = wait_for_step(wire, moved.step, interrupt, until)) return failure;
        } else if (moved.step != Step::done) {
            return Failure{.fault = Fault::lost};
        }
        bytes.remove_prefix(moved.bytes);
    }
    return std::nullopt;
}

/// Of the proxy's answer only the head counts.
std::optional<Failure> read_consent(Wire& wire, const Options& options, const Interrupt& interrupt, Monotonic until) {
    ResponseReader reader(Asked::connect, options);
    std::array<char, 4096> some;
    while (reader.status() == 0) {
        const dicom::Moved moved = wire.read(some.data(), some.size());
        if (waits(moved.step)) {
            if (auto failure = wait_for_step(wire, moved.step, interrupt, until)) return failure;
            continue;
        }
        const auto state = moved.step == Step::done ? reader.put({some.data(), moved.bytes}) : reader.end();
        if (state == ResponseReader::State::failed && reader.status() == 0) return reader.failure();
    }
    if (reader.status() >= 300) return Failure{.fault = Fault::proxy_refused, .status = reader.status()};
    // The server, too, waits for our first byte: whose were these?
    if (!reader.is_alone()) return Failure{.fault = Fault::malformed, .detail = "bytes behind the proxy's consent"};
    return std::nullopt;
}

std::optional<Failure> pass_proxy(Wire& wire, const Options& options, const Interrupt& interrupt, Monotonic until) {
    if (auto failure = write_all(wire, connect_head(options), interrupt, until)) return failure;
    return read_consent(wire, options, interrupt, until);
}

std::optional<Failure> shake_hands(Wire& wire, const Interrupt& interrupt, Monotonic until) {
    for (;;) {
        const Step step = wire.handshake();
        if (step == Step::done) return std::nullopt;
        if (!waits(step)) return tls_failure(wire.fault());
        const auto failure = wait_for_step(wire, step, interrupt, until);
        if (failure && failure->fault == Fault::connect_timed_out) return tls_failure(dicom::TlsFault::timed_out);
        if (failure) return failure;
    }
}

}  // namespace

std::variant<std::unique_ptr<Wire>, Failure> connect(const Options& options, const dicom::TlsClient* tls,
                                                     const Interrupt& interrupt) {
    const auto until = std::chrono::steady_clock::now() + options.connect_timeout;
    const auto of_proxy = [&](Failure failure) {
        failure.at_proxy = options.proxy.has_value();
        return failure;
    };
    auto connected = connect_tcp(options.proxy.value_or(options.origin), options, interrupt, until);
    if (const auto* failure = std::get_if<Failure>(&connected)) return of_proxy(*failure);
    auto wire = std::make_unique<Wire>(std::move(std::get<dicom::Descriptor>(connected)));
    if (tls == nullptr) return wire;
    if (options.proxy)
        if (const auto failure = pass_proxy(*wire, options, interrupt, until)) return of_proxy(*failure);
    wire->secure(*tls);
    if (const auto failure = shake_hands(*wire, interrupt, until)) return *failure;
    return wire;
}

}  // namespace broker::http
