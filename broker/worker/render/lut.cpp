#include "broker/worker/render/lut.h"

#include <algorithm>
#include <bit>

namespace broker::worker {
namespace {

using Words = std::vector<std::uint16_t>;

[[noreturn]] void impossible() {
    throw Unrenderable{NoPicture::impossible};
}

/// Entries of 8 bits come in bytes, two in each word, or in words of their own.
Words entries_of(const Words& words, std::size_t count) {
    if (words.size() >= count) return {words.begin(), words.begin() + static_cast<std::ptrdiff_t>(count)};
    if (words.size() < (count + 1) / 2) impossible();
    Words entries(count);
    for (std::size_t i = 0; i < count; ++i)
        entries[i] = i % 2 == 0 ? words[i / 2] & 0xFFU : static_cast<std::uint16_t>(words[i / 2] >> 8);
    return entries;
}

/// PS3.3 C.7.9.2: discrete, linear and indirect segments. What is repeated by an indirect one is no indirect one. Of a
/// LUT of 8 bits each number of a segment is a byte. The place of what is repeated is counted in bytes.
class Segments {
public:
    Segments(const Words& words, std::size_t count, bool is_of_bytes)
        : words_(is_of_bytes ? bytes_of(words) : words), is_of_bytes_(is_of_bytes), count_(count) {}

    Words expand() {
        for (std::size_t at = 0; at < words_.size() && entries_.size() < count_;) at = take(at, true);
        if (entries_.size() < count_) impossible();
        entries_.resize(count_);
        return entries_;
    }

private:
    std::size_t take(std::size_t at, bool may_repeat) {
        const std::uint16_t kind = word(at), length = word(at + 1);
        constexpr std::uint16_t discrete = 0, linear = 1, indirect = 2;
        if (kind == discrete) {
            for (std::size_t i = 0; i < length; ++i) entries_.push_back(word(at + 2 + i));
            return at + 2 + length;
        }
        if (kind == linear) {
            if (entries_.empty()) impossible();
            const std::int64_t from = entries_.back(), to = word(at + 2);
            for (std::int64_t i = 1; i <= length; ++i)
                entries_.push_back(static_cast<std::uint16_t>(from + (to - from) * i / length));
            return at + 3;
        }
        if (kind != indirect || !may_repeat) impossible();
        std::size_t repeated = is_of_bytes_ ? std::size_t{word(at + 5)} << 24 | std::size_t{word(at + 4)} << 16 |
                                                  std::size_t{word(at + 3)} << 8 | word(at + 2)
                                            : (std::size_t{word(at + 3)} << 16 | word(at + 2)) / 2;
        for (unsigned i = 0; i < length && entries_.size() < count_; ++i) repeated = take(repeated, false);
        return at + (is_of_bytes_ ? 6 : 4);
    }
    std::uint16_t word(std::size_t at) const {
        if (at >= words_.size()) impossible();
        return words_[at];
    }

    static Words bytes_of(const Words& words) {
        Words bytes;
        for (const std::uint16_t each : words)
            bytes.insert(bytes.end(),
                         {static_cast<std::uint16_t>(each & 0xFFU), static_cast<std::uint16_t>(each >> 8)});
        return bytes;
    }

    const Words words_;
    const bool is_of_bytes_;
    const std::size_t count_;
    Words entries_;
};

/// Some makers say fewer than they write; then it is what the largest entry needs. Some say 16 and mean 12, or 8, since
/// that is what a word has: nobody wants a sixteenth of the brightness.
unsigned bits_of(unsigned said, const Words& entries) {
    const unsigned needed = static_cast<unsigned>(std::bit_width(*std::max_element(entries.begin(), entries.end())));
    constexpr unsigned of_a_word = 16, meant = 12;
    if (said == of_a_word && needed <= meant) return needed <= 8 ? 8 : meant;
    return said >= 8 && said <= of_a_word && needed <= said ? said : std::max(needed, 8U);
}

}  // namespace

std::uint16_t Lut::at(std::int64_t input) const {
    const std::int64_t last = static_cast<std::int64_t>(entries.size()) - 1;
    return entries[static_cast<std::size_t>(std::clamp<std::int64_t>(input - first, 0, last))];
}

std::optional<Lut> lut_in(const Attributes& place, const LutTags& tags, bool is_signed) {
    const Words descriptor = place.words(tags.descriptor);
    if (descriptor.size() < 3) return std::nullopt;
    const std::size_t count = descriptor[0] == 0 ? 65'536 : descriptor[0];
    Lut lut;
    lut.first = is_signed ? std::int64_t{static_cast<std::int16_t>(descriptor[1])} : std::int64_t{descriptor[1]};
    if (const Words words = place.words(tags.data); !words.empty())
        lut.entries = entries_of(words, count);
    else if (const Words segments = place.words(tags.segmented_data); !segments.empty())
        lut.entries = Segments(segments, count, descriptor[2] == 8).expand();
    else
        return std::nullopt;
    lut.bits = bits_of(descriptor[2], lut.entries);
    return lut;
}

}  // namespace broker::worker
