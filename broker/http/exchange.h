/// Exchange: one request and its response over a connection that is there.
///
/// One thread; blocks. Internal to this folder.
#pragma once

#include <string>
#include <variant>

#include "broker/http/interrupt.h"
#include "broker/http/options.h"
#include "broker/http/patience.h"
#include "broker/http/request.h"
#include "broker/http/response_reader.h"
#include "broker/http/wire.h"

namespace broker::http {

struct Exchanged {
    std::variant<Response, Failure> outcome;
    bool response_has_begun = false;  ///< a byte of it came
    bool is_reusable = false;         ///< the connection
};

class Exchange {
public:
    /// All outlive it; a source is at its beginning. `head` is the request's.
    Exchange(Wire& wire, const Request& request, std::string head, const Options& options, const Interrupt& interrupt);

    /// Once. Throws only what the body's source and the pace throw.
    Exchanged run();

private:
    void send();
    bool send_piece();
    void fill();
    void receive();
    bool hear();
    void wait(short events);
    void fail(Failure failure);
    bool is_over() const;
    Exchanged result();

    Wire& wire_;
    const Request& request_;
    const Options& options_;
    const Interrupt& interrupt_;
    ResponseReader reader_;
    Patience patience_;
    short hearing_;               ///< what the wire waits for to be read, as poll has it
    std::string piece_;           ///< what leaves next
    std::size_t piece_sent_ = 0;  ///< of it
    std::uint64_t body_taken_ = 0;
    const std::uint64_t body_size_;
    bool request_left_ = false;
    bool is_sending_ = true, is_awaiting_ = false;
    std::optional<Failure> failure_;
};

}  // namespace broker::http
