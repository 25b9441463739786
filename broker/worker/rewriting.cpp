#include "broker/worker/rewriting.h"

#include <bit>
#include <charconv>
#include <cstdint>

#include "broker/dicom/value_rules.h"

namespace broker::worker {
namespace {

class Packer {
public:
    void number(std::uint64_t value, int size) {
        for (int i = 0; i < size; ++i) bytes_ += static_cast<char>(value >> (8 * i) & 0xFF);
    }
    void text(std::string_view text) {
        number(text.size(), 4);
        bytes_ += text;
    }
    void tag(dicom::Tag tag) {
        number(tag.group, 2);
        number(tag.element, 2);
    }
    void tags(const std::vector<dicom::Tag>& tags) {
        number(tags.size(), 4);
        for (const dicom::Tag each : tags) tag(each);
    }
    std::string take() { return std::move(bytes_); }

private:
    std::string bytes_;
};

class Unpacker {
public:
    explicit Unpacker(std::string_view bytes) : rest_(bytes) {}
    std::uint64_t number(std::size_t size) {
        if (rest_.size() < size) return fail();
        std::uint64_t value = 0;
        for (std::size_t i = size; i > 0; --i) value = value << 8 | static_cast<unsigned char>(rest_[i - 1]);
        rest_.remove_prefix(size);
        return value;
    }
    std::string text() {
        const std::uint64_t size = number(4);
        if (rest_.size() < size) fail();
        std::string text(rest_.substr(0, static_cast<std::size_t>(size)));
        rest_.remove_prefix(text.size());
        return text;
    }
    dicom::Tag tag() {
        const auto group = static_cast<std::uint16_t>(number(2));
        return {group, static_cast<std::uint16_t>(number(2))};
    }
    std::vector<dicom::Tag> tags() {
        std::vector<dicom::Tag> tags;
        for (std::uint64_t left = number(4); left > 0 && is_whole_; --left) tags.push_back(tag());
        return tags;
    }
    bool is_whole() const { return is_whole_; }
    bool is_spent() const { return is_whole_ && rest_.empty(); }

private:
    std::uint64_t fail() {
        is_whole_ = false;
        rest_ = {};
        return 0;
    }
    std::string_view rest_;
    bool is_whole_ = true;
};

template <class T>
T parsed(std::string_view text) {
    T value{};
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

std::uint64_t bits_of(std::string_view vr, std::string_view text) {
    if (vr == "FL") return std::bit_cast<std::uint32_t>(parsed<float>(text));
    if (vr == "FD") return std::bit_cast<std::uint64_t>(parsed<double>(text));
    if (vr.front() == 'S') return static_cast<std::uint64_t>(parsed<std::int64_t>(text));
    return parsed<std::uint64_t>(text);
}

std::size_t size_of_number(std::string_view vr) {
    if (vr == "US" || vr == "SS") return 2;
    return vr == "UL" || vr == "SL" || vr == "FL" ? 4 : 8;
}

std::string number_bytes(std::string_view vr, std::string_view value, bool is_big_endian) {
    std::string bytes;
    const std::size_t size = size_of_number(vr);
    for (const std::string& each : dicom::split_values(vr, value)) {
        const std::uint64_t bits = bits_of(vr, each);
        for (std::size_t i = 0; i < size; ++i) {
            const std::size_t place = is_big_endian ? size - 1 - i : i;
            bytes += static_cast<char>(bits >> (8 * place) & 0xFF);
        }
    }
    return bytes;
}

}  // namespace

std::string pack(const Rewriting& rewriting) {
    Packer packer;
    packer.number(rewriting.elements.size(), 4);
    for (const Rewriting::Element& each : rewriting.elements) {
        packer.tag(each.tag.tag);
        packer.text(each.tag.creator);
        packer.number(each.is_removed, 1);
        packer.text(each.vr);
        packer.text(each.value);
    }
    packer.tags(rewriting.absent);
    packer.tags(rewriting.single);
    packer.number(rewriting.is_in.has_value(), 1);
    packer.text(rewriting.is_in.value_or(""));
    packer.number(rewriting.is_ascii_only, 1);
    return packer.take();
}

std::optional<Rewriting> unpack(std::string_view bytes) {
    Unpacker packed(bytes);
    Rewriting rewriting;
    for (std::uint64_t left = packed.number(4); left > 0 && packed.is_whole(); --left) {
        Rewriting::Element& each = rewriting.elements.emplace_back();
        each.tag.tag = packed.tag();
        each.tag.creator = packed.text();
        each.is_removed = packed.number(1) != 0;
        each.vr = packed.text();
        each.value = packed.text();
    }
    rewriting.absent = packed.tags();
    rewriting.single = packed.tags();
    const bool has_set = packed.number(1) != 0;
    std::string set = packed.text();
    if (has_set) rewriting.is_in = std::move(set);
    rewriting.is_ascii_only = packed.number(1) != 0;
    return packed.is_spent() ? std::optional(std::move(rewriting)) : std::nullopt;
}

std::string value_bytes(std::string_view vr, std::string_view value, bool is_big_endian) {
    if (dicom::is_number_vr(vr)) return number_bytes(vr, value, is_big_endian);
    std::string bytes(value);
    if (bytes.size() % 2 != 0) bytes += vr == "UI" ? '\0' : ' ';  // PS3.5 6.2
    return bytes;
}

}  // namespace broker::worker
