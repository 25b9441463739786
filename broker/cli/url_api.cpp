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

TcpAddress parse_loopback_url(const std::string& url) {
    constexpr std::string_view scheme = "http://";
    const auto refuse = [&url](const std::string& why) {
        return Error(Errc::usage,
                     "--url " + url + ": " + why + "; use http://127.0.0.1:8080, or the socket of the broker");
    };
    if (url.starts_with("https://")) {
        throw refuse("https is not available in this version");
    }
    if (!url.starts_with(scheme)) {
        throw refuse("not an http:// URL");
    }
    std::string rest = url.substr(scheme.size());
    if (rest.ends_with('/')) {
        rest.pop_back();
    }
    TcpAddress address;
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
    if (!is_loopback(address.host)) {
        throw refuse("plain http goes to this machine only");
    }
    return address;
}

UrlApi::UrlApi(const std::string& url, const std::optional<std::filesystem::path>& token_file) : url_(url) {
    const TcpAddress address = parse_loopback_url(url);
    peer_.where = address;
    const bool is_v6 = address.host.find(':') != std::string::npos;
    peer_.host_header = (is_v6 ? "[" + address.host + "]" : address.host) + ":" + std::to_string(address.port);
    if (token_file) {
        peer_.bearer_token = read_token(*token_file);
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
        throw Error(Errc::failed, "no whole answer from " + url_ + " (" + error.code().message() +
                                      "); is the broker running, and is this its [http] address?");
    }
}

}  // namespace broker::cli
