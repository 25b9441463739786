/// Url: where a server is, and what is asked of it: parsed once, so that nothing else can reach a request line.
///
/// Values and pure functions; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace broker::http {

enum class Scheme { http, https };

/// scheme://host[:port][/path]. Without a user's name, query or fragment: these are no part of a server's address.
class Url {
public:
    /// Nothing where `text` is anything else, or longer than 2,048 bytes. The host is a name of letters, digits, `-`,
    /// `_` and dots, an IPv4 address in its usual form, or an IPv6 address in brackets, without a zone.
    static std::optional<Url> parse(std::string_view text);

    Scheme scheme() const { return scheme_; }
    bool is_https() const { return scheme_ == Scheme::https; }
    /// In lower case, without brackets.
    const std::string& host() const { return host_; }
    std::uint16_t port() const { return port_; }
    /// Begins with '/'; percent-encoding is left as it was.
    const std::string& path() const { return path_; }
    /// As Host has it: with brackets where it is an IPv6 address, and the port where it is not the scheme's own.
    std::string authority() const;
    /// As CONNECT has it: always with the port.
    std::string host_and_port() const;
    /// The whole, as `parse` takes it.
    std::string text() const;

    bool operator==(const Url&) const = default;

private:
    Url() = default;

    Scheme scheme_ = Scheme::https;
    std::string host_;
    std::uint16_t port_ = 0;
    std::string path_;
};

/// The path and query of a request; "/" unless parsed.
class Target {
public:
    /// Nothing where `text` doesn't begin with '/', is longer than 8,192 bytes or holds what RFC 3986 wants encoded.
    static std::optional<Target> parse(std::string_view text);

    const std::string& text() const { return text_; }

    bool operator==(const Target&) const = default;

private:
    std::string text_ = "/";
};

/// For one value in a query, or one segment of a path: all but letters, digits and "-._~" is encoded (RFC 3986 2.3).
std::string percent_encode(std::string_view text);

}  // namespace broker::http
