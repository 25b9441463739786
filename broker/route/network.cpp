/// Network: literals of both families as sixteen bytes, and prefixes of them.
#include "broker/route/network.h"

#include <arpa/inet.h>

#include <array>
#include <charconv>
#include <cstring>
#include <optional>
#include <string>

namespace broker::route {

namespace {

/// An address as the 16 bytes of IPv6, IPv4 mapped into it.
using Address = std::array<unsigned char, 16>;

struct Network {
    Address address{};
    unsigned prefix_bits = 128;
};

struct Literal {
    Address address{};
    bool is_ipv4 = false;
};

std::optional<Literal> parse_address(std::string_view text) {
    std::string terminated{text};
    Literal literal;
    if (inet_pton(AF_INET6, terminated.c_str(), literal.address.data()) == 1) return literal;
    literal.address.fill(0);
    literal.address[10] = literal.address[11] = 0xFF;
    literal.is_ipv4 = true;
    if (inet_pton(AF_INET, terminated.c_str(), literal.address.data() + 12) == 1) return literal;
    return std::nullopt;
}

std::optional<Network> parse_network(std::string_view text) {
    std::size_t slash = text.find('/');
    std::optional<Literal> literal = parse_address(text.substr(0, slash));
    if (!literal) return std::nullopt;
    if (slash == std::string_view::npos) return Network{literal->address, 128};
    std::string_view digits = text.substr(slash + 1);
    unsigned bits = 0;
    auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), bits);
    if (error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
    if (bits > (literal->is_ipv4 ? 32U : 128U)) return std::nullopt;
    return Network{literal->address, bits + (literal->is_ipv4 ? 96U : 0U)};
}

bool same_prefix(const Address& left, const Address& right, unsigned bits) {
    std::size_t whole = bits / 8;
    if (std::memcmp(left.data(), right.data(), whole) != 0) return false;
    if (bits % 8 == 0) return true;
    unsigned mask = 0xFF00U >> (bits % 8) & 0xFFU;
    return (left[whole] & mask) == (right[whole] & mask);
}

}  // namespace

bool in_network(std::string_view network, std::string_view address) {
    std::optional<Network> block = parse_network(network);
    std::optional<Literal> literal = parse_address(address);
    return block && literal && same_prefix(block->address, literal->address, block->prefix_bits);
}

bool is_network(std::string_view network) {
    return parse_network(network).has_value();
}

bool is_loopback(std::string_view address) {
    return in_network("127.0.0.0/8", address) || in_network("::1", address);
}

}  // namespace broker::route
