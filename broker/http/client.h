/// Client: asks one server over HTTP/1.1, and answers what became of it: a whole response, or a failure.
///
/// Any thread, several at once, each with a connection of its own; blocks, and has no threads but one while it looks up
/// a name. Callers are back before it is destroyed. No redirect is followed, nothing is unpacked, no cookie is kept,
/// and no plain connection is tried where TLS failed.
#pragma once

#include <memory>
#include <optional>
#include <variant>

#include "broker/http/failure.h"
#include "broker/http/interrupt.h"
#include "broker/http/options.h"
#include "broker/http/request.h"
#include "broker/http/response.h"

namespace broker::http {

class Pool;

class Client {
public:
    /// Reads the files of TLS, for an https origin only, and nothing from the network. Throws dicom::TlsError where one
    /// cannot be used, std::invalid_argument where the proxy isn't http, the user agent could end a line, or the
    /// least rate is zero.
    explicit Client(Options options);
    ~Client();
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;

    /// Sends the request, over a connection that was kept where there is one, and reads the whole response. A source is
    /// rewound first. Where a kept connection turns out to be dead before a byte of the response came, and doing it
    /// twice does no harm, it is tried once more over a new one; otherwise nothing is ever sent twice.
    /// Throws what the body's source or the pace throws, and std::invalid_argument where a header field is not the
    /// caller's to write; never because of the network or a peer.
    std::variant<Response, Failure> perform(const Request& request, const Interrupt& interrupt);

    /// Closes what is kept. A connection whose server has closed it stays otherwise until the next request.
    void close_kept();
    std::size_t kept_count() const;

private:
    const Options options_;
    std::unique_ptr<const dicom::TlsClient> tls_;  ///< null: plain
    std::unique_ptr<Pool> pool_;
};

}  // namespace broker::http
