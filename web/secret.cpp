/// Secret: what only chance knows, and what is kept of it.
#include "web/secret.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include "web/base64.h"
#include "web/error.h"

namespace web {

std::string random_bytes(std::size_t size) {
    std::string bytes(size, '\0');
    if (RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(size)) != 1)
        throw Error(Errc::io, "the system gives no random bytes");
    return bytes;
}

std::string new_secret() {
    return base64_url(random_bytes(32));
}

outbox::Digest hash_of(std::string_view secret) {
    outbox::Digest digest{};
    const int is_made = EVP_Digest(secret.data(), secret.size(), reinterpret_cast<unsigned char*>(digest.data()),
                                   nullptr, EVP_sha256(), nullptr);
    if (is_made != 1) throw Error(Errc::io, "SHA-256 is not available");
    return digest;
}

void wipe(std::string& secret) {
    OPENSSL_cleanse(secret.data(), secret.size());
    secret.clear();
}

}  // namespace web
