/// Password: what is kept of a password, and whether another one is the same (scrypt, RFC 7914).
#include "web/password.h"

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <charconv>

#include "web/ascii.h"
#include "web/base64.h"
#include "web/error.h"
#include "web/secret.h"

namespace web {
namespace {

/// OWASP's choice of cost for 32 MiB: 2^15 blocks of 8 × 128 bytes, three times.
struct Cost {
    unsigned log2_n = 15, r = 8, p = 3;
};
constexpr std::size_t salt_bytes = 16, hash_bytes = 32;
constexpr std::uint64_t memory_max = 64 * 1024 * 1024;  ///< OpenSSL's own limit is below what this cost needs

std::atomic<int> hashing{0};

/// One of the places to hash in; false in `is_there` where all are taken.
class Place {
public:
    Place() : is_there(hashing.fetch_add(1) < hashes_max) {}
    ~Place() { hashing.fetch_sub(1); }
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;

    const bool is_there;
};

std::string scrypt(std::string_view password, std::string_view salt, const Cost& cost) {
    std::string hash(hash_bytes, '\0');
    const int is_made =
        EVP_PBE_scrypt(password.data(), password.size(), reinterpret_cast<const unsigned char*>(salt.data()),
                       salt.size(), std::uint64_t{1} << cost.log2_n, cost.r, cost.p, memory_max,
                       reinterpret_cast<unsigned char*>(hash.data()), hash.size());
    if (is_made != 1) throw Error(Errc::io, "a password could not be hashed: too little memory");
    return hash;
}

struct Kept {
    Cost cost;
    std::string salt, hash;
};

std::string print(const Kept& kept) {
    return fmt::format("$scrypt$ln={},r={},p={}${}${}", kept.cost.log2_n, kept.cost.r, kept.cost.p, base64(kept.salt),
                       base64(kept.hash));
}

bool take(std::string_view& text, std::string_view word) {
    if (!text.starts_with(word)) return false;
    text.remove_prefix(word.size());
    return true;
}

bool take(std::string_view& text, unsigned& number) {
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (code != std::errc()) return false;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    return true;
}

std::optional<Kept> parse(std::string_view text) {
    Kept kept;
    if (!take(text, "$scrypt$ln=") || !take(text, kept.cost.log2_n) || !take(text, ",r=") || !take(text, kept.cost.r) ||
        !take(text, ",p=") || !take(text, kept.cost.p) || !take(text, "$"))
        return std::nullopt;
    const auto between = text.find('$');
    if (between == std::string_view::npos) return std::nullopt;
    const auto salt = parse_base64(text.substr(0, between)), hash = parse_base64(text.substr(between + 1));
    if (!salt || !hash || hash->size() != hash_bytes || kept.cost.log2_n > 20) return std::nullopt;
    kept.salt = *salt;
    kept.hash = *hash;
    return kept;
}

}  // namespace

std::string password_fault(std::string_view password, std::string_view user_name) {
    if (password.size() < password_bytes_min)
        return fmt::format("a password has at least {} characters; several words make a good one", password_bytes_min);
    if (password.size() > password_bytes_max) return fmt::format("a password has at most {} bytes", password_bytes_max);
    if (std::ranges::all_of(password, [&](char each) { return each == password.front(); }))
        return "a password of one repeated character is too easy to guess";
    if (lower_case(password).find(lower_case(user_name)) != std::string::npos && user_name.size() >= 4)
        return "a password that has the user's name in it is too easy to guess";
    return "";
}

std::optional<std::string> hash_password(std::string_view password) {
    const Place place;
    if (!place.is_there) return std::nullopt;
    Kept kept;
    kept.salt = random_bytes(salt_bytes);
    kept.hash = scrypt(password, kept.salt, kept.cost);
    return print(kept);
}

PasswordCheck check_password(std::string_view password, std::string_view hash) {
    const Place place;
    if (!place.is_there) return PasswordCheck::busy;
    auto kept = parse(hash);
    const bool is_one = kept.has_value();
    if (!is_one) kept = Kept{{}, std::string(salt_bytes, '\0'), std::string(hash_bytes, '\0')};
    const std::string made = scrypt(password, kept->salt, kept->cost);
    const bool is_same = CRYPTO_memcmp(made.data(), kept->hash.data(), hash_bytes) == 0;
    return is_one && is_same ? PasswordCheck::right : PasswordCheck::wrong;
}

}  // namespace web
