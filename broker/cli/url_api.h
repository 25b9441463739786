/// UrlApi: calls to a broker at an address, with a token (`--url`, `--token-file`).
///
/// One thread at a time. Plain HTTP goes to loopback only: a token that crosses a network in the clear is a lost token.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "broker/cli/api.h"
#include "broker/cli/exchange.h"

namespace broker::cli {

/// The longest token that is read from a file.
inline constexpr std::size_t token_bytes_max = 4096;

/// The address of `http://HOST[:PORT][/]`. Throws cli::Error, usage: not such a URL, https, or not loopback.
TcpAddress parse_loopback_url(const std::string& url);

class UrlApi : public Api {
public:
    /// Reads the token, if a file is named; nothing is opened yet.
    /// Throws cli::Error, usage: the URL (parse_loopback_url), or a token file that cannot be read or holds no token.
    UrlApi(const std::string& url, const std::optional<std::filesystem::path>& token_file);

    Reply call(const Call& call) override;
    Reply stream(const Call& call, const Sink& sink) override;

private:
    Reply ask(const Call& call, const Sink* sink) const;

    std::string url_;
    Peer peer_;
};

}  // namespace broker::cli
