/// UrlApi: calls to a broker at an address, with a token (`--url`, `--token-file`).
#include "broker/cli/url_api.h"

#include <boost/asio/ip/address.hpp>
#include <charconv>
#include <fstream>
#include <string_view>
#include <system_error>

#include "broker/cli/error.h"

namespace broker::cli {
namespace {

bool is_loopback(const std::string& host) {
    if (host == "localhost") {
        return true;
    }
    boost::system::error_code code;
    const auto address = boost::asio::ip::make_address(host, code);
    return !code && address.is_loopback();
}

std::string read_token(const std::filesystem::path& file) {
    std::ifstream in(file);
    std::string token(token_bytes_max + 1, '\0');
    if (!in) {
        throw Error(Errc::usage, "cannot read the token file " + file.string() + "; check its name and permissions");
    }
    in.read(token.data(), static_cast<std::streamsize>(token.size()));
    token.resize(static_cast<std::size_t>(in.gcount()));
    while (!token.empty() && (token.back() == '\n' || token.back() == '\r' || token.back() == ' ')) {
        token.pop_back();
    }
    const bool is_plain =
        token.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~+/=") ==
        std::string::npos;
    if (token.empty() || token.size() > token_bytes_max || !is_plain) {
        throw Error(Errc::usage,
                    "the file " + file.string() + " holds no token; it must be one line with the token only");
    }
    return token;
}

}  // namespace

TcpAddress parse_url(const std::string& url) {
    const auto refuse = [&url](const std::string& why) {
        return Error(Errc::usage, "--url " + url + ": " + why +
                                      "; use https://HOST:8080, http://127.0.0.1:8080, or the broker's socket");
    };
    const bool is_tls = url.starts_with("https://");
    if (!is_tls && !url.starts_with("http://")) {
        throw refuse("not an https:// URL");
    }
    std::string rest = url.substr(url.find("//") + 2);
    if (rest.ends_with('/')) {
        rest.pop_back();
    }
    TcpAddress address;
    address.is_tls = is_tls;
    address.port = is_tls ? 443 : 80;
    const auto colon = rest.find(':', rest.starts_with('[') ? rest.find(']') : 0);
    address.host = rest.substr(0, colon);
    if (address.host.starts_with('[') && address.host.ends_with(']')) {
        address.host = address.host.substr(1, address.host.size() - 2);
    }
    if (colon != std::string::npos) {
        const char* end = rest.data() + rest.size();
        const auto [stopped, code] = std::from_chars(rest.data() + colon + 1, end, address.port);
        if (code != std::errc() || stopped != end || address.port == 0) {
            throw refuse("the port is not a number from 1 to 65535");
        }
    }
    if (address.host.empty() || address.host.find_first_of("/?#@ ") != std::string::npos) {
        throw refuse("not a host and a port");
    }
    if (!is_tls && !is_loopback(address.host)) {
        throw refuse("plain http goes to this machine only");
    }
    return address;
}

UrlApi::UrlApi(const UrlOptions& options) : url_(options.url) {
    TcpAddress address = parse_url(options.url);
    if (options.ca_file) {
        address.ca_file = *options.ca_file;
    }
    peer_.where = address;
    const bool is_v6 = address.host.find(':') != std::string::npos;
    peer_.host_header = (is_v6 ? "[" + address.host + "]" : address.host) + ":" + std::to_string(address.port);
    if (options.token_file) {
        peer_.bearer_token = read_token(*options.token_file);
    }
}

Reply UrlApi::call(const Call& call) {
    return ask(call, nullptr);
}

Reply UrlApi::stream(const Call& call, const Sink& sink) {
    return ask(call, &sink);
}

Reply UrlApi::ask(const Call& call, const Sink* sink) const {
    try {
        return exchange(peer_, call, sink);
    } catch (const std::system_error& error) {
        const auto& address = std::get<TcpAddress>(peer_.where);
        throw Error(Errc::failed, "no whole answer from " + url_ + " (" + error.code().message() +
                                      "); is the broker running, and is this its [http] address" +
                                      (address.is_tls ? ", and --ca-file its certificate's authority?" : "?"));
    }
}

}  // namespace broker::cli
