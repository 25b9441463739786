#include "spool/digest.h"

#include <openssl/evp.h>

#include <cassert>
#include <cstdint>
#include <cstring>
#include <new>

namespace spool {

namespace {

constexpr std::string_view hex_digits = "0123456789abcdef";

/// Fetched once: OpenSSL 3 looks an algorithm up by name, under a lock, at every implicit fetch.
const EVP_MD* sha256() {
    static const EVP_MD* const algorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
    return algorithm;
}

}  // namespace

std::optional<Digest> Digest::parse(std::string_view hex) {
    if (hex.size() != 2 * size) return std::nullopt;
    Bytes bytes{};
    for (std::size_t i = 0; i < size; ++i) {
        auto high = hex_digits.find(hex[2 * i]);
        auto low = hex_digits.find(hex[2 * i + 1]);
        if (high == std::string_view::npos || low == std::string_view::npos) return std::nullopt;
        bytes[i] = static_cast<std::byte>(high << 4 | low);
    }
    return Digest(bytes);
}

std::string Digest::hex() const {
    std::string text;
    text.reserve(2 * size);
    for (std::byte byte : bytes_) {
        text += hex_digits[std::to_integer<std::size_t>(byte >> 4)];
        text += hex_digits[std::to_integer<std::size_t>(byte & std::byte{15})];
    }
    return text;
}

struct Hasher::Context {
    struct Free {
        void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
    };
    std::unique_ptr<EVP_MD_CTX, Free> evp{EVP_MD_CTX_new()};
};

Hasher::Hasher() : context_(std::make_unique<Context>()) {
    // With the default provider this fails only for want of memory; a FIPS set-up without SHA-256 does not exist.
    if (!context_->evp || EVP_DigestInit_ex2(context_->evp.get(), sha256(), nullptr) != 1) throw std::bad_alloc();
}

Hasher::~Hasher() = default;
Hasher::Hasher(Hasher&&) noexcept = default;
Hasher& Hasher::operator=(Hasher&&) noexcept = default;

void Hasher::update(std::span<const std::byte> bytes) {
    assert(context_ && "a spent hasher");
    [[maybe_unused]] int done = EVP_DigestUpdate(context_->evp.get(), bytes.data(), bytes.size());
    assert(done == 1);
}

Digest Hasher::finish() {
    assert(context_ && "a spent hasher");
    std::array<unsigned char, Digest::size> raw{};
    [[maybe_unused]] int done = EVP_DigestFinal_ex(context_->evp.get(), raw.data(), nullptr);
    assert(done == 1);
    context_.reset();
    Digest::Bytes bytes{};
    std::memcpy(bytes.data(), raw.data(), bytes.size());
    return Digest::from_bytes(bytes);
}

}  // namespace spool

std::size_t std::hash<spool::Digest>::operator()(const spool::Digest& digest) const noexcept {
    std::size_t first = 0;  // any eight bytes of a digest are as good as a hash of them
    std::memcpy(&first, digest.bytes().data(), sizeof first);
    return first;
}
