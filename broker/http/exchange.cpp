// Sends and listens in turn, so that a server that has already answered isn't sent the rest of an image.
#include "broker/http/exchange.h"

#include <poll.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <stdexcept>

#include "broker/http/request_head.h"

namespace broker::http {
namespace {

using Step = dicom::Moved::Step;

constexpr std::size_t piece_bytes_max = std::size_t{64} * 1024;
/// How often it is looked whether the peer's machine takes what was written: a send buffer is megabytes, which a thin
/// line needs minutes for, and poll tells of none of that.
constexpr std::chrono::milliseconds look_every{500};

Asked asked(const Request& request) {
    return request.method == Method::head ? Asked::head : Asked::other;
}

short events_of(Step step) {
    return step == Step::wants_write ? POLLOUT : POLLIN;
}

}  // namespace

Exchange::Exchange(Wire& wire, const Request& request, std::string head, const Options& options,
                   const Interrupt& interrupt)
    : wire_(wire),
      request_(request),
      options_(options),
      interrupt_(interrupt),
      reader_(asked(request), options),
      patience_(options.idle_timeout, options.least_rate),
      hearing_(POLLIN),
      piece_(std::move(head)),
      body_size_(body_size(request)) {}

Exchanged Exchange::run() {
    send();
    receive();
    return result();
}

bool Exchange::is_over() const {
    return failure_ || reader_.state() == ResponseReader::State::complete ||
           reader_.state() == ResponseReader::State::failed;
}

void Exchange::fail(Failure failure) {
    failure.request_left = request_left_;
    if (failure.status == 0) failure.status = reader_.status();
    failure_ = failure;
}

/// Until all has left, the server has answered or ended, or the wire takes no more.
void Exchange::send() {
    fill();
    while (!is_over()) {
        while (hear())
            if (is_over()) return;
        if (reader_.status() != 0) return;
        if (!send_piece()) return;
        if (piece_sent_ < piece_.size()) continue;
        // Said before anything more is heard: what comes now may be the answer to the whole.
        request_left_ = body_taken_ == body_size_;
        if (request_left_) return;
        fill();
    }
}

/// False: nothing more can be sent. What the server said before it closed may still be there to be read.
bool Exchange::send_piece() {
    const dicom::Moved moved = wire_.write(std::string_view(piece_).substr(piece_sent_));
    if (moved.step == Step::ended || moved.step == Step::failed) return false;
    if (moved.step != Step::done) {
        wait(static_cast<short>(events_of(moved.step) | hearing_));
        return true;
    }
    piece_sent_ += moved.bytes;
    patience_.moved(moved.bytes);
    return true;
}

/// The next piece; the first one has the head, too, so that a small request is one packet, and none is begun whose body
/// is known to be bad.
void Exchange::fill() {
    if (body_taken_ > 0 || piece_sent_ > 0) piece_.clear();
    piece_sent_ = 0;
    const std::size_t most = std::clamp<std::size_t>(request_.piece_bytes_max, 1, piece_bytes_max);
    const std::size_t room = most > piece_.size() ? most - piece_.size() : 0;
    const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(room, body_size_ - body_taken_));
    if (const auto* text = std::get_if<std::string>(&request_.body)) {
        piece_.append(*text, body_taken_, size);
        body_taken_ += size;
    } else if (const auto* source = std::get_if<BodySource*>(&request_.body); source != nullptr && size > 0) {
        const std::size_t before = piece_.size();
        piece_.resize(before + size);
        const std::size_t got = (*source)->read(std::as_writable_bytes(std::span(piece_).subspan(before)));
        assert(got <= size);
        if (got == 0) throw std::runtime_error("the body of a request ended before its size");
        piece_.resize(before + got);
        body_taken_ += got;
    }
    const bool may_go = !interrupt_.is_raised() && (!request_.pace || request_.pace(piece_.size()));
    if (!may_go || interrupt_.is_raised()) fail({.fault = Fault::interrupted});
}

void Exchange::receive() {
    is_sending_ = false;
    while (!is_over()) {
        if (interrupt_.is_raised())
            fail({.fault = Fault::interrupted});
        else if (!hear())
            wait(hearing_);
    }
}

/// False: nothing has come.
bool Exchange::hear() {
    std::array<char, 16 * 1024> some;
    const dicom::Moved moved = wire_.read(some.data(), some.size());
    if (moved.step == Step::wants_read || moved.step == Step::wants_write) {
        hearing_ = events_of(moved.step);
        return false;
    }
    if (moved.step == Step::done) {
        patience_.moved(moved.bytes);
        reader_.put({some.data(), moved.bytes});
    } else if (moved.step == Step::ended) {
        reader_.end();
    } else {
        const dicom::TlsFault fault = wire_.fault();
        const bool is_lost = fault == dicom::TlsFault::none || fault == dicom::TlsFault::closed;
        fail(is_lost ? Failure{.fault = Fault::lost} : tls_failure(fault));
        // TLS 1.3 tells us only here that our certificate isn't taken (RFC 8446 4.4.2.4): then nothing was done.
        if (fault == dicom::TlsFault::own_certificate_refused || fault == dicom::TlsFault::own_certificate_missing)
            failure_->request_left = reader_.has_begun() && request_left_;
    }
    return true;
}

void Exchange::wait(short events) {
    // The response's own time begins once the peer's machine has the whole request, or the response is there; what was
    // sent earns none for it.
    if (!is_sending_ && !is_awaiting_ && (wire_.underway() == 0 || reader_.status() != 0)) {
        patience_ = Patience(options_.idle_timeout, options_.least_rate);
        is_awaiting_ = true;
    }
    const auto begin = std::chrono::steady_clock::now();
    const auto left = patience_.left();
    const std::size_t underway = is_awaiting_ ? 0 : wire_.underway();
    const auto slice = underway > 0 ? std::min<Patience::Duration>(left, look_every) : left;
    if (left <= Patience::Duration(0)) return fail({.fault = Fault::timed_out});
    const Woken woken = wait_for(wire_.descriptor(), events, interrupt_, begin + slice);
    if (woken == Woken::interrupted) return fail({.fault = Fault::interrupted});
    patience_.waited(std::chrono::steady_clock::now() - begin);
    if (const std::size_t still = wire_.underway(); still < underway) patience_.moved(underway - still);
}

Exchanged Exchange::result() {
    Exchanged exchanged;
    exchanged.response_has_begun = reader_.has_begun();
    if (!failure_ && reader_.state() == ResponseReader::State::failed) fail(reader_.failure());
    if (failure_) {
        exchanged.outcome = *failure_;
        return exchanged;
    }
    // Said before the response is taken out.
    exchanged.is_reusable = request_left_ && reader_.may_go_on();
    Response response = reader_.take();
    response.is_early = !request_left_;
    exchanged.outcome = std::move(response);
    return exchanged;
}

}  // namespace broker::http
