/// ResponseReader: makes one response out of the bytes of a connection, as they come.
///
/// One thread at a time. Knows no socket. Internal to this folder.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "broker/http/chunked.h"
#include "broker/http/failure.h"
#include "broker/http/options.h"
#include "broker/http/request.h"
#include "broker/http/response.h"
#include "broker/http/response_head.h"

namespace broker::http {

/// To what the response answers: to some it has no body, whatever its fields say.
enum class Asked { head, connect, other };

class ResponseReader {
public:
    ResponseReader(Asked asked, const Options& options)
        : asked_(asked), options_(options), chunked_(options.response_body_bytes_max) {}

    enum class State { head, body, complete, failed };

    /// Takes what came. Interim responses are passed over.
    State put(std::string_view bytes);
    /// The connection has ended.
    State end();
    State state() const { return state_; }

    bool has_begun() const { return has_begun_; }
    /// Of the final response, once its head is there; 0 before.
    unsigned status() const { return head_ ? head_->status : 0; }
    /// Failed: why; without `request_left`.
    const Failure& failure() const { return failure_; }
    /// Complete: the response; once.
    Response take();
    /// Complete: not a byte came behind it.
    bool is_alone() const { return is_alone_; }
    /// Complete: likewise, and the server may be asked again over the same connection.
    bool may_go_on() const { return is_alone_ && !head_->is_last; }

private:
    State take_head(std::string_view& bytes);
    State accept_head(ResponseHead head);
    State take_body(std::string_view& bytes);
    State complete(std::string_view rest);
    State fail(Fault fault, const char* detail);

    const Asked asked_;
    const Options& options_;
    State state_ = State::head;
    bool has_begun_ = false, is_alone_ = true;
    std::size_t interim_count_ = 0;
    std::string pending_;  ///< a head that is not whole yet
    std::optional<ResponseHead> head_;
    Chunked chunked_;
    std::string body_;
    Failure failure_;
};

}  // namespace broker::http
