// Digest and Hasher.
#include "spool/digest.h"

#include <doctest/doctest.h>

#include <unordered_set>

#include "tests/spool/blob.h"

namespace {

spool::Digest digest_of(std::string_view text) {
    spool::Hasher hasher;
    hasher.update(std::as_bytes(std::span(text.data(), text.size())));
    return hasher.finish();
}

}  // namespace

TEST_CASE("digest: is SHA-256 (FIPS 180-2 examples)") {
    CHECK(digest_of("").hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    CHECK(digest_of("abc").hex() == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    CHECK(digest_of("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq").hex() ==
          "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

TEST_CASE("digest: of pieces is the digest of the whole") {
    auto bytes = blob::make(1, 100'000);
    spool::Hasher hasher;
    std::span<const std::byte> rest(bytes);
    for (std::size_t piece = 0; !rest.empty(); ++piece) {
        auto now = rest.first(std::min(rest.size(), piece));
        hasher.update(now);
        rest = rest.subspan(now.size());
    }
    CHECK(hasher.finish() == blob::digest_of(bytes));
}

TEST_CASE("digest: survives printing and parsing, and its bytes") {
    auto digest = digest_of("abc");
    CHECK(spool::Digest::parse(digest.hex()) == digest);
    CHECK(spool::Digest::from_bytes(digest.bytes()) == digest);
}

TEST_CASE("digest: parses exactly 64 lower-case hex digits") {
    auto hex = digest_of("abc").hex();
    std::string upper = hex;
    upper[0] = 'B';
    std::string space = hex;
    space[63] = ' ';
    for (const std::string& text : {std::string(), hex.substr(1), hex + "0", upper, space, std::string(64, 'g')}) {
        CAPTURE(text);
        CHECK_FALSE(spool::Digest::parse(text));
    }
}

TEST_CASE("digest: orders as its hex does and hashes as a key") {
    auto a = digest_of("a");
    auto b = digest_of("b");
    CHECK((a < b) == (a.hex() < b.hex()));
    std::unordered_set<spool::Digest> set{a, b, a};
    CHECK(set.size() == 2);
}
