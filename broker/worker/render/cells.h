/// Cells: the numbers that the bytes of an uncompressed frame are, one by one, as fast as they can be read.
///
/// Pure functions; any thread.
#pragma once

#include <cstdint>
#include <cstring>
#include <span>

#include "broker/worker/render/pixel_facts.h"

namespace broker::worker {

/// Takes the stored bits out of a cell, which may have others around them.
class StoredBits {
public:
    explicit StoredBits(const PixelFacts& facts)
        : shift_(facts.high_bit + 1 - facts.stored),
          mask_(facts.stored >= 32 ? 0xFFFFFFFFU : (1U << facts.stored) - 1),
          sign_(facts.is_signed ? 1U << (facts.stored - 1) : 0) {}

    /// From 0 to 2 to the power of the stored bits.
    std::uint32_t pattern(std::uint32_t cell) const { return cell >> shift_ & mask_; }
    /// The number that a pattern stands for.
    std::int64_t value(std::uint32_t pattern) const {
        return (pattern & sign_) != 0 ? std::int64_t{pattern} - std::int64_t{mask_} - 1 : std::int64_t{pattern};
    }
    std::uint32_t pattern_max() const { return mask_; }

private:
    unsigned shift_;
    std::uint32_t mask_, sign_;
};

namespace detail {

template <class Cell, class Take>
void for_each(std::span<const std::byte> bytes, std::size_t count, Take take) {
    const std::byte* from = bytes.data();
    for (std::size_t i = 0; i < count; ++i, from += sizeof(Cell)) {
        Cell cell;
        std::memcpy(&cell, from, sizeof cell);
        take(i, std::uint32_t{cell});
    }
}

/// Cells that are no whole words: their bits one behind the other, the lowest first (PS3.5 8.1.1).
template <class Take>
void for_each_packed(std::span<const std::byte> bytes, unsigned allocated, std::size_t count, Take take) {
    std::uint64_t held = 0;
    unsigned held_bits = 0;
    std::size_t at = 0;
    for (std::size_t i = 0; i < count; ++i) {
        for (; held_bits < allocated; held_bits += 8) held |= std::to_integer<std::uint64_t>(bytes[at++]) << held_bits;
        take(i, static_cast<std::uint32_t>(held & ((std::uint64_t{1} << allocated) - 1)));
        held >>= allocated;
        held_bits -= allocated;
    }
}

}  // namespace detail

/// Calls `take(number, cell)` for each of `count` cells of `allocated` bits, at most 32, little endian. There must be
/// as many.
template <class Take>
void for_each_cell(std::span<const std::byte> bytes, unsigned allocated, std::size_t count, Take take) {
    switch (allocated) {
        case 8:
            return detail::for_each<std::uint8_t>(bytes, count, take);
        case 16:
            return detail::for_each<std::uint16_t>(bytes, count, take);
        case 32:
            return detail::for_each<std::uint32_t>(bytes, count, take);
        default:
            return detail::for_each_packed(bytes, allocated, count, take);
    }
}

}  // namespace broker::worker
