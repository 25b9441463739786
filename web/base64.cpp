/// Base64: bytes as text, and back (RFC 4648), and the alphabet that can stand in an address (section 5).
#include "web/base64.h"

#include <openssl/evp.h>

#include <algorithm>

namespace web {

std::string base64(std::string_view bytes) {
    // EVP_EncodeBlock writes a NUL behind.
    std::string text(4 * ((bytes.size() + 2) / 3) + 1, '\0');
    const int size =
        EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                        reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
    text.resize(static_cast<std::size_t>(size));
    return text;
}

std::optional<std::string> parse_base64(std::string_view text) {
    if (text.size() % 4 != 0) return std::nullopt;
    std::string bytes(text.size() / 4 * 3, '\0');
    const int size =
        EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                        reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
    if (size < 0) return std::nullopt;
    // It counts what stands for padding as bytes, and skips spaces: so the way back must lead here.
    const auto padding = std::min<std::size_t>(2, static_cast<std::size_t>(std::ranges::count(text, '=')));
    bytes.resize(static_cast<std::size_t>(size) - std::min(padding, static_cast<std::size_t>(size)));
    return base64(bytes) == text ? std::optional(std::move(bytes)) : std::nullopt;
}

std::string base64_url(std::string_view bytes) {
    std::string text = base64(bytes);
    std::ranges::replace(text, '+', '-');
    std::ranges::replace(text, '/', '_');
    while (text.ends_with('=')) text.pop_back();
    return text;
}

}  // namespace web
