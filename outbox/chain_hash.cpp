#include "outbox/chain_hash.h"

#include <openssl/evp.h>
#include <sqlite3.h>

#include <array>
#include <cassert>
#include <new>

#include "outbox/error.h"

namespace outbox {

struct ChainHasher::Context {
    // Fetched once: looking the algorithm up costs OpenSSL 3 more than hashing a row.
    EVP_MD* algorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
    EVP_MD_CTX* state = EVP_MD_CTX_new();
    ~Context() {
        EVP_MD_CTX_free(state);
        EVP_MD_free(algorithm);
    }
    void begin() {
        if (EVP_DigestInit_ex2(state, algorithm, nullptr) != 1) throw std::bad_alloc();
    }
};

ChainHasher::ChainHasher() : context_(std::make_unique<Context>()) {
    if (context_->algorithm == nullptr || context_->state == nullptr) throw std::bad_alloc();
    context_->begin();
}

ChainHasher::~ChainHasher() = default;

static std::array<std::byte, 8> big_endian(std::uint64_t value) {
    std::array<std::byte, 8> bytes{};
    for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::byte>(value >> (56 - 8 * i));
    return bytes;
}

void ChainHasher::value(char type, std::span<const std::byte> bytes) {
    const auto length = big_endian(bytes.size());
    EVP_DigestUpdate(context_->state, &type, 1);
    EVP_DigestUpdate(context_->state, length.data(), length.size());
    EVP_DigestUpdate(context_->state, bytes.data(), bytes.size());
}

ChainHasher& ChainHasher::null() {
    value('N', {});
    return *this;
}

ChainHasher& ChainHasher::integer(std::int64_t number) {
    value('I', big_endian(static_cast<std::uint64_t>(number)));
    return *this;
}

ChainHasher& ChainHasher::text(std::string_view words) {
    value('T', std::as_bytes(std::span(words)));
    return *this;
}

ChainHasher& ChainHasher::blob(std::span<const std::byte> bytes) {
    value('B', bytes);
    return *this;
}

Digest ChainHasher::finish() {
    Digest digest{};
    unsigned int size = 0;
    const int done = EVP_DigestFinal_ex(context_->state, reinterpret_cast<unsigned char*>(digest.data()), &size);
    assert(done == 1 && size == digest.size());
    context_->begin();
    return digest;
}

static bool add(ChainHasher& hasher, sqlite3_value* argument) {
    const auto bytes = [argument](const void* begin) {
        return std::span(static_cast<const std::byte*>(begin), static_cast<std::size_t>(sqlite3_value_bytes(argument)));
    };
    switch (sqlite3_value_type(argument)) {
        case SQLITE_NULL:
            hasher.null();
            return true;
        case SQLITE_INTEGER:
            hasher.integer(sqlite3_value_int64(argument));
            return true;
        case SQLITE_TEXT: {
            const auto text = bytes(sqlite3_value_text(argument));
            hasher.text({reinterpret_cast<const char*>(text.data()), text.size()});
            return true;
        }
        case SQLITE_BLOB:
            hasher.blob(bytes(sqlite3_value_blob(argument)));
            return true;
        default:
            return false;
    }
}

static void chain_hash_function(sqlite3_context* context, int count, sqlite3_value** arguments) {
    auto& hasher = *static_cast<ChainHasher*>(sqlite3_user_data(context));
    bool all_fit = true;
    for (int i = 0; i < count; ++i) all_fit = add(hasher, arguments[i]) && all_fit;
    const Digest digest = hasher.finish();
    if (all_fit) {
        sqlite3_result_blob(context, digest.data(), static_cast<int>(digest.size()), SQLITE_TRANSIENT);
    } else {
        sqlite3_result_error(context, "chain_hash takes no floating-point numbers", -1);
    }
}

void register_chain_hash(sqlite3* connection) {
    const auto destroy = [](void* hasher) { delete static_cast<ChainHasher*>(hasher); };
    const int flags = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS;
    // SQLite destroys the hasher with the connection, and also when the registration fails.
    const int code = sqlite3_create_function_v2(connection, "chain_hash", -1, flags, new ChainHasher,
                                                chain_hash_function, nullptr, nullptr, destroy);
    if (code != SQLITE_OK) throw Error(Errc::io, "chain_hash cannot be registered: out of memory?");
}

}  // namespace outbox
