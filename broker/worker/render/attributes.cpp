#include "broker/worker/render/attributes.h"

#include <array>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstring>
#include <string_view>

#include "broker/dicom/padding.h"

namespace broker::worker {
namespace {

/// Of text; lists of windows are the longest.
constexpr std::uint64_t text_bytes_max = 64 * 1024;
/// 65,536 entries of a LUT, of 32 bits for those who write them so.
constexpr std::uint64_t words_bytes_max = 256 * 1024;

std::optional<double> number_in(std::string_view text) {
    text = dicom::trimmed(text);
    // Not from_chars's, but DS's (PS3.5 table 6.2-1).
    if (text.starts_with('+')) text.remove_prefix(1);
    double value = 0;
    const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || rest != text.data() + text.size() || !std::isfinite(value)) return std::nullopt;
    return value;
}

std::uint16_t word_at(std::span<const std::byte> bytes, std::size_t at, bool is_big_endian) {
    const auto first = std::to_integer<unsigned>(bytes[at]), second = std::to_integer<unsigned>(bytes[at + 1]);
    return static_cast<std::uint16_t>(is_big_endian ? first << 8 | second : second << 8 | first);
}

/// FD and FL.
std::vector<double> binary_numbers(const std::vector<std::byte>& bytes, std::size_t size, bool is_big_endian) {
    std::vector<double> found;
    for (std::size_t at = 0; at + size <= bytes.size(); at += size) {
        std::uint64_t bits = 0;
        for (std::size_t i = 0; i < size; ++i)
            bits = bits << 8 | std::to_integer<std::uint64_t>(bytes[at + (is_big_endian ? i : size - 1 - i)]);
        const double value = size == sizeof(double) ? std::bit_cast<double>(bits)
                                                    : double{std::bit_cast<float>(static_cast<std::uint32_t>(bits))};
        if (!std::isfinite(value)) break;
        found.push_back(value);
    }
    return found;
}

}  // namespace

std::vector<std::uint16_t> Attributes::words(dicom::Tag tag) const {
    const Element* element = find(tag);
    if (element == nullptr) return {};
    const std::vector<std::byte> bytes = data_set_.value(*element, words_bytes_max);
    std::vector<std::uint16_t> found(bytes.size() / 2);
    for (std::size_t i = 0; i < found.size(); ++i) found[i] = word_at(bytes, 2 * i, element->layout.is_big_endian);
    return found;
}

std::optional<std::uint32_t> Attributes::word(dicom::Tag tag) const {
    const std::vector<std::uint16_t> found = words(tag);
    if (found.empty()) return std::nullopt;
    return found.front();
}

std::vector<std::optional<double>> Attributes::numbers_or_gaps(dicom::Tag tag) const {
    const Element* element = find(tag);
    if (element == nullptr) return {};
    if (element->vr == "FD" || element->vr == "FL") {
        const std::vector<double> all = binary_numbers(data_set_.value(*element, text_bytes_max),
                                                       element->vr == "FD" ? 8 : 4, element->layout.is_big_endian);
        return {all.begin(), all.end()};
    }
    const std::string text = characters(tag);
    std::vector<std::optional<double>> found;
    for (std::string_view rest = text; !rest.empty();) {
        const std::size_t end = std::min(rest.find('\\'), rest.size());
        found.push_back(number_in(rest.substr(0, end)));
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return found;
}

std::vector<double> Attributes::numbers(dicom::Tag tag) const {
    std::vector<double> found;
    for (const std::optional<double>& each : numbers_or_gaps(tag)) {
        if (!each) break;
        found.push_back(*each);
    }
    return found;
}

std::optional<double> Attributes::number(dicom::Tag tag) const {
    const std::vector<double> found = numbers(tag);
    if (found.empty()) return std::nullopt;
    return found.front();
}

std::string Attributes::text(dicom::Tag tag) const {
    const std::string all = characters(tag);
    return std::string{dicom::trimmed(std::string_view(all).substr(0, all.find('\\')))};
}

std::optional<Attributes> Attributes::item(dicom::Tag sequence, std::uint64_t index) const {
    const Element* element = find(sequence);
    if (element == nullptr) return std::nullopt;
    std::optional<Elements> elements = data_set_.item(*element, index);
    if (!elements) return std::nullopt;
    return Attributes(data_set_, std::move(*elements));
}

std::string Attributes::characters(dicom::Tag tag) const {
    const Element* element = find(tag);
    if (element == nullptr) return {};
    const std::vector<std::byte> bytes = data_set_.value(*element, text_bytes_max);
    std::string text(bytes.size(), '\0');
    if (!bytes.empty()) std::memcpy(text.data(), bytes.data(), bytes.size());
    return text;
}

}  // namespace broker::worker
