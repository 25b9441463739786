/// Digest: the SHA-256 of a blob's bytes, which is also its name.
///
/// A value; any thread. There is no way in but `parse`, `from_bytes` and a Hasher.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace spool {

class Digest {
public:
    static constexpr std::size_t size = 32;
    using Bytes = std::array<std::byte, size>;

    /// Takes exactly 64 lower-case hex digits; anything else is nothing.
    static std::optional<Digest> parse(std::string_view hex);
    static Digest from_bytes(const Bytes& bytes) { return Digest(bytes); }

    const Bytes& bytes() const { return bytes_; }
    /// 64 lower-case hex digits, as `sha256sum` prints them.
    std::string hex() const;

    auto operator<=>(const Digest&) const = default;

private:
    explicit Digest(const Bytes& bytes) : bytes_(bytes) {}
    Bytes bytes_;
};

/// Hasher: SHA-256 over bytes given piece by piece. One thread at a time.
class Hasher {
public:
    Hasher();
    ~Hasher();
    Hasher(Hasher&&) noexcept;
    Hasher& operator=(Hasher&&) noexcept;

    void update(std::span<const std::byte> bytes);
    /// The digest of all that was given. The hasher is spent: nothing may be called on it any more.
    Digest finish();

private:
    struct Context;
    std::unique_ptr<Context> context_;
};

}  // namespace spool

template <>
struct std::hash<spool::Digest> {
    std::size_t operator()(const spool::Digest& digest) const noexcept;
};
