#include "broker/dicom/character_set.h"

#include <iconv.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <map>

#include "broker/dicom/code_extensions.h"
#include "broker/dicom/utf8.h"

namespace broker::dicom {

using Kind = Code::Kind;
std::string valid_utf8(std::string_view bytes) {
    std::string out;
    while (!bytes.empty()) {
        const std::size_t length = utf8_length(bytes);
        if (length == 0)
            out += replacement_character;
        else
            out += bytes.substr(0, length);
        bytes.remove_prefix(std::max<std::size_t>(length, 1));
    }
    return out;
}

struct CharacterSet::Parts {
    Encoding encoding = Encoding::iso_2022;
    Code first_g1 = latin_1;
    Code g0 = ascii, g1 = latin_1;
    std::map<std::string, iconv_t, std::less<>> converters;

    ~Parts() {
        for (auto& [name, converter] : converters)
            if (converter != iconv_t(-1)) iconv_close(converter);
    }
    iconv_t converter(const char* name) {
        auto found = converters.find(name);
        if (found == converters.end()) found = converters.emplace(name, iconv_open("UTF-8", name)).first;
        return found->second;
    }
    void choose(std::span<const std::string> terms);
    void convert(std::string& out, const char* name, std::string bytes);
    void reset() { g0 = ascii, g1 = first_g1; }
    std::size_t decode_low(std::string& out, std::string_view bytes);
    std::size_t decode_high(std::string& out, std::string_view bytes);
    std::string decode_2022(std::string_view bytes, bool is_person_name);
};

void CharacterSet::Parts::choose(std::span<const std::string> terms) {
    encoding = encoding_of(terms);
    first_g1 = first_g1_of(terms);
}

/// Appends `bytes` converted; each byte that cannot be becomes U+FFFD.
void CharacterSet::Parts::convert(std::string& out, const char* name, std::string bytes) {
    const iconv_t with = converter(name);
    if (with == iconv_t(-1)) {
        out += replacement_character;
        return;
    }
    iconv(with, nullptr, nullptr, nullptr, nullptr);
    char* from = bytes.data();
    std::size_t left = bytes.size();
    while (left > 0) {
        std::array<char, 512> into;
        char* to = into.data();
        std::size_t room = into.size();
        const bool is_stuck = iconv(with, &from, &left, &to, &room) == std::size_t(-1) && errno != E2BIG;
        out.append(into.data(), into.size() - room);
        if (!is_stuck || left == 0) continue;
        out += replacement_character;
        ++from;
        --left;
    }
}

/// Appends the character that `bytes` begins with, from G0; returns its length.
std::size_t CharacterSet::Parts::decode_low(std::string& out, std::string_view bytes) {
    const auto byte = static_cast<unsigned char>(bytes[0]);
    const bool is_control = byte <= 0x20;
    if (is_control || g0.kind == Kind::ascii || bytes.size() < 2) {
        out += bytes[0];
        return 1;
    }
    std::string pair;
    if (g0.kind == Kind::two_bytes_low_supplement) pair += '\x8F';
    pair += static_cast<char>(byte | 0x80);
    pair += static_cast<char>(bytes[1] | 0x80);
    convert(out, g0.iconv_name, pair);
    return 2;
}

/// The same from G1.
std::size_t CharacterSet::Parts::decode_high(std::string& out, std::string_view bytes) {
    const auto byte = static_cast<unsigned char>(bytes[0]);
    switch (g1.kind) {
        case Kind::latin_1:
            append_code_point(out, byte);
            return 1;
        case Kind::katakana:
            if (byte >= 0xA1 && byte <= 0xDF)
                append_code_point(out, 0xFF61u + byte - 0xA1u);
            else
                out += replacement_character;
            return 1;
        case Kind::single:
            convert(out, g1.iconv_name, std::string(1, bytes[0]));
            return 1;
        case Kind::two_bytes:
            if (bytes.size() < 2) break;
            convert(out, g1.iconv_name, std::string(bytes.substr(0, 2)));
            return 2;
        case Kind::ascii:
        case Kind::two_bytes_low:
        case Kind::two_bytes_low_supplement:
            break;
    }
    out += replacement_character;
    return 1;
}

std::string CharacterSet::Parts::decode_2022(std::string_view bytes, bool is_person_name) {
    constexpr char esc = '\x1B';
    std::string out;
    reset();
    while (!bytes.empty()) {
        const char c = bytes[0];
        std::size_t used = 1;
        if (c == esc) {
            const Escape* escape = find_escape(bytes.substr(1));
            if (escape != nullptr) {
                (escape->is_g1 ? g1 : g0) = escape->code;
                used += escape->sequence.size();
            }
        } else if (static_cast<unsigned char>(c) >= 0x80) {
            used = decode_high(out, bytes);
        } else {
            const bool ends = g0.kind == Kind::ascii && (c == '\\' || (is_person_name && (c == '^' || c == '=')));
            used = decode_low(out, bytes);
            if (ends || c == '\r' || c == '\n' || c == '\f' || c == '\t') reset();
        }
        bytes.remove_prefix(used);
    }
    return out;
}

CharacterSet::CharacterSet(std::span<const std::string> defined_terms) : parts_(std::make_unique<Parts>()) {
    parts_->choose(defined_terms);
}
CharacterSet::~CharacterSet() = default;
CharacterSet::CharacterSet(CharacterSet&&) noexcept = default;

std::string CharacterSet::to_utf8(std::string_view bytes, bool is_person_name) {
    const bool is_plain = std::all_of(bytes.begin(), bytes.end(), [](char c) { return c >= ' ' && c < '\x7F'; });
    if (is_plain) return std::string(bytes);
    switch (parts_->encoding) {
        case Encoding::utf_8:
            return valid_utf8(bytes);
        case Encoding::gb_18030: {
            std::string out;
            parts_->convert(out, "GB18030", std::string(bytes));
            return out;
        }
        case Encoding::unknown:
            if (is_utf8(bytes)) return std::string(bytes);
            break;
        case Encoding::iso_2022:
            break;
    }
    return parts_->decode_2022(bytes, is_person_name);
}

}  // namespace broker::dicom
