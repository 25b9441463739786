/// ETag: names a response's bytes, so that a peer who has them need not get them again (RFC 9110, 8.8.3).
#include "web/etag.h"

#include <openssl/evp.h>

#include <array>
#include <cassert>

namespace web {

std::string etag_of(std::string_view bytes) {
    std::array<unsigned char, 32> digest{};
    unsigned size = 0;
    const int done = EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, EVP_sha256(), nullptr);
    assert(done == 1 && size == digest.size());
    static_cast<void>(done);
    constexpr std::string_view digits = "0123456789abcdef";
    std::string tag = "\"";
    for (std::size_t i = 0; i < 16; ++i) {
        tag += digits[digest[i] >> 4];
        tag += digits[digest[i] & 15];
    }
    return tag + '"';
}

bool is_known(std::string_view if_none_match, std::string_view tag) {
    while (!if_none_match.empty()) {
        const auto end = if_none_match.find(',');
        std::string_view each = if_none_match.substr(0, end);
        while (each.starts_with(' ') || each.starts_with('\t')) each.remove_prefix(1);
        while (each.ends_with(' ') || each.ends_with('\t')) each.remove_suffix(1);
        if (each.starts_with("W/")) each.remove_prefix(2);
        if (each == tag || each == "*") return true;
        if_none_match.remove_prefix(end == std::string_view::npos ? if_none_match.size() : end + 1);
    }
    return false;
}

}  // namespace web
