/// UrlApi: calls to a broker at an address, with a token (`--url`, `--token-file`).
///
/// One thread at a time. Plain HTTP goes to loopback only: a token that crosses a network in the clear is a lost token.
/// Over TLS the certificate must be the host's; that of a broker which made its own is data_dir/tls/page.pem there, to
/// be carried here and named with --ca-file.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "broker/cli/api.h"
#include "broker/cli/exchange.h"

namespace broker::cli {

/// The longest token that is read from a file.
inline constexpr std::size_t token_bytes_max = 4096;

/// The address of `https://HOST[:PORT][/]`, or of `http://` where HOST is loopback.
/// Throws cli::Error, usage: not such a URL, or a token would cross a network in the clear.
TcpAddress parse_url(const std::string& url);

/// Where a broker is that is asked over the network, and what is needed for that.
struct UrlOptions {
    std::string url;
    std::optional<std::filesystem::path> token_file = {};
    std::optional<std::filesystem::path> ca_file = {};  ///< of an authority, or of the broker itself, for https
};

class UrlApi : public Api {
public:
    /// Reads the token, if a file is named; nothing is opened yet.
    /// Throws cli::Error, usage: the URL (parse_url), or a token file that cannot be read or holds no token.
    explicit UrlApi(const UrlOptions& options);

    Reply call(const Call& call) override;
    Reply stream(const Call& call, const Sink& sink) override;

private:
    Reply ask(const Call& call, const Sink* sink) const;

    std::string url_;
    Peer peer_;
};

}  // namespace broker::cli
